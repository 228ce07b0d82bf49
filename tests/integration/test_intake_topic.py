"""Messages of other systems on real Kafka become dossiers, and are answered."""

from pathlib import Path

import pytest

from infra.settings import Settings
from tests.support.handing_in import Sender, counter, submission, taking
from tests.support.kafka_cluster import KafkaCluster

Made = tuple[Settings, Sender]


@pytest.fixture
def made(kafka: KafkaCluster, tmp_path: Path) -> Made:
    return counter(tmp_path / "home", kafka.settings())


def test_a_sealed_submission_becomes_a_dossier_and_is_answered(made: Made) -> None:
    settings, sender = made
    sender.hand_in(sender.sealed(submission()))
    with taking(settings) as house:
        (reply,) = sender.replies(1)
        told = reply["data"]
        assert isinstance(told, dict)
        dossier = house.dossiers.find(told["code"])

    assert told["status"] == "accepted"
    assert dossier.id == told["dossier"]
    assert house.settings.keys.joinpath("intake.json").stat().st_mode & 0o777 == 0o600
