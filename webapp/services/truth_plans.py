"""When a connection is compared with its provider: an hour apart, spread, put off while it would be in the way."""

from datetime import datetime, timedelta
from hashlib import blake2b

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.stream import Mode, Stream
from webapp.domain.value import Value
from webapp.models import Connection, ConnectionState, Hotel, StreamCursor, TruthCheck, TruthPlan
from webapp.models.conflict import insert_for
from webapp.runtime import Runtime

from . import allowances
from .clock_jumps import LONGEST_PLAN, beyond
from .night_audit import audit_of

CLAIM_FOR = timedelta(minutes=3)
"""Longer than a dozen bookings take; a check that shows no end for so long is gone."""
PUT_OFF = timedelta(minutes=5)
SOON = timedelta(seconds=15)
"""Until a sync or a first load that is going on has ended."""
AGAIN = timedelta(minutes=10)
"""After a difference: the sync that brings it has been, and what is seen again is a fault."""
SPARE = 0.2
"""Of a provider's limit, which belongs to the syncs."""
LONGEST_OWNER = 12


class Reason:
    """Why a check waits, as stored."""

    AUDIT = "audit"
    BUSY = "busy"
    LIMIT = "limit"
    STATE = "state"
    LOADING = "loading"


class Turn(Value, frozen=True):
    """The right to compare one connection. `token` goes with the write that ends it."""

    connection: Connection
    token: str
    is_wanted: bool


def plan_new(runtime: Runtime) -> None:
    """Every connection that is not archived has a plan; a new one is compared as soon as it has something to compare."""
    with runtime.reading() as session:
        known = select(TruthPlan.connection_id)
        wanted = select(Connection.id).where(Connection.archived_at.is_(None), Connection.id.not_in(known))
        missing = session.scalars(wanted).all()
    if not missing:
        return
    insert, now = insert_for(runtime.dialect), runtime.clock()
    with runtime.writing() as session:
        for key in missing:
            values = {"connection_id": key, "next_check_at": now, "is_wanted": False, "waits_for": ""}
            session.execute(insert(TruthPlan).values(**values).on_conflict_do_nothing())


def due(runtime: Runtime) -> list[int]:
    """Connections whose time has come and whom nobody compares, asked-for ones first. What was put off until
    a sync has ended, or until there is something to compare, is due as soon as that is so."""
    now = runtime.clock()
    with runtime.reading() as session:
        rows = session.execute(
            select(TruthPlan, Connection)
            .join(Connection, Connection.id == TruthPlan.connection_id)
            .where(Connection.archived_at.is_(None))
            .order_by(TruthPlan.is_wanted.desc(), TruthPlan.next_check_at)
        ).all()
        return [one.id for row, one in rows if _is_due(session, row, one, now)]


def open_turn(runtime: Runtime, connection_id: int, *, owner: str) -> Turn | None:
    """Claims a due check; None when it is somebody else's, or put off with its reason. A person who asks, and the first
    comparison of all, do not wait for the night audit."""
    with runtime.writing() as session:
        now = runtime.clock()
        row = session.get(TruthPlan, connection_id, with_for_update=True)
        connection = session.get(Connection, connection_id)
        if row is None or connection is None or not _is_due(session, row, connection, now):
            return None
        row.waits_for = reason_to_wait(session, connection, now)
        if row.waits_for == Reason.AUDIT and (row.is_wanted or _is_first(session, connection_id)):
            row.waits_for = ""
        if row.waits_for:
            row.is_wanted = row.is_wanted and row.waits_for not in (Reason.STATE, Reason.LOADING)
            is_short = row.waits_for in (Reason.BUSY, Reason.LOADING)
            row.next_check_at = now + (SOON if is_short else PUT_OFF)
            return None
        row.claimed_by, row.claimed_until = runtime.new_id(owner[:LONGEST_OWNER]), now + CLAIM_FOR
        return Turn(connection, row.claimed_by, row.is_wanted)


def close_turn(session: Session, turn: Turn, now: datetime, *, is_clean: bool) -> bool:
    """Frees the claim and plans the next check; False when somebody else has the turn now."""
    row = session.get(TruthPlan, turn.connection.id, with_for_update=True)
    if row is None or row.claimed_by != turn.token:
        return False
    row.claimed_by = row.claimed_until = None
    row.is_wanted = False
    row.next_check_at = next_hour(turn.connection.public_id, now) if is_clean else now + AGAIN
    return True


def next_hour(name: str, now: datetime) -> datetime:
    """The connection's own minute of the next hour, so that several do not ask at once."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    following = hour + timedelta(minutes=_minute_of(name))
    while following - now < timedelta(minutes=30):
        following += timedelta(hours=1)
    return following


def reason_to_wait(session: Session, connection: Connection, now: datetime) -> str:
    """Empty when it may be compared now."""
    if connection.state != ConnectionState.HEALTHY or Stream.BOOKINGS.value not in connection.streams:
        return Reason.STATE
    if _is_loading(session, connection):
        return Reason.LOADING
    if connection.claimed_until is not None and now < connection.claimed_until <= beyond(now, CLAIM_FOR):
        return Reason.BUSY
    hotel = session.get(Hotel, 1)
    if _is_scarce(session, connection, hotel, now):
        return Reason.LIMIT
    return Reason.AUDIT if audit_of(hotel).is_running(now) else ""


def _is_first(session: Session, connection_id: int) -> bool:
    known = select(TruthCheck.id).where(TruthCheck.connection_id == connection_id).limit(1)
    return session.scalars(known).first() is None


def _is_loading(session: Session, connection: Connection) -> bool:
    """What an older mapping stored differs everywhere, until the history was read with today's."""
    row = session.get(StreamCursor, (connection.id, Stream.BOOKINGS.value, Mode.BACKFILL.value))
    is_read = row is not None and row.completed_at is not None and row.position is None
    return not is_read or (row is not None and row.mapping_version != connection.mapping_version)


def _is_scarce(session: Session, connection: Connection, hotel: Hotel | None, now: datetime) -> bool:
    """A check may cost a call for each booking; it leaves the last fifth of the limit alone."""
    calls = hotel.truth_bookings if hotel else 0
    one = next(
        (item for item in allowances.of_connections(session, now) if item.connection_id == connection.id),
        None,
    )
    if one is None:
        return False
    told = one.told
    if told is not None and told.allowed and told.remaining is not None and (told.resets_at or now) > now:
        return told.remaining - calls < told.allowed * SPARE
    return one.documented is not None and one.last_hour + calls > one.documented * (1 - SPARE)


def _is_due(session: Session, row: TruthPlan, connection: Connection, now: datetime) -> bool:
    if row.claimed_until is not None and now < row.claimed_until <= beyond(now, CLAIM_FOR):
        return False
    if not now < row.next_check_at <= beyond(now, LONGEST_PLAN):
        return True
    not_yet = (Reason.STATE, Reason.LOADING, Reason.BUSY)
    return row.waits_for in not_yet and reason_to_wait(session, connection, now) not in not_yet


def _minute_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=2).digest()) % 60
