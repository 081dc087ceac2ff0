"""The log: a filtered list paged by key, whatever its size, and the lines of a download. One entry is in `log_detail`."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, or_, select, tuple_, union, union_all
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Booking, BookingChange, Connection, Instant, LogEntry, SyncRun, WebhookHit
from webapp.runtime import Runtime

from .log_place import LogPlace, read_log_place
from .log_views import Gravity, LogFilter, LogPage, LogRow, LogView

PAGE = 50
BATCH = 1_000
SEARCHED = 20_000
SEARCHED_IN_PARTS = 5_000
"""Entries that a search for words reads per page (in parts: each of several stretches of the filter's index), so that
it costs the same in a small log and in a huge one."""
MOST_CHANGES = 500

COLUMNS = (
    LogEntry.id,
    LogEntry.at,
    LogEntry.kind,
    LogEntry.level,
    LogEntry.connection_id,
    LogEntry.trace_id,
    LogEntry.actor,
    LogEntry.action,
    LogEntry.summary,
)


class _Question(Value, frozen=True):
    """What a page is asked with: the filter, the connections it means, all there are, and the place to go on from."""

    wanted: LogFilter
    ids: list[int]
    known: list[int]
    place: LogPlace | None

    @property
    def towards_older(self) -> bool:
        return self.place.towards_older if self.place else True

    @property
    def reads_all(self) -> bool:
        """No level and no connection narrows it; words are then looked for in everything, and kinds after that."""
        is_open = self.wanted.gravity is Gravity.ANY and not self.ids
        return is_open and (self.wanted.view is LogView.ALL or bool(self.wanted.text))

    @property
    def searched(self) -> int:
        return SEARCHED if self.reads_all else SEARCHED_IN_PARTS

    @property
    def is_by_trace(self) -> bool:
        return bool(self.wanted.trace_id or self.wanted.booking)


def search(session: Session, wanted: LogFilter, after: str | None = None, limit: int = PAGE) -> LogPage:
    """One page of what `wanted` lets through, newest first; `after` is a cursor of another page. Raises BadCursor.

    Every page costs the same, however deep and however many entries there are: nothing is counted or skipped over.
    """
    place = read_log_place(after) if after else None
    names = {
        row.id: row for row in session.execute(select(Connection.id, Connection.public_id, Connection.name))
    }
    ids = [key for key, row in names.items() if row.public_id == wanted.connection]
    if wanted.connection and not ids:
        return LogPage()
    asked = _Question(wanted, ids, list(names), place)
    listed = _listed(session, asked, limit)
    if listed is None:
        return LogPage()
    rows = session.execute(listed).all()
    has_more, rows = len(rows) > limit, rows[:limit]
    edge = None if has_more or not wanted.text else _end_of_search(session, asked)
    if not asked.towards_older:
        rows = rows[::-1]
    views = tuple(
        _row(row, names[row.connection_id].name if row.connection_id in names else "") for row in rows
    )
    older, newer = _cursors(views, place, has_more=has_more, towards_older=asked.towards_older)
    if edge is not None and asked.towards_older:
        older = LogPlace(True, edge.at, edge.id).text()
    return LogPage(views, older, newer, edge.at if edge is not None else None)


def export(runtime: Runtime, wanted: LogFilter) -> Iterator[LogRow]:
    """Every entry that `wanted` lets through, newest first; each batch is a session of its own. No payloads."""
    after: str | None = None
    while True:
        with runtime.reading() as session:
            page = search(session, wanted, after, limit=BATCH)
        yield from page.rows
        after = page.older
        if after is None:
            return


def connections(session: Session) -> tuple[tuple[str, str], ...]:
    """(public id, name) of every connection that may have entries, removed ones last."""
    rows = session.execute(
        select(Connection.public_id, Connection.name).order_by(
            Connection.archived_at.is_not(None), Connection.id
        )
    )
    return tuple((row[0], row[1]) for row in rows)


def _listed(session: Session, asked: _Question, limit: int) -> Select[*tuple[Any, ...]] | None:
    wanted = asked.wanted
    if asked.is_by_trace:
        traces = [wanted.trace_id] if wanted.trace_id else traces_of_booking(session, wanted.booking)
        conditions = [LogEntry.trace_id.in_(traces), *_bounds(asked), *_plain(asked), *_words(wanted.text)]
        listed = _lines().where(*conditions)
        return _ordered(listed, asked.towards_older).limit(limit + 1) if traces else None
    if not wanted.text:
        return _walk(asked, limit + 1)
    read = _walk(asked, asked.searched).subquery()
    columns = [read.c[column.key] for column in COLUMNS]
    found = select(*columns).where(read.c.kind.in_(wanted.kinds), *_words(wanted.text, read.c))
    return _in_order(found, read.c, asked.towards_older).limit(limit + 1)


def _walk(asked: _Question, limit: int) -> Select[*tuple[Any, ...]]:
    """The next `limit` entries in order. Each combination of kind, level and connection is a stretch of one index
    that is read in order; the stretches are merged, so no combination of filters reads what it does not show."""
    wanted, beyond = asked.wanted, _bounds(asked)
    if asked.reads_all:
        return _ordered(_lines().where(*beyond), asked.towards_older).limit(limit)
    owners: list[ColumnElement[bool]] = [LogEntry.connection_id == key for key in (asked.ids or asked.known)]
    if not asked.ids:
        owners.append(LogEntry.connection_id.is_(None))
    stretches = [
        _ordered(
            _lines().where(LogEntry.kind == kind, LogEntry.level == level, owner, *beyond),
            asked.towards_older,
        )
        .limit(limit)
        .subquery()
        for kind, level, owner in product(wanted.kinds, wanted.levels, owners)
    ]
    merged = union_all(*(select(stretch) for stretch in stretches)).subquery()
    return _in_order(select(merged), merged.c, asked.towards_older).limit(limit)


def _end_of_search(session: Session, asked: _Question) -> Any:
    """The last entry that a search read when it did not reach the end of the log."""
    if asked.is_by_trace:
        return None
    walk = _walk(asked, asked.searched).subquery()
    ends = _in_order(select(walk.c.at, walk.c.id), walk.c, asked.towards_older)
    return session.execute(ends.offset(asked.searched - 1).limit(1)).first()


def traces_of_booking(session: Session, public_id: str) -> list[str]:
    """The traces of runs and webhook calls that changed it; of very many the latest."""
    of_booking = (
        select(BookingChange.id, BookingChange.run_id, BookingChange.hit_id)
        .join(Booking, Booking.id == BookingChange.booking_id)
        .where(Booking.public_id == public_id)
        .order_by(BookingChange.id.desc())
        .limit(MOST_CHANGES)
        .subquery()
    )
    runs = select(SyncRun.trace_id).where(SyncRun.id.in_(select(of_booking.c.run_id)))
    hits = select(WebhookHit.trace_id).where(WebhookHit.id.in_(select(of_booking.c.hit_id)))
    return list(session.scalars(union(runs, hits)))


def _bounds(asked: _Question) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if asked.wanted.since is not None:
        bounds.append(LogEntry.at >= asked.wanted.since)
    if asked.wanted.until is not None:
        bounds.append(LogEntry.at < asked.wanted.until)
    if asked.place is not None:
        key = tuple_(LogEntry.at, LogEntry.id)
        here = tuple_(literal(asked.place.at, Instant()), literal(asked.place.id))
        bounds.append(key < here if asked.towards_older else key > here)
    return bounds


def _plain(asked: _Question) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        LogEntry.kind.in_(asked.wanted.kinds),
        LogEntry.level.in_(asked.wanted.levels),
    ]
    return [*conditions, LogEntry.connection_id.in_(asked.ids)] if asked.ids else conditions


def _words(text: str, columns: Any = LogEntry) -> list[ColumnElement[bool]]:
    """Each word stands somewhere in the line."""
    return [
        or_(
            *(
                column.icontains(word, autoescape=True)
                for column in (columns.summary, columns.action, columns.actor, columns.trace_id)
            )
        )
        for word in text.split()[:8]
    ]


def _lines() -> Select[*tuple[Any, ...]]:
    return select(*COLUMNS)


def _ordered(statement: Select[*tuple[Any, ...]], towards_older: bool) -> Select[*tuple[Any, ...]]:
    return _in_order(statement, LogEntry, towards_older)


def _in_order(
    statement: Select[*tuple[Any, ...]], columns: Any, towards_older: bool
) -> Select[*tuple[Any, ...]]:
    if towards_older:
        return statement.order_by(columns.at.desc(), columns.id.desc())
    return statement.order_by(columns.at, columns.id)


def _cursors(
    rows: tuple[LogRow, ...], place: LogPlace | None, *, has_more: bool, towards_older: bool
) -> tuple[str | None, str | None]:
    if not rows:
        return None, None
    is_older_left = has_more if towards_older else True
    is_newer_left = place is not None if towards_older else has_more
    older = LogPlace(True, rows[-1].at, rows[-1].id).text() if is_older_left else None
    newer = LogPlace(False, rows[0].at, rows[0].id).text() if is_newer_left else None
    return older, newer


def _row(row: Any, connection: str) -> LogRow:
    return LogRow(
        row.id, row.at, row.kind, row.level, connection, row.trace_id, row.actor, row.action, row.summary
    )
