"""The secret webhook addresses of connections: made, found by their token, and replaced without losing a call."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.engine import Connection as DatabaseConnection
from sqlalchemy.orm import Session

from webapp.domain import told_addresses
from webapp.domain.value import Value
from webapp.models import Connection, WebhookAddress
from webapp.runtime import Runtime

from . import audit
from .connection_views import row_of
from .sync_claims import CONNECTIONS

ADDRESSES = WebhookAddress.metadata.tables["webhook_address"]
SHARED_PATH = told_addresses.SHARED_PATH
OVERLAP = timedelta(days=14)
"""How long an old address still works: some providers only change it through their support."""
_TOKEN_BYTES = 32

_FIND = (
    select(ADDRESSES.c.digest, ADDRESSES.c.id, CONNECTIONS.c.id, CONNECTIONS.c.changed_at)
    .join_from(ADDRESSES, CONNECTIONS, CONNECTIONS.c.id == ADDRESSES.c.connection_id)
    .where(
        ADDRESSES.c.digest == bindparam("digest"),
        or_(ADDRESSES.c.expires_at.is_(None), ADDRESSES.c.expires_at > bindparam("now")),
        CONNECTIONS.c.archived_at.is_(None),
    )
)


class Address(Value, frozen=True):
    """A path of this hub that one connection's provider calls. Printing one shows no token."""

    id: int
    token: str
    made_at: datetime
    expires_at: datetime | None

    @property
    def path(self) -> str:
        return f"{SHARED_PATH}/{self.token}"

    def __repr__(self) -> str:
        return f"Address({self.id})"


class Found(Value, frozen=True):
    """Whose address a token is, by its digest, and when that connection last changed."""

    digest: str
    address_id: int
    connection_id: int
    changed_at: datetime


def add(runtime: Runtime, session: Session, connection: Connection) -> Address:
    """A new address beside those there are, in the caller's transaction."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    row = WebhookAddress(
        connection_id=connection.id,
        digest=digest_of(token),
        sealed=runtime.vault.seal(token.encode()),
        made_at=runtime.clock(),
    )
    session.add(row)
    session.flush()
    return Address(row.id, token, row.made_at, None)


def ensure(runtime: Runtime, public_id: str) -> Address:
    """The connection's newest address, made now if it has none. Raises NoSuchConnection, VaultError."""
    with runtime.writing() as session:
        connection = row_of(session, public_id, for_update=True)
        known = of_connection(runtime, session, connection.id)
        return known[0] if known else add(runtime, session, connection)


def rotate(runtime: Runtime, public_id: str, *, actor: str) -> Address:
    """A new address; those before it end after `OVERLAP`. Raises NoSuchConnection."""
    with runtime.writing() as session:
        connection = row_of(session, public_id, for_update=True)
        until = runtime.clock() + OVERLAP
        for row in session.scalars(_live(connection.id, runtime.clock())):
            row.expires_at = min(row.expires_at or until, until)
        made = add(runtime, session, connection)
        _note(runtime, session, connection, "webhook_rotated", "has a new webhook address", actor=actor)
        return made


def end_old(runtime: Runtime, public_id: str, *, actor: str) -> int:
    """Ends every address but the newest at once; returns how many. Raises NoSuchConnection."""
    with runtime.writing() as session:
        connection = row_of(session, public_id, for_update=True)
        old = session.scalars(_live(connection.id, runtime.clock())).all()[1:]
        for row in old:
            row.expires_at = runtime.clock()
        if old:
            _note(
                runtime, session, connection, "webhook_ended", "no longer takes its old address", actor=actor
            )
        return len(old)


def of_connection(runtime: Runtime, session: Session, connection_id: int) -> tuple[Address, ...]:
    """Those that work, the newest first. Raises VaultError."""
    rows = session.scalars(_live(connection_id, runtime.clock()))
    return tuple(
        Address(row.id, runtime.vault.open(row.sealed).decode(), row.made_at, row.expires_at) for row in rows
    )


def find(session: Session, token: str, now: datetime) -> Found | None:
    """None for a token that is unknown, has ended, or belongs to a removed connection."""
    return _found(session, digest_of(token), now)


def changed(db: DatabaseConnection, known: Collection[Found], now: datetime) -> frozenset[Found]:
    """Those that `find` would no longer answer as it did."""
    return frozenset(one for one in known if _found(db, one.digest, now) != one)


def _found(db: Session | DatabaseConnection, digest: str, now: datetime) -> Found | None:
    row = db.execute(_FIND, {"digest": digest, "now": now}).one_or_none()
    return Found(*row) if row else None


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _live(connection_id: int, now: datetime) -> Select[WebhookAddress]:
    return (
        select(WebhookAddress)
        .where(
            WebhookAddress.connection_id == connection_id,
            or_(WebhookAddress.expires_at.is_(None), WebhookAddress.expires_at > now),
        )
        .order_by(WebhookAddress.id.desc())
    )


def _note(
    runtime: Runtime, session: Session, connection: Connection, verb: str, what: str, *, actor: str
) -> None:
    audit.record(
        runtime,
        session,
        actor,
        f"connection.{verb}",
        f"{connection.name} {what}",
        connection_id=connection.id,
    )
