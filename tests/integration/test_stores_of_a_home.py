"""A home whose papers go to a real MinIO: first start, later starts, there and back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dossiers.errors import FaultError, MalformedError, UnavailableError
from dossiers.ports import NewDocument
from infra.clock import SystemClock
from infra.house import House
from infra.objects import MADE, Stores, open_stores
from infra.settings import S3Settings, Settings, from_environment
from infra.store_migration import Moved, migrate_store
from infra.wiring import open_house
from storage.objects.local import LocalStore
from tests.support.kafka_node import free_port
from tests.support.s3_servers import S3Server, s3_server

NOW = SystemClock().now


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return replace(from_environment(tmp_path / "home"), s3=None)


@pytest.fixture
def settings(plain: Settings, minio_server: S3Server) -> Settings:
    return replace(plain, s3=s3_settings(minio_server))


def s3_settings(server: S3Server) -> S3Settings:
    place = server.place()
    keys = (place.access_key, place.secret_key)
    return S3Settings(place.endpoint, *keys, bucket=place.bucket)


@pytest.fixture
def home(plain: Settings) -> Iterator[House]:
    """Lend a home with three papers in its directory."""
    with open_house(plain) as house:
        for number in range(3):
            house.office.documents.put(
                bytes([number]) * 1000,
                NewDocument(
                    upload=f"u{number}",
                    owner="p",
                    type_code="paper",
                    media_type="application/pdf",
                    at=NOW(),
                ),
            )
        yield house


def stores(house: House, settings: Settings) -> Stores:
    return open_stores(settings, house.meta, NOW, short_locks=True)


def contents(found: Stores) -> dict[str, bytes]:
    """Read every object, wherever it lies."""
    read = {}
    for stat in found.objects.list():
        with found.objects.open(stat.key) as stream:
            read[stat.key] = stream.read()
    return read


def migrated(house: House, settings: Settings, to: str) -> Moved:
    there = replace(house, settings=settings, stores=stores(house, settings))
    return migrate_store(there, to, lambda _, __: None, clear=True)


def test_papers_go_to_minio_and_back_and_stay_what_they_are(
    home: House, plain: Settings, settings: Settings
) -> None:
    before = contents(stores(home, plain))

    there = migrated(home, settings, "s3")

    assert there == Moved("s3", 3, 0, 3, 0, ())
    assert list(LocalStore(plain.store).list()) == []
    assert contents(stores(home, settings)) == before
    back = migrated(home, settings, "local")
    assert back == Moved("local", 3, 0, 3, 0, ())
    assert contents(stores(home, plain)) == before


def test_a_home_with_papers_in_s3_does_not_open_without_it(
    home: House, plain: Settings, settings: Settings
) -> None:
    migrated(home, settings, "s3")

    with pytest.raises(FaultError, match="NAMBUOC_S3_ENDPOINT"):
        stores(home, plain)


def test_buckets_are_made_once_and_never_again(home: House, plain: Settings) -> None:
    with s3_server("minio") as server, s3_server("minio") as other:
        settings = replace(plain, s3=s3_settings(server))
        assert stores(home, settings).objects.health().ok
        assert settings.s3 is not None
        elsewhere = replace(settings.s3, endpoint=other.endpoint)

        found = stores(home, replace(settings, s3=elsewhere))

        assert "bucket" in found.objects.health().reason
        with pytest.raises(UnavailableError):
            found.objects.stat("o/x", "6f9f0d3c-5d0a-4b0e-9f0e-0a4d1a2b3c4d")


def test_a_home_opens_while_its_store_is_away(home: House, settings: Settings) -> None:
    assert settings.s3 is not None
    away = replace(settings.s3, endpoint=f"http://127.0.0.1:{free_port()}")

    found = stores(home, replace(settings, s3=away))

    assert not found.objects.health().ok
    assert home.meta.get(MADE) is None
    assert stores(home, settings).objects.health().ok


def test_without_an_s3_store_there_is_nowhere_to_go(
    home: House, plain: Settings
) -> None:
    with pytest.raises(MalformedError, match="NAMBUOC_S3_ENDPOINT"):
        migrated(home, plain, "s3")
