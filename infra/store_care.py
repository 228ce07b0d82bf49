"""The care of the document store: keys, erasure, scrub, manifests, for one home."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import timedelta

from dossiers.errors import UnavailableError
from infra.clock import SystemClock
from infra.house import House
from infra.objects import open_stores
from infra.rendering import first_page, words
from infra.wiring import SEED
from steps.act import Order
from storage.blobs import Blobs
from storage.encryption.keys import FileKeys
from storage.engine import Database, open_database
from storage.locking import lock_due
from storage.manifests import check_manifests, write_manifest
from storage.objects.store import ObjectStore
from storage.renditions import PAGE_1, TEXT, Renditions
from storage.rotation import retire, rotate
from storage.scrubbing import missing, scrub, unowned
from storage.shredding import Erasure, shred

Tell = Callable[[int, int], None]
KEY_FILE = "master.json"
BACKUP_DAYS = 30
"""How long backups of the database are kept, unless the operator says otherwise."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the care of one store works on."""

    engine: Database
    keys: FileKeys
    objects: ObjectStore

    @property
    def blobs(self) -> Blobs:
        """The sealed objects with their rows and keys."""
        return Blobs(self.engine, self.objects, self.keys)


@contextmanager
def ground(house: House) -> Iterator[Ground]:
    """Open the store of a home, wherever its objects lie."""
    keys = FileKeys(house.settings.keys / KEY_FILE, must_exist=True)
    engine = open_database(house.settings.database_url)
    short = house.meta.get(SEED) is not None
    now = SystemClock().now
    try:
        stores = open_stores(house.settings, house.meta, now, short_locks=short)
        yield Ground(engine, keys, stores.objects)
    finally:
        engine.dispose()


def rotate_master(house: House, tell: Tell, *, retired: bool) -> dict[str, object]:
    """
    Wrap all keys under a new master key; `retired`: only forget the older ones.

    Raises RefusedError when an older one is needed still.
    """
    with ground(house) as store:
        if retired:
            gone = retire(store.engine, store.keys)
            told: dict[str, object] = {"kek_id": store.keys.kek_id, "retired": gone}
        else:
            told = asdict(rotate(store.engine, store.keys, tell))
        backup = {"file": str(store.keys.path), "sha256": store.keys.fingerprint}
    return told | {"backup": backup}


def erase_papers(
    house: House, owner: str, order: Order, *, reason: str, backup_days: int
) -> dict[str, object]:
    """
    Destroy the key of an owner's reuse papers; tells when the last backup is over.

    Raises NotFoundError, RefusedError while an open dossier holds one of them.
    """
    at = house.office.clock.now()
    who = house.office.offices.current().actor(order.actor)
    with ground(house) as store:
        erasure = Erasure(owner, reason, order.command, who, at)
        gone = shred(store.engine, house.office.ids, erasure)
    complete = SystemClock().now() + timedelta(days=backup_days)
    return {
        "owner": owner,
        "documents": list(gone),
        "backup_days": backup_days,
        "complete_on": complete.date().isoformat(),
    }


def verify_store(
    house: House, tell: Tell, *, percent: float, deep: bool
) -> dict[str, object]:
    """
    Read a share of the store again; `deep`: compare listing, rows and manifests too.

    Findings are missing or altered papers; objects without a row are only reported.
    """
    with ground(house) as store:
        done = scrub(store.engine, store.blobs, percent=percent, tell=tell)
        found = {one.key: one for one in done.findings}
        strangers: tuple[str, ...] = ()
        listed: list[dict[str, object]] = []
        if deep:
            found |= {one.key: one for one in missing(store.engine, store.blobs)}
            strangers = unowned(store.engine, store.objects, grace_s=86_400)
            told = check_manifests(store.engine, house.office.documents)
            listed = [_listed(document, text) for document, text in told]
    findings = [asdict(one) for one in found.values()] + listed
    return {
        "documents": done.read,
        "live": done.live,
        "size": done.size,
        "unowned": list(strangers),
        "findings": findings,
    }


def keep_outcomes(house: House) -> dict[str, object]:
    """Lock what is not locked yet and list it in a manifest; UnavailableError."""
    with ground(house) as store:
        locked = lock_due(store.engine, store.blobs)
        documents, now = house.office.documents, house.office.clock.now()
        manifest = write_manifest(store.engine, documents, now)
        worm = store.objects.probe().worm
    name = None if manifest is None else manifest.id
    return {"locked": locked, "manifest": name, "worm": worm}


def render(house: House, document_id: str, *, actor: str) -> dict[str, object]:
    """
    Draw a paper's first page, and read its words where tesseract is; both are kept.

    The read is an access event. Raises NotFoundError, UnavailableError without poppler,
    RefusedError for what is no PDF that can be drawn.
    """
    content = house.read_document(document_id, actor=actor)
    page = first_page(content)
    with ground(house) as store:
        kept = Renditions(store.engine, store.blobs)
        kept.put(document_id, PAGE_1, page, "image/png")
        with suppress(UnavailableError):
            kept.put(document_id, TEXT, words(page).encode(), "text/plain")
        kinds = kept.kinds(document_id)
    return {"document": document_id, "renditions": list(kinds)}


def _listed(document: str, text: str) -> dict[str, object]:
    """Tell a finding of the manifests in the shape of the scrub's."""
    told: dict[str, object] = {"key": "", "kind": "manifest", "documents": [document]}
    return told | {"vi": f"bản kê: {text}", "en": text}
