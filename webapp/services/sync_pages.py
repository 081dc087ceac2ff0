"""Writes one page of a walk in one transaction: records, cursor, counters, heartbeat and the lines of its calls."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from sqlalchemy import update
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.fault import Fault
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.contract import Page
from webapp.models import LogEntry, RunState, SyncRun, SyncRunStream, Verdict
from webapp.models.bulk import bulk_insert, bulk_upsert

from . import sync_claims, sync_plan
from .adapters import CallLog
from .applying import Circumstances, Tally
from .applying_bookings import apply_bookings
from .applying_guests import apply_guests
from .applying_inventory import apply_availability, apply_rates
from .sync_plan import Position, Walk
from .sync_report import LONGEST_NOTE, Counters, StreamReport
from .sync_runs import Run
from .sync_verdicts import verdict_of

RUNS = SyncRun.metadata.tables["sync_run"]
RUN_STREAMS = SyncRunStream.metadata.tables["sync_run_stream"]
LOG = LogEntry.metadata.tables["log_entry"]
_STREAM_COLUMNS = (
    "run_id", "stream", "state", "verdict", "pages", "seen", "added", "changed", "unchanged", "skipped", "seconds",
    "notes", "fault",
)  # fmt: skip
NEWS_LEEWAY = timedelta(days=1)
"""A booking made this long before the first load began was there before we looked. A day forgives a provider whose
clock lags or whose time zone was told wrongly: better an old booking announced than a new one kept quiet."""

_WRITERS: dict[Stream, Callable[[DatabaseConnection, Circumstances, Any], Tally]] = {
    Stream.GUESTS: apply_guests,
    Stream.BOOKINGS: apply_bookings,
    Stream.CHECK_INS: apply_bookings,
    Stream.AVAILABILITY: apply_availability,
    Stream.RATES: apply_rates,
}


@dataclass(slots=True)
class Census:
    """Which records a walk met, and whether they were as many as the provider said there are.

    A list that moves while it is paged (a clock of ours that is ahead makes the frozen window melt) shows some
    records twice and others never. Beyond `MOST` records memory matters more, and nothing is concluded.
    """

    MOST: ClassVar[int] = 200_000
    told: int | None = None
    _met: set[int] = field(default_factory=set)
    _is_full: bool = False

    def count(self, page: Page) -> None:
        self.told = page.total
        self._met.update(hash(getattr(record, "external_id", record)) for record in page.records)
        self._met.update(hash(skipped.external_id) for skipped in page.skipped)
        if len(self._met) > self.MOST:
            self._is_full = True
            self._met.clear()

    def has_met(self, external_id: str) -> bool:
        return hash(external_id) in self._met

    @property
    def missing(self) -> int:
        """How many the provider counted and did not show."""
        return 0 if self.told is None or self._is_full else max(self.told - len(self._met), 0)

    @property
    def is_complete(self) -> bool:
        return not self._is_full and bool(self._met) and not self.missing


@dataclass(slots=True)
class Progress:
    """How far a walk has come in this run. `may_repeat`: a list that moved is walked once more."""

    walk: Walk
    position: Position
    history_began_at: datetime | None
    may_repeat: bool = True
    began: float = field(default_factory=time.monotonic)
    counters: Counters = field(default_factory=Counters)
    census: Census = field(default_factory=Census)

    @property
    def is_resumed(self) -> bool:
        return self.walk.position.token is not None

    def report(
        self, state: RunState, verdict: Verdict | None = None, fault: Fault | None = None
    ) -> StreamReport:
        done = self.counters
        return StreamReport(
            stream=self.walk.stream,
            mode=self.walk.mode,
            state=state,
            verdict=verdict,
            pages=done.pages,
            seen=done.seen,
            added=done.added,
            changed=done.changed,
            unchanged=done.unchanged,
            skipped=done.skipped,
            seconds=time.monotonic() - self.began,
            fault=fault,
        )


class ListMoved(Exception):
    """The last page is stored, but the walk missed records: it must begin again."""


def write_page(run: Run, progress: Progress, page: Page) -> StreamReport | None:
    """The report when this page was the last one. Raises ClaimLost, CursorTooLong, then nothing was written; ListMoved."""
    walk, now = progress.walk, run.runtime.clock()
    with run.runtime.bulk_writing() as db:
        beat_in(db, run)
        tally = _WRITERS[walk.stream](db, circumstances(run, progress, now), page.records)
        _count(progress.counters, page, tally)
        progress.census.count(page)
        missing = progress.census.missing if page.cursor is None and not progress.is_resumed else 0
        progress.position = _advanced(progress.position, page)
        if page.cursor is not None:
            sync_plan.save_position(db, run.claim.connection_id, walk, progress.position)
            report = progress.report(RunState.RUNNING)
        elif missing and progress.may_repeat:
            sync_plan.forget_position(db, run.claim.connection_id, walk)
            report = progress.report(RunState.RUNNING)
        else:
            progress.counters.missing = missing
            verdict = verdict_of(db, run, walk, progress.counters, progress.position.seen)
            is_suspicious = verdict is Verdict.SUSPICIOUS_ZERO
            sync_plan.complete(
                db, run.claim.connection_id, walk, progress.position, now, is_suspicious=is_suspicious
            )
            report = progress.report(RunState.SUCCEEDED, verdict)
        write_stream(db, run, report, progress.counters)
    if missing and progress.may_repeat:
        raise ListMoved
    return report if page.cursor is None else None


def write_stream(db: DatabaseConnection, run: Run, report: StreamReport, counters: Counters) -> None:
    """The stream's row of the run as it stands."""
    row = (
        run.id,
        report.stream.value,
        report.state.value,
        report.verdict.value if report.verdict else None,
        report.pages,
        report.seen,
        report.added,
        report.changed,
        report.unchanged,
        report.skipped,
        report.seconds,
        counters.notes(),
        msgspec.to_builtins(report.fault) if report.fault else None,
    )
    bulk_upsert(db, RUN_STREAMS, _STREAM_COLUMNS, [row], key=("run_id", "stream"))


def beat(run: Run) -> None:
    """A sign of life while a provider takes its time. Raises ClaimLost."""
    with run.runtime.bulk_writing() as db:
        beat_in(db, run)


def circumstances(run: Run, progress: Progress, now: datetime) -> Circumstances:
    began_at = progress.history_began_at
    return Circumstances(
        connection_id=run.claim.connection_id,
        mapping_version=run.connection.mapping_version,
        road=progress.walk.road,
        at=now,
        run_id=run.id,
        announces=run.announces and progress.walk.mode is not Mode.BACKFILL,
        watched_since=began_at - NEWS_LEEWAY if began_at else None,
        keeps_search=not run.connection.is_search_stale,
    )


def beat_in(db: DatabaseConnection, run: Run) -> None:
    """Heartbeat, claim and the lines of the calls so far, in the caller's transaction. Raises ClaimLost."""
    now = run.runtime.clock()
    if sync_claims.keep(db, run.claim, now):
        run.stop.cancel()
    db.execute(update(RUNS).where(RUNS.c.id == run.id).values(heartbeat_at=now, calls=run.calls.count))
    bulk_insert(db, LOG, CallLog.COLUMNS, run.calls.drain())


def _advanced(position: Position, page: Page) -> Position:
    stamps = [stamp for stamp in (position.high, page.high_water) if stamp is not None]
    # A record that changed while the walk went on carries a later stamp than records the walk never saw.
    high = min(max(stamps), position.window.until) if stamps else None
    return msgspec.structs.replace(
        position,
        token=page.cursor,
        high=high,
        seen=position.seen + len(page.records) + len(page.skipped),
    )


def _count(counters: Counters, page: Page, tally: Tally) -> None:
    counters.pages += 1
    counters.seen += len(page.records) + len(page.skipped)
    counters.added += tally.added
    counters.changed += tally.changed
    counters.unchanged += tally.unchanged
    skipped = (*page.skipped, *tally.skipped)
    counters.skipped += len(skipped)
    for status, count in page.unmapped.items():
        counters.unmapped[status] = counters.unmapped.get(status, 0) + count
    room = LONGEST_NOTE - len(counters.reasons)
    counters.reasons += [{"id": item.external_id, "reason": item.reason} for item in skipped[:room]]
