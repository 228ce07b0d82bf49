"""What a broker may forget, whom it lets in, what it thinks of the time."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from storage.meta import DEFAULT_SITE
from tests.support.kafka_cluster import KafkaCluster
from tests.support.kafka_node import HOST, Listeners, free_port
from tests.support.kafka_parts import KafkaMissingError
from tests.support.relayed import LIMIT_S, Relayed, relayed

_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SETTINGS = f"""
transactional.id.expiration.ms=2000
transaction.remove.expired.transaction.cleanup.interval.ms=500
listener.name.guarded.sasl.enabled.mechanisms=PLAIN
listener.name.guarded.plain.sasl.jaas.config={_PLAIN} required user_relay="secret";
"""


@pytest.fixture
def cluster() -> Iterator[KafkaCluster]:
    """Run a broker that soon forgets transactional ids and has a guarded door."""
    folder = Path(tempfile.mkdtemp(prefix="nambuoc-forgetful-"))
    door = ("GUARDED", "SASL_PLAINTEXT", free_port())
    made = KafkaCluster(folder, listeners=lambda: Listeners((door,), _SETTINGS))
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


def test_a_wrong_password_stops_the_line_until_it_is_right(
    cluster: KafkaCluster, made: Relayed
) -> None:
    made.grow(50)
    password = made.home / "password"
    ((_, _, port),) = cluster.nodes[1].listeners.more
    inner = made.settings
    made.settings = replace(
        inner,
        bootstrap=(f"{HOST}:{port}",),
        security="SASL_PLAINTEXT",
        user="relay",
        password_file=password,
    )

    password.write_text("guessed", encoding="utf-8")
    told = made.relay().wait("stopped")
    password.write_text("secret", encoding="utf-8")
    made.relay_all()

    assert f"wrong user or password for Kafka at {HOST}:{port}" in told["en"]
    made.settings = inner
    made.demand_equal()


@pytest.mark.parametrize("shift_s", [-7200, 7200])
def test_a_clock_that_was_moved_changes_nothing(
    shift_s: int, made: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.grow(50)
    relay = made.relay()
    made.wait()

    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + shift_s)
    made.grow(50)
    made.wait()

    assert relay.end() == "waiting"
    made.demand_equal()
