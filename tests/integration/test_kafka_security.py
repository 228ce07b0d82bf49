"""Who may connect, and what is said to those who may not."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kafka import KafkaProducer

from dossiers.errors import FaultError, NotFoundError, UnavailableError
from infra.kafka.client import admin, connected, consumer
from infra.kafka.errors import RejectedError, translating
from infra.kafka.provisioning import provision
from infra.kafka.reading import read_committed
from infra.kafka.sasl import MechanismError
from infra.kafka.topics import Topics
from infra.settings import KafkaSettings
from tests.support.kafka_cluster import KafkaCluster, running
from tests.support.kafka_node import HOST, Listeners, free_port

USER, PASSWORD = "hue", "mật khẩu 1"
PROTOCOLS = {
    "SCRAM": "SASL_PLAINTEXT",
    "CLEAR": "SASL_PLAINTEXT",
    "TLS": "SSL",
    "BOTH": "SASL_SSL",
}
PORTS: dict[str, int] = {}
_SECURITY = "org.apache.kafka.common.security"


def _write_certificate(folder: Path) -> Path:
    """Make a broker's certificate that is its own authority; PEM, key and all."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kafka")])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "broker.pem").write_bytes(private + public)
    (folder / "ca.pem").write_bytes(public)
    return folder / "broker.pem"


def _listeners(keys: Path) -> Listeners:
    for name in PROTOCOLS:
        PORTS[name] = free_port()
    plain = f'{_SECURITY}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
    scram = f"{_SECURITY}.scram.ScramLoginModule required;"
    settings = f"""
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.scram.scram-sha-512.sasl.jaas.config={scram}
listener.name.clear.sasl.enabled.mechanisms=PLAIN
listener.name.clear.plain.sasl.jaas.config={plain}
listener.name.both.sasl.enabled.mechanisms=PLAIN
listener.name.both.plain.sasl.jaas.config={plain}
ssl.keystore.type=PEM
ssl.keystore.location={keys}
"""
    escaped = settings.encode("ascii", "backslashreplace").decode()
    return Listeners(
        more=tuple((name, kind, PORTS[name]) for name, kind in PROTOCOLS.items()),
        settings=escaped,
        format_options=(
            "--add-scram",
            f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]",
        ),
    )


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of certificate and password files."""
    folder = tmp_path_factory.mktemp("kafka-keys")
    _write_certificate(folder)
    (folder / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
    (folder / "wrong").write_text("guessed", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def guarded(keys: Path) -> Iterator[KafkaCluster]:
    """Run a broker with four guarded doors."""
    yield from running(1, listeners=lambda: _listeners(keys / "broker.pem"))


def _through(door: str, keys: Path) -> KafkaSettings:
    return KafkaSettings(
        bootstrap=(f"{HOST}:{PORTS[door]}",),
        security=PROTOCOLS[door],
        user=USER,
        password_file=keys / "password",
        ca=keys / "ca.pem",
    )


@pytest.mark.parametrize("door", PROTOCOLS)
def test_lets_in_who_is_known(guarded: KafkaCluster, keys: Path, door: str) -> None:
    with closing(admin(_through(door, keys))) as client:
        assert client.list_topics() is not None
    with closing(consumer(_through(door, keys))) as client:
        assert client.topics() is not None
    with closing(connected(KafkaProducer, _through(door, keys), {})) as client:
        assert client.bootstrap_connected() is not None
    assert guarded.nodes[1].runs


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("door", ["SCRAM", "CLEAR", "BOTH"])
def test_a_wrong_password_is_told_as_such(keys: Path, door: str) -> None:
    wrong = replace(_through(door, keys), password_file=keys / "wrong")

    with pytest.raises(RejectedError, match=rf"wrong user or password .*{PORTS[door]}"):
        consumer(wrong)
    with pytest.raises(RejectedError) as told:
        admin(wrong)
    assert (told.value.exit_code, told.value.retryable) == (7, False)


@pytest.mark.usefixtures("guarded")
def test_a_password_never_goes_in_clear_to_another_machine(keys: Path) -> None:
    elsewhere = replace(_through("CLEAR", keys), bootstrap=(f"127.1:{PORTS['CLEAR']}",))

    with pytest.raises(MechanismError, match="takes PLAIN only"):
        admin(elsewhere)


@pytest.mark.usefixtures("guarded")
def test_a_certificate_that_nobody_vouches_for_is_refused(
    keys: Path, tmp_path: Path
) -> None:
    _write_certificate(tmp_path)
    told = {
        "BOOTSTRAP": f"{HOST}:{PORTS['BOTH']}",
        "SECURITY": "SASL_SSL",
        "USER": USER,
        "PASSWORD_FILE": str(keys / "password"),
        "CA": str(tmp_path / "ca.pem"),
    }
    environment = {f"NAMBUOC_KAFKA_{name}": value for name, value in told.items()}
    words = [str(Path(sys.executable).with_name("nambuoc")), "events", "provision"]
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 7
    assert "NAMBUOC_KAFKA_CA" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("name", ["password_file", "ca"])
def test_a_file_that_is_not_there_is_named(keys: Path, name: str) -> None:
    known = _through("BOTH", keys)
    lost = (
        replace(known, ca=keys / "lost")
        if name == "ca"
        else replace(known, password_file=keys / "lost")
    )

    with pytest.raises(FaultError, match=f"NAMBUOC_KAFKA_{name.upper()}=.*lost"):
        admin(lost)


@pytest.mark.usefixtures("guarded")
def test_speaking_in_clear_to_a_guarded_door_ends_in_time(keys: Path) -> None:
    deaf = replace(_through("SCRAM", keys), security="PLAINTEXT")

    with pytest.raises(UnavailableError, match=str(PORTS["SCRAM"])):
        admin(deaf)


def test_who_has_no_right_is_told_the_topic(guarded: KafkaCluster, keys: Path) -> None:
    settings = guarded.settings()
    provision(settings)
    known = replace(_through("SCRAM", keys), prefix=settings.prefix)
    topic = Topics(settings.prefix).events

    with pytest.raises(NotFoundError, match="not for this user"):
        list(read_committed(known))
    with (
        closing(connected(KafkaProducer, known, {})) as producer,
        pytest.raises(RejectedError, match=topic),
        translating(),
    ):
        producer.send(topic, b"x", partition=0).get(10)
