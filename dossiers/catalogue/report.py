"""What an import reports: counts, refusals, findings (`procedure import --json`)."""

from collections.abc import Iterable
from typing import Literal

from dossiers.catalogue.findings import Refused
from dossiers.catalogue.record import Draft


def report(
    answers: Iterable[Draft | Refused], lang: Literal["vi", "en"] = "vi"
) -> dict[str, object]:
    """Sum up an import: `read` is always `drafted` plus the number of refused lines."""
    refused: list[dict[str, object]] = []
    findings: list[dict[str, object]] = []
    drafted = 0
    for answer in answers:
        if isinstance(answer, Refused):
            refused.append(
                {
                    "line": answer.line,
                    "code": answer.code,
                    "reason": answer.reason.slug,
                    "text": answer.text(lang),
                }
            )
            continue
        drafted += 1
        findings += [
            {
                "line": finding.line,
                "code": finding.code,
                "field": finding.field,
                "kind": finding.kind.slug,
                "text": finding.text(lang),
            }
            for finding in answer.findings
        ]
    return {
        "read": drafted + len(refused),
        "drafted": drafted,
        "refused": refused,
        "findings": findings,
    }
