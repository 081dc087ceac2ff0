"""Batch reads through the driver: rows by many keys at once, values made ready column by column, no object per row."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Boolean, Column, ColumnElement, Date, Table, func, select
from sqlalchemy.engine import Connection

from .base import Instant, instant_from_text, instant_text
from .bulk import Row, json_text, names_of

Reader = Callable[[Any], Any]

_AT_A_TIME = 2_000


def lookup(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    key: str,
    values: Sequence[Any],
    *,
    order: Sequence[str] = (),
    is_locked: bool = False,
    **where: Any,
) -> list[Row]:
    """Rows of `table` whose `key` is one of `values` and whose other columns equal `where`; columns without JSON.

    `is_locked` holds them on PostgreSQL until the transaction ends; on SQLite a writer is alone.
    """
    if not values:
        return []
    names, dialect = tuple(columns), connection.dialect.name
    marks = _MARKS[dialect]
    asked: tuple[Any, ...] = (list(values),)
    if dialect == "sqlite":
        text = json_text(list(values))
        # SQLite ends a JSON text there; what a provider sends must be found all the same.
        if "\\u0000" in text:
            marks, asked = marks._replace(one_of=f"IN ({', '.join('?' * len(values))})"), tuple(values)
        else:
            asked = (text,)
    sql = _lookup_sql(marks, table.name, names, key, where=tuple(where), order=tuple(order))
    if is_locked and dialect != "sqlite":
        sql = f"{sql} FOR NO KEY UPDATE"
    return _read(_rows(connection, sql, (*asked, *where.values())), _readers(table, names, dialect))


def known_digests(
    connection: Connection, table: Table, connection_id: int, ids: Sequence[str]
) -> dict[str, tuple[bytes, str | None]]:
    """By external id the content hash and, as fixed-width text, the provider's stamp of rows that are not gone.

    The hot question of a page of changes, asked past everything that would make objects of its rows.
    """
    if connection.dialect.name == "sqlite":
        text = json_text(list(ids))
        if "\\u0000" in text:
            return {}
        sql = _known_sql(table.name, "?", "updated_at", "SELECT value FROM json_each(?)")
        rows = _rows(connection, sql, (connection_id, text))
    else:
        sql = _known_sql(table.name, "%s", _STAMP_TEXT, "SELECT unnest(%s::text[])")
        rows = _rows(connection, sql, (connection_id, list(ids)))
    return {row[0]: (row[1], row[2]) for row in rows}


_STAMP_TEXT = """to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


@lru_cache(maxsize=8)
def _known_sql(table: str, mark: str, stamp: str, values: str) -> str:
    return (
        f'SELECT external_id, content_hash, {stamp} FROM "{table}" '  # noqa: S608  # our own names, never input
        f"WHERE connection_id = {mark} AND gone_at IS NULL AND external_id IN ({values})"
    )


def all_digests(
    connection: Connection, table: Table, connection_id: int, after: datetime | None
) -> Iterator[Sequence[Row]]:
    """Content hash, external id and, if it is later than `after`, the provider's stamp as fixed-width text, of all
    rows of a connection that are not gone; many at a time."""
    is_sqlite = connection.dialect.name == "sqlite"
    mark, stamp = ("?", "updated_at") if is_sqlite else ("%s", _STAMP_TEXT)
    told: tuple[Any, ...] = ()
    if after is not None:
        told = (instant_text(after) if is_sqlite else after,)
        stamp = f"CASE WHEN updated_at > {mark} THEN {stamp} END"
    # The plus keeps indexes out of it: to read all rows in their own order takes two thirds of the time.
    sql = (
        f'SELECT content_hash, external_id, {stamp} FROM "{table}" '  # noqa: S608  # our own names, never input
        f"WHERE +connection_id = {mark} AND gone_at IS NULL"
    )
    options = {"stream_results": True}  # else PostgreSQL's driver takes all of them at once
    with connection.exec_driver_sql(sql, (*told, connection_id), execution_options=options) as found:
        cursor: Any = found.cursor
        # Past objects for rows, as in `_rows`; on PostgreSQL the first ones have left the cursor already.
        parts: Iterator[Sequence[Any]] = (
            iter(lambda: cursor.fetchmany(_AT_A_TIME), []) if is_sqlite else found.partitions(_AT_A_TIME)
        )
        yield from parts


def changed_since(
    connection: Connection, table: Table, connection_id: int, since: datetime
) -> list[tuple[bytes, str]]:
    """Content hash and external id of a connection's rows that were changed since."""
    is_sqlite = connection.dialect.name == "sqlite"
    mark = "?" if is_sqlite else "%s"
    # The plus leaves it to the index of changes, which names a few rows.
    sql = (
        f'SELECT content_hash, external_id FROM "{table}" '  # noqa: S608  # our own names, never input
        f"WHERE +connection_id = {mark} AND changed_at >= {mark}"
    )
    return _rows(connection, sql, (connection_id, instant_text(since) if is_sqlite else since))


def _rows(connection: Connection, sql: str, parameters: Row) -> list[Row]:
    """The driver's own tuples, without an object for each row."""
    found = connection.exec_driver_sql(sql, parameters)
    cursor: Any = found.cursor
    rows: list[Row] = cursor.fetchall()
    found.close()
    return rows


def is_one_of(connection: Connection, column: Column[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """On SQLite one parameter holds all values as JSON: to name five hundred anew for each page costs more than
    to look them up."""
    if connection.dialect.name != "sqlite":
        return column.in_(values)
    text = json_text(list(values))
    # SQLite ends a JSON text at a NUL; what a provider sends must be found again all the same.
    if "\\u0000" in text:
        return column.in_(values)
    return column.in_(select(func.json_each(text).table_valued("value").c.value))


class _Marks(NamedTuple):
    """How a database spells a parameter, and a column that is one of many values."""

    value: str
    one_of: str


# One parameter holds all values: to name five hundred anew for each page costs more than to look them up.
_MARKS = {
    "sqlite": _Marks("?", "IN (SELECT value FROM json_each(?))"),
    "postgresql": _Marks("%s", "= ANY(%s)"),
}


@lru_cache(maxsize=64)
def _lookup_sql(
    marks: _Marks,
    table: str,
    columns: tuple[str, ...],
    key: str,
    *,
    where: tuple[str, ...],
    order: tuple[str, ...],
) -> str:
    conditions = [f'"{key}" {marks.one_of}', *(f'"{name}" = {marks.value}' for name in where)]
    ordered = f" ORDER BY {names_of(order)}" if order else ""
    # The names are our own tables' and columns', never input.
    return f'SELECT {names_of(columns)} FROM "{table}" WHERE {" AND ".join(conditions)}{ordered}'  # noqa: S608


@lru_cache(maxsize=64)
def _readers(table: Table, columns: tuple[str, ...], dialect: str) -> tuple[Reader | None, ...]:
    """What each value must pass through on its way from the driver."""
    return tuple(_reader(table.c[name].type, dialect) for name in columns)


def _reader(kind: Any, dialect: str) -> Reader | None:
    if dialect != "sqlite":
        return _in_utc if isinstance(kind, Instant) else None
    if isinstance(kind, Instant):
        return instant_from_text
    if isinstance(kind, Date):
        return date.fromisoformat
    return bool if isinstance(kind, Boolean) else None


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC)


def _read(rows: list[Row], readers: tuple[Reader | None, ...]) -> list[Row]:
    """The driver's rows as values. Column by column, because most columns need nothing."""
    if not rows or not any(readers):
        return rows
    columns: list[Any] = list(zip(*rows, strict=True))
    for place, read in enumerate(readers):
        if read is not None:
            columns[place] = [None if value is None else read(value) for value in columns[place]]
    return list(zip(*columns, strict=True))
