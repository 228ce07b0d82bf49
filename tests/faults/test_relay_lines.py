"""Lines between relay and broker: answers lost, lines cut, a broker that hangs."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest

from tests.support.kafka_cluster import KafkaCluster
from tests.support.kafka_parts import KafkaMissingError
from tests.support.kafka_proxy import Api, KafkaProxy, kafka_proxy
from tests.support.relayed import Relayed, relayed
from tests.support.seeds import Draws


@pytest.fixture(scope="module")
def proxied() -> Iterator[tuple[KafkaProxy, KafkaCluster]]:
    """Run one broker that tells clients to come through a proxy."""
    folder = Path(tempfile.mkdtemp(prefix="nambuoc-proxied-"))
    cluster = KafkaCluster(folder)
    with kafka_proxy(lambda: cluster.nodes[1].port) as proxy:
        try:
            cluster.start(1, advertised=[proxy.port])
            yield proxy, cluster
        except KafkaMissingError as missing:
            pytest.skip(str(missing))
        finally:
            cluster.stop()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def proxy(proxied: tuple[KafkaProxy, KafkaCluster]) -> Iterator[KafkaProxy]:
    yield proxied[0]
    proxied[0].heal()


@pytest.fixture
def made(
    proxied: tuple[KafkaProxy, KafkaCluster], tmp_path: Path, sqlite_template: Path
) -> Iterator[Relayed]:
    settings = proxied[1].settings()
    with relayed(tmp_path / "home", sqlite_template, settings) as found:
        yield found


@contextmanager
def going_on(made: Relayed) -> Iterator[None]:
    """Relay in this process; at the end all is published, once."""
    relay = made.relay()
    try:
        yield
        made.wait()
    finally:
        state = relay.end()
    assert (state, relay.error) == ("waiting", None)
    made.demand_equal()


@pytest.mark.parametrize("api", Api)
def test_a_lost_answer_loses_and_doubles_nothing(
    api: Api, made: Relayed, proxy: KafkaProxy
) -> None:
    before = proxy.lost
    made.grow(1200)
    proxy.lose(api)

    with going_on(made):
        made.wait()

    assert proxy.lost == before + 1


@pytest.mark.parametrize("seed", [11, 12])
def test_lines_cut_and_answers_lost_at_random(
    seed: int, made: Relayed, proxy: KafkaProxy
) -> None:
    draws = Draws(seed)

    with going_on(made):
        for _ in range(12):
            made.grow(1 + draws.below(700))
            proxy.lose(draws.one_of(list(Api)))
            sleep(draws.between(0.0, 0.3))
            proxy.cut()


def test_a_broker_that_hangs_is_waited_for(made: Relayed, proxy: KafkaProxy) -> None:
    made.grow(100)

    with going_on(made):
        made.wait()
        proxy.hang()
        made.grow(1000)
        sleep(7)
        proxy.heal()
