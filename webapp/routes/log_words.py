"""Log entries in words: what they are, how grave, of whom, and what belongs to them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import url_for

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import HitState, HitTrust
from webapp.services.log_hours import HourCount
from webapp.services.log_views import HitView, LogRow, StoredField

from . import hit_words
from .booking_words import FIELDS, value_words
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
_TRUST_TONES = {HitTrust.UNVERIFIED: "warn", HitTrust.REJECTED: "bad"}
MOMENT = "%Y-%m-%dT%H:%M"
_LONGEST_VALUE = 120


class LogLine(Value, frozen=True):
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


class Bar(Value, frozen=True):
    """A column of the histogram: `problems` of its `value` lines are warnings and errors. `url` lists just them."""

    label: str
    value: int
    problems: int
    url: str


class FieldLine(Value, frozen=True):
    """A stored field with its booking's page; with `is_first` it is the whole booking, which has no value before."""

    number: str
    url: str
    label: str
    old: str
    new: str
    is_first: bool = False


class HitText(Value, frozen=True):
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
    may_be_replayed: bool


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


def bars(counts: Iterable[HourCount], hours: int, asked: Mapping[str, str]) -> tuple[Bar, ...]:
    """`hours` wide columns; `asked` is the filter that their links keep."""
    kept = {name: value for name, value in asked.items() if name != "period"}
    return tuple(_bar(one, timedelta(hours=hours), kept) for one in counts)


def _bar(one: HourCount, span: timedelta, kept: Mapping[str, str]) -> Bar:
    zone = hotel_zone()
    first, last = (at.astimezone(zone) for at in (one.at, one.at + span))
    parameters: dict[str, Any] = {**kept, "from": f"{first:{MOMENT}}", "to": f"{last:{MOMENT}}"}
    label = format_instant(one.at, zone, current_locale(), now=current_runtime().clock())
    return Bar(label, one.count, one.problems, url_for("logs.index", **parameters))


def field_line(one: StoredField) -> FieldLine:
    is_first = one.field == "created"
    label = _("The booking") if is_first else _(FIELDS.get(one.field, one.field))
    return FieldLine(
        number=one.number,
        url=url_for("bookings.show", public_id=one.booking),
        label=f"{label} ({one.line})" if one.line else label,
        old=_short(value_words(one.field, one.old, one.currency)),
        new=_short(value_words(one.field, one.new, one.currency)),
        is_first=is_first,
    )


def hit(one: HitView) -> HitText:
    (tone, label), trust = hit_words.STATES[HitState(one.state)], HitTrust(one.trust)
    return HitText(
        public_id=one.public_id,
        state=(tone, _(label)),
        trust=(_TRUST_TONES.get(trust, "ok"), _(hit_words.TRUSTS[trust])),
        reason=_(one.reason) if one.reason else "",
        events=one.events,
        received=ago(one.received_at),
        settled=ago(one.settled_at),
        size=one.size,
        digest=one.digest,
        changed=one.changed,
        replays=one.replays,
        fault=fault(one.fault),
        may_be_replayed=one.may_be_replayed,
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
