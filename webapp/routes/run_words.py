"""Sync runs in words: what each came to, and how current every kind of data is."""

from collections.abc import Collection, Mapping
from datetime import datetime

from webapp.domain.stream import Mode, Stream
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.forms.connection import STREAM_LABELS
from webapp.models import RunState, Verdict
from webapp.services.run_views import RunStreamView, RunView, Unread

from .connection_words import FaultText, fault
from .formatting import Age, ago
from .i18n import gettext as _
from .i18n import ngettext, say

MOST_NAMED = 3
"""Reasons, and ids of each."""
MODES = {Mode.DELTA: N_("Changes"), Mode.SWEEP: N_("Daily sweep"), Mode.BACKFILL: N_("History")}
TRIGGERS = {
    "schedule": N_("by schedule"),
    "manual": N_("by a person"),
    "first": N_("first sync"),
    "command": N_("by command"),
}
RUN_VERDICTS = {
    Verdict.NEW_DATA: ("ok", N_("New data")),
    Verdict.NOTHING_NEW: ("ok", N_("Nothing new, proved")),
    Verdict.SUSPICIOUS_ZERO: ("warn", N_("Suspiciously empty")),
    Verdict.FAILED: ("bad", N_("Failed")),
    Verdict.CANCELLED: ("idle", N_("Stopped")),
}
RUN_STATES = {
    RunState.RUNNING: ("info", N_("Running")),
    RunState.SUCCEEDED: ("ok", N_("Succeeded")),
    RunState.FAILED: ("bad", N_("Failed")),
    RunState.CANCELLED: ("idle", N_("Stopped")),
    RunState.INTERRUPTED: ("warn", N_("Interrupted")),
}


class PillText(Value, frozen=True):
    tone: str
    label: str


class StreamText(Value, frozen=True):
    """One kind of data of a connection, or of a run."""

    label: str
    is_on: bool = True
    as_of: Age | None = None
    verdict: PillText | None = None
    counts: str = ""
    fault: FaultText | None = None
    notes: tuple[str, ...] = ()


class RunText(Value, frozen=True):
    public_id: str
    started: Age | None
    kind: str
    trigger: str
    result: PillText
    seen: str
    changed: str
    calls: str
    seconds: str
    trace_id: str
    fault: FaultText | None
    streams: tuple[StreamText, ...]


def run(one: RunView) -> RunText:
    tone, label = RUN_STATES[one.state]
    if one.verdict is not None and one.state is RunState.SUCCEEDED:
        tone, label = RUN_VERDICTS[one.verdict]
    return RunText(
        public_id=one.public_id,
        started=ago(one.started_at),
        kind=_(MODES.get(Mode(one.mode), one.mode)),
        trigger=_(TRIGGERS.get(one.trigger, one.trigger)),
        result=PillText(tone, _(label)),
        seen=f"{one.seen:,}",
        changed=f"{one.changed:,}",
        calls=f"{one.calls:,}",
        seconds="" if one.seconds is None else f"{one.seconds:.1f}",
        trace_id=one.trace_id,
        fault=fault(one.fault),
        streams=tuple(run_stream(stream) for stream in one.streams),
    )


def run_stream(one: RunStreamView) -> StreamText:
    tone, label = RUN_VERDICTS[one.verdict] if one.verdict else RUN_STATES[one.state]
    return StreamText(
        label=str(STREAM_LABELS[one.stream]),
        verdict=PillText(tone, _(label)),
        counts=_("%(seen)s read, %(added)s new, %(changed)s changed")
        % {"seen": f"{one.seen:,}", "added": f"{one.added:,}", "changed": f"{one.changed:,}"},
        fault=fault(one.fault),
        notes=tuple(_stream_notes(one)),
    )


def streams_of(
    chosen: Collection[Stream], ages: Mapping[Stream, datetime], last: RunView | None
) -> tuple[StreamText, ...]:
    """Every kind of data of a connection: switched on or off, how old, and what its last run said."""
    seen = {one.stream: run_stream(one) for one in last.streams} if last else {}
    return tuple(
        StreamText(
            label=str(label),
            is_on=stream in chosen,
            as_of=ago(ages.get(stream)),
            verdict=seen[stream].verdict if stream in seen else None,
            counts=seen[stream].counts if stream in seen else "",
            fault=seen[stream].fault if stream in seen else None,
        )
        for stream, label in STREAM_LABELS.items()
    )


def _unread(each: Unread) -> str:
    """`arrival is not a date (R-1004, R-1007)`."""
    named = ", ".join(each.ids[:MOST_NAMED]) + ("…" if len(each.ids) > MOST_NAMED else "")
    return f"{say(each.reason)} ({named})" if named else say(each.reason)


def _stream_notes(one: RunStreamView) -> list[str]:
    notes = []
    if one.unmapped:
        words = ", ".join(f"{word} ×{count}" for word, count in one.unmapped.items())
        notes.append(_("Status words without a meaning: %(words)s") % {"words": words})
    if one.skipped:
        text = ngettext("%(num)s record could not be read", "%(num)s records could not be read", one.skipped)
        reasons = "; ".join(_unread(each) for each in one.unread[:MOST_NAMED])
        notes.append((text % {"num": one.skipped}) + (f": {reasons}" if reasons else ""))
    return notes
