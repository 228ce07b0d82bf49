"""Codes of procedures, agencies, dossiers, papers and persons: parse, check, print."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NoReturn, Self

from dossiers.errors import MalformedError

_PROCEDURE = re.compile(
    r"([1-9]\.[0-9]{6})"
    r"(?:\.((?:[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.)?[A-Y][0-9]{2}(?:\.[0-9A-Z]+)*))?"
)
_CASE = re.compile(r"([1-9]\.[0-9]{6})\.([0-9]{2})")
_OLD_AGENCY = re.compile(r"([0-9]{3})\.([0-9]{2})\.([0-9]{2})\.([A-Y][0-9]{2})")
_NEW_AGENCY = re.compile(
    r"(?:[A-Y][0-9]{2}|Z[0-9]{2}|[0-9]{10}|[0-9]{13})(?:\.[0-9A-Z]+)*"
)
_DOSSIER = re.compile(r"([0-9A-Z.]+)-([0-9]{6})-([0-9]{4}|[1-9][0-9]{4})")
_AGENCY_LENGTH = 35
_DAILY_DIGITS = 4
_DAILY_LAST = 99_999
_SHOWN = 60


def _refuse(what: str, text: str, vi: str, en: str) -> NoReturn:
    place = f"{what} {text[:_SHOWN]!r}: "
    fault = MalformedError(place + vi, place + en)
    raise fault from None


@dataclass(frozen=True, slots=True, order=True)
class ProcedureCode:
    """Code of a procedure (mã TTHC): `1.001193`, with an older local suffix `.H19`."""

    number: str
    suffix: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `N.NNNNNN[.SUFFIX]`; raises MalformedError saying what is wrong."""
        found = _PROCEDURE.fullmatch(text)
        if found is None:
            _refuse("ProcedureCode", text, *_procedure_fault(text))
        return cls(found[1], found[2] or "")

    def __str__(self) -> str:
        """Print it as it is written in law and on the portal."""
        return f"{self.number}.{self.suffix}" if self.suffix else self.number


def _procedure_fault(text: str) -> tuple[str, str]:
    if text != text.strip():
        tidy = text.strip()
        return f"thừa dấu cách; viết {tidy!r}", f"outer blanks; write {tidy!r}"
    digits = re.match(r"([0-9]+)\.([0-9]+)", text)
    if digits is None or len(digits[1]) != 1:
        return "cần dạng N.NNNNNN, ví dụ 1.001193", "expected N.NNNNNN, as 1.001193"
    count = len(digits[2])
    if count != len("001193"):
        vi = f"sau dấu chấm có {count} chữ số, cần đúng 6"
        return vi, f"{count} digits after the dot, exactly 6 are needed"
    rest = text[digits.end() :]
    return f"phần đuôi lạ {rest!r}", f"the ending {rest!r} is no local suffix (.H19)"


@dataclass(frozen=True, slots=True)
class ProcedureReference:
    """How a command names a procedure: `CODE[@ISSUER]`, as `1.012789@H53`."""

    code: ProcedureCode
    issuer: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `CODE[@ISSUER]`; raises MalformedError."""
        code, at, issuer = text.partition("@")
        if at and not re.fullmatch(r"[0-9A-Z.]+", issuer):
            vi = "sau @ cần mã cơ quan ban hành, ví dụ 1.001193@G15"
            en = "an issuer's code is needed after @, as 1.001193@G15"
            _refuse("ProcedureReference", text, vi, en)
        return cls(ProcedureCode.parse(code), issuer or None)

    def __str__(self) -> str:
        """Print `CODE` or `CODE@ISSUER`."""
        return f"{self.code}@{self.issuer}" if self.issuer else str(self.code)


@dataclass(frozen=True, slots=True, order=True)
class CaseCode:
    """Code of a legal case of a procedure (trường hợp): `1.001193.01`."""

    procedure: str
    number: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `N.NNNNNN.NN`; raises MalformedError."""
        found = _CASE.fullmatch(text)
        if found is None:
            en = "expected N.NNNNNN.NN, as 1.001193.01"
            _refuse("CaseCode", text, "cần dạng N.NNNNNN.NN", en)
        return cls(found[1], found[2])

    def __str__(self) -> str:
        """Print it as on the portal."""
        return f"{self.procedure}.{self.number}"


@dataclass(frozen=True, slots=True, order=True)
class AgencyCode:
    """
    Code of an agency (mã định danh), its highest level first.

    QĐ 20/2020/QĐ-TTg Đ4-6 writes `H49.34.12` (at most 35 characters, A-Z 0-9 and
    dots); QCVN 102:2016/BTTTT wrote the same agency `000.12.34.H49`. Both are read.
    """

    levels: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read either direction; raises MalformedError."""
        if old := _OLD_AGENCY.fullmatch(text):
            levels = [old[4], old[3], old[2], old[1]]
            while len(levels) > 1 and not levels[-1].strip("0"):
                levels.pop()
            return cls(tuple(levels))
        if len(text) > _AGENCY_LENGTH:
            vi = f"dài {len(text)} ký tự, tối đa {_AGENCY_LENGTH}"
            en = f"{len(text)} characters, at most {_AGENCY_LENGTH}"
            _refuse("AgencyCode", text, vi, en)
        if _NEW_AGENCY.fullmatch(text) is None:
            vi = "cần dạng H49.34.12 hoặc 000.12.34.H49 (chỉ A-Z, 0-9, dấu chấm)"
            en = "expected H49.34.12 or 000.12.34.H49 (only A-Z, 0-9 and dots)"
            _refuse("AgencyCode", text, vi, en)
        return cls(tuple(text.split(".")))

    def __str__(self) -> str:
        """Print in the order of QĐ 20/2020, highest level at the left."""
        return ".".join(self.levels)

    def old_style(self) -> str:
        """Print in the order of QCVN 102:2016; MalformedError when it cannot."""
        filled = (*self.levels, *("00", "00", "000")[len(self.levels) - 1 :])
        text = ".".join(reversed(filled))
        if _OLD_AGENCY.fullmatch(text) is None:
            vi = "không viết được theo QCVN 102:2016"
            _refuse("AgencyCode", str(self), vi, "has no QCVN 102:2016 form")
        return text


@dataclass(frozen=True, slots=True, order=True)
class DossierCode:
    """
    Code of a dossier (mã hồ sơ): agency · local day · daily number (NĐ 61/2018 Đ26).

    It names the receiving agency as written on that day and never changes. The
    number restarts every day; after 9,999 it has five digits (TT 01/2018 Đ19: silent).
    """

    agency: str
    day: date
    number: int

    def __post_init__(self) -> None:
        """Refuse an agency or a number that no printed code could carry."""
        AgencyCode.parse(self.agency)
        if not 1 <= self.number <= _DAILY_LAST:
            vi = f"số trong ngày phải từ 1 đến {_DAILY_LAST}"
            en = f"the daily number must be 1 to {_DAILY_LAST}"
            _refuse("DossierCode", str(self.number), vi, en)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `H49.12-260312-0041`; raises MalformedError."""
        found = _DOSSIER.fullmatch(text)
        if found is None:
            vi = "cần dạng H49.12-260312-0041 (cơ quan, ngày yymmdd, số 4 chữ số)"
            en = "expected H49.12-260312-0041 (agency, yymmdd, 4-digit number)"
            _refuse("DossierCode", text, vi, en)
        yymmdd = found[2]
        try:
            day = date.fromisoformat(f"20{yymmdd[:2]}-{yymmdd[2:4]}-{yymmdd[4:]}")
        except ValueError:
            en = f"{yymmdd} is no day"
            _refuse("DossierCode", text, f"không có ngày {yymmdd}", en)
        return cls(found[1], day, int(found[3]))

    def __str__(self) -> str:
        """Print the code as it stands on form 01."""
        return f"{self.agency}-{self.day:%y%m%d}-{self.number:0{_DAILY_DIGITS}d}"


def normalize_code(text: str) -> str:
    """
    Write a component's or result's code one way; "" stays "".

    NFC; no trailing dots; no blanks beside `-` and `.`; other blanks folded:
    `000.00.00.G01 -KQ002288.` is `000.00.00.G01-KQ002288`.
    """
    folded = " ".join(unicodedata.normalize("NFC", text).split())
    return re.sub(r" ?([.-]) ?", r"\1", folded).rstrip(". ")


class PersonalIdKind(StrEnum):
    """Which paper a number of a person or enterprise stands on."""

    CITIZEN = "citizen"
    LEGACY = "legacy"
    PASSPORT = "passport"
    TAX = "tax"


_PERSONAL = {
    PersonalIdKind.CITIZEN: re.compile(r"0[0-9]{11}"),
    PersonalIdKind.LEGACY: re.compile(r"[0-9]{9}"),
    PersonalIdKind.TAX: re.compile(r"[0-9]{10}(?:-?[0-9]{3})?"),
    PersonalIdKind.PASSPORT: re.compile(r"[A-Z]{1,2}[0-9]{6,8}"),
}


def personal_id_kind(text: str) -> PersonalIdKind:
    """Tell the kind by shape alone; the MalformedError never repeats the number."""
    for kind, shape in _PERSONAL.items():
        if shape.fullmatch(text):
            return kind
    vi = "số giấy tờ phải là căn cước 12 số, CMND 9 số, hộ chiếu hoặc mã số thuế"
    en = "expected 12 digits (citizen), 9 (legacy), a passport or a tax number"
    raise MalformedError(vi, f"{en}; got {len(text)} characters")
