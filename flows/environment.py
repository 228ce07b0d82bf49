"""
Prefect's settings, for its server and for our worker; nothing of the user's profile.

A process takes its settings on before it imports Prefect, so this module, `server` and
`worker` import the standard library only.
"""

import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

PREFECT = version("prefect")
_SERVICES = "PREFECT_SERVER_SERVICES_"
_OFF = (
    "TRIGGERS",
    "EVENT_PERSISTER",
    "PAUSE_EXPIRATIONS",
    "LATE_RUNS",
    "FOREMAN",
    "REPOSSESSOR",
    "CANCELLATION_CLEANUP",
    "CLEANUP_RECONCILER",
    "SCHEDULER",
)
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_CLI_COLORS": "false",
}
"""Nothing leaves the machine, nothing is chatty."""


def take_on(home: Path, settings: Mapping[str, str]) -> None:
    """Make these this process's Prefect settings; its home lies inside ours."""
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    place = home / "prefect"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.update({"PREFECT_HOME": str(place), **QUIET, **settings})


def server(database: Path, port: int) -> dict[str, str]:
    """Set up the server: SQLite, 127.0.0.1, only the services that we use."""
    return {
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{database}",
        "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
        "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_EVENTS_STREAM_OUT_ENABLED": "false",
        "PREFECT__SERVER_FINAL": "1",
        f"{_SERVICES}TASK_RUN_RECORDER_BATCH_SIZE": "50",
        f"{_SERVICES}TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
        f"{_SERVICES}TASK_RUN_RECORDER_FLUSH_INTERVAL": "2",
        **{f"{_SERVICES}{name}_ENABLED": "false" for name in _OFF},
    }


def worker(url: str) -> dict[str, str]:
    """Set up the worker: no logs to the API, no retries of the client's own."""
    return {
        "PREFECT_API_URL": url,
        "PREFECT_CLIENT_MAX_RETRIES": "0",
        "PREFECT_API_REQUEST_TIMEOUT": "20",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    }
