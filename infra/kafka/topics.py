"""The topics of one installation: their names, partitions and retention."""

from dataclasses import dataclass

from storage.journal import PARTS

KEEP = -1
"""Retention without end, in milliseconds: the log may be read again from seq 1."""
WEEK_MS = 7 * 24 * 3600 * 1000
"""What has been answered, or written into the journal, is kept for seven days."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as it must be; retention in milliseconds, KEEP means for ever."""

    name: str
    partitions: int
    retention_ms: int

    @property
    def settings(self) -> dict[str, str]:
        """Its own settings; never compacted: in a log of evidence nothing is old."""
        return {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms)}


@dataclass(frozen=True, slots=True)
class Topics:
    """
    The topics under one prefix.

    Events, reads of papers and checkpoints are kept without end: the broker must never
    be the one who forgets. The legal archive is the signed export all the same; when it
    is made, an operator may shorten the retention, knowingly.
    """

    prefix: str = ""

    @property
    def events(self) -> str:
        """All events but reads of papers; partition = the journal's part."""
        return self._named("nambuoc.dossier.events.v1")

    @property
    def access(self) -> str:
        """Who read whose papers; for fewer readers."""
        return self._named("nambuoc.access.events.v1")

    @property
    def checkpoints(self) -> str:
        """Signed heads of the log."""
        return self._named("nambuoc.log.checkpoints.v1")

    @property
    def cursor(self) -> str:
        """Holds no records: the relay's place is an offset committed for it."""
        return self._named("nambuoc.relay.cursor.v1")

    @property
    def intake(self) -> str:
        """What other systems hand in."""
        return self._named("nambuoc.intake.v1")

    @property
    def replies(self) -> str:
        """What they are answered."""
        return self._named("nambuoc.intake.replies.v1")

    @property
    def dead_letters(self) -> str:
        """What could not be taken in: offset, reason, digest."""
        return self._named("nambuoc.intake.dlq.v1")

    @property
    def objects(self) -> str:
        """What an S3 store says of its buckets; hints only."""
        return self._named("nambuoc.store.objects.v1")

    @property
    def every(self) -> tuple[Topic, ...]:
        """Every topic as it must be; the partition counts are fixed for life."""
        return (
            Topic(self.events, PARTS, KEEP),
            Topic(self.access, 1, KEEP),
            Topic(self.checkpoints, 1, KEEP),
            Topic(self.cursor, 1, WEEK_MS),
            Topic(self.intake, 3, WEEK_MS),
            Topic(self.replies, 1, WEEK_MS),
            Topic(self.dead_letters, 1, WEEK_MS),
            Topic(self.objects, 1, WEEK_MS),
        )

    def _named(self, name: str) -> str:
        return f"{self.prefix}.{name}" if self.prefix else name
