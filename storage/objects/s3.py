"""
Objects in one bucket of an S3-compatible store (MinIO, and what speaks like it).

- Keys are fresh, so a repeated request is harmless: a put whose answer was lost is sent
  again to the same key. Nothing relies on conditional requests, which stores get wrong.
- What a put acknowledges was compared: the entity tag with the digest of what we sent,
  or, where the store makes tags of its own, the whole object read back.
- Every version is named; a delete without a version takes all of them.
- A missing bucket is a store that is away, never a lost object.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import BinaryIO

from minio.error import MinioException

from dossiers.errors import DossierError, NotFoundError, TamperedError
from storage.objects.s3_bucket import Bucket
from storage.objects.s3_client import S3Place, patient, quick, signing
from storage.objects.s3_errors import is_away, no_bucket, translated
from storage.objects.s3_probe import probe
from storage.objects.s3_streams import BUFFER, Source
from storage.objects.store import (
    Capabilities,
    Health,
    Stat,
    Stored,
    checked_key,
    checked_term,
    locked,
    no_object,
    shortened,
    taken,
)

_SHORT = timedelta(days=1)


class S3Objects:
    """One bucket as an object store; `locking`: its objects can be given a term."""

    def __init__(
        self,
        place: S3Place,
        now: Callable[[], datetime],
        *,
        locking: bool = False,
        short_locks: bool = False,
    ) -> None:
        """Name the bucket; connects at first use. `short_locks`: a day at most."""
        self._place = place
        self._now = now
        self._locking = locking
        self._short_locks = short_locks
        self._store_id = "s3-locked" if locking else "s3"
        self._bucket = Bucket(patient(place), place.bucket, self._store_id)
        self._asked = Bucket(quick(place), place.bucket, self._store_id)
        self._signing = signing(place)

    def provision(self) -> None:
        """Make the bucket when it is missing: private, with versions if it can."""
        with translated():
            self._bucket.make(locking=self._locking)
            self._bucket.turn_versions_on()

    def put(self, key: str, stream: BinaryIO, size: int) -> Stored:
        """Store exactly `size` bytes durably under a key that was free."""
        source = Source(checked_key(key), stream, size)
        with closing(source), translated(key):
            if self._bucket.describe(key, None) is not None:
                raise taken(key)
            told = self._bucket.send(key, source, size)
        if told.etag != source.etag:
            self._compare(key, told.version_id, source.sha256)
        return Stored(key, size, source.sha256, told.version_id, self._store_id)

    def open(
        self, key: str, start: int = 0, *, version_id: str | None = None
    ) -> BinaryIO:
        """Open for reading from byte `start`; NotFoundError, UnavailableError."""
        try:
            with translated(checked_key(key)):
                return self._bucket.read(key, start, version_id)
        except NotFoundError:
            self._demand_bucket()
            raise

    def stat(self, key: str, version_id: str | None = None) -> Stat | None:
        """Describe an object; None when there is none; UnavailableError."""
        with translated(checked_key(key)):
            found = self._bucket.describe(key, version_id)
        if found is None:
            self._demand_bucket()
        return found

    def lock(self, key: str, version_id: str | None, until: datetime) -> bool:
        """Keep one version until then in compliance mode; False where it cannot."""
        term = checked_term(key, until, self._now())
        if self._short_locks:
            term = min(term, self._now() + _SHORT)
        if self.stat(key, version_id) is None:
            raise no_object(key)
        with translated(key):
            if not (self._locking and self._bucket.can_lock):
                return False
            held = self._bucket.term(key, version_id)
            if held is not None and term < held:
                raise shortened(key)
            self._bucket.keep(key, version_id, term)
        return True

    def delete(self, key: str, version_id: str | None = None) -> None:
        """Delete, also when it is gone already; None: every version; LockedError."""
        with translated(checked_key(key)):
            one = (version_id,) if version_id else self._bucket.versions(key)
            for version in one:
                with suppress(NotFoundError):
                    self._remove(key, version)

    def list(self, prefix: str = "", after: str = "") -> Iterator[Stat]:
        """List the keys in byte order; UnavailableError."""
        with translated():
            yield from self._bucket.below(prefix, after)

    def probe(self) -> Capabilities:
        """Try with canaries what the store really does; they are removed again."""
        with translated():
            locks = self._locking and self._bucket.can_lock
        client, now = self._bucket.client(), self._now()
        return probe(self, self._place, client, now, locks=locks)

    def health(self) -> Health:
        """Ask for the bucket, three seconds at most."""
        try:
            with translated():
                there = self._asked.is_there()
        except DossierError as error:
            return Health(ok=False, reason=error.en)
        return Health(there, "" if there else no_bucket(self._place.bucket).en)

    def presigned(self, key: str, version_id: str | None, *, seconds: int) -> str:
        """
        Sign a link with which a browser reads one object, for seconds up to a week.

        It names the public endpoint; what it gives are the sealed bytes.
        """
        with translated(checked_key(key)):
            return self._signing().presigned_get_object(
                bucket_name=self._place.bucket,
                object_name=key,
                expires=timedelta(seconds=seconds),
                version_id=version_id,
            )

    def _demand_bucket(self) -> None:
        with translated():
            if not self._bucket.is_there():
                raise no_bucket(self._place.bucket)

    def _compare(self, key: str, version_id: str | None, sha256: str) -> None:
        """Read back what was stored; TamperedError when it is not what was sent."""
        digest = hashlib.sha256()
        with self.open(key, version_id=version_id) as stored:
            while piece := stored.read(BUFFER):
                digest.update(piece)
        if digest.hexdigest() != sha256:
            vi = f"kho S3 cất {key} khác bản đã gửi; hãy gửi lại và kiểm tra kho"
            en = f"the S3 store keeps {key} unlike what was sent; send again, check it"
            raise TamperedError(vi, en)

    def _remove(self, key: str, version_id: str | None) -> None:
        with translated(key):
            try:
                self._bucket.remove(key, version_id)
            except MinioException as error:
                if not is_away(error) and self._is_kept(key, version_id):
                    raise locked(key) from error
                raise

    def _is_kept(self, key: str, version_id: str | None) -> bool:
        until = self._bucket.term(key, version_id)
        return until is not None and until > self._now()


def open_s3(
    place: S3Place, locked: str, now: Callable[[], datetime], *, short_locks: bool
) -> tuple[S3Objects, S3Objects]:
    """Name both buckets of a site, the second with object lock; connects later."""
    outcomes = S3Objects(
        replace(place, bucket=locked), now, locking=True, short_locks=short_locks
    )
    return S3Objects(place, now), outcomes
