"""Batch writes through the driver: one statement per page, tuples in, no object per row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import JSON, Date, Table, func, select
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
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    _execute_many(connection, _upsert_sql(table.name, tuple(columns), tuple(key), updated, mark), bound)
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
        _execute_many(connection, _insert_sql(table.name, tuple(columns), "%s"), bound)
    return len(bound)


def _insert_in_batches(connection: Connection, table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    """A statement of many rows lets other threads run while SQLite works; row by row the lock goes to and fro."""
    whole = len(rows) - len(rows) % BATCH
    for start in range(0, whole, BATCH):
        flat = tuple(chain.from_iterable(rows[start : start + BATCH]))
        connection.exec_driver_sql(_many_sql(table, columns, "?", BATCH), flat)
    if whole < len(rows):
        connection.exec_driver_sql(_insert_sql(table, columns, "?"), rows[whole:])


def bulk_update(
    connection: Connection, table: Table, key: Sequence[str], rows: Iterable[tuple[Row, Mapping[str, Any]]]
) -> int:
    """Sets some columns of rows that are there, each row as (its `key`, the columns that differ); returns how many.

    Rows of which the same columns differ share a statement. Of the indexes only those with such a column are touched.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for own, values in rows:
        if values:
            groups.setdefault(tuple(values), []).append((*values.values(), *own))
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    for names, group in groups.items():
        bound = _bound(group, _binders(table, (*names, *key), connection.dialect.name))
        _execute_many(connection, _update_sql(table.name, names, tuple(key), mark), bound)
    return sum(len(group) for group in groups.values())


def bulk_delete(connection: Connection, table: Table, key: Sequence[str], rows: Sequence[Row]) -> None:
    """Deletes the rows with these values of `key`."""
    if not rows:
        return
    names = tuple(key)
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    bound = _bound(rows, _binders(table, names, connection.dialect.name))
    _execute_many(connection, _delete_sql(table.name, names, mark), bound)


def _execute_many(connection: Connection, statement: str, rows: list[Row]) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(statement, rows)
        return
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(statement, rows)
    finally:
        cursor.close()


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
        return f"{insert} ON CONFLICT ({names_of(key)}) DO NOTHING"
    assignments = ", ".join(f'"{name}" = excluded."{name}"' for name in updated)
    return f"{insert} ON CONFLICT ({names_of(key)}) DO UPDATE SET {assignments}"


@lru_cache(maxsize=64)
def _insert_sql(table: str, columns: tuple[str, ...], mark: str) -> str:
    # The names are our own tables' and columns', never input.
    return f'INSERT INTO "{table}" ({names_of(columns)}) VALUES ({", ".join([mark] * len(columns))})'  # noqa: S608


@lru_cache(maxsize=256)
def _update_sql(table: str, columns: tuple[str, ...], key: tuple[str, ...], mark: str) -> str:
    values, found = ([f'"{name}" = {mark}' for name in names] for names in (columns, key))
    return f'UPDATE "{table}" SET {", ".join(values)} WHERE {" AND ".join(found)}'  # noqa: S608


@lru_cache(maxsize=16)
def _delete_sql(table: str, key: tuple[str, ...], mark: str) -> str:
    found = " AND ".join(f'"{name}" = {mark}' for name in key)
    return f'DELETE FROM "{table}" WHERE {found}'  # noqa: S608


@lru_cache(maxsize=64)
def _many_sql(table: str, columns: tuple[str, ...], mark: str, count: int) -> str:
    values = f"({', '.join([mark] * len(columns))})"
    return f'INSERT INTO "{table}" ({names_of(columns)}) VALUES {", ".join([values] * count)}'  # noqa: S608


def names_of(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


Binder = Callable[[Any], Any]


@lru_cache(maxsize=64)
def _binders(table: Table, columns: tuple[str, ...], dialect: str) -> tuple[Binder | None, ...]:
    """What each value must pass through on its way to the driver, where the driver would not do it right itself."""
    return tuple(_binder(table.c[name].type, dialect) for name in columns)


def _binder(kind: Any, dialect: str) -> Binder | None:
    if isinstance(kind, JSON):
        return json_text
    if dialect != "sqlite":
        return _aware if isinstance(kind, Instant) else None
    if isinstance(kind, Instant):
        return _instant_text
    if isinstance(kind, Date):
        return _date_text
    return None


def json_text(value: Any) -> str:
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
