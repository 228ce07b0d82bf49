"""One suite for bound papers: memory, SQLite, PostgreSQL; two acts may race."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from dossiers import events as e
from dossiers.change import Change, Effect, PaperAct
from dossiers.dossier import Dossier
from dossiers.envelope import decode
from dossiers.errors import ConflictError, NotFoundError, RefusedError
from dossiers.ports import Document, Documents, Dossiers, Journal, NewDocument
from dossiers.reuse_rules import CONSENT, Conversion, PaperIdentity
from dossiers.values import SubmittedComponent
from infra.clock import SystemClock
from storage.documents import SqlDocuments
from storage.dossiers import SqlDossiers
from storage.encryption.keys import FileKeys
from storage.journal import SqlJournal
from storage.memory.kernel import Memory
from storage.objects.memory import InMemoryObjects
from storage.private import PrivateFields
from tests.support import changes as c
from tests.support.databases import IDS, KINDS, sql_engine

ABOUT = NewDocument(
    upload="u1",
    owner="p1",
    type_code="G17-KQ1",
    media_type="application/pdf",
    at=c.START - timedelta(days=1),
    identity=PaperIdentity(number="12/GP", issuer="H49", issued_on=date(2025, 1, 2)),
    level=2,
    source="component",
    conversion=Conversion(converter="cb01", agency=c.AGENCY, at=c.START),
)
Changes = dict[str, object]


@dataclass(frozen=True, slots=True)
class Store:
    """The ports that share one journal."""

    documents: Documents
    dossiers: Dossiers
    journal: Journal

    def facts(self, stream: str) -> list[e.Fact]:
        """Read what a stream says."""
        rows = self.journal.read()
        return [decode(row.body).fact for row in rows if row.stream == stream]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        memory = Memory(IDS, SystemClock().now)
        return Store(memory.documents, memory.dossiers, memory.journal)
    engine = sql_engine(request, request.param)
    keys: FileKeys = request.getfixturevalue("keys")
    return Store(
        SqlDocuments(engine, InMemoryObjects(), keys, IDS),
        SqlDossiers(engine, IDS, PrivateFields(keys)),
        SqlJournal(engine),
    )


def paper(store: Store, number: int = 1, more: Changes | None = None) -> Document:
    about = replace(ABOUT, upload=f"u{number}")
    fields = {name: getattr(about, name) for name in NewDocument.__slots__}
    made = NewDocument(**fields | (more or {}))
    return store.documents.put(b"paper %d" % number, made)


def bound(one: Document, **changes: object) -> SubmittedComponent:
    told = SubmittedComponent(
        code="G17-KQ1", document=one.id, sha256=one.sha256, reused=True
    )
    return told.model_copy(update=changes)


def arrival(number: int, *papers: SubmittedComponent) -> Change:
    change = c.submitted(number)
    fact, acknowledged = change.facts
    told = fact.model_copy(update={"components": papers})
    return replace(change, facts=(told, acknowledged))


def revoked(one: Document) -> PaperAct:
    fact = e.DocumentStateChanged(state="revoked", reason="cấp sai")
    return PaperAct(one.id, fact, c.OFFICER, "revoke", c.START)


def reached(dossier: Dossier, one: Document) -> Change:
    told = e.PaperRevoked(document=one.id, reason="cấp sai")
    change = c.act(dossier, told, command=f"revoke:{dossier.id}")
    notice = Effect("notice-paper-revoked", dossier.holder or "", dossier.code)
    return replace(change, effects=(notice,))


def revoke(store: Store, one: Document) -> tuple[Dossier, ...]:
    """Revoke as the step does: read who holds it, append, again when that changed."""
    while True:
        held = [store.dossiers.find(key) for key in store.dossiers.holding(one.id)]
        changes = tuple(reached(dossier, one) for dossier in held)
        try:
            return store.dossiers.append_paper(revoked(one), changes)
        except ConflictError:
            continue


def test_what_is_told_of_a_paper_is_in_its_row_and_its_event(store: Store) -> None:
    one = paper(store)
    (fact,) = store.facts(f"document:{one.id}")

    assert store.documents.find(one.id) == one
    assert (one.identity, one.level, one.source) == (ABOUT.identity, 2, "component")
    assert (one.converter, one.converted_at) == ("cb01", c.START)
    assert isinstance(fact, e.DocumentStored)
    assert (fact.number, fact.issued_on) == ("12/GP", date(2025, 1, 2))
    assert (fact.conversion, fact.level) == (ABOUT.conversion, 2)


def test_a_bound_paper_is_held_until_the_dossier_ends(store: Store) -> None:
    one = paper(store)
    for number in (1, 2):
        store.dossiers.append(arrival(number, bound(one)))
    both = store.dossiers.holding(one.id)
    first = store.dossiers.find("d1")
    store.dossiers.append(c.act(first, e.Withdrawn(reason="đổi ý")))

    assert (both, store.dossiers.holding(one.id)) == (("d1", "d2"), ("d2",))
    assert store.dossiers.holding("nothing") == ()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": "quarantined"}, ConflictError),
        ({"owner": "p9"}, RefusedError),
        ({"identity": PaperIdentity(expires_on=date(2025, 3, 2))}, ConflictError),
    ],
)
def test_what_holds_no_longer_is_not_bound(
    store: Store, changes: Changes, error: type[Exception]
) -> None:
    one = paper(store, more=changes)
    size = store.journal.head().size

    with pytest.raises(error, match=one.id):
        store.dossiers.append(arrival(1, bound(one)))
    assert store.journal.head().size == size


def test_an_unknown_paper_and_one_whose_consent_ended_are_not_bound(
    store: Store,
) -> None:
    one = paper(store)
    ghost = bound(one, document="nothing")
    by_consent = bound(one, basis=CONSENT)
    with pytest.raises(NotFoundError, match="nothing"):
        store.dossiers.append(arrival(1, ghost))
    with pytest.raises(ConflictError, match="consent"):
        store.dossiers.append(arrival(1, by_consent))

    store.documents.let(e.ConsentGiven(owner="p1"), c.OFFICER, c.START)
    store.dossiers.append(arrival(1, by_consent))
    store.documents.let(e.ConsentWithdrawn(owner="p1"), c.OFFICER, c.START)

    assert not store.documents.consents("p1")
    with pytest.raises(ConflictError, match="consent"):
        store.dossiers.append(arrival(2, by_consent))
    store.documents.let(e.ConsentGiven(owner="p1"), c.OFFICER, c.START)
    assert store.documents.consents("p1")
    assert len(store.facts("access:p1")) == 3


def test_a_revocation_changes_paper_and_dossiers_or_nothing(store: Store) -> None:
    one = paper(store)
    first = store.dossiers.append(arrival(1, bound(one)))
    second = store.dossiers.append(arrival(2, bound(one)))
    size = store.journal.head().size
    stale = replace(reached(second, one), expected=1)
    for changes in ((reached(first, one),), (reached(first, one), stale)):
        with pytest.raises(ConflictError):
            store.dossiers.append_paper(revoked(one), changes)
        assert store.journal.head().size == size
        assert store.documents.find(one.id).state == "valid"

    told = revoke(store, one)

    assert [one_.components[0].standing for one_ in told] == ["revoked"] * 2
    assert store.documents.find(one.id).state == "revoked"
    assert store.journal.head().size == size + 3
    with pytest.raises(ConflictError, match="revoked"):
        store.dossiers.append(arrival(3, bound(one)))


def test_an_act_on_a_paper_stands_or_falls_with_its_dossier(store: Store) -> None:
    one = paper(store, more={"state": "quarantined"})
    waiting = bound(one, reused=False, standing="waiting")
    dossier = store.dossiers.append(arrival(1, waiting))
    judged = e.PaperJudged(document=one.id, verdict="released", reason="đã xem")
    mark = Conversion(converter="cb02", agency=c.AGENCY, at=c.DUE)
    acts = tuple(
        PaperAct(one.id, fact, c.OFFICER, "judge", c.START)
        for fact in (
            e.DocumentStateChanged(state="valid", reason="đã xem"),
            e.DocumentDigitized(conversion=mark, level=1),
        )
    )
    change = replace(c.act(dossier, judged), papers=acts)
    with pytest.raises(ConflictError):
        store.dossiers.append(replace(change, expected=1))
    assert store.documents.find(one.id).state == "quarantined"

    after = store.dossiers.append(change)
    found = store.documents.find(one.id)

    assert after.components[0].standing == "valid"
    assert (found.state, found.level, found.converter) == ("valid", 1, "cb02")
    assert len(store.facts(f"document:{one.id}")) == 3


def test_no_paper_is_bound_behind_a_revocation_that_races(store: Store) -> None:
    numbers = iter(range(1, 1000))
    for round_ in range(6):
        one = paper(store, 100 + round_)

        def bind(number: int, one: Document = one) -> bool:
            try:
                store.dossiers.append(arrival(number, bound(one)))
            except ConflictError:
                return False
            return True

        mine = [next(numbers) for _ in range(7)]
        with ThreadPoolExecutor(8) as pool:
            taken = [pool.submit(bind, number) for number in mine[:4]]
            told = pool.submit(revoke, store, one)
            taken += [pool.submit(bind, number) for number in mine[4:]]
        got = {
            f"d{number}"
            for number, bound_ in zip(mine, taken, strict=True)
            if bound_.result()
        }

        assert {dossier.id for dossier in told.result()} == got
        assert {store.dossiers.find(key).components[0].standing for key in got} <= {
            "revoked"
        }


def test_acting_on_an_unknown_paper_is_refused(store: Store) -> None:
    ghost = replace(revoked(paper(store)), document="nothing")

    with pytest.raises(NotFoundError, match="nothing"):
        store.dossiers.append_paper(ghost)
