"""Fixtures that several levels share, and the loud word on what could not run."""

import os

import pytest

pytest_plugins = ["tests.support.databases"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end which real parts were missing and why; absent from CI's green."""
    reasons = {
        str(report.longrepr[2])
        for report in terminalreporter.getreports("skipped")
        if isinstance(report.longrepr, tuple)
    }
    if not reasons:
        return
    terminalreporter.section("REAL PARTS THAT DID NOT RUN", sep="!", red=True)
    for reason in sorted(reasons):
        terminalreporter.line(reason, red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a missing part be a failure in CI."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    skipped = bool(reporter and reporter.stats.get("skipped"))
    if skipped and os.environ.get("CI") == "true" and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
