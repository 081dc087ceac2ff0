"""Health in words: what each part of the page says about the data, the calls, the errors and the clock."""

from datetime import datetime

from flask import url_for

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.forms.connection import STREAM_LABELS
from webapp.services.allowances import Allowance
from webapp.services.beats import ClockView
from webapp.services.error_groups import ErrorGroup
from webapp.services.freshness import Standing
from webapp.services.health import ConnectionHealth
from webapp.services.reliance import Reliance, StreamHealth

from .connection_words import FaultText, fault
from .formatting import Age, ago
from .i18n import gettext as _
from .i18n import ngettext
from .standing import Verdict, age_of, clock_time, settings_url

RELIANCE = {
    Reliance.SAFE: ("ok", N_("Safe")),
    Reliance.AGING: ("warn", N_("A little old")),
    Reliance.STALE: ("bad", N_("Too old")),
    Reliance.EMPTY: ("warn", N_("Suspiciously empty")),
    Reliance.FROZEN: ("bad", N_("Stands still")),
    Reliance.NEVER: ("idle", N_("Not read yet")),
    Reliance.OFF: ("idle", N_("Switched off")),
}
JOBS = {
    "beat": N_("Heartbeat"),
    "sync_due": N_("Start due syncs"),
    "process_hits": N_("Apply webhooks"),
    "drain_queues": N_("Read event queues"),
    "find_missed_hits": N_("Look for missed webhooks"),
    "check_health": N_("Check health"),
    "deliver": N_("Deliver events"),
    "keep_up": N_("Renew access tokens"),
    "compare_with_providers": N_("Compare with the PMS"),
    "follow_business_date": N_("Ask for the business date"),
    "roll_business_date": N_("Move the business date"),
    "prune_logs": N_("Delete old history"),
}


COMPARED = frozenset({Stream.BOOKINGS, Stream.CHECK_INS})
"""Kinds of data that a comparison of bookings speaks of."""
DIFFERS = N_("Differs from the PMS")


class StreamLine(Value, frozen=True):
    """One kind of data of one connection."""

    label: str
    tone: str
    word: str
    as_of: Age | None
    tried: Age | None
    note: str
    is_off: bool


class Panel(Value, frozen=True):
    """One connection. `next_run` is words; `log_url` is empty for those who may not open the log."""

    name: str
    provider_label: str
    url: str
    log_url: str
    state: str
    is_primary: bool
    last_good: Age | None
    last_tried: Age | None
    next_run: str
    streams: tuple[StreamLine, ...]


class ErrorLine(Value, frozen=True):
    connection: str
    fault: FaultText
    first: Age | None
    last: Age | None
    count: int
    is_over: bool
    log_url: str


class AllowanceLine(Value, frozen=True):
    """`used` of `limit`; `values` of the line chart are calls left, the oldest first, `samples` the table behind it."""

    name: str
    source: str
    used: int
    limit: int | None
    forecast: str
    tone: str
    values: tuple[int, ...]
    samples: tuple[tuple[str, int], ...]


class JobLine(Value, frozen=True):
    label: str
    ran: Age | None
    tone: str
    word: str


def panel(one: ConnectionHealth, *, may_open_log: bool, differs: bool = False) -> Panel:
    """`differs`: the last comparison found bookings that are not as the provider has them."""
    view = one.view
    return Panel(
        name=view.name,
        provider_label=_(view.provider_label),
        url=settings_url(view),
        log_url=url_for("logs.index", connection=view.public_id) if may_open_log else "",
        state="syncing" if view.is_running else view.state.value,
        is_primary=view.is_primary,
        last_good=ago(view.as_of),
        last_tried=ago(one.tried_at),
        next_run=_next_run(one),
        streams=tuple(_stream(stream, differs=differs) for stream in one.streams),
    )


def error_line(group: ErrorGroup, *, may_open_log: bool) -> ErrorLine:
    words = fault(group.fault)
    if words is None:
        raise LookupError("a group of errors has a fault")
    return ErrorLine(
        connection=group.connection,
        fault=words,
        first=ago(group.first_at),
        last=ago(group.last_at),
        count=group.count,
        is_over=group.is_over,
        log_url=url_for("logs.index", trace=group.trace_id) if may_open_log else "",
    )


def allowance_line(one: Allowance) -> AllowanceLine:
    """The provider's own headers, else what its documents allow, else only what we counted."""
    told = one.told
    known = [(sample.at, sample.remaining) for sample in one.samples if sample.remaining is not None]
    samples = tuple((clock_time(at), left) for at, left in known)
    values = tuple(left for _at, left in samples)
    if told is not None and told.allowed and told.remaining is not None:
        source = _("By the provider's own headers, as of %(time)s") % {"time": clock_time(told.at)}
        used, limit = max(told.allowed - told.remaining, 0), told.allowed
    elif one.documented:
        source = _("Our calls of the last hour; the limit is the provider's documented one")
        used, limit = one.last_hour, one.documented
    else:
        source = _("Our calls of the last hour; the provider names no limit")
        used, limit = one.last_hour, None
    tone, forecast = _forecast(one)
    return AllowanceLine(one.name, source, used, limit, forecast, tone, values, samples)


def job_lines(clock: ClockView) -> tuple[JobLine, ...]:
    return tuple(
        JobLine(
            label=_(JOBS.get(job.name, job.name)),
            ran=ago(job.ran_at),
            tone="bad" if job.error else "warn" if job.is_late else "ok",
            word=_("Failed: %(error)s") % {"error": job.error}
            if job.error
            else _("Late")
            if job.is_late
            else _("On time"),
        )
        for job in clock.jobs
    )


def checker(clock: ClockView) -> Verdict | None:
    """What is to say when the page's own checker does not run; None when it does."""
    if not clock.is_checker_late:
        return None
    text = (
        _("Its last look was %(age)s ago, at %(time)s.")
        % {"age": age_of(clock.checked_at), "time": clock_time(clock.checked_at)}
        if clock.checked_at
        else _("It has not run yet.")
    )
    return Verdict(
        "bad",
        _("The checker of this page is late."),
        text + " " + _("Ages on this page are counted now and are true; syncs may not start by themselves."),
        _("The scheduler of this hub may be stopped: restart the hub, then look at its log."),
        "it",
    )


def _stream(one: StreamHealth, *, differs: bool) -> StreamLine:
    tone, word = RELIANCE[one.reliance]
    note = ""
    if differs and one.is_safe and one.stream in COMPARED:
        tone, word = "warn", DIFFERS
    if one.reliance is Reliance.FROZEN:
        note = _("The last run says it succeeded, and the data did not move.")
    elif one.fault is not None:
        found = fault(one.fault)
        note = found.title if found else ""
    return StreamLine(
        label=str(STREAM_LABELS[one.stream]),
        tone=tone,
        word=_(word),
        as_of=ago(one.as_of),
        tried=ago(one.tried_at),
        note=note,
        is_off=one.reliance is Reliance.OFF,
    )


def _next_run(one: ConnectionHealth) -> str:
    view = one.view
    if view.is_running:
        return _("Running now")
    if view.standing is Standing.PAUSED:
        return _("Paused")
    if view.next_sync_at is None or view.standing is Standing.NEEDS_ATTENTION:
        return _("When somebody has acted")
    at = clock_time(view.next_sync_at)
    return (
        _("Overdue since %(time)s") % {"time": at}
        if view.standing is Standing.STALLED
        else _at(view.next_sync_at)
    )


def _at(moment: datetime) -> str:
    return _("at %(time)s") % {"time": clock_time(moment)}


def _forecast(one: Allowance) -> tuple[str, str]:
    told = one.told
    if one.runs_out_at is not None and told is not None:
        if told.remaining == 0:
            return "bad", _("The limit is reached; calls are given back at %(time)s.") % {
                "time": clock_time(told.resets_at) if told.resets_at else "?"
            }
        return "warn", _("At this pace the limit is reached at %(time)s.") % {
            "time": clock_time(one.runs_out_at)
        }
    if told is not None and told.remaining is not None:
        return "ok", _("At this pace the limit is not reached.")
    if one.documented and one.last_hour >= one.documented:
        return "warn", _("The last hour used all that the documents allow.")
    if one.documented:
        return "ok", _("At this pace the limit is not reached.")
    return "ok", ngettext(
        "%(num)s call in the last hour", "%(num)s calls in the last hour", one.last_hour
    ) % {"num": one.last_hour}
