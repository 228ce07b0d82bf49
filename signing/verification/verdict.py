"""The verdict on a file: three words of EN 319 102-1, reasons, one sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Literal

from signing.verification.reasons import explain

LEGAL_TIME = timezone(timedelta(hours=7))


class Indication(StrEnum):
    """The three possible answers, best first."""

    PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    FAILED = "TOTAL-FAILED"


_EXIT_CODES = {Indication.PASSED: 0, Indication.INDETERMINATE: 9, Indication.FAILED: 5}
_SEVERITY = list(Indication)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a file does not pass: a code, how much it weighs, what the parser said."""

    code: str
    weight: Indication
    detail: str = ""

    def __str__(self) -> str:
        """Write the code, and the detail after a colon."""
        return f"{self.code}: {self.detail}" if self.detail else self.code


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """The verdict on one signature; `certificate` is its serial number, hex."""

    field: str
    signer: str
    role: Literal["person", "seal"]
    certificate: str
    time: datetime | None
    reasons: tuple[Reason, ...]

    @property
    def verdict(self) -> Indication:
        """The worst of its reasons."""
        return _worst(self.reasons)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a whole file; `reasons` are those of the file alone."""

    reasons: tuple[Reason, ...]
    signatures: tuple[SignatureVerdict, ...] = ()

    @property
    def verdict(self) -> Indication:
        """The worst of the file's and the signatures' reasons."""
        return _worst(self._all_reasons())

    @property
    def exit_code(self) -> int:
        """0 passed, 5 failed, 9 indeterminate."""
        return _EXIT_CODES[self.verdict]

    def sentence(self, lang: Literal["vi", "en"] = "vi") -> str:
        """Say it to a citizen in one sentence."""
        vi = lang == "vi"
        if self.verdict is Indication.PASSED:
            count = len(self.signatures)
            if vi:
                return f"Văn bản hợp lệ: {count} chữ ký số, không bị sửa sau khi ký."
            return f"The file is valid: signatures {count}, unchanged since signing."
        worst = next(r for r in self._all_reasons() if r.weight is self.verdict)
        failed = self.verdict is Indication.FAILED
        why = explain(worst.code, lang)
        if vi:
            return (
                f"{'Văn bản không hợp lệ' if failed else 'Chưa kết luận được'}: {why}."
            )
        return f"{'The file is not valid' if failed else 'No conclusion yet'}: {why}."

    def as_json(self, lang: Literal["vi", "en"] = "vi") -> dict[str, object]:
        """Return the document of `sign verify --json`."""
        codes = dict.fromkeys(str(reason) for reason in self._all_reasons())
        return {
            "verdict": self.verdict.value,
            "reasons": list(codes),
            "sentence": self.sentence(lang),
            "signatures": [_signature_json(one) for one in self.signatures],
        }

    def _all_reasons(self) -> list[Reason]:
        return [*self.reasons, *(r for one in self.signatures for r in one.reasons)]


def _worst(reasons: Iterable[Reason]) -> Indication:
    weights = [reason.weight for reason in reasons]
    return max(weights, key=_SEVERITY.index, default=Indication.PASSED)


def _signature_json(one: SignatureVerdict) -> dict[str, object]:
    return {
        "field": one.field,
        "signer": one.signer,
        "role": one.role,
        "certificate": one.certificate,
        "time": one.time.astimezone(LEGAL_TIME).isoformat() if one.time else None,
        "verdict": one.verdict.value,
        "reasons": [str(reason) for reason in one.reasons],
    }
