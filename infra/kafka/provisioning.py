"""
Make the topics, or say how those that are there differ.

1. Nothing is made while a topic of another partition count, or with records of somebody
   else, stands under one of our names.
2. A partition count is never changed: the same stream would land in two partitions.
3. Other differences are told; only asked for (`apply`) they are set right.
"""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TypedDict

from kafka import KafkaAdminClient, TopicPartition
from kafka import errors as kafka
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.net.manager import KafkaConnectionManager

from dossiers.errors import RefusedError, TamperedError, UnavailableError
from infra.kafka.client import admin
from infra.kafka.errors import translating
from infra.kafka.reading import Committed, reading
from infra.kafka.topics import Topic, Topics
from infra.settings import KafkaSettings

_FULL = 3
"""Replicas of a topic where there are as many brokers; two must have each record."""
_ELECTION_S = 60.0


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of a topic that is not as it must be."""

    topic: str
    setting: str
    found: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What is there now, and what remains different."""

    brokers: int
    replicas: int
    created: tuple[str, ...]
    there: tuple[str, ...]
    differences: tuple[Difference, ...]


class _Partition(TypedDict):
    replica_nodes: list[int]


class _Found(TypedDict):
    name: str
    partitions: list[_Partition]


Known = Mapping[str, _Found]


def provision(
    settings: KafkaSettings, *, replicas: int | None = None, apply: bool = False
) -> Provisioned:
    """
    Make the topics that are missing; a second call makes nothing.

    Raises RefusedError for another partition count, TamperedError for records of
    somebody else, UnavailableError, RejectedError.
    """
    topics = Topics(settings.prefix)
    where = ", ".join(settings.bootstrap)
    with translating(where), closing(admin(settings)) as client:
        known = _known(client, topics)
        _demand_partitions(topics, known)
        _demand_ours(settings, topics, known)
        brokers = _brokers(client)
        copies = replicas or min(_FULL, brokers)
        created = [topic for topic in topics.every if topic.name not in known]
        _create(client, created, copies)
        if apply:
            _set_right(client, topics, known, copies)
        found = _differences(client, topics, _known(client, topics), copies)
    return Provisioned(
        brokers=brokers,
        replicas=copies,
        created=tuple(topic.name for topic in created),
        there=tuple(known),
        differences=tuple(found),
    )


def _brokers(client: KafkaAdminClient) -> int:
    """Count them; `describe_cluster` fails on brokers before 3.7 (kafka-python 3.0)."""
    manager: KafkaConnectionManager = vars(client)["_manager"]
    return len(manager.cluster.brokers())


def _known(client: KafkaAdminClient, topics: Topics) -> Known:
    names = {topic.name for topic in topics.every}
    found: list[_Found] = client.describe_topics()
    return {one["name"]: one for one in found if one["name"] in names}


def _demand_partitions(topics: Topics, known: Known) -> None:
    wrong = [
        f"{topic.name} ({len(known[topic.name]['partitions'])} ≠ {topic.partitions})"
        for topic in topics.every
        if topic.name in known
        and len(known[topic.name]["partitions"]) != topic.partitions
    ]
    if wrong:
        names = ", ".join(wrong)
        vi = f"số phần của chủ đề khác: {names}; đặt NAMBUOC_KAFKA_PREFIX khác"
        en = f"other partition counts: {names}; choose another NAMBUOC_KAFKA_PREFIX"
        raise RefusedError(vi, en, rule="kafka-partitions")


def _demand_ours(settings: KafkaSettings, topics: Topics, known: Known) -> None:
    """Look at the first record of each partition of the event topics."""
    names = tuple(name for name in (topics.events, topics.access) if name in known)
    if not names:
        return
    with reading(Committed(settings, names)) as found:
        seen: set[TopicPartition] = set()
        while found.unread - seen:
            for place, records in found.poll(seen).items():
                seen.add(place)
                if records and records[0].seq is None:
                    at = records[0].place
                    vi = f"bản ghi lạ tại {at}; hãy đặt NAMBUOC_KAFKA_PREFIX riêng"
                    en = (
                        f"a foreign record at {at}; choose another NAMBUOC_KAFKA_PREFIX"
                    )
                    raise TamperedError(vi, en)


def _create(client: KafkaAdminClient, topics: list[Topic], copies: int) -> None:
    until = time.monotonic() + _ELECTION_S
    for topic in topics:
        wanted = {
            "num_partitions": topic.partitions,
            "replication_factor": copies,
            "configs": _wanted(topic, copies),
        }
        while not _is_created(client, topic.name, wanted):
            if time.monotonic() > until:
                vi = f"Kafka chưa tạo được chủ đề {topic.name}; hãy chạy lại sau"
                en = f"Kafka could not make {topic.name} yet; run it again later"
                raise UnavailableError(vi, en)


def _is_created(client: KafkaAdminClient, name: str, wanted: object) -> bool:
    try:
        client.create_topics({name: wanted})
        client.wait_for_topics([name])
    except kafka.TopicAlreadyExistsError:  # made by another, or by a call timed out
        return True
    except kafka.RetriableError:  # a cluster that elects answers nothing else
        return False
    return True


def _wanted(topic: Topic, copies: int) -> dict[str, str]:
    return topic.settings | {"min.insync.replicas": "2" if copies >= _FULL else "1"}


def _set_right(
    client: KafkaAdminClient, topics: Topics, known: Known, copies: int
) -> None:
    wrong = {one.topic for one in _differences(client, topics, known, copies)}
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, topic.name, _wanted(topic, copies))
        for topic in topics.every
        if topic.name in wrong
    ]
    if resources:
        client.alter_configs(resources)


def _differences(
    client: KafkaAdminClient, topics: Topics, known: Known, copies: int
) -> list[Difference]:
    told = _told(client, [topic for topic in topics.every if topic.name in known])
    found = []
    for topic in topics.every:
        if topic.name not in known:
            continue
        wanted = _wanted(topic, copies) | {"replicas": str(copies)}
        fewest = min(len(p["replica_nodes"]) for p in known[topic.name]["partitions"])
        there = told[topic.name] | {"replicas": str(fewest)}
        found += [
            Difference(topic.name, name, there.get(name, ""), value)
            for name, value in wanted.items()
            if there.get(name) != value
        ]
    return found


def _told(client: KafkaAdminClient, topics: list[Topic]) -> dict[str, dict[str, str]]:
    if not topics:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, t.name) for t in topics]
    answer = client.describe_configs(resources, config_filter="all")["topic"]
    return {
        name: {key: str(one["value"]) for key, one in configs.items()}
        for name, configs in answer.items()
    }
