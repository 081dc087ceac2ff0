"""Batch upserts through the driver: one statement per page, tuples in, no object per row."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import JSON, Column, ColumnElement, Date, Table, func, select
from sqlalchemy.engine import Connection

from .base import Instant, instant_text

# SQLite before 3.32 took 999 parameters; we stay far below today's 32,766 and PostgreSQL's 65,535.
PARAMETERS = 30_000

# Rows of one INSERT on SQLite; a fixed number, so that the driver keeps the compiled statement.
BATCH = 50

Row = tuple[Any, ...]


def bulk_upsert(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    key: Sequence[str],
    keep: Sequence[str] = (),
) -> int:
    """Insert or update `rows` (tuples in the order of `columns`), matched by the unique `key`; returns how many.

    A key repeated in `rows` is written once, the last wins (PostgreSQL refuses it twice in one statement).
    `keep` names columns that an existing row keeps (its public id, the time it was first stored).
    """
    places = [columns.index(name) for name in key]
    unique = {tuple(row[place] for place in places): row for row in rows}
    if not unique:
        return 0
    binders = _binders(table, tuple(columns), connection.dialect.name)
    bound = _bound(list(unique.values()), binders)
    updated = tuple(name for name in columns if name not in key and name not in keep)
    if connection.dialect.name == "sqlite":
        statement = _upsert_sql(table.name, tuple(columns), tuple(key), updated, "?")
        connection.exec_driver_sql(statement, bound)
    else:
        statement = _upsert_sql(table.name, tuple(columns), tuple(key), updated, "%s")
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(statement, bound)
        finally:
            cursor.close()
    return len(bound)


def bulk_insert(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> int:
    """Insert `rows` as they are; returns how many."""
    if not rows:
        return 0
    binders = _binders(table, tuple(columns), connection.dialect.name)
    bound = _bound(rows, binders)
    if connection.dialect.name == "sqlite":
        _insert_in_batches(connection, table.name, tuple(columns), bound)
    else:
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(_insert_sql(table.name, tuple(columns), "%s"), bound)
        finally:
            cursor.close()
    return len(bound)


def _insert_in_batches(connection: Connection, table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    """A statement of many rows lets other threads run while SQLite works; row by row the lock goes to and fro."""
    whole = len(rows) - len(rows) % BATCH
    for start in range(0, whole, BATCH):
        flat = tuple(chain.from_iterable(rows[start : start + BATCH]))
        connection.exec_driver_sql(_many_sql(table, columns, "?", BATCH), flat)
    if whole < len(rows):
        connection.exec_driver_sql(_insert_sql(table, columns, "?"), rows[whole:])


def insert_at_once(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert `rows` in one statement, for a commit that many callers wait for: no row gives up the interpreter lock."""
    if not rows:
        return
    names = tuple(columns)
    flat = tuple(
        value for row in _bound(rows, _binders(table, names, connection.dialect.name)) for value in row
    )
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    connection.exec_driver_sql(_many_sql(table.name, names, mark, len(rows)), flat)


def lookup(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    key: str,
    values: Sequence[Any],
    **where: Any,
) -> list[Row]:
    """Rows of `table` whose `key` is one of `values` and whose other columns equal `where`, in batches."""
    found: list[Row] = []
    for start in range(0, len(values), PARAMETERS):
        statement = select(*(table.c[name] for name in columns)).where(
            is_one_of(connection, table.c[key], values[start : start + PARAMETERS]),
            *(table.c[name] == value for name, value in where.items()),
        )
        found.extend(tuple(row) for row in connection.execute(statement))
    return found


def known_digests(
    connection: Connection, table: Table, connection_id: int, ids: Sequence[str]
) -> dict[str, tuple[bytes, str | None]]:
    """By external id the content hash and, as fixed-width text, the provider's stamp of rows that are not gone.

    The hot question of a list that is read again, asked past everything that would make objects of its rows.
    """
    if connection.dialect.name == "sqlite":
        text = _json_text(list(ids))
        if "\\u0000" in text:
            return {}
        rows = connection.exec_driver_sql(
            _known_sql(table.name, "?", "updated_at", "SELECT value FROM json_each(?)"), (connection_id, text)
        )
    else:
        rows = connection.exec_driver_sql(
            _known_sql(table.name, "%s", _STAMP_TEXT, "SELECT unnest(%s::text[])"), (connection_id, list(ids))
        )
    return {row[0]: (bytes(row[1]), row[2]) for row in rows}


_STAMP_TEXT = """to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


@lru_cache(maxsize=8)
def _known_sql(table: str, mark: str, stamp: str, values: str) -> str:
    return (
        f'SELECT external_id, content_hash, {stamp} FROM "{table}" '  # noqa: S608  # our own names, never input
        f"WHERE connection_id = {mark} AND gone_at IS NULL AND external_id IN ({values})"
    )


def is_one_of(connection: Connection, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """On SQLite one parameter holds all values as JSON: to name five hundred anew for each page costs more than
    to look them up."""
    if connection.dialect.name != "sqlite":
        return column.in_(values)
    text = _json_text(list(values))
    # SQLite ends a JSON text at a NUL; what a provider sends must be found again all the same.
    if "\\u0000" in text:
        return column.in_(values)
    return column.in_(select(func.json_each(text).table_valued("value").c.value))


def reserve_ids(connection: Connection, table: Table, count: int) -> list[int]:
    """`count` keys for new rows of `table`, to be inserted in this transaction.

    Asking first spares reading the rows back. On SQLite the write lock keeps others away until the commit.
    """
    if connection.dialect.name == "sqlite":
        last = connection.execute(select(func.max(table.c.id))).scalar() or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.pg_get_serial_sequence(table.name, "id")
    numbers = func.generate_series(1, count).alias("numbers")
    return list(connection.execute(select(func.nextval(sequence)).select_from(numbers)).scalars())


@lru_cache(maxsize=64)
def _upsert_sql(
    table: str, columns: tuple[str, ...], key: tuple[str, ...], updated: tuple[str, ...], mark: str
) -> str:
    insert = _insert_sql(table, columns, mark)
    if not updated:
        return f"{insert} ON CONFLICT ({_names(key)}) DO NOTHING"
    assignments = ", ".join(f'"{name}" = excluded."{name}"' for name in updated)
    return f"{insert} ON CONFLICT ({_names(key)}) DO UPDATE SET {assignments}"


@lru_cache(maxsize=64)
def _insert_sql(table: str, columns: tuple[str, ...], mark: str) -> str:
    # The names are our own tables' and columns', never input.
    return f'INSERT INTO "{table}" ({_names(columns)}) VALUES ({", ".join([mark] * len(columns))})'  # noqa: S608


@lru_cache(maxsize=64)
def _many_sql(table: str, columns: tuple[str, ...], mark: str, count: int) -> str:
    values = f"({', '.join([mark] * len(columns))})"
    return f'INSERT INTO "{table}" ({_names(columns)}) VALUES {", ".join([values] * count)}'  # noqa: S608


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


Binder = Callable[[Any], Any]


@lru_cache(maxsize=64)
def _binders(table: Table, columns: tuple[str, ...], dialect: str) -> tuple[Binder | None, ...]:
    """What each value must pass through on its way to the driver, where the driver would not do it right itself."""
    return tuple(_binder(table.c[name].type, dialect) for name in columns)


def _binder(kind: Any, dialect: str) -> Binder | None:
    if isinstance(kind, JSON):
        return _json_text
    if dialect != "sqlite":
        return _aware if isinstance(kind, Instant) else None
    if isinstance(kind, Instant):
        return _instant_text
    if isinstance(kind, Date):
        return _date_text
    return None


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


# A page says the same dates and moments over and over.
_date_text = lru_cache(maxsize=2048)(date.isoformat)
_instant_text = lru_cache(maxsize=2048)(instant_text)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant must be aware")
    return value.astimezone(UTC)


def _bound(rows: Sequence[Row], binders: tuple[Binder | None, ...]) -> list[Row]:
    """The rows as the driver wants them. Column by column, because most columns need nothing: a third of the cost."""
    if not any(binders):
        return list(rows)
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for place, bind in enumerate(binders):
        if bind is not None:
            columns[place] = [None if value is None else bind(value) for value in columns[place]]
    return list(zip(*columns, strict=True))
