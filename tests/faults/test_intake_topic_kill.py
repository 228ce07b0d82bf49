"""kill -9 of the way in at each of its points: one dossier a message, one answer."""

import signal
from pathlib import Path

import pytest

from dossiers.crashpoints import POINTS
from infra.intake_topic.deciding import command_of
from infra.intake_topic.refusing import Name
from infra.wiring import open_house
from tests.support import handing_in as h
from tests.support.kafka_cluster import KafkaCluster
from tests.support.scans import pdf

OF_INTAKE = sorted(point for point in POINTS if point.startswith("intake-"))
OF_STEPS = ["after-document", "before-commit", "after-append"]


@pytest.mark.timeout(240)
def test_each_message_is_one_dossier_and_one_answer_after_kills_everywhere(
    kafka: KafkaCluster, tmp_path: Path
) -> None:
    settings, sender = h.counter(tmp_path / "home", kafka.settings())
    points = [*OF_INTAKE, *OF_STEPS]
    for number, point in enumerate(points):
        paper = pdf(b"<</N %d>>" % number)  # another one: a known one is not stored
        good = sender.sealed(h.submission(paper), name=point)
        sender.hand_in(good, sender.sealed({}, name=f"{point}-bad"))
        with h.working(settings, point) as process:
            assert process.wait(h.LIMIT_S) == -signal.SIGKILL, point
    with open_house(settings) as house, h.working(settings):
        sender.hand_in(sender.sealed(h.submission(), name="last"))
        while "last" not in {h.told(one)["id"] for one in sender.replies(1)}:
            pass
        names = [Name(h.SOURCE, point) for point in (*points, "last")]
        events = [one.command for one in house.journal.read() if one.command]

    made = {command_of(name) for name in names}
    told = [(h.told(one)["id"], one["id"]) for one in sender.replies(1)]
    dead = {(h.told(one)["offset"], one["id"]) for one in sender.dead_letters(1)}
    assert sorted(one for one in events if one in made) == sorted(made)
    assert len({*told}) == 2 * len(points) + 1
    assert len({name for name, _ in told}) == len({*told})
    assert len(dead) == len({offset for offset, _ in dead}) == len(points)
