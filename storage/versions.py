"""Numbered versions of one body of data: the newest one is in force."""

from sqlalchemy import Engine, Table, func, insert, select

from storage.engine import reading, writing


def newest(engine: Engine, table: Table) -> tuple[int, str] | None:
    """Read number and body of the newest version; None when there is none."""
    asked = select(table.c.number, table.c.body).order_by(table.c.number.desc())
    with reading(engine) as connection:
        row = connection.execute(asked.limit(1)).first()
    return None if row is None else (row.number, row.body)


def body_of(engine: Engine, table: Table, version: str) -> str | None:
    """Read the body of a version; None when it is unknown."""
    with reading(engine) as connection:
        return connection.execute(
            select(table.c.body).where(table.c.version == version)
        ).scalar()


def add(engine: Engine, table: Table, version: str, body: str) -> None:
    """Add a version at the end; a known version stays as it is."""
    with writing(engine) as connection:
        known = connection.execute(
            select(table.c.number).where(table.c.version == version)
        ).first()
        if known is None:
            last = connection.execute(select(func.max(table.c.number))).scalar() or 0
            row = {"number": last + 1, "version": version, "body": body}
            connection.execute(insert(table), row)
