"""Health: may the data be relied on, what is wrong, what is left of call limits, and does the clock tick."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.models import Connection, Hotel
from webapp.runtime import Runtime

from . import allowances, beats, error_groups, freshness, hit_counts, log_hours, reliance, silence_watch
from .allowances import Allowance
from .beats import ClockView
from .error_groups import ErrorGroup
from .freshness import ConnectionView
from .hit_counts import HitCount
from .night_audit import audit_of
from .reliance import StreamHealth


class ConnectionHealth(Value, frozen=True):
    """One connection and each of its kinds of data."""

    view: ConnectionView
    tried_at: datetime | None
    streams: tuple[StreamHealth, ...]

    @property
    def wanted(self) -> tuple[StreamHealth, ...]:
        return tuple(one for one in self.streams if one.reliance is not reliance.Reliance.OFF)


class Board(Value, frozen=True):
    """Everything that changes from minute to minute. `primary` is the connection that pages and answers read."""

    connections: tuple[ConnectionHealth, ...]
    errors: tuple[ErrorGroup, ...]
    allowances: tuple[Allowance, ...]
    hits: tuple[HitCount, ...]
    clock: ClockView

    @property
    def primary(self) -> ConnectionHealth | None:
        return next((one for one in self.connections if one.view.is_primary), None)


def board(session: Session, now: datetime) -> Board:
    """A fixed number of queries, however many connections."""
    tries = reliance.last_tries(session)
    rows = session.execute(
        select(Connection.id, Connection.streams, Connection.last_tried_at).where(
            Connection.archived_at.is_(None)
        )
    )
    stored = {row.id: row for row in rows}
    audit = audit_of(session.get(Hotel, 1))
    return Board(
        connections=tuple(
            ConnectionHealth(
                view=view,
                tried_at=stored[view.id].last_tried_at,
                streams=reliance.of_connection(view, _streams(stored[view.id].streams), tries, now, audit),
            )
            for view in freshness.connections(session, now)
        ),
        errors=error_groups.of_runs(session, now),
        allowances=allowances.of_connections(session, now),
        hits=hit_counts.of_connections(session, now),
        clock=beats.clock_view(session, now),
    )


def names(session: Session) -> dict[int, str]:
    """Connections that are not archived, the primary one first."""
    live = select(Connection.id, Connection.name).where(Connection.archived_at.is_(None))
    return {row.id: row.name for row in session.execute(live.order_by(Connection.role, Connection.id))}


def check(runtime: Runtime) -> None:
    """What the clock does every minute; that it did is what tells the page that its checker runs."""
    log_hours.count_closed(runtime)
    silence_watch.watch(runtime)


def _streams(names: Collection[str]) -> tuple[Stream, ...]:
    return tuple(stream for stream in Stream if stream.value in names)
