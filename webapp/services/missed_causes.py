"""Why a webhook call did not come: the likeliest cause, from what came instead and what the vendor has on order."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Connection, HitState, HitTrust, RunState, SyncRun, WebhookHit, WebhookStray

from .sync_outcome import UNREACHABLE

LOOK_BACK = timedelta(hours=1)
WORDS_OF = timedelta(days=7)
"""How far back the provider's words are looked for, before its filter is blamed."""
_STRAYS = ("unknown_token", "unknown_hotel")
_STOOD_STILL = timedelta(minutes=2)


class Cause(StrEnum):
    NOT_RUNNING = "not_running"  # this hub was off, or did not sync, when it happened
    SUBSCRIPTION_GONE = "subscription_gone"  # asked: the vendor has nothing on order for us
    NOT_ORDERED = "not_ordered"  # asked: other kinds are on order, this one is not
    REFUSED = "refused"  # calls came, and were answered with 401
    UNKNOWN_ADDRESS = "unknown_address"  # calls came to an address that is not ours any more
    ONLY_PINGS = "only_pings"  # calls came, none about anything that is kept
    FILTERED = "filtered"  # other kinds come, this one never does
    UNREADABLE = "unreadable"  # calls came, and could not be applied
    OUTAGE = "outage"  # the vendor did not answer us either
    SILENCE = "silence"  # no call of any kind: the address, a proxy or a firewall
    LOST = "lost"  # others came, this one did not


class Question(Value, frozen=True):
    """A fact that no call announced. `words` are the vendor's names for its type, `ordered` what the vendor says is on
    order (None: not asked, or it does not say)."""

    words: frozenset[str]
    found_at: datetime
    occurred_at: datetime | None
    grace: timedelta
    ordered: Collection[str] | None


def likeliest(session: Session, connection: Connection, asked: Question) -> Cause:
    since = min(asked.found_at, asked.occurred_at or asked.found_at) - LOOK_BACK
    since = max(since, asked.found_at - timedelta(days=1))
    until = asked.found_at + asked.grace
    if _stood_still(session, connection, asked):
        return Cause.NOT_RUNNING
    if asked.ordered is not None and not asked.words & set(asked.ordered):
        return Cause.NOT_ORDERED if asked.ordered else Cause.SUBSCRIPTION_GONE
    counts = _counted(session, connection.id, since, until)
    if any(trust == HitTrust.REJECTED for trust, _, _ in counts):
        return Cause.REFUSED
    if not counts and _strayed(session, since, until):
        return Cause.UNKNOWN_ADDRESS
    if not counts:
        return Cause.OUTAGE if _was_away(session, connection.id, since, until) else Cause.SILENCE
    if all(state == HitState.IGNORED for _, state, _ in counts):
        return Cause.ONLY_PINGS
    if any(state == HitState.FAILED for _, state, _ in counts):
        return Cause.UNREADABLE
    return Cause.LOST if _is_ever_told(session, connection.id, asked) else Cause.FILTERED


def _counted(
    session: Session, connection_id: int, since: datetime, until: datetime
) -> Sequence[tuple[str, str, int]]:
    """(trust, state, number) of the connection's calls of that time."""
    statement = (
        select(WebhookHit.trust, WebhookHit.state, func.count())
        .where(
            WebhookHit.connection_id == connection_id,
            WebhookHit.received_at >= since,
            WebhookHit.received_at <= until,
        )
        .group_by(WebhookHit.trust, WebhookHit.state)
    )
    return [(trust, state, count) for trust, state, count in session.execute(statement)]


def _strayed(session: Session, since: datetime, until: datetime) -> bool:
    """Strays are counted by the day; their last one tells the hour."""
    statement = select(func.count()).where(
        WebhookStray.reason.in_(_STRAYS), WebhookStray.last_at >= since, WebhookStray.last_at <= until
    )
    return bool(session.scalar(statement))


def _was_away(session: Session, connection_id: int, since: datetime, until: datetime) -> bool:
    faults = session.scalars(
        select(SyncRun.fault).where(
            SyncRun.connection_id == connection_id,
            SyncRun.started_at >= since,
            SyncRun.started_at <= until,
            SyncRun.state == RunState.FAILED,
        )
    )
    return any((fault or {}).get("code") in UNREACHABLE for fault in faults)


def _is_ever_told(session: Session, connection_id: int, asked: Question) -> bool:
    """Whether the vendor's word for it came with any call of the last week."""
    came = session.scalars(
        select(WebhookHit.events)
        .where(
            WebhookHit.connection_id == connection_id,
            WebhookHit.received_at >= asked.found_at - WORDS_OF,
            WebhookHit.events != "",
        )
        .distinct()
    )
    return any(word in asked.words for events in came for word in events.split(", "))


def _stood_still(session: Session, connection: Connection, asked: Question) -> bool:
    """The run before the one that found it lies so far back that nobody was here to take a call."""
    ends = session.scalars(
        select(func.coalesce(SyncRun.finished_at, SyncRun.heartbeat_at))
        .where(SyncRun.connection_id == connection.id, SyncRun.started_at <= asked.found_at)
        .order_by(SyncRun.started_at.desc(), SyncRun.id.desc())
        .limit(2)
    ).all()
    if len(ends) < 2:
        return False
    gap = timedelta(minutes=connection.frequency_minutes) * 2 + _STOOD_STILL
    return asked.found_at - ends[1] > gap
