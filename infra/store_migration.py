"""`store migrate`: papers moved to an S3 store, or back, while the home works."""

from collections.abc import Callable
from dataclasses import dataclass

from infra.house import House
from infra.objects import TARGET
from storage.migrating import Clearing, Finding, Target, clear_old, migrate_objects


@dataclass(frozen=True, slots=True)
class Moved:
    """What a run of `store migrate` did and what it left to do."""

    to: str
    moved: int
    left: int
    removed: int
    kept: int
    findings: tuple[Finding, ...]


def migrate_store(
    house: House, to: str, progress: Callable[[int, int], None], *, clear: bool
) -> Moved:
    """
    Send new papers to the target from now on, move the old ones; `clear` the copies.

    Processes that run already go on writing where they did; what they write is moved by
    the next run. Raises MalformedError without an S3 store, RefusedError when copies
    shall go while papers are left, UnavailableError.
    """
    target, meta = Target(to), house.meta
    moving, database = house.stores.moving(target), house.database
    meta.put(TARGET, target)
    done = migrate_objects(database, moving, target, progress)
    cleared = clear_old(database, moving, target) if clear else Clearing(0, 0)
    return Moved(
        target, done.moved, done.left, cleared.removed, cleared.kept, done.findings
    )
