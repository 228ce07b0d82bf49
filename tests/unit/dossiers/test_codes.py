"""Codes are read strictly and printed as they were."""

from datetime import date

import pytest

from dossiers.codes import (
    AgencyCode,
    CaseCode,
    DossierCode,
    PersonalIdKind,
    ProcedureCode,
    ProcedureReference,
    normalize_code,
    personal_id_kind,
)
from dossiers.errors import MalformedError


@pytest.mark.parametrize(
    "text", ["1.001193", "6.000012", "1.012753.H19", "1.004616.000.00.00.H56"]
)
def test_a_procedure_code_prints_as_it_was_read(text: str) -> None:
    assert str(ProcedureCode.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (" 1.014325", "write '1.014325'"),
        ("1.0133611", "7 digits"),
        ("1.014955-Xoa", "'-Xoa' is no local suffix"),
        ("2.009182739", "9 digits"),
        ("1.001193.01", "'.01' is no local suffix"),
        ("12.001193", "expected N.NNNNNN"),
        ("1.00119\u0663", "5 digits"),
        ("", "expected N.NNNNNN"),
    ],
)
def test_a_malformed_procedure_code_is_refused_with_its_fault(
    text: str, fault: str
) -> None:
    with pytest.raises(MalformedError, match=fault.replace(".", r"\.")):
        ProcedureCode.parse(text)


def test_a_reference_names_the_issuer_after_the_at_sign() -> None:
    found = ProcedureReference.parse("1.012789@H53")

    assert (str(found.code), found.issuer, str(found)) == (
        *("1.012789", "H53", "1.012789@H53"),
    )
    with pytest.raises(MalformedError, match="after @"):
        ProcedureReference.parse("1.012789@")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("000.12.34.H49", "H49.34.12"),
        ("000.00.00.H49", "H49"),
        ("000.12.00.H49", "H49.00.12"),
        ("007.12.34.H49", "H49.34.12.007"),
    ],
)
def test_both_directions_of_an_agency_code_are_one_agency(old: str, new: str) -> None:
    assert str(AgencyCode.parse(old)) == new
    assert AgencyCode.parse(new) == AgencyCode.parse(old)
    assert AgencyCode.parse(new).old_style() == old


@pytest.mark.parametrize("text", ["h49", "H49..1", "49.H", "H49." + "1" * 35, "H49-1"])
def test_a_malformed_agency_code_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        AgencyCode.parse(text)


def test_an_agency_too_deep_has_no_old_code() -> None:
    with pytest.raises(MalformedError, match="no QCVN"):
        AgencyCode.parse("H49.34.12.007.1").old_style()


@pytest.mark.parametrize(
    "text", ["H49.12-260312-0041", "000.00.00.H49-220315-0001", "H49-241005-12345"]
)
def test_a_dossier_code_never_changes(text: str) -> None:
    assert str(DossierCode.parse(text)) == text


def test_dossier_codes_sort_by_number_beyond_four_digits() -> None:
    day = date(2026, 3, 12)
    codes = [DossierCode("H49.12", day, number) for number in (10_000, 9_999, 2)]

    assert [str(code) for code in sorted(codes)] == [
        "H49.12-260312-0002",
        "H49.12-260312-9999",
        "H49.12-260312-10000",
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("H49-260230-0001", "H49-260312-0000", "H49-260312-00041", "X-260312-0001"),
        *("H49-260312-41", "H49-260312-0001\n", "H49-260312-100000"),
    ],
)
def test_a_malformed_dossier_code_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        DossierCode.parse(text)


def test_a_case_code_belongs_to_its_procedure() -> None:
    assert CaseCode.parse("1.001193.02") == CaseCode("1.001193", "02")
    assert str(CaseCode("1.001193", "02")) == "1.001193.02"
    with pytest.raises(MalformedError, match=r"1\.001193\.01"):
        CaseCode.parse("1.001193")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("000.00.00.G01 -KQ002288.", "000.00.00.G01-KQ002288"),
        ("KQ-H37. 0000020", "KQ-H37.0000020"),
        ("Mẫu số 15d  Quyết định", "Mẫu số 15d Quyết định"),
        ("", ""),
    ],
)
def test_a_component_code_is_written_one_way(given: str, code: str) -> None:
    assert normalize_code(given) == code
    assert normalize_code(code) == code


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("022075004321", PersonalIdKind.CITIZEN),
        ("100123456", PersonalIdKind.LEGACY),
        ("B1234567", PersonalIdKind.PASSPORT),
        ("5700100256", PersonalIdKind.TAX),
        ("5700100256-001", PersonalIdKind.TAX),
    ],
)
def test_the_kind_of_a_personal_number_shows_in_its_shape(
    text: str, kind: PersonalIdKind
) -> None:
    assert personal_id_kind(text) is kind


def test_a_refused_personal_number_is_not_repeated_in_the_error() -> None:
    with pytest.raises(MalformedError) as caught:
        personal_id_kind("02207500432")

    assert "02207500432" not in str(caught.value) + caught.value.vi
