"""What an answer of Prefect's API means: not there, away for now, or a fault."""

from http import HTTPStatus

import httpx
from prefect.exceptions import ObjectNotFound

REFUSALS = (ObjectNotFound, httpx.HTTPError)
"""Everything a call to the API raises when it does not do what was asked."""

_BUSY = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


def gone(error: BaseException) -> bool:
    """Whether the run, task run or deployment does not exist (any more)."""
    # State changes say ObjectNotFound, PATCH and the rest an HTTP status.
    return isinstance(error, ObjectNotFound) or (
        isinstance(error, httpx.HTTPStatusError)
        and error.response.status_code == HTTPStatus.NOT_FOUND
    )


def busy(error: BaseException) -> bool:
    """Whether the server answers, but not now ("database is locked")."""
    return (
        isinstance(error, httpx.HTTPStatusError) and error.response.status_code in _BUSY
    )


def away(error: BaseException) -> bool:
    """Whether the server is down or busy: nothing is wrong, try again later."""
    return isinstance(error, httpx.TransportError) or busy(error)
