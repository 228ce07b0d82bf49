"""What we ask of one bucket, in the client's words; its errors are not yet ours."""

import io
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import BinaryIO

from minio.commonconfig import COMPLIANCE, ENABLED
from minio.datatypes import Object
from minio.error import MinioException
from minio.helpers import ObjectWriteResult
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig

from dossiers.errors import NotFoundError
from storage.objects.s3_client import OwnClient
from storage.objects.s3_errors import is_away, said, translation
from storage.objects.s3_streams import BUFFER, PART, Body, Source
from storage.objects.store import Stat


class Bucket:
    """One bucket; raises what minio and urllib3 raise."""

    def __init__(self, client: OwnClient, name: str, store_id: str) -> None:
        """Keep the client and the names; asks nothing yet."""
        self.client = client
        self.name = name
        self.store_id = store_id

    def is_there(self) -> bool:
        """Whether the bucket exists."""
        return self.client().bucket_exists(bucket_name=self.name)

    def make(self, *, locking: bool) -> None:
        """Make it unless it is there, also when another process is faster."""
        if self.is_there():
            return
        try:
            self.client().make_bucket(bucket_name=self.name, object_lock=locking)
        except MinioException:
            if not self.is_there():
                raise

    def turn_versions_on(self) -> None:
        """Keep versions from now on; a store without any says so and goes on."""
        try:
            self.client().set_bucket_versioning(
                bucket_name=self.name, config=VersioningConfig(ENABLED)
            )
        except MinioException as error:
            if is_away(error):
                raise

    @cached_property
    def keeps_versions(self) -> bool:
        """Whether each put makes a version of its own."""
        try:
            found = self.client().get_bucket_versioning(bucket_name=self.name)
        except MinioException as error:
            if is_away(error):
                raise
            return False
        return found.status == ENABLED

    @cached_property
    def can_lock(self) -> bool:
        """Whether the bucket was made for locking."""
        try:
            self.client().get_object_lock_config(bucket_name=self.name)
        except MinioException as error:
            if is_away(error):
                raise
            return False
        return True

    def send(self, key: str, source: Source, size: int) -> ObjectWriteResult:
        """Put an object, in parts when it is large, one after another."""
        return self.client().put_object(
            bucket_name=self.name,
            object_name=key,
            data=io.BufferedReader(source, BUFFER),
            length=size,
            part_size=PART,
            num_parallel_uploads=1,
        )

    def read(self, key: str, start: int, version_id: str | None) -> BinaryIO:
        """Open an object; empty when `start` is behind its end."""
        try:
            response = self.client().get_object(
                bucket_name=self.name,
                object_name=key,
                offset=start,
                version_id=version_id,
            )
        except MinioException as error:
            if start and said(error).is_past_the_end:
                return io.BytesIO()
            raise
        return io.BufferedReader(Body(key, response), BUFFER)

    def describe(self, key: str, version_id: str | None) -> Stat | None:
        """Describe an object; None when there is none, or no bucket."""
        try:
            found = self.client().stat_object(
                bucket_name=self.name, object_name=key, version_id=version_id
            )
        except MinioException as error:
            if isinstance(translation(error), NotFoundError):
                return None
            raise
        return self._described(found)

    def below(self, prefix: str, after: str) -> Iterator[Stat]:
        """List the present versions."""
        for found in self.client().list_objects(
            bucket_name=self.name,
            prefix=prefix or None,
            recursive=True,
            start_after=after or None,
        ):
            yield self._described(found)

    def versions(self, key: str) -> tuple[str | None, ...]:
        """Name every version of a key, delete markers too."""
        if not self.keeps_versions:
            return (None,)
        found = self.client().list_objects(
            bucket_name=self.name, prefix=key, recursive=True, include_version=True
        )
        return tuple(one.version_id for one in found if one.object_name == key)

    def remove(self, key: str, version_id: str | None) -> None:
        """Remove one version; nothing when it is gone."""
        self.client().remove_object(
            bucket_name=self.name, object_name=key, version_id=version_id
        )

    def keep(self, key: str, version_id: str | None, until: datetime) -> None:
        """Lock one version in compliance mode: nobody can unlock it before."""
        self.client().set_object_retention(
            bucket_name=self.name,
            object_name=key,
            config=Retention(COMPLIANCE, until),
            version_id=version_id,
        )

    def term(self, key: str, version_id: str | None) -> datetime | None:
        """Ask until when a version is locked; None when it is not, or cannot be."""
        try:
            found = self.client().get_object_retention(
                bucket_name=self.name, object_name=key, version_id=version_id
            )
        except MinioException as error:
            if is_away(error):
                raise
            return None
        return found.retain_until_date if found else None

    def _described(self, found: Object) -> Stat:
        """Turn the client's description into ours; ValueError for half of one."""
        key, size, at = found.object_name, found.size, found.last_modified
        if key is None or size is None or at is None:
            text = f"no name, size or time: {found}"
            raise ValueError(text)
        return Stat(key, size, at, found.version_id, self.store_id)
