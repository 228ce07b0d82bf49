"""The next free numbers: of a dossier on its day, of a document in its year."""

from datetime import date

from sqlalchemy import Connection, bindparam, func, select

from storage.tables import DOCUMENT_NUMBER, DOSSIER_VIEW

_LAST_OF_FOUR_DIGITS = 9999
_VIEW = DOSSIER_VIEW.c
_OF_DAY = select(_VIEW.code).where(
    _VIEW.code >= bindparam("low"), _VIEW.code < bindparam("high")
)
_LAST = _OF_DAY.order_by(_VIEW.code.desc()).limit(1)
_LONGEST = _OF_DAY.order_by(func.length(_VIEW.code).desc(), _VIEW.code.desc()).limit(1)
_OF_YEAR = select(func.max(DOCUMENT_NUMBER.c.number)).where(
    DOCUMENT_NUMBER.c.agency == bindparam("agency"),
    DOCUMENT_NUMBER.c.year == bindparam("year"),
)


def next_of_day(connection: Connection, agency: str, day: date) -> int:
    """Look up the next daily number; the day's codes end in four digits, then five."""
    series = f"{agency}-{day:%y%m%d}"
    bounds = {"low": f"{series}-", "high": f"{series}."}  # '.' follows '-'
    last = _number(connection.execute(_LAST, bounds).scalar())
    if last == _LAST_OF_FOUR_DIGITS:
        last = _number(connection.execute(_LONGEST, bounds).scalar())
    return last + 1


def next_of_year(connection: Connection, agency: str, year: int) -> int:
    """Look up the next document number of an agency's year."""
    bounds = {"agency": agency, "year": year}
    last: int | None = connection.execute(_OF_YEAR, bounds).scalar()
    return (last or 0) + 1


def _number(code: str | None) -> int:
    return int(code.rpartition("-")[2]) if code else 0
