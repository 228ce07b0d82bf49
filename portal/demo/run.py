"""`nambuoc demo run`: the main job on real records, from import to report."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dossiers.catalogue.findings import Refused
from dossiers.catalogue.lines import import_lines
from dossiers.catalogue.record import Draft
from dossiers.confirmation_rules import clean_decisions, obstacles
from dossiers.errors import ConflictError, RefusedError
from dossiers.procedure import Procedure
from dossiers.publication import publish
from dossiers.values import local
from infra import running
from infra.house import House
from infra.wiring import SEED
from portal.demo.acts import Cast
from portal.demo.arrivals import Arrivals, Case, read
from portal.demo.draw import CHANNELS
from portal.demo.driver import Driver, Progress, Tide, run_all
from portal.demo.offices import register
from portal.demo.plan import plan
from portal.demo.sweep import Sweep

SAMPLE = Path(__file__).with_name("sample")
CONFIRMER = "demo-confirmer"
LOCK = "run/demo.lock"
INPUT = "demo.input"
SETTLED_S = 600.0


@dataclass(frozen=True, slots=True)
class Script:
    """What a run is asked for: files (None: the sample), cases, seed, threads."""

    arrivals: Path
    procedures: Path
    dossiers: int | None
    seed: str
    shift_weeks: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the procedures' file gave: drafts, refused lines, what is published."""

    drafts: tuple[Procedure, ...]
    refused: tuple[Refused, ...]
    published: tuple[Procedure, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """What the files hold: all arrivals, the chosen cases, the catalogue, a digest."""

    arrivals: Arrivals
    chosen: tuple[Case, ...]
    catalogue: Catalogue
    mark: str


@contextmanager
def only_demo(home: Path) -> Iterator[None]:
    """Be the only demo of a home; raises ConflictError when one already runs."""
    try:
        place = running.hold(home / LOCK, "demo")
    except ConflictError as error:
        other = running.running(home / LOCK)
        who = f"pid {other.pid}" if other else "?"
        vi = f"một lần chạy thử khác ({who}) đang dùng {home}; đợi nó hoặc dừng nó"
        en = f"another demo ({who}) runs on {home}; wait for it or end it"
        raise ConflictError(vi, en) from error
    with place:
        yield


def load(script: Script) -> Input:
    """
    Read both files before anything is written.

    Raises NotFoundError, MalformedError, and RefusedError when there is nothing to
    run or a channel has no procedure.
    """
    arrivals = read(script.arrivals, shift_weeks=script.shift_weeks)
    chosen = arrivals.cases[: script.dossiers]
    if not chosen:
        text = f"{script.arrivals}: không có hồ sơ nào để chạy"
        raise RefusedError(text, f"{script.arrivals}: no case to run")
    catalogue = _catalogue(script.procedures, chosen)
    mark = hashlib.sha256(str(script.shift_weeks).encode())
    for path in (script.arrivals, script.procedures):
        mark.update(hashlib.sha256(path.read_bytes()).digest())
    return Input(arrivals, chosen, catalogue, mark.hexdigest())


def claim(house: House, script: Script, found: Input) -> bool:
    """
    Bind the home to a seed, which its ids and clock follow, and to its files.

    Tells whether it was a new home. Raises ConflictError when it holds real dossiers,
    or ran with another seed or other files, which would draw otherwise for old cases.
    """
    fresh = house.meta.get(SEED) is None
    home = house.settings.home
    if fresh and house.journal.head().size:
        vi = f"{home} có hồ sơ thật, không chạy thử ở đây; đặt NAMBUOC_HOME khác"
        en = f"{home} holds real dossiers; set another NAMBUOC_HOME"
        raise ConflictError(vi, en)
    seed = house.meta.settle(SEED, script.seed)
    if seed != script.seed:
        vi = f"{home} đã chạy thử với --seed {seed}; đặt NAMBUOC_HOME khác"
        en = f"{home} ran with --seed {seed}; set another NAMBUOC_HOME"
        raise ConflictError(vi, en)
    if house.meta.settle(INPUT, found.mark) != found.mark:
        vi = f"{home} đã chạy thử với tệp khác; đặt NAMBUOC_HOME khác"
        en = f"{home} ran with other files; set another NAMBUOC_HOME"
        raise ConflictError(vi, en)
    return fresh


def play(
    house: House, script: Script, found: Input, tell: Callable[[int, int], None]
) -> None:
    """Run the whole demo on this home; goes on where an earlier run was killed."""
    seed = script.seed.encode()
    house.turn(found.chosen[0].arrived_at)
    open_offices(house, found, seed)
    acts = plan(found.chosen, seed)
    driver = Driver(
        house,
        Cast(seed, found.catalogue.published),
        Progress(len(acts), tell),
        Tide(house),
        Sweep(house.office.calendars.current()),
    )
    run_all(driver, acts, script.concurrency)
    house.settled(patience_s=SETTLED_S)


def _catalogue(path: Path, cases: Sequence[Case]) -> Catalogue:
    """Read and publish by rule; RefusedError when a channel has no procedure."""
    with path.open("rb") as file:
        answers = list(import_lines(file))
    drafts = tuple(one.procedure for one in answers if isinstance(one, Draft))
    refused = tuple(one for one in answers if isinstance(one, Refused))
    at = cases[0].arrived_at
    day = local(at).date().replace(month=1, day=1)
    published = tuple(
        publish(draft, clean_decisions(draft, day), confirmer=CONFIRMER, at=at)
        for draft in sorted(drafts, key=lambda one: one.reference)
        if not obstacles(draft)
    )
    served = {channel for one in published for channel in one.terms}
    wanted = {CHANNELS[case.channel] for case in cases}
    if absent := sorted(wanted - served):
        names = ", ".join(absent)
        vi = f"{path}: không có thủ tục nào công bố được cho kênh {names}"
        raise RefusedError(vi, f"{path}: no procedure to publish for channel {names}")
    return Catalogue(drafts, refused, published)


def open_offices(house: House, found: Input, seed: bytes) -> None:
    """Publish the catalogue and let the log's officers take their places."""
    house.catalogue.add_drafts(found.catalogue.drafts)
    for one in found.catalogue.published:
        house.catalogue.publish(one)
    house.add_register(register(found.arrivals.cases, seed))
