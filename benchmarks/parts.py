"""Parts of an append, switched off one at a time, here and never in the product."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

from dossiers import change
from dossiers.dossier import Dossier
from dossiers.envelope import Event, encode
from storage import dossiers, journal, projections, wakes
from storage.merkle import HASH, CompactRange

_FOLDS = "_folds"


@contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _nothing(*_: object, **__: object) -> None:
    return None


@dataclass(slots=True)
class Answers:
    """
    What folding and encoding give, kept from a first run.

    Under seeded ids the same events come again, so a lookup can stand for the work.
    """

    states: dict[str, Dossier] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep every answer while the real work is done."""
        folds = getattr(dossiers, _FOLDS)

        def folded(
            before: Dossier | None, events: tuple[Event, ...]
        ) -> tuple[Dossier, ...]:
            states: tuple[Dossier, ...] = folds(before, events)
            names = [event.id for event in events]
            self.states.update(zip(names, states, strict=True))
            return states

        def written(event: Event, site: str) -> bytes:
            return self.bodies.setdefault(event.id, encode(event, site))

        with (
            _replaced(dossiers, _FOLDS, folded),
            _replaced(journal, "encode", written),
        ):
            yield

    @contextmanager
    def without_fold(self) -> Iterator[None]:
        """Look the states up instead of folding."""

        def folded(_: object, events: tuple[Event, ...]) -> tuple[Dossier, ...]:
            return tuple(self.states[event.id] for event in events)

        with _replaced(dossiers, _FOLDS, folded):
            yield

    @contextmanager
    def without_encode(self) -> Iterator[None]:
        """Look the bodies up instead of writing them."""

        def written(event: Event, _: str) -> bytes:
            return self.bodies[event.id]

        with _replaced(journal, "encode", written):
            yield


@contextmanager
def without_tree() -> Iterator[None]:
    """Hash nothing: every leaf and every root is zero."""

    def leaf(_: bytes) -> bytes:
        return bytes(HASH)

    def grown(tree: CompactRange, leaves: list[bytes]) -> CompactRange:
        size = tree.size + len(leaves)
        return CompactRange(size, (bytes(HASH),) * size.bit_count())

    with (
        _replaced(journal, "leaf_of", leaf),
        _replaced(CompactRange, "grown", grown),
    ):
        yield


@contextmanager
def without_read_models() -> Iterator[None]:
    """Write neither the dossier's row nor the register of numbers."""
    with _replaced(projections, "follow", _nothing):
        yield


@contextmanager
def without_wakes() -> Iterator[None]:
    """Write neither wake marks nor effects."""
    with ExitStack() as stack:
        for name in ("follow", "promise"):
            stack.enter_context(_replaced(wakes, name, _nothing))
        yield


@contextmanager
def without_checks() -> Iterator[None]:
    """Believe every fact to be of the closed union."""
    with _replaced(change, "known", _itself):
        yield


def _itself(fact: object) -> object:
    return fact


@contextmanager
def without_all(answers: Answers) -> Iterator[None]:
    """Leave only the transaction, the look before and the rows of the events."""
    with ExitStack() as stack:
        for off in _single(answers).values():
            stack.enter_context(off())
        yield


def _single(answers: Answers) -> dict[str, Callable[[], AbstractContextManager[None]]]:
    return {
        "read-models": without_read_models,
        "wake-marks": without_wakes,
        "hash-tree": without_tree,
        "fold-and-rules": answers.without_fold,
        "encode": answers.without_encode,
        "check-of-facts": without_checks,
    }


def switches(
    answers: Answers,
) -> dict[str, Callable[[], AbstractContextManager[None]]]:
    """Name each part and what switches it off."""
    return {**_single(answers), "all-of-these": partial(without_all, answers)}
