"""Killed at every named point and started again: nothing missing, nothing twice."""

import ast
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from dossiers.crashpoints import POINTS
from dossiers.values import Step
from infra.audit.verify import verify
from infra.house import House
from infra.notices import delivered
from infra.settings import from_environment
from infra.wiring import open_house
from steps.act import Order
from steps.process import process, send_back
from steps.sign import sign_as_person
from tests.support.receiver import Receiver, receiver
from tests.support.whole_way import FACTS, dossier_of, furnish, walk

ROOT = Path(__file__).parents[2]
FOLDERS = ("dossiers", "steps", "signing", "storage", "infra", "flows", "portal")
OF_RUNS = {"after-mark", "after-run", "after-segment"}
OF_COLLECTION = {"after-condemn", "after-removal"}
OF_CHECKPOINTS = {"after-checkpoint-state", "before-checkpoint-state"}
OF_RELAY = {point for point in POINTS if point.startswith(("relay-", "intake-"))}
OF_KEYS = {"before-key-file", "after-key-batch"}
ELSEWHERE = (
    OF_RUNS | OF_COLLECTION | OF_CHECKPOINTS | OF_RELAY | OF_KEYS | {"after-notice"}
)
EMBEDDED = "after-notice"
MOST_KILLS = 20
MAIN = "from portal.cli import main; main()"
KILLED = -signal.SIGKILL
NOTICES = [
    "notice-acknowledged",
    "notice-ready",
    "notice-received",
    "notice-returned",
]
PRELOADED = [
    "tests.support.whole_way",
    "signing.development",
    "signing.verification.verify",
    "infra.printer.press",
]
STAMP = "060b2a864886f70d010910020e"
"""The DER of id-aa-timeStampToken (RFC 3161), as a PDF's hex string has it."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("furnished") / "home"
    furnish(home)
    return home


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(furnished, tmp_path / "home"))


@pytest.fixture
def outside() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def start(home: Path, url: str | None, point: str | None) -> int | None:
    """Go the way in a process of its own; its exit code, negative when killed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=walk, args=(home, url, point))
    process.start()
    process.join(60)
    return process.exitcode


def kill_until_through(home: Path, url: str | None, point: str) -> int:
    """Kill the k-th start at the k-th passing of the point; counts the kills."""
    for kills in range(MOST_KILLS):
        code = start(home, url, f"{point}:{kills + 1}")
        if code == 0:
            return kills
        assert code == KILLED
    return MOST_KILLS


@contextmanager
def opened(home: Path) -> Iterator[House]:
    with open_house(from_environment(home)) as house:
        yield house


def demand_whole(home: Path) -> None:
    """Every step once, every file once, the log whole, no orphan, two stamps."""
    with opened(home) as house:
        found = verify(house, None)
        dossier = dossier_of(house)
        facts = [event.fact for event in house.dossiers.history(dossier.id)]
        pdf = house.office.documents.open(dossier.outcome or "")
    assert found["findings"] == []
    assert (found["dossiers"], found["documents"], found["signatures"]) == (1, 6, 2)
    assert [type(fact).__name__ for fact in facts] == FACTS
    assert pdf.lower().count(STAMP.encode()) == 2
    assert stored(home) == objects(home)


def stored(home: Path) -> set[str]:
    """List the keys of blobs and of unfinished uploads."""
    with closing(sqlite3.connect(home / "nambuoc.db")) as database:
        asked = (
            "SELECT key FROM blob UNION ALL SELECT 'open ' || key FROM upload_intent"
        )
        return {str(row[0]) for row in database.execute(asked)}


def objects(home: Path) -> set[str]:
    """List the objects that lie in the store, finished or not."""
    store = home / "store"
    return {str(p.relative_to(store)) for p in store.rglob("*") if p.is_file()}


def kinds(keys: list[str]) -> list[str]:
    """Tell the kinds of effects of these keys, in order."""
    return sorted(key.split(":")[2] for key in keys)


@pytest.mark.parametrize("point", sorted(POINTS - ELSEWHERE))
def test_nothing_is_missing_or_twice_after_kills_at(
    point: str, home: Path, outside: Receiver
) -> None:
    kills = kill_until_through(home, outside.url, point)

    assert 0 < kills < MOST_KILLS
    demand_whole(home)
    assert kinds(outside.acts) == NOTICES
    with opened(home) as house:
        assert house.effects.counts() == {"sent": 4, "waiting": 0}


@pytest.mark.parametrize("point", sorted(OF_COLLECTION))
def test_a_killed_collection_loses_no_live_document_at(
    point: str, home: Path, outside: Receiver
) -> None:
    left = [start(home, outside.url, f"after-object:{k}") for k in (1, 2)]
    orphans = len(objects(home))

    kills = kill_until_through(home, outside.url, point)

    assert left == [KILLED, KILLED]
    assert orphans > 1
    assert kills > 0
    demand_whole(home)


def test_the_embedded_receiver_delivers_once_when_killed_in_its_answer(
    home: Path,
) -> None:
    kills = kill_until_through(home, None, EMBEDDED)

    found = delivered(home / "outbox")
    assert kills > 0
    assert kinds(list(found.keys)) == NOTICES
    assert (found.repeated, found.offered_again) == (0, kills)
    demand_whole(home)


def test_a_lost_answer_is_asked_for_again_and_acted_upon_once(
    home: Path, outside: Receiver
) -> None:
    outside.lose = 3

    assert start(home, outside.url, None) == 0

    assert kinds(outside.acts) == NOTICES
    assert sum(outside.calls.values()) == len(NOTICES) + 3


def test_every_name_in_the_code_is_registered_and_occurs_once() -> None:
    found = [
        ast.literal_eval(call.args[0])
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "crashpoint"
    ]

    assert sorted(found) == sorted(POINTS)


SIGNING = "after-decision:4"
"""The leader's signature is in the store, its event is not written."""


def test_the_file_signed_before_the_kill_is_the_one_that_is_bound(
    home: Path, outside: Receiver
) -> None:
    killed = start(home, outside.url, SIGNING)
    with opened(home) as house:
        signed = house.listing.document_ids()
    through = start(home, outside.url, None)

    assert (killed, through) == (KILLED, 0)
    with opened(home) as house:
        dossier = house.dossiers.answered("way-sign")
        assert dossier is not None
        assert dossier.outcome in signed
    demand_whole(home)


def test_a_signature_left_by_a_kill_is_not_bound_to_another_draft(
    home: Path, outside: Receiver
) -> None:
    start(home, outside.url, SIGNING)

    with opened(home) as house:
        office, code = house.office, dossier_of(house).code
        send_back(office, code, Order("lanhdao", "back"), reason="sai tên")
        holder = dossier_of(house).holder or ""
        process(office, code, Order(holder, "again"))
        house.settle(Step.PROCESS, dossier_of(house).id)
        viewed = office.documents.open(dossier_of(house).outcome or "")
        sign_as_person(office, code, Order("lanhdao", "way-sign"))
        signed = office.documents.open(dossier_of(house).outcome or "")

    assert signed.startswith(viewed)


def test_the_collector_removes_an_object_without_any_row_and_only_that(
    home: Path, outside: Receiver
) -> None:
    start(home, outside.url, None)
    whole = objects(home)
    stray = home / "store" / "o" / "00" / "00" / "late"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"written after its intent was condemned")

    young = collected(home, "--grace", "3600")
    old = collected(home, "--grace", "0")

    assert (young, old) == (0, 1)
    assert objects(home) == whole


def cli(home: Path, *words: str, point: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line as a program, to die at a point when one is given."""
    told = {"NAMBUOC_HOME": str(home), "NAMBUOC_CRASHPOINT": point}
    command = [sys.executable, "-c", MAIN, *words]
    return subprocess.run(
        command, env=os.environ | told, capture_output=True, text=True, check=False
    )


def collected(home: Path, *words: str) -> int:
    """Ask `nambuoc store gc` how much it removed."""
    return int(json.loads(cli(home, "store", "gc", *words, "--json").stdout)["removed"])


def test_a_command_killed_after_its_commit_gives_the_first_answer_again(
    home: Path, outside: Receiver
) -> None:
    start(home, outside.url, "after-append")
    with opened(home) as house:
        code = dossier_of(house).code
    given = ("dossier", "receive", code, "--as", "canbo1", "--command-id", "by-hand")

    killed = cli(home, *given, point="after-append")
    again = [cli(home, *given, "--json") for _ in range(2)]

    assert killed.returncode == KILLED
    assert [one.returncode for one in again] == [0, 0]
    assert again[0].stdout == again[1].stdout


def test_an_unknown_point_is_refused_with_the_known_ones(home: Path) -> None:
    refused = cli(home, "store", "gc", point="after-lunch")

    assert refused.returncode == 2
    assert "after-append" in refused.stderr
