"""The demo from one command: every kind of act, counted anew from its traces."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from subprocess import PIPE

import pytest

from dossiers.dossier import Dossier
from dossiers.envelope import Event, decode
from dossiers.events import Received, Returned, Submitted, Withdrawn
from dossiers.fold import after
from dossiers.ports import NewDocument
from infra import running
from infra.pack_verifier.shipping import shipped
from infra.settings import from_environment
from infra.wiring import open_house
from portal.demo.arrivals import read
from portal.demo.deeds import Act
from portal.demo.plan import plan
from portal.demo.run import LOCK
from tests.support.databases import Databases
from tests.support.demo_runs import DemoHome, Report, cases_of_sample

CASES = (
    "case-4024",  # withdrawn
    "case-4592",  # supplement, suspension
    "case-6751",  # a supplement by the head's leave
    "case-7363",  # by post
    "case-8061",  # opinions; stays open
    "case-10071",  # refused after processing
)
KINDS = {
    *("submit", "receive", "work", "verify", "opinion-ask", "opinion-got", "suspend"),
    *("resume", "process", "sign", "seal", "return", "withdraw"),
    *("supplement-ask", "supplement-answer"),
}
TOTALS = (
    *("received", "solved", "open", "withdrawn", "refused", "stopped", "statutory"),
    *("events", "documents", "signatures", "channels", "flow_runs", "drift"),
)


@dataclass(frozen=True, slots=True)
class Done:
    """A finished run and what it was asked to do."""

    home: DemoHome
    report: Report
    acts: tuple[Act, ...]

    @property
    def events(self) -> list[Event]:
        """Read the dossiers' events in seq order from the database itself."""
        database = sqlite3.connect(self.home.path / "nambuoc.db")
        rows = database.execute("SELECT body FROM event ORDER BY seq").fetchall()
        database.close()
        found = [decode(body) for (body,) in rows]
        return [event for event in found if event.stream.startswith("dossier:")]

    def count(self, *kinds: type) -> int:
        """Count events of these kinds."""
        return sum(isinstance(event.fact, kinds) for event in self.events)


@pytest.fixture(scope="module")
def arrivals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("arrivals") / "arrivals.csv"
    return cases_of_sample(path, CASES)


@pytest.fixture(scope="module")
def done(arrivals: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    home = DemoHome(tmp_path_factory.mktemp("demo") / "home")
    report = home.run("--arrivals", str(arrivals))
    yield Done(home, report, plan(read(arrivals).cases, b"nambuoc"))
    home.clear()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[DemoHome]:
    home = DemoHome(tmp_path / "home")
    yield home
    home.clear()


def test_every_act_of_the_plan_happened_once_and_at_its_time(done: Done) -> None:
    first: dict[str, Event] = {}
    for event in done.events:
        first.setdefault(event.command or "", event)
    groups = Counter(command for command, _ in groupby(e.command for e in done.events))

    assert {act.kind for act in done.acts} == KINDS
    for act in done.acts:
        assert groups[act.command] == 1
        assert first[act.command].occurred_at == act.at
        assert first[act.command].actor.id == act.officer


def test_the_report_is_what_the_journal_says(done: Done) -> None:
    report = done.report
    solved, still = report["solved"], report["open"]
    assert isinstance(solved, dict)
    assert isinstance(still, dict)

    assert report["received"] == done.count(Submitted) == len(CASES)
    assert sum(solved.values()) == done.count(Returned) == 4
    assert report["withdrawn"] == done.count(Withdrawn) == 1
    assert sum(still.values()) == 1
    assert report["events"] == len(done.events)
    assert report["signatures"] == {"made": 8, "valid": 8}
    assert done.count(Received) == len(CASES)


def test_somebody_holds_each_dossier_until_it_ends(done: Done) -> None:
    states: dict[str, Dossier] = {}
    for event in done.events:
        state = states[event.stream] = after(states.get(event.stream), event)

        assert (state.holder is not None) == state.open


def test_the_receiver_has_each_notice_once(done: Done) -> None:
    database = sqlite3.connect(done.home.path / "nambuoc.db")
    rows = database.execute('SELECT "key" FROM effect').fetchall()
    database.close()
    lines = [
        line
        for path in (done.home.path / "outbox").glob("*/*")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]

    assert Counter(json.loads(line)["key"] for line in lines) == Counter(
        key for (key,) in rows
    )
    effects = done.report["effects"]
    assert isinstance(effects, dict)
    assert (effects["sent"], effects["missing"]) == (len(rows), 0)
    assert (effects["repeated"], effects["unpromised"]) == (0, 0)


def test_the_audit_finds_nothing(done: Done) -> None:
    found = done.home.ask("audit", "verify", "--all")

    assert (found["exit"], found["ok"], found["findings"]) == (0, True, [])
    assert (found["size"], found["root"]) == (done.report["size"], done.report["root"])
    assert done.report["drift"] == 0
    assert done.report["flow_runs"] == {"PAUSED": 1, "COMPLETED": 5}


def test_an_outsider_checks_the_evidence_of_every_dossier(
    done: Done, tmp_path: Path
) -> None:
    copy = DemoHome(tmp_path / "home")  # taking evidence away adds access events
    shutil.copytree(done.home.path, copy.path)
    (tmp_path / "verify.py").write_bytes(shipped())
    python = [sys.executable, "-I", "-S", "verify.py", "pack.zip", "--vkey"]
    for code in {e.fact.code for e in done.events if isinstance(e.fact, Submitted)}:
        out = str(tmp_path / "pack.zip")
        made = copy.ask("audit", "export", code, "-o", out, "--as", "lanhdao")
        assert made["exit"] == 0, made
        words = [*python, str(done.home.path / "pki/log.vkey")]
        told = subprocess.run(words, cwd=tmp_path, env={}, check=True, stdout=PIPE)
        assert f"Complete to version {made['version']}" in told.stdout.decode()
    assert copy.ask("audit", "verify", "--all")["ok"] is True


def test_postgresql_gives_the_same_facts(
    done: Done, arrivals: Path, tmp_path: Path, postgresql_server: Databases
) -> None:
    home = DemoHome(tmp_path / "home", postgresql_server.make())
    report = home.run("--arrivals", str(arrivals))

    assert report["facts"] == done.report["facts"]
    assert [report[name] for name in TOTALS] == [done.report[n] for n in TOTALS]
    assert home.ask("audit", "verify", "--all")["ok"] is True


def test_a_larger_run_on_several_threads_adds_what_is_missing(
    done: Done, arrivals: Path, home: DemoHome
) -> None:
    broken = home.path.with_suffix(".csv")
    broken.write_bytes(arrivals.read_bytes() + b"Desk,broken\n")
    words = ("--arrivals", str(broken), "--concurrency", "4")
    small = home.run(*words, "--dossiers", "2", code=8)
    report = home.run(*words, code=8)

    assert (small["dossiers"], report["broken_rows"]) == (2, 1)
    assert [report[name] for name in TOTALS] == [done.report[n] for n in TOTALS]
    assert home.ask("audit", "verify", "--all")["ok"] is True


@pytest.mark.parametrize("words", [("--seed", "other"), ("--shift-weeks", "732")])
def test_a_home_keeps_its_seed_and_its_input(
    done: Done, arrivals: Path, words: tuple[str, ...]
) -> None:
    report = done.home.run("--arrivals", str(arrivals), *words, code=6)

    assert "another NAMBUOC_HOME" in json.dumps(report)


def test_a_second_demo_at_the_same_time_is_refused(done: Done, arrivals: Path) -> None:
    with running.hold(done.home.path / LOCK, "demo"):
        report = done.home.run("--arrivals", str(arrivals), code=6)

    assert "another demo" in json.dumps(report)


def test_real_dossiers_are_not_mixed_with_the_demo(home: DemoHome) -> None:
    with open_house(from_environment(home.path)) as house:
        paper = NewDocument("up", "owner", "type", "application/pdf", house.clock.now())
        house.office.documents.put(b"%PDF", paper)

    assert "real dossiers" in json.dumps(home.run(code=6))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--arrivals", "nowhere.csv"), 3),
        (("--arrivals", __file__), 2),
        (("--procedures", "empty"), 4),
    ],
)
def test_what_cannot_be_run_leaves_no_home(
    home: DemoHome, words: tuple[str, str], code: int
) -> None:
    option, name = words
    (home.path.parent / "empty").touch()
    report = home.run(option, str(home.path.parent / name), code=code)

    assert name in json.dumps(report)
    assert not home.path.exists()
