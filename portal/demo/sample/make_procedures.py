"""
Cuts the demo's sample of procedures out of the portal's records: facts only.

Run: `python -m portal.demo.sample.make_procedures PROCEDURES.jsonl.gz [OUT]`. Codes,
names, quantities, limits, fees, levels and flags stay; prose goes. Where a text
decides something (a fee of 0 with a text is unknown) the mark MARK stands for it.
"""

import gzip
import json
import sys
from pathlib import Path

MARK = "(...)"
LONGEST = 90
CODES = (
    *("1.001193", "1.004873", "1.000419", "2.000635", "2.000986", "1.013225"),
    *("1.013227", "1.013315", "1.013216", "1.004194", "1.004222", "1.010038"),
    *("1.010028", "1.115662", "1.115593", "1.115337", "1.115403", "1.115465"),
    *("2.001610", "2.001159"),
)
KEPT = {
    "": (
        *("code", "codeNotation", "name", "state", "type", "isWard", "isProvince"),
        *("isMinistry", "isOtherAgency", "isFullProcess", "isInternal", "isVertical"),
        *("isNonTerritorial", "isOfflineOnly", "isSharedService", "isUndetermined"),
        *("executionMethods", "executionCases", "cases", "resultsDetails"),
        *("legalBasisesDetails", "categoriesDetails", "subjectTypesDetails"),
        *("departmentsExecuting", "departmentsAuthority", "departmentsCoordinating"),
        *("unitGroupsExecuting", "unitGroupsAuthority", "unitGroupsCoordinating"),
        *("departmentPromulgateCode", "departmentPromulgateName"),
        *("procedureProposal", "returningMethods"),
    ),
    "executionMethods": (
        *("submissionMethod", "processingTime", "processingTimeUnit", "fees"),
    ),
    "fees": ("type", "value", "currencyName", "description", "attachment"),
    "attachment": (),
    "executionCases": ("name", "profileComponents"),
    "profileComponents": (
        *("code", "name", "originalQty", "copyQty", "required"),
        *("hasElectronicForm", "isProcessingResult"),
    ),
    "cases": ("code", "name", "processingDay"),
    "processingDay": ("qty", "type"),
    "legalBasisesDetails": ("code",),
    "procedureProposal": (
        *("proposalNumber", "decisionDate", "publicationDate", "issuingAgency"),
    ),
    "returningMethods": ("type", "value"),
}
NAMED = ("code", "name")
MARKED = {"description", "attachment"}


def shorten(text: str) -> str:
    """Cut a name at the end of a word, without its list mark."""
    plain = text.strip().lstrip("-+* ")
    if len(plain) <= LONGEST:
        return plain
    return plain[:LONGEST].rpartition(" ")[0] + " …"


def facts(value: object, place: str = "") -> object:
    """Keep what is a fact at this place of a record."""
    if place in MARKED:
        return MARK if value else None
    if isinstance(value, dict):
        note = value.get("originalQty") == 0 and value.get("copyQty") == 0
        kept = {k: facts(value[k], k) for k in KEPT.get(place, NAMED) if k in value}
        return kept | {"name": MARK} if note else kept
    if isinstance(value, list):
        return [facts(one, place) for one in value]
    if place == "processingTime" and isinstance(value, str):
        return value if value.isdigit() else MARK
    return shorten(value) if place == "name" and isinstance(value, str) else value


def main(source: Path, target: Path) -> None:
    """Write the sample, always the same bytes for the same source."""
    with gzip.open(source, "rt", encoding="utf-8") as file:
        records = {record["code"]: record for record in map(json.loads, file)}
    lines = [
        json.dumps(facts(records[code]), ensure_ascii=False, separators=(",", ":"))
        for code in CODES
    ]
    written = gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0)
    target.write_bytes(written)
    sys.stdout.write(f"{len(lines)} records, {len(written)} bytes: {target}\n")


if __name__ == "__main__":
    beside = Path(__file__).with_name("procedures.jsonl.gz")
    given, *rest = map(Path, sys.argv[1:])
    main(given, rest[0] if rest else beside)
