"""What only an S3-compatible store has: buckets, terms, links, strangers."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from urllib3 import PoolManager, Timeout

from dossiers.errors import FaultError, LockedError, MalformedError
from infra.clock import SystemClock
from storage.objects.s3 import S3Objects, open_s3
from storage.objects.s3_client import S3Place
from storage.objects.split import SplitObjects
from tests.support.chaos_proxy import chaos_proxy
from tests.support.s3_servers import S3Server, s3_server

NOW = SystemClock().now
DAY = timedelta(days=1)


@pytest.fixture
def place(minio_server: S3Server) -> S3Place:
    return minio_server.place()


@pytest.fixture
def both(place: S3Place) -> tuple[S3Objects, S3Objects]:
    both = open_s3(place, f"{place.bucket}-locked", NOW, short_locks=True)
    for objects in both:
        objects.provision()
    return both


@pytest.fixture
def http() -> Iterator[PoolManager]:
    with PoolManager(timeout=Timeout(5), retries=False) as pool:
        yield pool


def test_a_real_minio_is_seen_to_do_all_we_want(
    both: tuple[S3Objects, S3Objects],
) -> None:
    plain, locking = (objects.probe() for objects in both)

    for found in (plain, locking):
        assert found.create_only
        assert found.private
        assert found.versioning
        assert found.conditional_put
        assert found.durable is None
        assert abs(found.clock_skew_s or 0) < 5
    assert (plain.worm, locking.worm) == ("advisory", "enforced")
    assert [list(objects.list()) for objects in both] == [[], []]


def test_a_stranger_reads_nothing_and_lists_nothing(
    both: tuple[S3Objects, S3Objects], place: S3Place, http: PoolManager
) -> None:
    both[0].put("o/x", io.BytesIO(b"giay"), 4)

    for path in ("", "/", "/o/x", "?list-type=2", "-locked"):
        answer = http.request("GET", f"{place.endpoint}/{place.bucket}{path}")
        assert answer.status == 403


def test_a_bucket_that_somebody_made_public_is_seen(
    both: tuple[S3Objects, S3Objects], minio_server: S3Server, place: S3Place
) -> None:
    anybody = {"Effect": "Allow", "Principal": {"AWS": ["*"]}}
    right = {"Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{place.bucket}/*"]}
    policy = {"Version": "2012-10-17", "Statement": [anybody | right]}
    minio_server.client().set_bucket_policy(
        bucket_name=place.bucket, policy=json.dumps(policy)
    )

    assert [objects.probe().private for objects in both] == [False, True]


def test_outcomes_lie_in_the_bucket_that_locks(
    both: tuple[S3Objects, S3Objects],
) -> None:
    store = SplitObjects(*both)
    outcome = store.put("l/x", io.BytesIO(b"ket qua"), 7)
    paper = store.put("o/x", io.BytesIO(b"giay"), 4)

    assert (outcome.store_id, paper.store_id) == ("s3-locked", "s3")
    assert store.lock("l/x", outcome.version_id, NOW() + timedelta(minutes=1))
    assert not store.lock("o/x", paper.version_id, NOW() + timedelta(minutes=1))
    with pytest.raises(LockedError):
        store.delete("l/x")
    store.delete("o/x")
    assert [found.key for found in store.list()] == ["l/x"]
    assert store.health().ok


def test_an_orphan_is_not_locked_before_its_row_is_there(
    both: tuple[S3Objects, S3Objects],
) -> None:
    both[1].put("l/x", io.BytesIO(b"1"), 1)

    both[1].delete("l/x")

    assert list(both[1].list()) == []


def test_a_term_in_tests_and_trials_is_a_day_at_most(
    both: tuple[S3Objects, S3Objects], minio_server: S3Server, place: S3Place
) -> None:
    version = both[1].put("l/x", io.BytesIO(b"1"), 1).version_id

    both[1].lock("l/x", version, NOW() + 7000 * DAY)

    found = minio_server.client().get_object_retention(
        bucket_name=f"{place.bucket}-locked", object_name="l/x", version_id=version
    )
    assert found is not None
    assert found.mode == "COMPLIANCE"
    assert NOW() < found.retain_until_date <= NOW() + DAY
    with pytest.raises(MalformedError):
        both[1].lock("l/x", version, NOW() - DAY)


def test_a_link_is_for_the_public_address_one_object_and_a_while(
    minio_server: S3Server, place: S3Place, http: PoolManager
) -> None:
    with chaos_proxy(minio_server.port) as public:
        objects = S3Objects(replace(place, public_endpoint=public.endpoint), NOW)
        objects.provision()
        version = objects.put("o/x", io.BytesIO(b"giay"), 4).version_id

        link = objects.presigned("o/x", version, seconds=60)

        assert link.startswith(f"{public.endpoint}/")
        assert http.request("GET", link).data == b"giay"
        parts = urlsplit(link)
        for other in (
            link.replace(parts.netloc, urlsplit(place.endpoint).netloc),
            link.replace("/o/x", "/o/y"),
            link.replace("Expires=60", "Expires=600"),
        ):
            assert http.request("GET", other).status == 403


def test_many_processes_may_make_the_buckets_at_once(place: S3Place) -> None:
    with ThreadPoolExecutor() as threads:
        made = [threads.submit(S3Objects(place, NOW).provision) for _ in range(8)]
        for end in made:
            end.result()

    assert S3Objects(place, NOW).probe().versioning


@pytest.mark.parametrize(
    "endpoint", ["127.0.0.1:9000", "ftp://x", "http://", "http://x/y", "http://x?y"]
)
def test_an_address_that_is_none_is_refused(place: S3Place, endpoint: str) -> None:
    with pytest.raises(MalformedError):
        S3Objects(replace(place, endpoint=endpoint), NOW).provision()


def certified(folder: Path) -> Path:
    """Make a certificate for 127.0.0.1 that only its owner trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kho")])
    own = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(NOW() - DAY)
        .not_valid_after(NOW() + DAY)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    pem = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "private.key").write_bytes(key.private_bytes(*pem))
    (folder / "public.crt").write_bytes(own.public_bytes(Encoding.PEM))
    return folder


def test_https_needs_a_certificate_that_the_machine_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, content = certified(tmp_path), bytes(17 << 20)
    with s3_server("minio", certificates=folder) as server:
        place = server.place()
        with pytest.raises(FaultError, match="not trusted"):
            S3Objects(place, NOW).provision()

        monkeypatch.setenv("SSL_CERT_FILE", str(folder / "public.crt"))
        objects = S3Objects(place, NOW)
        objects.provision()
        objects.put("o/x", io.BytesIO(content), len(content))

        assert place.endpoint.startswith("https://")
        with objects.open("o/x") as stream:
            assert stream.read() == content
