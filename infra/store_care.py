"""The care of the document store: keys, erasure, scrub, manifests, for one home."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta

from dossiers.errors import UnavailableError
from infra.clock import SystemClock
from infra.house import House
from infra.rendering import first_page, words
from steps.act import Order
from storage.locking import lock_due
from storage.manifests import check_manifests, write_manifest
from storage.renditions import PAGE_1, TEXT, Renditions
from storage.rotation import retire, rotate
from storage.scrubbing import missing, scrub, unowned
from storage.shredding import Erasure, shred

Tell = Callable[[int, int], None]
BACKUP_DAYS = 30
"""How long backups of the database are kept, unless the operator says otherwise."""


def rotate_master(house: House, tell: Tell, *, retired: bool) -> dict[str, object]:
    """
    Wrap all keys under a new master key; `retired`: only forget the older ones.

    Raises RefusedError when an older one is needed still.
    """
    if retired:
        gone = retire(house.database, house.keys)
        told: dict[str, object] = {"kek_id": house.keys.kek_id, "retired": gone}
    else:
        told = asdict(rotate(house.database, house.keys, tell))
    backup = {"file": str(house.keys.path), "sha256": house.keys.fingerprint}
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
    erasure = Erasure(owner, reason, order.command, who, at)
    gone = shred(house.database, house.office.ids, erasure)
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
    done = scrub(house.database, house.blobs, percent=percent, tell=tell)
    found = {one.key: one for one in done.findings}
    strangers: tuple[str, ...] = ()
    listed: list[dict[str, object]] = []
    if deep:
        found |= {one.key: one for one in missing(house.database, house.blobs)}
        strangers = unowned(house.database, house.objects, grace_s=86_400)
        told = check_manifests(house.database, house.office.documents)
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
    locked = lock_due(house.database, house.blobs)
    documents, now = house.office.documents, house.office.clock.now()
    manifest = write_manifest(house.database, documents, now)
    worm = house.objects.probe().worm
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
    kept = Renditions(house.database, house.blobs)
    kept.put(document_id, PAGE_1, page, "image/png")
    with suppress(UnavailableError):
        kept.put(document_id, TEXT, words(page).encode(), "text/plain")
    kinds = kept.kinds(document_id)
    return {"document": document_id, "renditions": list(kinds)}


def _listed(document: str, text: str) -> dict[str, object]:
    """Tell a finding of the manifests in the shape of the scrub's."""
    told: dict[str, object] = {"key": "", "kind": "manifest", "documents": [document]}
    return told | {"vi": f"bản kê: {text}", "en": text}
