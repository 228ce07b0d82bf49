"""A few plain questions to Prefect's API, without importing Prefect."""

import json
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

STATES = (
    "SCHEDULED",
    "PENDING",
    "RUNNING",
    "PAUSED",
    "COMPLETED",
    "FAILED",
    "CRASHED",
    "CANCELLED",
)


def runs_by_state(url: str) -> dict[str, int]:
    """Count flow runs by state type; empty when the API does not answer."""
    counts = {state: _count(url, state) for state in STATES}
    return {state: found for state, found in counts.items() if found}


def _count(url: str, state: str) -> int | None:
    parts = urlsplit(url)
    if not parts.hostname:
        return None
    question = {"flow_runs": {"state": {"type": {"any_": [state]}}}}
    connection = HTTPConnection(parts.hostname, parts.port, timeout=30)
    try:
        headers = {"content-type": "application/json"}
        connection.request(
            "POST", f"{parts.path}/flow_runs/count", json.dumps(question), headers
        )
        answer = connection.getresponse()
        if answer.status != HTTPStatus.OK:
            return None
        return int(json.loads(answer.read()))
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
