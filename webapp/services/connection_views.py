"""What pages and commands see of connections: frozen views without secrets, read in a caller's session."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.models import Connection, ConnectionRole, ConnectionState, StreamCursor

from .run_views import RunView, fault_of, last_run, running, unmapped


class NoSuchConnection(LookupError):
    """There is no connection of that id."""


class Card(Value, frozen=True):
    """A connection at a glance. `running` is its run that goes on, with what it has read so far."""

    id: int
    public_id: str
    name: str
    provider: str
    provider_label: str
    family: str
    proven: str
    role: ConnectionRole
    state: ConnectionState
    account: str | None
    fault: Fault | None
    fault_since: datetime | None
    checked_at: datetime | None
    checked_live_at: datetime | None
    last_good_at: datetime | None
    last_tried_at: datetime | None
    next_sync_at: datetime | None
    frequency_minutes: int
    archived_at: datetime | None
    running: RunView | None = None

    @property
    def is_shadow(self) -> bool:
        return self.role is ConnectionRole.SHADOW

    def is_waiting(self, now: datetime) -> bool:
        """A run is due and has not begun."""
        is_open = self.archived_at is None and self.state is not ConnectionState.PAUSED
        return is_open and self.running is None and self.next_sync_at is not None and self.next_sync_at <= now

    def is_busy(self, now: datetime) -> bool:
        return self.running is not None or self.is_waiting(now)


class SecretHint(Value, frozen=True):
    """Of a stored secret: its last four characters ("" for short ones) and when it was set."""

    last4: str
    set_at: datetime | None


class Detail(Value, frozen=True):
    """Everything about one connection but its secrets."""

    card: Card
    options: Mapping[str, Any]
    secret_hints: Mapping[str, SecretHint]
    streams: tuple[Stream, ...]
    history_days: int
    stream_ages: Mapping[Stream, datetime]
    last_run: RunView | None
    unmapped: Mapping[str, int]
    is_without_primary: bool
    created_at: datetime


def row_of(session: Session, public_id: str, *, for_update: bool = False) -> Connection:
    """Raises NoSuchConnection; an archived one is found."""
    statement = select(Connection).where(Connection.public_id == public_id)
    row = session.scalars(statement.with_for_update() if for_update else statement).one_or_none()
    if row is None:
        raise NoSuchConnection(public_id)
    return row


def find_id(session: Session, name: str) -> int | None:
    """By its name or its public id, among those that are not archived."""
    wanted = (Connection.name == name) | (Connection.public_id == name)
    return session.scalars(select(Connection.id).where(wanted, Connection.archived_at.is_(None))).first()


def live_primary(session: Session) -> Connection | None:
    wanted = select(Connection).where(
        Connection.role == ConnectionRole.PRIMARY, Connection.archived_at.is_(None)
    )
    return session.scalars(wanted.order_by(Connection.id)).first()


def list_cards(session: Session) -> tuple[Card, ...]:
    """All that are not archived, the primary one first."""
    statement = select(Connection).where(Connection.archived_at.is_(None))
    rows = session.scalars(statement.order_by(Connection.role, Connection.id)).all()
    going_on = running(session, [row.id for row in rows])
    return tuple(card_of(row, going_on.get(row.id)) for row in rows)


def archived_names(session: Session) -> tuple[tuple[str, str], ...]:
    """(public id, name) of removed connections, the latest first."""
    statement = select(Connection.public_id, Connection.name).where(Connection.archived_at.is_not(None))
    return tuple(
        (row[0], row[1]) for row in session.execute(statement.order_by(Connection.archived_at.desc()))
    )


def detail(session: Session, public_id: str) -> Detail:
    """Raises NoSuchConnection."""
    row = row_of(session, public_id)
    return Detail(
        card=card_of(row, running(session, [row.id]).get(row.id)),
        options=dict(row.options),
        secret_hints={name: _hint(hint) for name, hint in row.secret_hints.items()},
        streams=tuple(stream for stream in Stream if stream.value in row.streams),
        history_days=row.history_days,
        stream_ages=_stream_ages(session, row.id),
        last_run=last_run(session, row.id),
        unmapped=unmapped(session, row),
        is_without_primary=live_primary(session) is None,
        created_at=row.created_at,
    )


def card_of(row: Connection, running: RunView | None = None) -> Card:
    family, label, proven = _manifest_words(row.provider)
    return Card(
        id=row.id,
        public_id=row.public_id,
        name=row.name,
        provider=row.provider,
        provider_label=label,
        family=family,
        proven=proven,
        role=ConnectionRole(row.role),
        state=ConnectionState(row.state),
        account=row.account,
        fault=fault_of(row.fault),
        fault_since=row.fault_since,
        checked_at=row.checked_at,
        checked_live_at=row.checked_live_at,
        last_good_at=row.last_good_at,
        last_tried_at=row.last_tried_at,
        next_sync_at=row.next_sync_at,
        frequency_minutes=row.frequency_minutes,
        archived_at=row.archived_at,
        running=running,
    )


def _manifest_words(provider: str) -> tuple[str, str, str]:
    try:
        manifest = registry.manifest(provider)
    except registry.UnknownProvider:  # a provider of another version, kept for its bookings
        return "pms", provider, "simulator"
    return manifest.family, manifest.label, manifest.proven


def _stream_ages(session: Session, connection_id: int) -> dict[Stream, datetime]:
    statement = (
        select(StreamCursor.stream, func.max(StreamCursor.completed_at))
        .where(StreamCursor.connection_id == connection_id, StreamCursor.completed_at.is_not(None))
        .group_by(StreamCursor.stream)
    )
    return {Stream(stream): at for stream, at in session.execute(statement) if at is not None}


def _hint(stored: Mapping[str, Any]) -> SecretHint:
    set_at = stored.get("set_at")
    return SecretHint(str(stored.get("last4", "")), datetime.fromisoformat(set_at) if set_at else None)
