"""What a driver says, in the words of the house: the only mapping of its errors."""

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dossiers.errors import (
    ConflictError,
    DossierError,
    FaultError,
    MalformedError,
    UnavailableError,
)

_FULL = frozenset({"SQLITE_FULL", "53100"})
_AWAY = frozenset({"SQLITE_BUSY", "SQLITE_LOCKED", "53300", "57P01", "57P02", "57P03"})
_RACED = frozenset({"40001", "40P01", "55P03"})
_CONNECTION = "08"
_CODE_MASK = 0xFF
_SQLITE_CODES = {
    getattr(sqlite3, name): name
    for name in ("SQLITE_FULL", "SQLITE_BUSY", "SQLITE_LOCKED")
}


def unsupported(url: str) -> MalformedError:
    """Build the refusal of an address that names no database of ours."""
    kind = url.partition(":")[0]
    return MalformedError(
        f"không hỗ trợ cơ sở dữ liệu {kind}; dùng sqlite:///TỆP hoặc "
        "postgresql+psycopg://…",
        f"database {kind} is not supported; use sqlite:///FILE or "
        "postgresql+psycopg://…",
    )


def translated(error: SQLAlchemyError | sqlite3.Error) -> DossierError:
    """Say what a driver's error means; no driver exception crosses a port."""
    if isinstance(error, PoolTimeoutError):
        return _away("no free connection")
    driver = error.orig if isinstance(error, DBAPIError) else error
    code, reason = _code(driver), str(driver).strip()
    if code in _FULL:
        return _full(reason)
    if code in _AWAY or code.startswith(_CONNECTION) or _cut(error, code):
        return _away(reason)
    if code in _RACED or isinstance(error, IntegrityError):
        return _raced(reason)
    return _fault(reason)


def _code(driver: BaseException | None) -> str:
    if isinstance(driver, sqlite3.Error):
        number = getattr(driver, "sqlite_errorcode", 0) & _CODE_MASK
        return _SQLITE_CODES.get(number, str(number))
    return getattr(driver, "sqlstate", None) or ""


def _cut(error: SQLAlchemyError | sqlite3.Error, code: str) -> bool:
    # psycopg has no SQLSTATE for a server that cannot be reached or went away.
    if not isinstance(error, DBAPIError):
        return False
    lost = type(error.orig).__name__ == "OperationalError" and not code
    return error.connection_invalidated or lost


def _full(reason: str) -> FaultError:
    return FaultError(
        f"ổ đĩa của cơ sở dữ liệu đã đầy ({reason}), không ghi gì cả; "
        "hãy giải phóng chỗ",
        f"the database's disk is full ({reason}), nothing was written; free some space",
    )


def _raced(reason: str) -> ConflictError:
    return ConflictError(
        f"có người vừa ghi trước ({reason}); đọc lại rồi quyết định lại",
        f"somebody was faster ({reason}); read again, decide again",
    )


def _away(reason: str) -> UnavailableError:
    return UnavailableError(
        f"cơ sở dữ liệu không trả lời ({reason}); thử lại sau",
        f"the database does not answer ({reason}); try again later",
    )


def _fault(reason: str) -> FaultError:
    return FaultError(
        f"cơ sở dữ liệu báo lỗi: {reason}; chạy nambuoc server doctor",
        f"the database reports a fault: {reason}; run nambuoc server doctor",
    )
