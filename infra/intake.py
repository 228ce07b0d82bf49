"""
The intake of files: structure in the sandbox, then the antivirus, then one verdict.

Nothing here holds a file in memory: it is hashed in pieces, and passed on as an open
descriptor. What the child or the antivirus does, the caller gets a verdict.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from infra.antivirus import scan
from infra.sandbox.asking import Sandbox
from infra.settings import Settings, from_environment
from storage.intake.checking import NOTHING_CLAIMED, Claim, claimed, sniff
from storage.intake.files import opened, unreadable
from storage.intake.verdict import LARGEST, Check, Kind, reasons_of, verdict_of

__all__ = ["Check", "Claim", "Intake", "check_path", "intake_of"]
_HASHED_AT_MOST = 1 << 28
_PIECE = 1 << 20
_MAGIC_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Intake:
    """
    Where files are checked; `clamd` is its address, None when there is none.

    `required`: a file that no antivirus looked at waits in quarantine.
    """

    sandbox: Sandbox
    clamd: str | None = None
    required: bool = False
    patience_s: float = 30.0

    def check(self, file: BinaryIO, claim: Claim = NOTHING_CLAIMED) -> Check:
        """Check an open file from its start; OSError, UnavailableError: try again."""
        place = file.fileno()
        size, sha256 = _measured(place)
        sniffed = sniff(os.pread(place, _MAGIC_LENGTH, 0))
        details = dict[Kind, str]()
        if size == 0:
            kinds = {Kind.EMPTY}
        elif size > LARGEST:
            kinds = {Kind.TOO_LARGE} | claimed(sniffed, claim)
        else:
            found = self.sandbox.findings(place, claim)
            kinds = set(found.kinds)
            details |= dict.fromkeys(kinds, found.detail)
            kinds |= self._scanned(place, details)
        reasons = reasons_of(kinds, details)
        return Check(verdict_of(reasons), sniffed, size, sha256, reasons)

    def _scanned(self, file: int, details: dict[Kind, str]) -> set[Kind]:
        """Tell what the antivirus found, or that none looked and what follows."""
        told: tuple[Kind, str] | None = Kind.NO_ANTIVIRUS, ""
        if self.clamd:
            told = scan(self.clamd, file, patience_s=self.patience_s)
        if told is None:
            return set()
        kind, details[kind] = told
        looked = kind in (Kind.INFECTED, Kind.ANTIVIRUS_LIMIT)
        waits = self.required and not looked
        return {kind, Kind.ANTIVIRUS_REQUIRED} if waits else {kind}


def check_path(
    path: Path, *, media_type: str = "", settings: Settings | None = None
) -> Check:
    """
    Check a file under the policy of this installation (default: the environment's).

    Raises NotFoundError, MalformedError (no file), FaultError (no access),
    UnavailableError when the sandbox cannot run.
    """
    intake = intake_of(settings or from_environment())
    try:
        with opened(path) as file:
            return intake.check(file, Claim(path.name, media_type))
    except OSError as error:
        raise unreadable(path, error) from error


def intake_of(settings: Settings) -> Intake:
    """Give the intake of this process, which has one sandbox."""
    return Intake(
        sandbox=_sandbox_of(os.getpid()),
        clamd=settings.clamd,
        required=settings.antivirus == "required",
    )


@lru_cache(maxsize=1)
def _sandbox_of(_: int) -> Sandbox:
    """Keep one sandbox for a process; a forked one does not share its parent's."""
    return Sandbox()


def _measured(file: int) -> tuple[int, str | None]:
    """Size and SHA-256; None for what is too large to be hashed."""
    digest, size = hashlib.sha256(), 0
    while size <= _HASHED_AT_MOST and (piece := os.pread(file, _PIECE, size)):
        digest.update(piece)
        size += len(piece)
    if size > _HASHED_AT_MOST:
        return max(size, os.fstat(file).st_size), None
    return size, digest.hexdigest()
