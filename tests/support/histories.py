"""Histories of one dossier, fact by fact, without engine or storage."""

from collections.abc import Iterable
from datetime import date, timedelta

from dossiers import events as e
from dossiers.dossier import Dossier
from dossiers.envelope import Event, known
from dossiers.fold import after, fold
from dossiers.reuse_rules import Conversion
from dossiers.values import Actor, SubmittedComponent
from tests.support import changes as c

ACKNOWLEDGED = e.TechnicallyAcknowledged()
PAPER = e.PaperIssued(form="01", document="o1", sha256="ab")
REVIEWED = e.Reviewed(viewed_sha256="aa")
ASSIGNED = e.NumberAssigned(number=1, symbol="QD-UBND")
SIGNED = e.Signed(holder="cb01")
ISSUED = e.OutcomeIssued(document="o3")
RETURNED = e.Returned(method="counter", receiver="p1")
VOIDED = e.NumberVoided(reason="soạn lại")
SENT_BACK = e.SentBack(reason="sai căn cứ", holder="cb02")
ASKED = e.SupplementRequested(stage="appraisal", components=("K1",), reason="thiếu")
ANSWERED = e.SupplementReceived(
    components=(),
    clock_policy="reset",
    counts_from=c.DUE,
    due_at=c.DUE + timedelta(days=7),
    statutory_due_at=c.DUE + timedelta(days=8),
)
SUSPENDED = e.SuspensionStarted(ground="NĐ 126/2020: nghĩa vụ tài chính")
RESUMED = e.SuspensionEnded(
    due_at=c.DUE + timedelta(days=2), statutory_due_at=c.DUE + timedelta(days=3)
)
APOLOGY = e.ApologyDrafted(
    reason="cần xác minh thêm",
    due_at=c.DUE,
    new_due_at=c.DUE + timedelta(days=5),
    agency=c.AGENCY,
    year=2025,
    number=9,
    symbol="XL-UBND",
)
MOVED = e.AppointmentMoved(due_at=c.DUE + timedelta(days=5))
WITHDRAWN = e.Withdrawn(reason="đổi ý")
STOPPED = e.Stopped(reason="hết căn cứ")
NOT_ELIGIBLE = e.ProcessingRefused(reason="không đủ điều kiện")
DIGITIZED = e.ComponentDigitized(
    component="G17-KQ1", document="x1", converter="cb01", agency=c.AGENCY
)
REUSED = e.ComponentReused(
    components=(
        SubmittedComponent(code="K9", document="x9", sha256="ef" * 32, reused=True),
    )
)
JUDGED = e.PaperJudged(document="x1", verdict="released", reason="đã xem")
REVOKED = e.PaperRevoked(document="x1", reason="thu hồi")

WAY: tuple[e.Fact, ...] = (
    c.submitted().facts[0],
    ACKNOWLEDGED,
    c.RECEIVED,
    PAPER,
    c.OFFERED,
    c.ACCEPTED,
    c.WORK,
    c.reserved(1),
    c.PROCESSED,
    c.PREPARED,
    REVIEWED,
    c.SIGNED,
    ASSIGNED,
    c.SEALED,
    SIGNED,
    ISSUED,
    RETURNED,
)
"""The whole way of one dossier, from arrival to return."""

ELSE: tuple[e.Fact, ...] = (
    ASKED,
    ANSWERED,
    e.ReceptionRefused(reason="không thuộc thẩm quyền"),
    e.OfficerAssigned(holder="cb03", reason="nghỉ phép"),
    e.VerificationRecorded(activity="T06"),
    e.OpinionRequested(activity="T08"),
    e.OpinionReceived(activity="T09"),
    SUSPENDED,
    RESUMED,
    NOT_ELIGIBLE,
    VOIDED,
    SENT_BACK,
    APOLOGY,
    MOVED,
    WITHDRAWN,
    STOPPED,
)
PAPERS: tuple[e.Fact, ...] = (DIGITIZED, REUSED, JUDGED, REVOKED)
"""What happens to the papers of a dossier."""
BESIDE: tuple[e.Fact, ...] = (
    e.DocumentStored(
        owner="p1",
        document_type="G17-KQ1",
        media_type="application/pdf",
        size=1234,
        sha256="cd" * 32,
        state="valid",
    ),
    e.DocumentStateChanged(state="revoked", reason="thu hồi"),
    e.DocumentRead(document="x1", purpose="thẩm định"),
)
MARK = Conversion(converter="cb01", agency=c.AGENCY, at=c.START)
BESIDE_LATER: tuple[e.Fact, ...] = (
    e.DocumentDigitized(conversion=MARK, level=2),
    e.ConsentGiven(owner="p1"),
    e.ConsentWithdrawn(owner="p1"),
)
SAMPLES = (*WAY, *ELSE, *BESIDE, *PAPERS, *BESIDE_LATER)
"""One fact of each type there is, in the order in which they came to be."""
GROWN: tuple[e.Fact, ...] = (
    WAY[0],
    ANSWERED.model_copy(update={"components": REUSED.components}),
    BESIDE[0].model_copy(update={"issued_on": date(2025, 3, 1), "conversion": MARK}),
)
"""Facts that say more since papers are reused by rule."""


def event(before: Dossier | None, fact: e.Fact, actor: Actor | None = None) -> Event:
    """Let a fact follow a dossier one minute later; the clerk seals."""
    sealing = isinstance(fact, e.SealedByAgency)
    version = before.version + 1 if before else 1
    return Event(
        id=f"e{version}",
        stream="dossier:d1",
        version=version,
        occurred_at=before.last_at + timedelta(minutes=1) if before else c.START,
        actor=actor or (c.CLERK if sealing else c.OFFICER),
        command=f"c{version}",
        fact=known(fact),
    )


def then(dossier: Dossier, *facts: e.Fact, actor: Actor | None = None) -> Dossier:
    """Let facts follow; raises what the fold raises."""
    for fact in facts:
        dossier = after(dossier, event(dossier, fact, actor))
    return dossier


def history(facts: Iterable[e.Fact]) -> tuple[Event, ...]:
    """Put facts under covers, each one following the one before."""
    state: Dossier | None = None
    told: list[Event] = []
    for fact in facts:
        told.append(event(state, fact))
        state = after(state, told[-1])
    return tuple(told)


def until(kind: type[e.Fact]) -> Dossier:
    """Go the whole way as far as the fact of this kind."""
    last = [type(fact) for fact in WAY].index(kind)
    return fold(history(WAY[: last + 1]))
