"""
Statements written out once for each dialect: for the paths where every act waits.

SQLAlchemy's per-call work on a Core statement costs more than SQLite's; here it is
done at first use, and each run hands the driver its text and values.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter

from sqlalchemy import Connection, Row
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

Values = Mapping[str, object]
_Given = tuple[object, ...] | dict[str, object]


class Prepared:
    """A Core statement; `columns` are those an INSERT or UPDATE gets at each run."""

    def __init__(self, statement: ClauseElement, *columns: str) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._written: dict[str, tuple[str, Callable[[Values], _Given]]] = {}

    def run(self, connection: Connection, values: Values) -> int:
        """Run it; tells how many rows it changed."""
        text, give = self._for(connection.dialect)
        return connection.exec_driver_sql(text, give(values)).rowcount

    def run_each(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Run it for every row, in one call of the driver."""
        text, give = self._for(connection.dialect)
        given = [give(row) for row in rows]
        connection.exec_driver_sql(text, given if len(given) > 1 else given[0])

    def rows(
        self, connection: Connection, values: Values
    ) -> Sequence[Row[tuple[object, ...]]]:
        """Run a query; all its rows."""
        text, give = self._for(connection.dialect)
        return connection.exec_driver_sql(text, give(values)).all()

    def _for(self, dialect: Dialect) -> tuple[str, Callable[[Values], _Given]]:
        if dialect.name not in self._written:
            compiled = dialect.statement_compiler(
                dialect, self._statement, column_keys=self._columns
            )
            self._written[dialect.name] = _write(compiled)
        return self._written[dialect.name]


def _write(compiled: SQLCompiler) -> tuple[str, Callable[[Values], _Given]]:
    fixed = {k: v for k, v in compiled.params.items() if v is not None}
    order = compiled.positiontup
    if order is None:
        return compiled.string, lambda values: fixed | dict(values)
    if len(order) > 1 and not fixed:
        return compiled.string, itemgetter(*order)
    return compiled.string, lambda values: tuple((fixed | values)[k] for k in order)
