"""Members come and go, parts go down, commands hand in: each message once."""

import base64
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra import running
from infra.intake_topic.deciding import command_of
from infra.intake_topic.refusing import Name
from infra.intake_topic.taking import STATE_FILE
from infra.settings import Settings
from infra.wiring import open_house
from tests.support import handing_in as h
from tests.support.command_line import Said, nambuoc
from tests.support.kafka_cluster import KafkaCluster
from tests.support.scans import pdf
from tests.support.whole_way import PAPER

Made = tuple[Settings, h.Sender]
KEYS = ("a", "b", "c", "d", "e")
SESSION_S = 7.0
"""Longer than the group waits for a member."""


@pytest.fixture
def made(kafka: KafkaCluster, tmp_path: Path) -> Made:
    return h.counter(tmp_path / "home", kafka.settings())


def versions(settings: Settings, names: list[str]) -> list[int]:
    """Tell the seq of the event with which each message's dossier began."""
    with open_house(settings) as house:
        seqs = {one.command: one.seq for one in house.journal.read()}
    return [seqs[command_of(Name(h.SOURCE, name))] for name in names]


def test_members_that_come_and_go_take_each_message_once_in_order(made: Made) -> None:
    settings, sender = made
    sent = {key: [f"{key}-{n}" for n in range(6)] for key in KEYS}
    with ExitStack() as stays, ExitStack() as leaves:
        leaves.enter_context(h.taking(settings))
        for n in range(6):
            for key in KEYS:
                body = sender.sealed(h.submission(), name=sent[key][n])
                sender.hand_in(body, body, key=key)
            if n in (1, 3):
                stays.enter_context(h.taking(settings))
        leaves.close()
        replies = sender.replies(60)

    codes = {one["code"] for one in map(h.told, replies)}
    assert len(codes) == 30
    assert {one["status"] for one in map(h.told, replies)} == {"accepted"}
    assert len({one["id"] for one in replies}) == 30
    for names in sent.values():
        assert versions(settings, names) == sorted(versions(settings, names))


def wait_for(state: str, settings: Settings) -> None:
    """Wait until the way in says this of itself."""
    until = time.monotonic() + h.LIMIT_S
    while running.read(settings.run / STATE_FILE).get("state") != state:
        assert time.monotonic() < until, running.read(settings.run / STATE_FILE)
        time.sleep(0.05)


Undo = Callable[[], object]


def held(settings: Settings) -> Undo:
    """Hold the journal."""
    with open_house(settings) as house:
        house.journal.hold("held by a test")

    def lift() -> None:
        with open_house(settings) as house:
            house.journal.hold(None)

    return lift


def no_store(settings: Settings) -> Undo:
    """Take the document store away."""
    away = settings.store.rename(settings.home / "away")
    return lambda: away.rename(settings.store)


@pytest.mark.parametrize("fault", [held, no_store])
def test_what_is_down_is_waited_for_and_nothing_is_refused(
    fault: Callable[[Settings], Undo], made: Made
) -> None:
    settings, sender = made
    with h.taking(settings):
        sender.hand_in(sender.sealed(h.submission(), name="before"))
        sender.replies(1)
        undo = fault(settings)
        sender.hand_in(sender.sealed(h.submission(pdf(b"<<>>")), name="meanwhile"))
        wait_for("waiting", settings)
        time.sleep(2)
        assert len(sender.replies(1)) == 1
        undo()
        sender.hand_in(sender.sealed(h.submission(), name="after"))
        replies = sender.replies(3)

    assert [h.told(one)["status"] for one in replies] == ["accepted"] * 3
    assert h.bodies(sender.settings, sender.topics.dead_letters) == []


def test_a_broker_that_hangs_is_waited_for(made: Made, kafka: KafkaCluster) -> None:
    settings, sender = made
    with h.taking(settings):
        sender.hand_in(sender.sealed(h.submission(), name="before"))
        sender.replies(1)
        kafka.pause(1)
        time.sleep(SESSION_S)
        kafka.resume(1)
        sender.hand_in(sender.sealed(h.submission(), name="after"))
        replies = sender.replies(2)

    assert [h.told(one)["status"] for one in replies] == ["accepted"] * 2


@pytest.fixture
def at_home(made: Made, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Let commands of this process find the home and its Kafka."""
    settings, sender = made
    monkeypatch.setenv("NAMBUOC_HOME", str(settings.home))
    monkeypatch.setenv("NAMBUOC_KAFKA_BOOTSTRAP", ",".join(sender.settings.bootstrap))
    monkeypatch.setenv("NAMBUOC_KAFKA_PREFIX", sender.settings.prefix)
    monkeypatch.delenv("NAMBUOC_LANG", raising=False)
    return made


def written(folder: Path, page: bytes, **changes: object) -> Path:
    """Write a submission file and its paper as `dossier submit` takes them."""
    (folder / "page.pdf").write_bytes(page)
    papers = [{"code": PAPER, "path": "page.pdf"}]
    file = folder / "file.json"
    told = h.submission() | {"components": papers} | changes
    file.write_text(json.dumps(told), encoding="utf-8")
    return file


def handed(*words: object) -> Said:
    """Hand in by command, and wait."""
    return nambuoc("events", "submit", *map(str, words), "--wait", "40", "--json")


def test_the_sample_submitter_tells_what_became_of_its_file(
    at_home: Made, tmp_path: Path
) -> None:
    settings, sender = at_home
    file, kept = written(tmp_path, pdf()), tmp_path / "kept.json"
    key = tmp_path / "key.json"
    assert nambuoc("events", "intake-key", "-o", str(key)).code == 0
    with h.taking(settings):
        first = handed(file, "--key", key, "--id", "mine", "--keep", kept)
        again = handed(kept)
        other = handed(file, "--id", "mine")
        wrong = handed(written(tmp_path, pdf(), procedure="9.999999"))
        late = handed(file, "--answer", first.document["code"])

    codes = [one.code for one in (first, again, other, wrong, late)]
    assert codes == [0, 0, 6, 4, 2]
    assert again.document == first.document
    assert wrong.document["reason"] == "procedure-unknown"
    assert json.loads(key.read_bytes())["kid"] == sender.public["kid"]
    assert "d" not in json.loads(key.read_bytes())


def test_what_is_too_long_goes_by_the_store_and_old_keys_open(
    at_home: Made, tmp_path: Path
) -> None:
    settings, sender = at_home
    old = sender.sealed(h.submission(), name="old")
    assert nambuoc("events", "intake-key", "--rotate").code == 0
    sender.hand_in(old)
    page = pdf(b"<</A(" + base64.b64encode(bytes(10**6)) + b")>>")
    with h.taking(settings):
        told = handed(
            written(tmp_path, page, command_id="large"), "--keep", tmp_path / "k"
        )
        replies = sender.replies(2)

    assert told.code == 0
    assert "reference" in json.loads((tmp_path / "k").read_bytes())["data"]
    assert {h.told(one)["status"] for one in replies} == {"accepted"}
    assert nambuoc("events", "intake-key", "--json").document != sender.public
