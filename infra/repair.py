"""
`audit verify --repair`: what can be made again from the log, and the log's lost tail.

1. A journal that ends before what was signed, or before Kafka, gets the missing events
   back byte for byte, all or nothing; then its hold is lifted.
2. Read models, numbers, run rows, effects and papers' rows are put right by the events.
3. Kafka gets copies of records that it lost.

A journal that was changed, not cut, is never mended: restore it from a backup first.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib import import_module

from dossiers.envelope import Event
from dossiers.errors import TamperedError, UnavailableError
from infra.audit.comparing import ROW, Difference
from infra.audit.diff import suspicious
from infra.audit.expected import History
from infra.audit.sources import KAFKA, read
from infra.audit.strangers import unpromised
from infra.house import House
from infra.signer_state import SignerFiles
from storage.evidence import evidence
from storage.mending import Mending
from storage.merkle import CompactRange

ACT = "audit-repair"
_KAFKA = "infra.kafka.republishing"
"""Only who has Kafka loads its client."""


def repair(house: House, source: str | None = None) -> dict[str, int]:
    """
    Put right what can be; tells how many rows of each kind.

    Raises TamperedError when the log itself was changed or no source reaches what was
    signed, UnavailableError when the source does not answer.
    """
    signed = _signed(house)
    where = source or (KAFKA if house.settings.kafka else None)
    needed = source or house.journal.head().size < signed.size or house.journal.held()
    away: UnavailableError | None = None
    done = {"published": 0, "imported": 0}
    with closing(Mending(house.settings.database_url)) as mending:
        try:
            done["published"] = _republish(house)
            done["imported"] = _bring_back(house, mending, where, signed)
        except UnavailableError as error:
            if needed:
                raise
            away = error  # what follows from the log alone is put right all the same
        _demand_signed(house, signed)
        house.journal.hold(None)
        done |= _mend(house, mending)
    told = ", ".join(f"{name} {count}" for name, count in done.items())
    house.log_operation(ACT, "", f"from {where or 'the log'}: {told}")
    if away is not None:
        raise away
    _demand_ours(house)
    return done


def promises(events: Sequence[Event]) -> Iterator[tuple[str, str, str]]:
    """List the effects that a dossier's events were committed with."""
    history = History()
    for event in events:
        history.take(event)
    yield from ((key, code, code) for key, code in history.notices.items())


def _signed(house: House) -> CompactRange:
    state = SignerFiles(house.settings.log).state()
    return state.tree if state else CompactRange()


def _bring_back(
    house: House, mending: Mending, where: str | None, signed: CompactRange
) -> int:
    """Import what lies behind the journal's end; nothing when no source is known."""
    size = house.journal.head().size
    behind = size < signed.size
    if where is None:
        if behind:
            vi = (
                f"nhật ký hết ở {size}, đã ký {signed.size}; cho nguồn: --from NƠI_XUẤT"
            )
            en = f"the journal ends at {size}, {signed.size} were signed; give --from"
            raise TamperedError(vi, en)
        return 0
    missing = ((one.seq, one.body) for one in read(house, where) if one.seq > size)
    wanted = signed if behind else None
    return mending.import_missing(missing, wanted=wanted, promises=promises)


def _demand_signed(house: House, signed: CompactRange) -> None:
    """Raise TamperedError when the journal is not what grew from the signed one."""
    leaves = house.journal.leaves(1, signed.size)
    if CompactRange().grown(leaves) != signed:
        vi = (
            f"{signed.size} sự kiện đầu không phải bản đã ký; hãy khôi phục bản sao lưu"
        )
        en = f"the first {signed.size} events are not the signed ones; restore a backup"
        raise TamperedError(vi, en)


def _mend(house: House, mending: Mending) -> dict[str, int]:
    """Put the tables right; the read models as a whole, from the first event."""
    found = suspicious(house)
    views = [one for _, one in found if one.table in _REBUILT]
    with evidence(house.settings.database_url) as snapshot:
        strangers = list(snapshot.orphans())
        false = list(unpromised(snapshot))
    if views or any(name in _REBUILT for name, _ in strangers):
        house.sql.rebuild()
    runs = {one.key for _, one in found if one.table == "run_lease"}
    mending.wake(sorted(runs))
    mending.forget_runs([key for name, key in strangers if name == "run_lease"])
    lost = {one.key: history for history, one in found if one.table == "effect"}
    mending.promise(
        (key, history.notices[key], history.notices[key])
        for key, history in lost.items()
    )
    mending.withdraw(false)
    papers = _papers(found)
    for document_id, fields in papers.items():
        mending.correct_document(document_id, fields)
    words = [(one.key, history) for history, one in found if one.table == "consent"]
    for key, history in words:
        mending.correct_consent(key, history.rows().get(("consent", key)))
    return {
        "views": len(views),
        "runs": len(runs),
        "effects": len(lost) + len(false),
        "papers": len(papers),
        "consents": len(words),
    }


_REBUILT = frozenset({"dossier_view", "document_number", "binding"})


def _papers(found: list[tuple[History, Difference]]) -> dict[str, dict[str, object]]:
    """Collect the fields of papers' rows that differ; a lost row stays lost."""
    fields: dict[str, dict[str, object]] = {}
    for _, one in found:
        if one.table == "document" and one.field != ROW:
            fields.setdefault(one.key, {})[one.field] = one.log
    return fields


def _republish(house: House) -> int:
    """Send copies of the records that Kafka lost; counts them."""
    if house.settings.kafka is None:
        return 0
    return int(import_module(_KAFKA).republish(house))


def _demand_ours(house: House) -> None:
    if house.settings.kafka is not None:
        import_module(_KAFKA).demand_ours(house)
