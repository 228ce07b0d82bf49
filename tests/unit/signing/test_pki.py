"""The development PKI: made once, whole, private, and marked."""

import multiprocessing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from dossiers.errors import FaultError
from signing.pki.development import DevelopmentPki


def _root_serial(folder: Path) -> int:
    return DevelopmentPki(folder).root.certificate.serial_number


def test_every_certificate_says_development_and_runs_2024_to_2040(
    tmp_path: Path,
) -> None:
    pki = DevelopmentPki(tmp_path)
    person = pki.person("an", name="An", position="Chủ tịch", agency="UBND")

    for holder in (pki.root, pki.tsa, pki.ocsp, person):
        unit = NameOID.ORGANIZATIONAL_UNIT_NAME
        (mark,) = holder.certificate.subject.get_attributes_for_oid(unit)
        assert mark.value == "DEVELOPMENT"
        assert holder.certificate.not_valid_before_utc.year == 2024
        assert holder.certificate.not_valid_after_utc.year == 2040


def test_a_second_start_finds_the_same_keys(tmp_path: Path) -> None:
    first = DevelopmentPki(tmp_path).person("a", name="A", position="P", agency="G")
    again = DevelopmentPki(tmp_path).person("a", name="A", position="P", agency="G")

    assert again.certificate == first.certificate


def test_two_starts_at_once_agree_on_one_root(tmp_path: Path) -> None:
    folders = [tmp_path / "pki"] * 8

    with multiprocessing.get_context("spawn").Pool(4) as pool:
        serials = set(pool.map(_root_serial, folders))

    assert len(serials) == 1


def test_a_start_killed_while_writing_does_not_break_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.link", killed)
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            DevelopmentPki(tmp_path)

    pki = DevelopmentPki(tmp_path)
    assert pki.root_path.exists()
    assert pki.crl_path.exists()


def test_all_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    pki = DevelopmentPki(tmp_path / "pki")
    pki.seal("H01", name="UBND")

    written = [path for path in (tmp_path / "pki").rglob("*") if path.is_file()]
    assert len(written) == 6
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    assert (tmp_path / "pki").stat().st_mode & 0o777 == 0o700


def test_a_lost_root_key_is_never_replaced_in_silence(tmp_path: Path) -> None:
    DevelopmentPki(tmp_path)
    (tmp_path / "keys" / "root.pem").unlink()

    with pytest.raises(FaultError, match="missing"):
        DevelopmentPki(tmp_path)


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    pki = DevelopmentPki(tmp_path)
    path = tmp_path / "keys" / "tsa.pem"
    foreign = pki.root.certificate.public_bytes(Encoding.PEM)
    own_key, _, _ = path.read_bytes().partition(b"-----BEGIN CERTIFICATE")
    for content in (b"-----BEGIN NOTHING", own_key + foreign):
        path.write_bytes(content)
        with pytest.raises(FaultError, match=r"tsa\.pem is damaged"):
            DevelopmentPki(tmp_path)


def test_long_vietnamese_names_and_hostile_ids_get_certificates(tmp_path: Path) -> None:
    pki = DevelopmentPki(tmp_path)
    holder = pki.seal("../../etc", name="Ủy ban nhân dân " * 9)

    (name,) = holder.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert 60 < len(str(name.value).encode()) <= 64
    assert len(list((tmp_path / "keys" / "seals").iterdir())) == 1
