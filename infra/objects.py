"""
Where this home keeps its sealed objects: its directory, an S3 store, or both as one.

Once a home has papers in an S3 store it says so in its database: started without that
store it does not open, rather than take its papers for lost.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from dossiers.errors import FaultError, MalformedError, UnavailableError
from infra.late import buckets
from infra.settings import Settings
from storage.meta import Meta
from storage.migrating import Target
from storage.objects.local import LocalStore
from storage.objects.moving import MovingObjects
from storage.objects.split import SplitObjects
from storage.objects.store import ObjectStore

MADE = "store.made"
"""The S3 store whose buckets this home has made, as endpoint/bucket."""
TARGET = "store.target"
"""Where new objects go: s3 (the default when it is configured) or local."""


@dataclass(frozen=True, slots=True)
class Stores:
    """The directory of this home, its S3 store if any, and where new objects go."""

    local: LocalStore
    remote: SplitObjects | None
    target: Target

    @property
    def objects(self) -> ObjectStore:
        """The one store that everybody works with."""
        return self.local if self.remote is None else self.moving(self.target)

    def moving(self, target: Target) -> MovingObjects:
        """Both as one, new objects going to the target; MalformedError without S3."""
        if self.remote is None:
            vi = "chưa cấu hình kho S3; hãy đặt NAMBUOC_S3_ENDPOINT rồi làm lại"
            en = "no S3 store is configured; set NAMBUOC_S3_ENDPOINT, then try again"
            raise MalformedError(vi, en)
        if target is Target.S3:
            return MovingObjects(self.remote, self.local, near=self.local)
        return MovingObjects(self.local, self.remote, near=self.local)


def open_stores(
    settings: Settings, meta: Meta, now: Callable[[], datetime], *, short_locks: bool
) -> Stores:
    """
    Open what the settings name; makes the buckets at the first start.

    `now` is real time, `short_locks` ends every lock after a day (demo, tests). An S3
    store that is away does not keep the home from opening. Raises FaultError when
    papers lie in an S3 store that is not configured any more.
    """
    local, made = LocalStore(settings.store), meta.get(MADE)
    target = Target(meta.get(TARGET) or Target.S3)
    if settings.s3 is None:
        if made is not None and target is Target.S3:
            raise _left_behind(made)
        return Stores(local, None, Target.LOCAL)
    plain, locking = buckets(settings.s3, now, short_locks=short_locks)
    if made is None:
        # Later a missing bucket is a store that is away or another one: not made anew.
        with suppress(UnavailableError):
            plain.provision()
            locking.provision()
            meta.put(MADE, f"{settings.s3.endpoint}/{settings.s3.bucket}")
    return Stores(local, SplitObjects(plain, locking), target)


def _left_behind(made: str) -> FaultError:
    return FaultError(
        f"giấy tờ của hệ thống nằm ở kho S3 {made} nhưng chưa cấu hình kho này; "
        "hãy đặt NAMBUOC_S3_ENDPOINT, hoặc chuyển về bằng `nambuoc store migrate`",
        f"papers of this home lie in the S3 store {made}, which is not configured; "
        "set NAMBUOC_S3_ENDPOINT, or move them back with `nambuoc store migrate`",
    )
