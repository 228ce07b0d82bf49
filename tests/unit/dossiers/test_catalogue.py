"""Every kind of dirt in the portal's records is decided and reported."""

import json
from datetime import date

import pytest

from dossiers.catalogue.findings import Refused
from dossiers.catalogue.record import read_record
from dossiers.procedure import FeeKind, Level, ServiceLevel
from tests.support.catalogue import drafted, kinds, method, record

DEEP = b'{"a":' * 100_000


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty-line"),
        (b" \r\n", "empty-line"),
        (b'{"code": "1.001193"', "not-json"),
        (b"\xff\xfe{}", "not-utf8"),
        (b'{"code": NaN}', "not-a-number"),
        (b'{"code": 1, "code": 2}', "repeated-key"),
        (b'{"code": ' + b"9" * 5000 + b"}", "not-json"),
        (b'{"code": 1e99999999999999999999}', "not-json"),
        (DEEP, "too-deep"),
        (b"[1]", "not-an-object"),
        (b"{}", "no-code"),
        (b'{"code": 7}', "no-code"),
        (b'{"code": "1.014955-Xoa"}', "bad-code"),
        (b'{"code": "1.001193", "name": " "}', "no-name"),
        (b'"' + b"x" * (1 << 20) + b'"', "too-long"),
    ],
)
def test_a_line_without_an_identity_is_refused_with_a_reason(
    raw: bytes, reason: str
) -> None:
    answer = read_record(7, raw)

    assert isinstance(answer, Refused)
    assert (answer.line, answer.reason.slug) == (7, reason)


def test_a_refused_line_still_names_its_code() -> None:
    answer = read_record(1, json.dumps(record(code="2.009182739")).encode())

    assert isinstance(answer, Refused)
    assert answer.code == "2.009182739"
    assert "9 digits" in answer.text("en")


def test_the_whole_identity_and_level_of_a_record_are_read() -> None:
    found = drafted(isProvince=True, isFullProcess=True).procedure

    assert found.reference == "1.001193@G15"
    assert found.levels == (Level.WARD, Level.PROVINCE)
    assert found.service_level is ServiceLevel.FULL
    assert found.field is not None
    assert found.field.code == "G15-TP07"


@pytest.mark.parametrize(
    ("time", "unit", "limit", "kind"),
    [
        (7.5, "WORKING_DAY", "7.5wd", None),
        (20, "DAY", "20d", None),
        (2, "MONTH", "2mo", None),
        (1, "HOUR", "1h", "limit-hours"),
        (0, "OTHER", "0wd", "limit-same-day"),
        (1, "OTHER", None, "limit-unit-other"),
        ("1", "WORKING_DAY", "1wd", "limit-string"),
        ("Theo mô tả", "OTHER", None, "limit-text"),
        (7.5, "DAY", None, "limit-fraction"),
        (-1, "DAY", None, "limit-implausible"),
        (1e300, "DAY", None, "key-missing"),
        (3, "WEEK", None, "limit-unit-unknown"),
        (None, "DAY", None, "key-missing"),
        (True, "DAY", None, "key-missing"),
    ],
)
def test_a_limit_is_read_or_stays_unknown(
    time: object, unit: str, limit: str | None, kind: str | None
) -> None:
    found = drafted(executionMethods=[method(time, unit)], cases=[])
    stated = found.procedure.methods[0].time_limit

    assert stated.limit == limit
    assert {k for k in kinds(found) if k.startswith("limit") or k == kind} == (
        {kind} if kind else set()
    )


def test_limits_that_contradict_each_other_are_all_reported() -> None:
    other = {"code": "1.001193.01", "processingDay": {"qty": 20, "type": "DAY"}}
    rows = [method(5), method(8), method(8, submissionMethod="ONLINE"), method(5)]

    found = kinds(drafted(executionMethods=rows, cases=[other, other]))

    assert found >= {
        *("limit-several", "limit-between-channels", "limit-case-disagrees"),
        *("case-repeated", "channel-repeated"),
    }


def test_a_new_channel_is_reported_and_not_used() -> None:
    found = drafted(executionMethods=[method(submissionMethod="KIOSK")])

    assert found.procedure.methods == ()
    assert kinds(found) >= {"channel-unknown", "channel-missing"}


@pytest.mark.parametrize(
    ("fee", "amount", "kind"),
    [
        ({"value": 0, "description": "do HĐND quyết định"}, None, "fee-zero-with-text"),
        ({"value": 0}, 0, "fee-zero"),
        ({"value": None}, None, "fee-missing"),
        ({"value": 8000}, 8000, "fee-currency"),
        ({"value": 20, "currencyName": "USD"}, 20, None),
        ({"value": 9, "currencyName": "EUR"}, 9, "fee-currency-unknown"),
        ({"value": -5}, None, "fee-amount"),
        ({"value": "free"}, None, "fee-amount"),
        ({"value": 100, "currencyName": "VND"}, 100, "fee-contradictory"),
    ],
)
def test_a_fee_of_zero_is_free_only_without_a_text(
    fee: dict[str, object], amount: int | None, kind: str | None
) -> None:
    found = drafted(executionMethods=[method(fees=[{"type": "SERVICE_FEE"} | fee])])

    read = found.procedure.methods[0].fees[0]

    assert (read.kind, read.amount) == (FeeKind.STATE, amount)
    assert kind is None or kind in kinds(found)


def test_one_fee_a_thousand_times_the_other_is_a_slip() -> None:
    online, counter = (
        method(
            submissionMethod=channel,
            fees=[{"type": "FEE", "value": value, "currencyName": "VND"}],
        )
        for channel, value in (("ONLINE", 20_000), ("DIRECT", 20_000_000))
    )

    found = drafted(executionMethods=[online, counter])

    texts = [f.text("en") for f in found.findings if f.kind.slug == "fee-contradictory"]
    assert texts == ["contradictory fees: fee-thousandfold 20000, 20000000"]


def test_a_row_of_quantity_zero_is_kept_as_a_note() -> None:
    rows = [
        {"code": "A.", "name": "Đơn", "originalQty": 1, "copyQty": 0},
        {"code": "", "name": "Lưu ý", "originalQty": 0, "copyQty": 0},
        {"code": "A", "name": "Đơn khác", "originalQty": 0, "copyQty": 2},
    ]

    found = drafted(executionCases=[{"name": "", "profileComponents": rows}])

    read = [(c.code, c.is_note, c.required) for c in found.procedure.components]
    assert read == [("A", False, None), ("#2", True, None), ("A#2", False, None)]
    assert kinds(found) >= {
        *("component-note", "component-no-code", "component-repeated"),
        "component-required",
    }


def test_texts_are_normalised_and_the_original_is_kept() -> None:
    dirty = " Ca\u0302\u0301p\u00a0phép\t\u200e"

    found = drafted(name=dirty)

    assert found.procedure.name == "Cấp phép"
    assert found.procedure.originals[0].text == dirty
    assert kinds(found) >= {"text-not-nfc", "text-blanks", "text-invisible"}


def test_broken_characters_do_not_lose_the_record() -> None:
    found = drafted(name="Cấp\ud800 phép\x00")

    assert found.procedure.name == "Cấp\ufffd phép\ufffd"
    assert "text-broken" in kinds(found)
    assert found.procedure.digest


def test_a_date_in_milliseconds_is_the_local_day() -> None:
    proposal = {"proposalNumber": "163/QĐ-BTP", "decisionDate": 1768496400000}

    found = drafted(procedureProposal=proposal)

    assert found.procedure.decision is not None
    assert found.procedure.decision.decided_on == date(2026, 1, 16)
    assert "decision-date" in kinds(found)  # of the publication, which is absent


def test_a_refusal_among_the_results_is_told_from_an_either_or() -> None:
    names = ["Giấy phép", "Phiếu từ chối", "Văn bản cho phép hoặc không cho phép"]
    rows = [{"code": f"KQ.{n}", "name": name} for n, name in enumerate(names)]

    found = drafted(resultsDetails=rows)

    assert [r.is_refusal for r in found.procedure.results] == [False, True, False]


def test_a_result_without_a_code_and_a_second_field_are_said() -> None:
    fields = [{"code": "G15-TP07"}, {"code": "G01-CA05"}]

    found = drafted(resultsDetails=[{"name": "Giấy"}], categoriesDetails=fields)

    assert found.procedure.field is not None
    assert found.procedure.field.code == "G15-TP07"
    assert kinds(found) >= {"result-code", "field-several"}


def test_what_is_missing_or_new_is_said_and_not_dropped() -> None:
    found = drafted(
        departmentPromulgateCode=None,
        categoriesDetails="x",
        executionCases=None,
        resultsDetails=[],
        isWard=0,
        newKey=1,
        fees=[1],
        state="GONE",
        type="ODD",
    )

    assert kinds(found) >= {
        *("issuer-none", "legal-basis-none", "level-none", "field-none"),
        *("component-none", "result-none", "key-unknown", "key-unread", "key-missing"),
        *("state-unknown", "type-unknown", "type-wrong", "competent-none"),
    }


def test_absurdly_many_rows_are_refused() -> None:
    answer = read_record(1, json.dumps(record(cases=[{}] * 2001)).encode())

    assert isinstance(answer, Refused)
    assert answer.reason.slug == "too-many-rows"


def test_contradictions_of_identity_are_said() -> None:
    found = drafted(
        code=" 1.001193",
        codeNotation="1.001194",
        departmentPromulgateCode="bad code",
        isFullProcess=True,
        procedureProposal=[],
        category={"code": "G15-TP07", "name": "Hộ tịch"},
        categoriesDetails=None,
    )

    assert found.procedure.reference == "1.001193"
    assert found.procedure.field is not None
    assert kinds(found) >= {
        *("code-blanks", "code-notation", "issuer-code", "online-contradictory"),
        *("type-wrong", "decision-none"),
    }


def test_a_case_with_papers_or_a_strange_code_is_said() -> None:
    day = {"qty": 5, "type": "WORKING_DAY"}
    odd = {"code": "01", "processingDay": day, "profileComponents": [{}]}

    found = drafted(cases=[odd], isOfflineOnly=True)

    assert found.procedure.cases[0].time_limit.limit == "5wd"
    assert kinds(found) >= {"case-code", "case-components"}


def test_ways_of_return_bodies_and_laws_are_read() -> None:
    found = drafted(
        returningMethods=[{"type": "ONLINE", "value": ["AT_HOME"]}],
        departmentsAuthority=[{"code": "H49", "name": "UBND tỉnh"}],
        unitGroupsExecuting=[{"name": "UBND cấp xã"}],
        legalBasisesDetails=[{"code": "123/2015/NĐ-CP"}],
        subjectTypesDetails=[{"code": "ĐT1", "name": "Công dân"}],
        executionMethods=[method(submissionMethod="ONLINE")],
        isOfflineOnly=True,
    )
    read = found.procedure

    assert read.delivery == ("ONLINE:AT_HOME",)
    assert [(b.role, b.code) for b in read.bodies] == [
        *(("executing", None), ("competent", "H49")),
    ]
    assert read.legal_bases[0].code == "123/2015/NĐ-CP"
    assert read.service_level is ServiceLevel.PARTIAL
    assert "online-contradictory" in kinds(found)
