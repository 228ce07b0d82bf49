"""Fixtures that several levels share, and the loud word on what could not run."""

import os

import pytest

from tests.support.shared import ABSENT

pytest_plugins = [
    "tests.support.databases",
    "tests.support.kafka_cluster",
    "tests.support.noida",
    "tests.support.s3_servers",
]


def _missing(reporter: pytest.TerminalReporter) -> list[str]:
    """List why tests were skipped, but for the large files that need not be there."""
    reasons = {
        str(report.longrepr[2])
        for report in reporter.getreports("skipped")
        if isinstance(report.longrepr, tuple)
    }
    return sorted(reason for reason in reasons if ABSENT not in reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end which real parts could not run, and why."""
    missing = _missing(terminalreporter)
    if missing:
        terminalreporter.section("REAL PARTS THAT DID NOT RUN", sep="!", red=True)
    for reason in missing:
        terminalreporter.line(reason, red=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a missing part be a failure in CI."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    in_ci = os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK
    if in_ci and reporter is not None and _missing(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
