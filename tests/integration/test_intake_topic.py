"""Messages of other systems on real Kafka become dossiers, and are answered."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from infra.house import House
from infra.intake_topic.deciding import command_of
from infra.intake_topic.refusing import Name
from infra.intake_topic.sealing import Keyring
from infra.settings import Settings
from infra.wiring import open_house
from steps.act import Order
from steps.supplement import Ask, request_supplement
from tests.support import handing_in as h
from tests.support.hostile import ACTIVE
from tests.support.kafka_cluster import KafkaCluster
from tests.support.scans import pdf
from tests.support.whole_way import PAPER

BAD = "refused"
ODD = {"alg": "ECDH-ES+A128KW", "enc": "A256GCM"}
ZIPPED = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "zip": "DEF"}


@dataclass
class Day:
    """One day at the way in: what was sent, what must and what did become of it."""

    settings: Settings
    sender: h.Sender
    sent: list[tuple[str, str, str | None]] = field(default_factory=list)
    replies: list[h.Fields] = field(default_factory=list)
    dead: list[h.Fields] = field(default_factory=list)

    def send(self, body: bytes, status: str, reason: str | None = None) -> None:
        """Hand in a body and note what must become of it, under its id if it has."""
        try:
            name = str(json.loads(body)["id"])
        except (ValueError, LookupError):
            name = ""
        self.sent.append((name, status, reason))
        self.sender.hand_in(body)

    def seal(self, name: str, **changes: object) -> bytes:
        """Seal a submission under this id."""
        return self.sender.sealed(h.submission() | changes, name=name)

    def odd(self, name: str, head: dict[str, str]) -> bytes:
        """Seal a submission in a way that is not taken."""
        public = self.sender.public
        told = json.dumps(h.submission()).encode()
        key, head = ECKey.import_key(dict(public)), head | {"kid": public["kid"]}
        sealed = jwe.encrypt_compact(head, told, key, algorithms=list(head.values()))
        return self.sender.sealed({}, name=name, data={"jwe": sealed})

    def wait(self) -> None:
        """Wait until every message is answered or dead."""
        named = [one for one in self.sent if one[0]]
        dead = [one for one in self.sent if one[1] == BAD]
        self.dead = self.sender.dead_letters(len(dead))
        self.replies = self.sender.replies(len(named))

    def of(self, name: str) -> list[h.Fields]:
        """List the replies to one message."""
        return [one for one in self.replies if h.told(one)["id"] == name]

    def everything(self) -> bytes:
        """All that anybody may read: topics, logs, what processes say of themselves."""
        kafka, home, topics = (
            self.sender.settings,
            self.settings.home,
            self.sender.topics,
        )
        names = (topics.replies, topics.dead_letters, topics.events, topics.access)
        files = [*home.glob("run/*"), *home.glob("log/*"), home / "relay.log"]
        said = [path.read_bytes() for path in files if path.is_file()]
        return b"\n".join([*h.bodies(kafka, *names), *said])


def good(day: Day) -> None:
    """Send what must become dossiers, some of it again, some of it changed."""
    first = day.seal("good-1")
    for body in (first, day.seal("good-2"), day.seal("good-3"), first, first):
        day.send(body, "accepted")
    day.send(day.seal("good-3"), "conflict", "id-used")
    more = day.sender.sealed(h.submission(), name="good-4", traceparent="00-1-2-03")
    day.send(more, "accepted")
    day.send(day.sender.sealed(h.submission(pdf()[:-9]), name="cut"), "accepted")


def badly_sealed(day: Day, tmp: Path) -> None:
    """Send what cannot be opened, or is no message at all."""
    for junk in (b"", b"\xff\xfe", b"[1,2", f"xin chào {h.BABBLE}".encode(), b"{}"):
        day.send(junk, BAD)
    stranger = h.Sender(day.sender.settings, Keyring(tmp / "stranger").public)
    day.send(stranger.sealed(h.submission(), name="foreign"), BAD, "key-unknown")
    whole = json.loads(day.seal("flipped"))
    head, _, tail = str(whole["data"]["jwe"]).rpartition(".")
    flipped = {"jwe": f"{head}.{'B' if tail[0] == 'A' else 'A'}{tail[1:]}"}
    day.send(json.dumps(whole | {"data": flipped}).encode(), BAD, "not-opened")
    day.send(day.odd("odd", ODD), BAD, "not-opened")
    day.send(day.odd("zipped", ZIPPED), BAD, "not-opened")
    day.send(day.sender.sealed({}, kind="vn.x.v1", name="kind"), BAD, "type-unknown")
    day.send(day.sender.sealed({}, name="long", pad="x" * 10**6), BAD)
    day.sent[-1] = ("", BAD, None)
    day.send(json.dumps({"id": h.BABBLE, "source": h.SOURCE}).encode(), BAD)
    day.sent[-1] = ("", BAD, None)


def badly_filled(day: Day) -> None:
    """Send what opens, and is wrong inside."""
    odd = [{"code": h.BABBLE}]
    hostile = day.sender.sealed(h.submission(ACTIVE["script"]), name="hostile")
    for name, changes, reason in (
        ("procedure", {"procedure": "9.999999"}, "procedure-unknown"),
        ("babble", {"procedure": h.BABBLE}, "procedure-unknown"),
        ("agency", {"receiving_agency": "001199887766"}, "agency-unknown"),
        ("channel", {"channel": "postal"}, "channel-closed"),
        ("component", {"components": odd}, "component-unknown"),
        ("extra", {h.BABBLE: 1}, "content-malformed"),
        ("nobody", {"owner": {"name": "", "id_number": ""}}, "content-malformed"),
        ("nul", {"owner": {**h.PERSON, "address": "a\0b"}}, "content-malformed"),
    ):
        day.send(day.seal(name, **changes), BAD, reason)
    broken = day.sender.sealed(f'{{"a": "{h.BABBLE}'.encode(), name="broken")
    day.send(broken, BAD, "content-malformed")
    day.send(hostile, BAD, "file-rejected")
    day.send(day.sender.answer(h.BABBLE), BAD, "dossier-unknown")


def referred(day: Day, house: House) -> None:
    """Send what lies in the store, and what does not."""
    where = day.sender.reference
    day.send(where(house, day.seal("stored")), "accepted")
    for name, changes, reason in (
        ("outside", {"key": "o/1"}, "reference-outside"),
        ("climbing", {"key": "intake/../../keys/master.json"}, "reference-outside"),
        ("missing", {"key": "intake/none"}, "reference-missing"),
        ("differs", {"sha256": "0" * 64}, "reference-differs"),
    ):
        day.send(where(house, day.seal(name), **changes), BAD, reason)


def supplemented(day: Day, house: House) -> None:
    """Ask for papers, take them in, and refuse them when nobody asks."""
    dossier = house.office.dossiers.answered(command_of(Name(h.SOURCE, "good-1")))
    assert dossier is not None
    order, ask = Order("canbo1", "ask"), Ask((PAPER,), "mờ", None)
    request_supplement(house.office, dossier.id, order, ask)
    papers = day.sender.answer(dossier.code)
    for body in (papers, papers):
        day.send(body, "accepted")
    day.send(day.sender.answer(dossier.code), BAD, "not-open")


@pytest.fixture(scope="module")
def day(kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Let the real process work through everything, one key, one after the other."""
    tmp = tmp_path_factory.mktemp("day")
    made = Day(*h.counter(tmp / "home", kafka.settings()))
    with open_house(made.settings) as house, h.working(made.settings):
        good(made)
        badly_sealed(made, tmp)
        badly_filled(made)
        referred(made, house)
        made.wait()
        supplemented(made, house)
        made.send(made.seal("last"), "accepted")
        made.wait()
        yield made


def test_every_message_is_answered_as_it_deserves_and_in_order(day: Day) -> None:
    found = [h.told(one) for one in day.replies]

    assert [(one["id"], one["status"], one.get("reason")) for one in found] == [
        one for one in day.sent if one[0]
    ]
    assert len(day.sent) >= 40


def test_one_name_is_one_dossier_and_one_answer(day: Day) -> None:
    first, *again = day.of("good-1")
    good_3, other = day.of("good-3")
    with open_house(day.settings) as house:
        codes = {h.told(one).get("code") for one in day.replies} - {None}
        listed = house.listing.dossiers(status=None, limit=100)

    assert again == [first, first]
    assert good_3["id"] != other["id"]
    assert len(codes) == len(listed) == 7


def test_dead_letters_name_the_place_the_digest_and_the_reason(day: Day) -> None:
    found = [h.told(one) for one in day.dead]
    reasons = [one["reason"] for one in found]

    assert len(found) == sum(status == BAD for _, status, _ in day.sent)
    assert reasons[:5] == ["empty", *["not-json"] * 3, "not-a-cloud-event"]
    assert {one["topic"] for one in found} == {day.sender.topics.intake}
    assert len({one["offset"] for one in found}) == len(found)
    assert all(one["vi"] and one["en"] for one in found)


def test_nothing_of_a_person_stands_anywhere_in_clear(day: Day) -> None:
    everything = day.everything()

    assert b"intake.reply.v1" in everything
    assert b"dossier.submitted.v1" in everything
    assert [secret for secret in h.SECRETS if secret in everything] == []
