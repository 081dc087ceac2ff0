"""A hotel's configured link to a provider, its stream cursors and its two small caches."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.domain.wording import N_

from .base import Model, partial
from .user import User


class ConnectionState(StrEnum):
    UNTESTED = "untested"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    NEEDS_ATTENTION = "needs_attention"
    PAUSED = "paused"

    @property
    def words(self) -> str:
        """As the pages call it: a message id for them, and plain text for the log, whose lines are English."""
        return _IN_WORDS[self]


_IN_WORDS = {
    ConnectionState.UNTESTED: N_("Not proven yet"),
    ConnectionState.HEALTHY: N_("Working"),
    ConnectionState.DEGRADED: N_("Having trouble, retrying"),
    ConnectionState.NEEDS_ATTENTION: N_("Needs you"),
    ConnectionState.PAUSED: N_("Paused"),
}


class ConnectionRole(StrEnum):
    """Counts, pages and facts read the primary only; a shadow is watched before a cut-over."""

    PRIMARY = "primary"
    SHADOW = "shadow"


class Connection(Model):
    __tablename__ = "connection"
    __table_args__ = (
        Index("ix_connection_due", "next_sync_at", **partial("archived_at IS NULL")),
        Index(
            "uq_connection_name",
            "name",
            unique=True,
            **partial("archived_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    provider: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(8), default=ConnectionRole.PRIMARY)
    state: Mapped[str] = mapped_column(String(16), default=ConnectionState.UNTESTED)

    options: Mapped[dict[str, Any]] = mapped_column(default=dict)  # values of the manifest's plain fields
    credentials: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed JSON of the secret fields
    secret_hints: Mapped[dict[str, Any]] = mapped_column(default=dict)  # name -> {"last4": …, "set_at": …}
    streams: Mapped[list[str]] = mapped_column(default=list)
    frequency_minutes: Mapped[int] = mapped_column(default=15)
    tight_minutes: Mapped[int | None]  # polled this often instead, while webhook calls do not come
    history_days: Mapped[int] = mapped_column(default=30)
    mapping_version: Mapped[int] = mapped_column(default=1)  # part of every content hash

    account: Mapped[str | None] = mapped_column(String(200))  # whom the last good check reached
    fault: Mapped[dict[str, Any] | None]
    fault_since: Mapped[datetime | None]
    told_degraded_at: Mapped[
        datetime | None
    ]  # when other programs were told; None once they know it recovered
    checked_at: Mapped[datetime | None]
    checked_live_at: Mapped[datetime | None]  # a good check against a host that is not a stand-in
    failures: Mapped[int] = mapped_column(default=0)  # in a row; backs the next run off

    next_sync_at: Mapped[datetime | None]
    last_tried_at: Mapped[datetime | None]
    last_good_at: Mapped[datetime | None]
    next_sweep_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]
    wanted_mode: Mapped[str | None] = mapped_column(String(10))  # a person asked for this run
    cancel_requested_at: Mapped[datetime | None]
    is_search_stale: Mapped[bool] = mapped_column(default=False)  # the search index waits for the first load

    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class StreamCursor(Model):
    """Where one walk of a stream stands. `position` is saved in the transaction of the page it follows."""

    __tablename__ = "stream_cursor"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10), primary_key=True)
    position: Mapped[str | None] = mapped_column(Text)  # versioned JSON, at most 4 kB; None between walks
    high_water: Mapped[datetime | None]  # of the last completed walk
    began_at: Mapped[datetime | None]  # when the last completed walk froze its window
    completed_at: Mapped[datetime | None]
    last_seen: Mapped[int | None]  # records of the last completed walk: a sudden zero is suspicious
    mapping_version: Mapped[
        int | None
    ]  # of the last completed walk; an edited recipe reads the history again


class CachedToken(Model):
    """A provider's access token, sealed, shared by test, sync and webhooks."""

    __tablename__ = "cached_token"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]
    made_at: Mapped[datetime]


class CachedSetup(Model):
    """Slow-moving provider set-up (room names, rate plans), so that a page does not fetch it again."""

    __tablename__ = "cached_setup"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    document: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime]


class CallHeadroom(Model):
    """What a provider's headers said was left of its call limit, at the end of a run or a test."""

    __tablename__ = "call_headroom"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    allowed: Mapped[int | None]  # calls in the provider's period
    remaining: Mapped[int | None]
    resets_at: Mapped[datetime | None]


class ConnectionDraft(Model):
    """A half-filled "Add New Integration" wizard, so that a sign-out or a closed window loses nothing typed."""

    __tablename__ = "connection_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    provider: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JSON of everything typed so far, secrets included
    changed_at: Mapped[datetime]
