"""
The tree of refusals and faults; every one says what is wrong and what to do.

DossierError                     exit code
├── MalformedError               2   the input is not of the shape asked for
├── NotFoundError                3   no such dossier, procedure, document, officer
│   └── ErasedError              3   its content was erased by order
├── RefusedError                 4   a rule says no; `rule` names it
│   ├── IllegalTransitionError   4   this act is not open now; `open_actions` are
│   ├── NotCompetentError        4   not this person's act
│   ├── IncompleteError          4   a required component is missing
│   ├── NoCalendarError          4   no calendar was published for that year
│   └── LockedError              4   the object may not be deleted before its term
├── TamperedError                5   bytes are not what was recorded
├── ConflictError                6   somebody was faster; read again
├── UnavailableError             7   a dependency is down; try again later
└── FaultError                   1   disk full, newer schema, missing key
"""

from typing import ClassVar


class DossierError(Exception):
    """Something nambuoc refuses or cannot do, with its exit code."""

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(self, vi: str, en: str = "", *, rule: str = "") -> None:
        """Keep the sentence in Vietnamese, in English, and the rule it rests on."""
        super().__init__(en or vi)
        self.vi = vi
        self.en = en or vi
        self.rule = rule


class FaultError(DossierError):
    """The machine or the installation cannot do it: disk, schema, key."""


class MalformedError(DossierError):
    """The input is not of the shape asked for."""

    exit_code = 2


class NotFoundError(DossierError):
    """No such thing is known here."""

    exit_code = 3


class ErasedError(NotFoundError):
    """The content was erased by order; what remains is its digest and its dates."""


class RefusedError(DossierError):
    """A rule says no."""

    exit_code = 4


class IllegalTransitionError(RefusedError):
    """Raised when the act is not open in the dossier's present state."""

    def __init__(
        self, vi: str, en: str = "", *, rule: str = "", open_actions: tuple[str, ...]
    ) -> None:
        """Keep the acts that are open now beside the sentence."""
        super().__init__(vi, en, rule=rule)
        self.open_actions = open_actions


class NotCompetentError(RefusedError):
    """The person may not do the act, now, in this place."""


class IncompleteError(RefusedError):
    """A required component is missing."""


class NoCalendarError(RefusedError):
    """No calendar was published for that year."""


class LockedError(RefusedError):
    """The object may not be deleted before its term."""


class TamperedError(DossierError):
    """Bytes are not what was recorded."""

    exit_code = 5


class ConflictError(DossierError):
    """Somebody was faster: read again, decide again."""

    exit_code = 6
    retryable = True


class UnavailableError(DossierError):
    """A dependency is down: nothing is lost, try again later."""

    exit_code = 7
    retryable = True
