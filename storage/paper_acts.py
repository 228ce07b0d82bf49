"""Acts on documents inside a writing transaction, and which dossiers hold which."""

from sqlalchemy import Connection, Row, bindparam, func, select, text, update

from dossiers import events as e
from dossiers.change import PaperAct
from dossiers.dossier import Dossier
from dossiers.envelope import Event
from dossiers.errors import ConflictError, NotFoundError, RefusedError
from dossiers.ports import Ids
from dossiers.reuse_rules import CONSENT, day_of
from dossiers.values import SubmittedComponent
from storage import consents, journal
from storage.meta import site_of
from storage.paper_tables import BINDING, BLOB, DOCUMENT
from storage.prepared import Prepared
from storage.tables import DOSSIER_VIEW, EVENT, instant, micros

LOST = frozenset({"revoked", "superseded", "expired", "quarantined"})
"""The states in which a document may not be bound, nor stay bound unnoticed."""
_LAST = select(
    func.max(EVENT.c.version).label("version"),
    func.max(EVENT.c.occurred_at).label("at"),
).where(EVENT.c.stream == bindparam("s"))
_CHANGE = update(DOCUMENT).where(DOCUMENT.c.document_id == bindparam("d"))
_BOUND = Prepared(
    select(DOCUMENT.c.owner, DOCUMENT.c.state, DOCUMENT.c.expires_on, BLOB.c.sha256)
    .add_columns(BLOB.c.state.label("blob_state"))
    .join(BLOB, BLOB.c.key == DOCUMENT.c.blob_key)
    .where(DOCUMENT.c.document_id == bindparam("d"))
)
_HOLDING = (
    select(BINDING.c.dossier_id)
    .join(DOSSIER_VIEW, DOSSIER_VIEW.c.dossier_id == BINDING.c.dossier_id)
    .where(BINDING.c.document_id == bindparam("d"), DOSSIER_VIEW.c.ended_at.is_(None))
    .distinct()
    .order_by(BINDING.c.dossier_id)
)
_BIND = Prepared(
    text(
        "INSERT INTO binding (document_id, dossier_id, component, reused)"
        " VALUES (:document_id, :dossier_id, :component, :reused)"
        " ON CONFLICT (document_id, dossier_id, component) DO NOTHING"
    )
)


def brought(fact: e.Fact) -> tuple[SubmittedComponent, ...]:
    """List the papers that a fact brings into its dossier."""
    match fact:
        case (
            e.Submitted(components=found)
            | e.SupplementReceived(components=found)
            | e.ComponentReused(components=found)
        ):
            return found
        case _:
            return ()


def demand_bindable(connection: Connection, dossier: Dossier, event: Event) -> None:
    """
    Raise ConflictError for a paper of the store that holds no longer.

    Under the journal's lock nothing that counts here can change before the commit.
    """
    for paper in brought(event.fact):
        if paper.reused and paper.document is not None:
            found = _BOUND.rows(connection, {"d": paper.document})
            if not found:
                raise _unknown(paper.document)
            _demand(connection, dossier, event, paper=paper, row=found[0])


def _demand(
    connection: Connection,
    dossier: Dossier,
    event: Event,
    *,
    paper: SubmittedComponent,
    row: "Row[tuple[object, ...]]",
) -> None:
    if row.owner not in (dossier.owner, dossier.applicant):
        vi = f"giấy tờ {paper.document} không phải của chủ hồ sơ này"
        en = f"document {paper.document} is another owner's"
        raise RefusedError(vi, en, rule="TT 01/2023 Đ24")
    expired = row.expires_on is not None and row.expires_on < str(
        day_of(event.occurred_at)
    )
    lost = row.state != "valid" or row.blob_state != "live" or expired
    if lost or row.sha256.hex() != paper.sha256:
        raise _lost(str(paper.document), "expired" if expired else row.state)
    if paper.basis == CONSENT and not consents.consents(connection, row.owner):
        raise _lost(str(paper.document), "consent withdrawn")


def bind(connection: Connection, event: Event) -> None:
    """Remember which documents a dossier holds, by its event."""
    rows = [
        {
            "document_id": paper.document,
            "dossier_id": event.subject,
            "component": paper.code,
            "reused": int(paper.reused),
        }
        for paper in brought(event.fact)
        if paper.document is not None
    ]
    if rows:
        _BIND.run_each(connection, rows)


def holding(connection: Connection, document_id: str) -> tuple[str, ...]:
    """List the ids of the open dossiers that hold a document."""
    return tuple(connection.execute(_HOLDING, {"d": document_id}).scalars())


def change(connection: Connection, act: PaperAct, ids: Ids) -> None:
    """Let one act on a document happen: its event and its row; NotFoundError."""
    tree = journal.lock(connection)
    stream = f"document:{act.document}"
    last = connection.execute(_LAST, {"s": stream}).one()
    if last.version is None:
        raise _unknown(act.document)
    at = max(act.at, instant(last.at))
    event = Event(
        id=ids.new(at, stream, str(last.version + 1)),
        stream=stream,
        version=last.version + 1,
        occurred_at=at,
        actor=act.actor,
        command=act.command,
        fact=act.fact,
    )
    journal.record(connection, tree, [event], site=site_of(connection))
    connection.execute(_CHANGE.values(_columns(act.fact)), {"d": act.document})


def _columns(fact: e.PaperFact) -> dict[str, object]:
    match fact:
        case e.DocumentDigitized(conversion=mark, level=level):
            at = micros(mark.at)
            return {"level": level, "converter": mark.converter, "converted_at": at}
        case e.DocumentStateChanged(state=state):
            return {"state": state}


def _unknown(document_id: str) -> NotFoundError:
    vi = f"không có giấy tờ {document_id}"
    return NotFoundError(vi, f"no document {document_id}")


def _lost(document_id: str, why: str) -> ConflictError:
    vi = f"giấy tờ {document_id} vừa không còn dùng được ({why}); hãy làm lại"
    en = f"document {document_id} holds no longer ({why}); decide again"
    return ConflictError(vi, en)


def missed(document_id: str) -> ConflictError:
    """Build the refusal of an act that leaves out a dossier that holds the paper."""
    vi = f"vừa có hồ sơ dùng giấy tờ {document_id}; hãy làm lại"
    return ConflictError(vi, f"a dossier just took document {document_id}; try again")
