"""
Manifests of kept papers: a list that shows on any store what was there.

Each lists the outcomes stored since the last one (document, SHA-256, object, version)
and names the digest of the last one. It is a document itself: its event lies in the
signed log, its bytes are locked like an outcome's.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine, Row, bindparam, func, literal, select

from dossiers.ports import Document, Documents, NewDocument
from dossiers.reuse_rules import PaperIdentity
from storage.engine import reading
from storage.locking import MANIFEST
from storage.paper_tables import BLOB, DOCUMENT
from storage.tables import EVENT

STORE = "store"
_HEAD = "nambuoc-manifest-v1"
_UNTIL = "seq-"
_BORN = EVENT.c.stream == literal("document:") + DOCUMENT.c.document_id
_NEW = (
    select(EVENT.c.seq, DOCUMENT.c.document_id)
    .add_columns(BLOB.c.sha256, BLOB.c.key, BLOB.c.version_id)
    .join(DOCUMENT, DOCUMENT.c.blob_key == BLOB.c.key)
    .join(EVENT, _BORN & (EVENT.c.version == 1))
    .where(
        EVENT.c.seq > bindparam("after"),
        EVENT.c.seq <= bindparam("head"),
        BLOB.c.retention == "outcome",
        DOCUMENT.c.state != "draft",
    )
    .order_by(DOCUMENT.c.document_id)
)


def write_manifest(
    engine: Engine, documents: Documents, at: datetime
) -> Document | None:
    """List the outcomes stored since the last manifest; None when there are none."""
    last = next(reversed(_written(documents)), None)
    after = _until(last) if last else 0
    with reading(engine) as connection:
        head = connection.execute(select(func.max(EVENT.c.seq))).scalar() or 0
        rows = connection.execute(_NEW, {"after": after, "head": head}).all()
    if not rows:
        return None
    previous = last.sha256 if last else "-"
    lines = (_HEAD, f"{after + 1}-{head}", previous, *map(_line, rows))
    about = NewDocument(
        upload=f"manifest:{after + 1}",
        owner=STORE,
        type_code=MANIFEST,
        media_type="text/plain",
        at=max(at, last.stored_at) if last else at,
        retention=MANIFEST,
        identity=PaperIdentity(number=f"{_UNTIL}{head}"),
    )
    return documents.put("".join(f"{line}\n" for line in lines).encode(), about)


def check_manifests(engine: Engine, documents: Documents) -> Iterator[tuple[str, str]]:
    """Compare every manifest with the rows and with its predecessor: id, finding."""
    previous = "-"
    for manifest in _written(documents):
        lines = documents.open(manifest.id).decode().splitlines()
        if lines[0] != _HEAD or lines[2] != previous:
            yield manifest.id, f"manifest {manifest.id} does not follow the last one"
        first, _, head = lines[1].partition("-")
        with reading(engine) as connection:
            asked = {"after": int(first) - 1, "head": int(head)}
            known = set(map(_place, connection.execute(_NEW, asked).all()))
        listed = {line.rpartition(" ")[0] for line in lines[3:]}
        for line in sorted(listed ^ known):
            yield line.partition(" ")[0], f"manifest {manifest.id}: {line}"
        previous = manifest.sha256


def _written(documents: Documents) -> list[Document]:
    """List the manifests in the order of what they list."""
    return sorted(documents.candidates(STORE, (MANIFEST,)), key=_until)


def _until(manifest: Document) -> int:
    """Tell the seq of the last event that a manifest covers."""
    return int(str(manifest.identity.number).removeprefix(_UNTIL))


def _place(row: Row[tuple[object, ...]]) -> str:
    return f"{row.document_id} {row.sha256.hex()} {row.key}"


def _line(row: Row[tuple[object, ...]]) -> str:
    return f"{_place(row)} {row.version_id or '-'}"
