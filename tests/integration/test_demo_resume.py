"""A demo that goes on meets dossiers that are ahead of the act it repeats."""

from pathlib import Path

from dossiers.dossier import Status
from dossiers.values import Step
from infra.house import House
from infra.settings import from_environment
from infra.wiring import open_house
from portal.demo.acts import Cast, perform
from portal.demo.deeds import Act
from portal.demo.driver import Driver, Progress, Tide
from portal.demo.plan import plan
from portal.demo.run import SAMPLE, Script, claim, load
from portal.demo.run import open_offices as opened
from portal.demo.sweep import Sweep

SUPPLEMENTED = "supplement-ask"


def script() -> Script:
    """Ask for the whole sample."""
    return Script(
        arrivals=SAMPLE / "arrivals.csv",
        procedures=SAMPLE / "procedures.jsonl.gz",
        dossiers=None,
        seed="s",
        shift_weeks=731,
        concurrency=1,
    )


def driver(house: House, cast: Cast) -> Driver:
    """Make a driver that knows nothing yet, as after a kill."""
    sweep = Sweep(house.office.calendars.current())
    return Driver(house, cast, Progress(0, lambda *_: None), Tide(house), sweep)


def until(acts: tuple[Act, ...], kind: str) -> list[Act]:
    """Take the acts of the first case with this kind, up to it."""
    case = next(act.case_id for act in acts if act.kind == kind)
    own = [act for act in acts if act.case_id == case]
    return own[: [act.kind for act in own].index(kind) + 1]


def test_a_repeated_receipt_does_not_wait_for_a_dossier_that_went_on(
    tmp_path: Path,
) -> None:
    asked = script()
    found = load(asked)
    settings = from_environment(tmp_path / "home")
    with open_house(settings) as house:
        claim(house, asked, found)
    cast = Cast(b"s", found.catalogue.published)
    acts = until(plan(found.chosen, b"s"), SUPPLEMENTED)
    with open_house(settings) as house:
        house.turn(found.chosen[0].arrived_at)
        opened(house, found, b"s")
        dossier = None
        for act in acts:
            house.turn(act.at)
            dossier = perform(house, cast, act, dossier)
            if act.kind == "receive":
                house.settle(Step.RECEIVE, dossier.id)
                house.settle(Step.TRANSFER, dossier.id)

        again = driver(house, cast)
        for act in acts:
            again.perform(act)

    assert again.dossiers[acts[0].case_id].status is Status.SUPPLEMENTING
