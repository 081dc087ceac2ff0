"""Plans a run: which streams in which mode over which window, and where a walk that broke off goes on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection as DatabaseConnection
from sqlalchemy.orm import Session

from webapp.domain.event import Road
from webapp.domain.stream import Mode, Stream, Window
from webapp.domain.value import Value
from webapp.models import Connection, Hotel, StreamCursor
from webapp.models.bulk import bulk_upsert

from .clock_jumps import LONGEST_PLAN, beyond
from .night_audit import audit_of

CURSORS = StreamCursor.metadata.tables["stream_cursor"]
_OF_CONNECTION = select(StreamCursor).where(StreamCursor.connection_id == bindparam("of_id"))

HORIZON_DAYS = 540
"""How far ahead bookings are read: groups and weddings are made a year and a half before."""
INVENTORY_DAYS = 90
"""How far ahead availability and rates are read."""
CHECK_IN_DAYS = (-1, 2)
"""Whom CHECK_INS reads again, counted from the business date, half-open: yesterday, today, tomorrow."""
LONGEST_CURSOR = 4096
POSITION_VERSION = 1
RESUMABLE_FOR = timedelta(hours=24)
"""A provider's page token is not trusted for longer; the walk then begins again."""
BULKY = frozenset({Stream.AVAILABILITY, Stream.RATES})
"""Always read whole, so they wait while the hotel's night audit runs."""

ROADS = {Mode.DELTA: Road.POLL, Mode.SWEEP: Road.SWEEP, Mode.BACKFILL: Road.BACKFILL}


class CursorTooLong(Exception):
    """An adapter's page cursor does not fit into its column."""


class Position(msgspec.Struct, frozen=True, rename={"version": "v"}):
    """Where a walk stands, as stored: the frozen window, the adapter's token, and what the walk saw so far."""

    window: Window
    token: str | None = None
    high: datetime | None = None
    seen: int = 0
    mapping_version: int = 1
    version: int = POSITION_VERSION


class Walk(msgspec.Struct, frozen=True):
    """One stream of one run, before its first page."""

    stream: Stream
    mode: Mode
    position: Position
    last_seen: int | None
    high_water: datetime | None  # what the mode's row knows already

    @property
    def road(self) -> Road:
        return ROADS[self.mode]

    @property
    def is_whole(self) -> bool:
        """Asks for everything in its window, so that the absence of records means something."""
        return self.position.window.since is None


Key = tuple[Stream, Mode]
Cursors = Mapping[Key, StreamCursor]


def cursors_of(session: Session, connection_id: int) -> dict[Key, StreamCursor]:
    rows = session.scalars(_OF_CONNECTION, {"of_id": connection_id})
    return {(Stream(row.stream), Mode(row.mode)): row for row in rows}


def ticked(connection: Connection) -> tuple[Stream, ...]:
    """The streams the admin chose, in the order of a run."""
    return tuple(stream for stream in Stream if stream.value in connection.streams)


def streams_now(connection: Connection, cursors: Cursors, *, is_audit: bool) -> tuple[Stream, ...]:
    """What a run reads. While the night audit runs only what is small; a first load waits for nothing."""
    if not is_audit:
        return ticked(connection)
    return tuple(
        stream
        for stream in ticked(connection)
        if stream not in BULKY and not needs_backfill(connection, cursors, stream)
    )


def run_mode(
    connection: Connection,
    cursors: Cursors,
    now: datetime,
    *,
    streams: Sequence[Stream] | None = None,
    is_audit: bool = False,
) -> Mode:
    """What the run is, before each stream is looked at by itself. No sweep begins while the night audit runs."""
    wanted = ticked(connection) if streams is None else streams
    if any(needs_backfill(connection, cursors, stream) for stream in wanted):
        return Mode.BACKFILL
    if is_audit:
        return Mode.DELTA
    sweep_at = connection.next_sweep_at
    is_sweep_due = sweep_at is not None and (sweep_at <= now or sweep_at > beyond(now, LONGEST_PLAN))
    return Mode.SWEEP if is_sweep_due or connection.wanted_mode == Mode.SWEEP else Mode.DELTA


def needs_backfill(connection: Connection, cursors: Cursors, stream: Stream) -> bool:
    """True until the stream's history was read with today's mapping.

    Check-ins write bookings: before the bookings' own history is read they would announce old ones as new.
    """
    if stream is Stream.CHECK_INS and Stream.BOOKINGS.value in connection.streams:
        return needs_backfill(connection, cursors, Stream.BOOKINGS)
    row = cursors.get((stream, Mode.BACKFILL))
    if row is None or row.completed_at is None or row.mapping_version != connection.mapping_version:
        return True
    return row.position is not None


def mode_of(connection: Connection, cursors: Cursors, stream: Stream, run: Mode) -> Mode:
    """The mode of one stream within a run: only bookings are swept, and history goes before everything."""
    if needs_backfill(connection, cursors, stream):
        return Mode.BACKFILL
    return Mode.SWEEP if run is Mode.SWEEP and stream is Stream.BOOKINGS else Mode.DELTA


class Day(Value, frozen=True):
    """When a walk begins: the instant that freezes its window, and the hotel's business date."""

    now: datetime
    today: date


def plan_walk(connection: Connection, cursors: Cursors, key: Key, day: Day, *, may_resume: bool) -> Walk:
    """Resumes a walk that broke off less than a day ago, with the window it froze; else freezes a new one."""
    stream, mode = key
    row, history = cursors.get(key), cursors.get((stream, Mode.BACKFILL))
    seen_before = [found.last_seen for found in (row, history) if found and found.last_seen is not None]
    last_seen = seen_before[0] if seen_before else None
    high_water = row.high_water if row else None
    position = _resumable(row.position, connection, day.now) if may_resume and row and row.position else None
    if position is None:
        since = high_water if mode is Mode.DELTA and stream in (Stream.GUESTS, Stream.BOOKINGS) else None
        first, last = _dates(stream, day.today, connection.history_days)
        window = Window(mode, since, day.now, first, last)
        position = Position(window, mapping_version=connection.mapping_version)
    return Walk(stream, mode, position, last_seen, high_water)


def _resumable(text: str, connection: Connection, now: datetime) -> Position | None:
    try:
        position = msgspec.json.decode(text, type=Position)
    except msgspec.DecodeError:
        return None  # written by another version
    is_fresh = now - position.window.until <= RESUMABLE_FOR
    is_ours = (position.version, position.mapping_version) == (POSITION_VERSION, connection.mapping_version)
    return position if is_fresh and is_ours else None


def _dates(stream: Stream, today: date, history_days: int) -> tuple[date, date]:
    first, last = -history_days, HORIZON_DAYS
    if stream is Stream.CHECK_INS:
        first, last = CHECK_IN_DAYS
    elif stream in (Stream.AVAILABILITY, Stream.RATES):
        first, last = 0, INVENTORY_DAYS
    return today + timedelta(first), today + timedelta(last)


def save_position(db: DatabaseConnection, connection_id: int, walk: Walk, position: Position) -> None:
    """In the transaction of the page that `position` follows. Raises CursorTooLong."""
    text = msgspec.json.encode(position).decode()
    if len(text) > LONGEST_CURSOR:
        raise CursorTooLong(f"{len(text)} characters")
    row = (connection_id, walk.stream.value, walk.mode.value, text)
    _upsert(db, ("position",), [row])


def forget_position(db: DatabaseConnection, connection_id: int, walk: Walk) -> None:
    """The walk stands nowhere any more and will begin again; what it read stays."""
    _upsert(db, ("position",), [(connection_id, walk.stream.value, walk.mode.value, None)])


def complete(
    db: DatabaseConnection,
    connection_id: int,
    walk: Walk,
    position: Position,
    at: datetime,
    *,
    is_suspicious: bool,
) -> None:
    """The walk is over: only now its greatest stamp counts. A suspicious zero proves nothing and is compared
    with the same number again next time."""
    version = position.mapping_version
    high = max((stamp for stamp in (walk.high_water, position.high) if stamp), default=None)
    seen = walk.last_seen if is_suspicious or not walk.is_whole else position.seen
    values = (None, high, position.window.until, at, seen, version)
    columns = ("position", "high_water", "began_at", "completed_at", "last_seen", "mapping_version")
    _upsert(db, columns, [(connection_id, walk.stream.value, walk.mode.value, *values)])
    if walk.mode is Mode.BACKFILL and position.high is not None:
        # Deltas go on from the history, but a delta that stands somewhere already is never pushed over changes.
        statement = CURSORS.update().where(
            CURSORS.c.connection_id == connection_id,
            CURSORS.c.stream == walk.stream.value,
            CURSORS.c.mode == Mode.DELTA.value,
            CURSORS.c.high_water.is_(None),
        )
        found = db.execute(statement.values(high_water=position.high)).rowcount
        if not found:
            row = (connection_id, walk.stream.value, Mode.DELTA.value, position.high)
            _upsert(db, ("high_water",), [row], is_new=True)


def _upsert(
    db: DatabaseConnection,
    columns: Sequence[str],
    rows: Sequence[tuple[object, ...]],
    *,
    is_new: bool = False,
) -> None:
    key = ("connection_id", "stream", "mode")
    bulk_upsert(db, CURSORS, (*key, *columns), rows, key=key, keep=columns if is_new else ())


def want_history(session: Session, connection_id: int) -> None:
    """Makes every stream read its history again; kept in the rows, so that a kill does not forget the wish."""
    session.execute(
        update(StreamCursor)
        .where(StreamCursor.connection_id == connection_id, StreamCursor.mode == Mode.BACKFILL)
        .values(completed_at=None)
    )


def next_sweep(now: datetime, hotel: Hotel | None) -> datetime:
    """The end of the audit that runs or comes next: right after the date rolled, when the provider has rest again."""
    return audit_of(hotel).coming(now).ends


def business_date(hotel: Hotel | None, now: datetime) -> date:
    """Before the set-up is done there is no hotel to ask."""
    return hotel.business_date if hotel else now.date()
