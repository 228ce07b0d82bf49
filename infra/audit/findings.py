"""What an audit found, each with its place; a ruined database fills no memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dossiers.errors import DossierError

MOST = 1_000
"""Findings that are told; more are counted by kind."""
BROKEN = (
    ArithmeticError,
    AttributeError,
    DossierError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading rows may raise when anything at all may stand in them."""


@dataclass(slots=True)
class Findings:
    """Findings in the order they were met; `counts` by kind knows them all."""

    kept: list[dict[str, object]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, seq: object, stream: object, kind: str, text: str) -> None:
        """Note one finding with its place."""
        self.counts[kind] += 1
        if len(self.kept) < MOST:
            place = seq if isinstance(seq, int) else None
            name = str(stream).partition(":")[2] or str(stream)
            self.kept.append(
                {"seq": place, "dossier": name, "kind": kind, "text": text}
            )

    def join(self, other: "Findings") -> None:
        """Take over what another part of the audit found."""
        self.counts.update(other.counts)
        self.kept.extend(other.kept[: MOST - len(self.kept)])

    def listed(self) -> list[dict[str, object]]:
        """List them by seq, those of no single event last."""
        return sorted(self.kept, key=_place)

    @contextmanager
    def unbroken(self, seq: object, stream: object, kind: str) -> Iterator[None]:
        """Turn whatever breaks inside into a finding: no row may stop an audit."""
        try:
            yield
        except BROKEN as error:
            self.add(seq, stream, kind, told(error))


def told(error: BaseException) -> str:
    """Say in one line what broke."""
    if isinstance(error, DossierError):
        return error.en
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def _place(finding: dict[str, object]) -> tuple[bool, int, str]:
    seq = finding["seq"]
    number = seq if isinstance(seq, int) else 0
    return seq is None, number, str(finding["dossier"])
