"""Records of the portal's shape, and the project's own sample of real ones."""

import json
from pathlib import Path

from dossiers.catalogue.lines import import_lines
from dossiers.catalogue.record import Draft, read_record
from dossiers.procedure import Procedure

SAMPLE = Path(__file__).parents[2] / "portal/demo/sample/procedures.jsonl.gz"


def record(**changes: object) -> dict[str, object]:
    """Make a clean record; `changes` replace its keys."""
    paper = {"code": "G17-KQ1", "name": "Đơn", "originalQty": 1, "copyQty": 0}
    fee = {"type": "SERVICE_FEE", "value": 8000, "currencyName": "VND"}
    clean: dict[str, object] = {
        "code": "1.001193",
        "codeNotation": "1.001193",
        "name": "Cấp phép",
        "state": "ACTIVE",
        "type": "STANDARD",
        "isWard": True,
        "departmentPromulgateCode": "G15",
        "departmentPromulgateName": "Bộ Tư pháp",
        "executionMethods": [method(fees=[fee])],
        "executionCases": [{"name": "", "profileComponents": [paper]}],
        "cases": [
            {"code": "1.001193.01", "processingDay": {"qty": 5, "type": "WORKING_DAY"}}
        ],
        "resultsDetails": [{"code": "KQ.G15.000031", "name": "Giấy phép"}],
        "categoriesDetails": [{"code": "G15-TP07", "name": "Hộ tịch"}],
    }
    return clean | changes


def method(
    time: object = 5, unit: object = "WORKING_DAY", **changes: object
) -> dict[str, object]:
    """Make one row of executionMethods."""
    row = {"submissionMethod": "DIRECT", "processingTime": time, "fees": []}
    return row | {"processingTimeUnit": unit} | changes


def drafted(**changes: object) -> Draft:
    """Read a record that must become a draft."""
    answer = read_record(1, json.dumps(record(**changes)).encode())
    assert isinstance(answer, Draft)
    return answer


def kinds(draft: Draft) -> set[str]:
    """List the kinds of findings of a draft."""
    return {finding.kind.slug for finding in draft.findings}


def sample() -> dict[str, Procedure]:
    """Read the project's sample by code."""
    with SAMPLE.open("rb") as file:
        answers = list(import_lines(file))
    return {a.procedure.code: a.procedure for a in answers if isinstance(a, Draft)}
