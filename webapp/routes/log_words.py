"""Log entries in words: what they are, how grave, of whom, and what belongs to them."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from webapp.domain.wording import N_
from webapp.models import HitState, HitTrust
from webapp.services.log_hours import HourCount
from webapp.services.log_views import HitView, LogRow, StoredField

from .booking_words import FIELDS
from .connection_words import FaultText, fault
from .context import current_runtime, hotel_zone
from .formatting import Age, ago, format_instant
from .i18n import current_locale
from .i18n import gettext as _

KINDS = {"run": N_("Sync run"), "call": N_("Call"), "hit": N_("Webhook"), "audit": N_("Audit")}
LEVELS = {
    "info": ("idle", N_("Info")),
    "warning": ("warn", N_("Warning")),
    "error": ("bad", N_("Error")),
}
TRUST = {
    HitTrust.SIGNED: ("ok", N_("Signature fits")),
    HitTrust.ADDRESS: ("ok", N_("Came to the secret address")),
    HitTrust.UNVERIFIED: ("warn", N_("Not verified: taken as a hint")),
    HitTrust.REJECTED: ("bad", N_("Signature rejected")),
}
HIT_STATES = {
    HitState.WAITING: ("info", N_("Waiting")),
    HitState.APPLIED: ("ok", N_("Applied")),
    HitState.IGNORED: ("idle", N_("Ignored")),
    HitState.DUPLICATE: ("idle", N_("Came before")),
    HitState.FAILED: ("bad", N_("Failed")),
    HitState.REJECTED: ("bad", N_("Rejected")),
}
_LONGEST_VALUE = 120


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the list, or a message of a trace; `who` is a person or the integration's name."""

    id: int
    url: str
    at: Age | None
    clock: str
    kind: str
    tone: str
    level: str
    summary: str
    action: str
    who: str
    connection: str
    trace_id: str
    trace_url: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A column of the histogram."""

    label: str
    value: int
    tone: str


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A stored field with its booking's page."""

    number: str
    url: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class HitText:
    """A webhook call; each pill is (tone, word)."""

    public_id: str
    state: tuple[str, str]
    trust: tuple[str, str]
    reason: str
    events: str
    received: Age | None
    settled: Age | None
    size: int
    digest: str
    changed: int
    replays: int
    fault: FaultText | None


def lines(rows: Iterable[LogRow]) -> tuple[LogLine, ...]:
    """In the order given."""
    return tuple(line(row) for row in rows)


def line(row: LogRow) -> LogLine:
    tone, level = LEVELS.get(row.level, ("idle", row.level))
    return LogLine(
        id=row.id,
        url=url_for("log_entries.show", entry_id=row.id),
        at=ago(row.at),
        clock=_clock(row),
        kind=_(KINDS.get(row.kind, row.kind)),
        tone=tone,
        level=_(level),
        summary=row.summary,
        action=row.action,
        who=row.actor or row.connection,
        connection=row.connection,
        trace_id=row.trace_id,
        trace_url=url_for("logs.index", trace=row.trace_id) if row.trace_id else "",
    )


def bars(counts: Iterable[HourCount], *, is_by_day: bool) -> tuple[Bar, ...]:
    """Stretches with warnings or errors are marked."""
    zone, locale = hotel_zone(), current_locale()
    now = current_runtime().clock()
    return tuple(
        Bar(
            format_instant(one.at, zone, locale, now=now).rpartition(",")[0]
            if is_by_day
            else format_instant(one.at, zone, locale, now=now),
            one.count,
            "warn" if one.problems else "info",
        )
        for one in counts
    )


def field_line(one: StoredField) -> FieldLine:
    label = _(FIELDS.get(one.field, one.field))
    return FieldLine(
        number=one.number,
        url=url_for("bookings.show", public_id=one.booking),
        label=f"{label} ({one.line})" if one.line else label,
        old=_short(one.old),
        new=_short(one.new),
    )


def hit(one: HitView) -> HitText:
    state = HIT_STATES.get(HitState(one.state), ("idle", one.state))
    trust = TRUST.get(HitTrust(one.trust), ("idle", one.trust))
    return HitText(
        public_id=one.public_id,
        state=(state[0], _(state[1])),
        trust=(trust[0], _(trust[1])),
        reason=one.reason,
        events=one.events,
        received=ago(one.received_at),
        settled=ago(one.settled_at),
        size=one.size,
        digest=one.digest,
        changed=one.changed,
        replays=one.replays,
        fault=fault(one.fault),
    )


def _clock(row: LogRow) -> str:
    """`Tue 14 Jul, 12:30:05` in the hotel's zone."""
    local = row.at.astimezone(hotel_zone())
    return (
        f"{format_instant(row.at, hotel_zone(), current_locale(), now=current_runtime().clock())}:{local:%S}"
    )


def _short(value: str | None) -> str:
    text = value or ""
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
