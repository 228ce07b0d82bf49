"""What a broker may forget: transactional ids, and all since an old copy was made."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage.meta import DEFAULT_SITE
from tests.support.kafka_cluster import KafkaCluster
from tests.support.kafka_node import Listeners
from tests.support.kafka_parts import KafkaMissingError
from tests.support.relayed import LIMIT_S, Relayed, relayed

_FORGETFUL = """
transactional.id.expiration.ms=2000
transaction.remove.expired.transaction.cleanup.interval.ms=500
"""


@pytest.fixture
def cluster() -> Iterator[KafkaCluster]:
    """Run a broker that forgets a transactional id after two idle seconds."""
    folder = Path(tempfile.mkdtemp(prefix="nambuoc-forgetful-"))
    made = KafkaCluster(folder, listeners=lambda: Listeners(settings=_FORGETFUL))
    try:
        made.start(1)
        yield made
    except KafkaMissingError as missing:
        pytest.skip(str(missing))
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def made(
    cluster: KafkaCluster, tmp_path: Path, sqlite_template: Path
) -> Iterator[Relayed]:
    with relayed(tmp_path / "home", sqlite_template, cluster.settings()) as found:
        yield found


def test_a_transactional_id_that_expired_is_made_anew(
    cluster: KafkaCluster, made: Relayed
) -> None:
    made.grow(100)
    relay = made.relay()
    made.wait()
    wait_forgotten(cluster, f"{made.settings.prefix}.{DEFAULT_SITE}-relay-0")

    made.grow(100)
    made.wait()

    assert relay.end() == "waiting"
    made.demand_equal()


def wait_forgotten(cluster: KafkaCluster, name: str) -> None:
    """Wait until the coordinator knows no such id."""
    until = time.monotonic() + LIMIT_S
    with closing(cluster.admin()) as admin:
        while name in {
            one.transactional_id
            for found in admin.list_transactions().values()
            for one in found
        }:
            assert time.monotonic() < until
            time.sleep(0.2)


def test_a_broker_restored_from_an_old_copy_gets_the_rest_again(
    cluster: KafkaCluster, made: Relayed
) -> None:
    made.grow(300)
    made.relay_all()
    cluster.terminate(1)
    old = shutil.copytree(cluster.data(1), cluster.folder / "old")
    cluster.restart(1)
    made.grow(200)
    made.relay_all()

    cluster.terminate(1)
    shutil.rmtree(cluster.data(1))
    old.rename(cluster.data(1))
    cluster.restart(1)
    made.grow(100)
    made.relay_all()

    made.demand_equal()
