"""Another system that hands in by event, and what the topics hold afterwards."""

import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from threading import Event, Thread

from infra.house import House
from infra.intake_topic.sealing import Keyring, seal
from infra.intake_topic.taking import take_in
from infra.kafka.client import consumer
from infra.kafka.inbound import Letter, say, writing
from infra.kafka.provisioning import provision
from infra.kafka.reading import places_of
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings, Settings, from_environment
from infra.wire.messages import ANSWER, SUBMISSION
from infra.wiring import open_house
from tests.support.kafka_node import TIED
from tests.support.scans import pdf
from tests.support.whole_way import PAPER, furnish

PERSON = {"name": "Nguyễn Thị RIENGTU", "id_number": "001199887766"}
BABBLE = "BIMAT của công dân"
SECRETS = (b"RIENGTU", b"001199887766", b"BIMAT")
"""Traces of persons that must stand nowhere in clear."""
SOURCE = "//bo.example/portal"
LIMIT_S = 60.0
_NUMBERS = count(1)
Fields = Mapping[str, object]


def submission(content: bytes | None = None) -> dict[str, object]:
    """Write what a citizen hands in through another system: one paper."""
    page = base64.b64encode(content or pdf()).decode()
    return {
        "procedure": "1.001193",
        "channel": "direct",
        "receiving_agency": "H49.99.01",
        "applicant": PERSON,
        "owner": PERSON,
        "components": [{"code": PAPER, "content": page}],
    }


def told(letter: Fields) -> dict[str, object]:
    """Read what a letter says."""
    found = letter["data"]
    assert isinstance(found, dict)
    return found


@dataclass(frozen=True, slots=True)
class Sender:
    """Seals and publishes as another system does; reads what it is answered."""

    settings: KafkaSettings
    public: dict[str, str]

    @property
    def topics(self) -> Topics:
        """The topics it may write to and read."""
        return Topics(self.settings.prefix)

    def sealed(
        self, content: object, *, kind: str = SUBMISSION, name: str = "", **more: object
    ) -> bytes:
        """Seal a content in an envelope; `more` replaces its attributes."""
        plain = content if isinstance(content, bytes) else json.dumps(content).encode()
        cover: dict[str, object] = {
            "specversion": "1.0",
            "id": name or f"m-{next(_NUMBERS)}",
            "source": SOURCE,
            "type": kind,
            "data": {"jwe": seal(plain, self.public)},
        }
        return json.dumps(cover | more).encode()

    def answer(self, dossier: str) -> bytes:
        """Seal the answer to a supplement request."""
        page = base64.b64encode(pdf()).decode()
        papers = [{"code": PAPER, "content": page}]
        return self.sealed({"dossier": dossier, "components": papers}, kind=ANSWER)

    def reference(self, house: House, body: bytes, **changes: object) -> bytes:
        """Put what is sealed in a message into the store and refer to it instead."""
        message = json.loads(body)
        sealed = message["data"]["jwe"].encode()
        sha256 = hashlib.sha256(sealed).hexdigest()
        key = f"intake/{message['id']}"
        house.objects.put(key, io.BytesIO(sealed), len(sealed))
        where = {"key": key, "sha256": sha256} | changes
        return json.dumps(message | {"data": {"reference": where}}).encode()

    def hand_in(self, *bodies: bytes, key: str = "one") -> None:
        """Publish bodies in this order, under one key."""
        with writing(self.settings) as writer:
            say(writer, [Letter(self.topics.intake, key, body) for body in bodies])

    def replies(self, wanted: int) -> list[Fields]:
        """Wait for so many replies; gives all there are."""
        return self._waited(self.topics.replies, wanted)

    def dead_letters(self, wanted: int) -> list[Fields]:
        """Wait for so many dead letters; gives all there are."""
        return self._waited(self.topics.dead_letters, wanted)

    def _waited(self, topic: str, wanted: int) -> list[Fields]:
        until = time.monotonic() + LIMIT_S
        while len(found := bodies(self.settings, topic)) < wanted:
            assert time.monotonic() < until, found
            time.sleep(0.1)
        return [json.loads(body) for body in found]


def bodies(settings: KafkaSettings, *topics: str) -> list[bytes]:
    """Read the bodies that stand on topics now."""
    with closing(consumer(settings)) as client:
        places = places_of(client, topics)
        client.assign(places)
        client.seek_to_beginning(*places)
        ends, found = client.end_offsets(places), []
        while any(client.position(place) < ends[place] for place in places):
            for records in client.poll(200).values():
                found += [record.value or b"" for record in records]
    return found


@contextmanager
def taking(settings: Settings) -> Iterator[House]:
    """Take in, in a thread of this process, for as long as the block lasts."""
    stopping = Event()
    with open_house(settings) as house:
        thread = Thread(target=take_in, args=(house, stopping))
        thread.start()
        try:
            yield house
        finally:
            stopping.set()
            thread.join(LIMIT_S)
            assert not thread.is_alive()


def counter(home: Path, settings: KafkaSettings) -> tuple[Settings, Sender]:
    """Make a home with one published procedure, its topics, and a sender."""
    furnish(home)
    provision(settings)
    made = replace(from_environment(home), kafka=settings)
    return made, Sender(settings, Keyring(made.keys).public)


@contextmanager
def working(settings: Settings, point: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Let the real process of a home work, to die at a point when one is given."""
    kafka = settings.kafka
    assert kafka is not None
    where = {
        "NAMBUOC_HOME": str(settings.home),
        "NAMBUOC_KAFKA_BOOTSTRAP": ",".join(kafka.bootstrap),
        "NAMBUOC_KAFKA_PREFIX": kafka.prefix,
        "NAMBUOC_CRASHPOINT": point,
    }
    words = (sys.executable, "-P", "-m", "infra.relay_process")
    command = [sys.executable, "-c", TIED, *words, "--home", str(settings.home)]
    with (settings.home / "relay.log").open("ab") as log:
        process = subprocess.Popen(command, env=os.environ | where, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(LIMIT_S)
