"""Cases 4 and 6: an officer's act until he sees it, and what papers cost."""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from dossiers.dossier import Dossier
from dossiers.outcome import Outcome
from dossiers.papers import AppointmentSlip
from dossiers.ports import Document, NewDocument
from infra.development_office import WARD
from measure import Case, Stopwatch, alone, cpu_ms, share, told
from rehearsal import Rehearsal, rehearsal
from steps.paperwork import appointment_slip, open_file, outcome

_TEN_KB = 10_000
_REPEATS = 4


def measure(home: Path, rounds: int, acts: int) -> list[Case]:
    """Measure on one office with papers on, without Prefect."""
    with rehearsal(home) as office:
        with told("an officer's act until its state is visible"):
            cases = _visible(office, acts)
        with told("signatures, prints, documents"):
            cases += _papers(office, rounds)
        return cases


def _visible(office: Rehearsal, acts: int) -> list[Case]:
    received, processed = [], []
    for number in range(acts):
        dossier = office.submit(number)
        received.append(_seen(office, partial(office.receive, dossier)))
        office.settle(dossier)
        processed.append(_seen(office, partial(office.process, dossier)))
    note = "the act's transaction, then the dossier read by its code (wall time)"
    return [
        replace(
            alone(f"visible-{name}-p{part}", "ms", found, note=note),
            value=share(found, part / 100),
        )
        for name, found in (("receive", received), ("process", processed))
        for part in (50, 99)
    ]


def _seen(office: Rehearsal, act: Callable[[], Dossier]) -> float:
    watch = Stopwatch()
    with watch:
        done = act()
        seen = office.house.office.dossiers.find(done.code)
    if seen.version < done.version:
        raise AssertionError(done.code)
    return watch.wall_ms


def _papers(office: Rehearsal, rounds: int) -> list[Case]:
    ports = office.house.office
    dossier = office.receive(office.submit(0))
    office.settle(dossier)
    dossier = office.process(dossier)
    slip, paper = _sheets(office, dossier)
    printed = ports.printer.print(paper)
    blank = ports.signer.prepare(printed)
    at = dossier.last_at
    signed = ports.signer.sign(blank, officer="lanhdao", at=at).pdf
    sealed = ports.signer.seal(signed, agency=WARD, at=at).pdf
    kept = _put(office, dossier)
    works: dict[str, Callable[[], object]] = {
        "print-form-01": lambda: ports.printer.print(slip),
        "print-outcome": lambda: ports.printer.print(paper),
        "prepare-fields": lambda: ports.signer.prepare(printed),
        "sign-b-t": lambda: ports.signer.sign(blank, officer="lanhdao", at=at),
        "seal-b-t": lambda: ports.signer.seal(signed, agency=WARD, at=at),
        "verify-two": lambda: ports.verifier.is_valid(
            sealed, slots=("person", "seal"), at=at
        ),
        "document-put-10-kb": lambda: _put(office, dossier),
        "document-open-10-kb": lambda: ports.documents.open(kept.id),
    }
    return [_cost(name, work, rounds) for name, work in works.items()]


def _sheets(office: Rehearsal, dossier: Dossier) -> tuple[AppointmentSlip, Outcome]:
    ports = office.house.office
    file = open_file(ports, dossier)
    register = ports.offices.current()
    leaf = ports.dossiers.leaf(dossier.id, dossier.received_version or 0)
    slip = appointment_slip(file, dossier.last_at, leaf)
    paper = outcome(
        file,
        dossier.last_at,
        signer=register.officer("lanhdao"),
        agency=register.agency(WARD),
        verification_id="0" * 32,
    )
    return slip, paper


def _put(office: Rehearsal, dossier: Dossier) -> Document:
    about = NewDocument(
        upload=f"bench-{uuid4()}",
        owner=dossier.owner,
        type_code="bench",
        media_type="application/pdf",
        at=dossier.last_at,
    )
    return office.house.office.documents.put(os.urandom(_TEN_KB), about)


def _cost(name: str, work: Callable[[], object], rounds: int) -> Case:
    work()
    values = [
        cpu_ms(lambda: [work() for _ in range(_REPEATS)]) / _REPEATS
        for _ in range(rounds)
    ]
    return alone(name, "ms CPU", values, note="one call, warm, in process")
