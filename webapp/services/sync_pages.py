"""Writes one page of a walk in one transaction: records, cursor, counters, heartbeat and the lines of its calls."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from sqlalchemy import bindparam, update
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.fault import Fault
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.contract import Record
from webapp.models import LogEntry, RunState, Verdict
from webapp.models.bulk import bulk_insert, bulk_upsert

from . import sync_claims, sync_plan
from .adapters import CallLog
from .applying import Circumstances, Tally
from .applying_bookings import apply_bookings
from .applying_guests import apply_guests
from .applying_inventory import apply_availability, apply_rates
from .prefetching import AnyPage
from .sync_bites import Bite
from .sync_known import KnownBookings
from .sync_plan import Position, Walk
from .sync_report import LONGEST_NOTE, Counters, StreamReport
from .sync_runs import RUN_STREAMS, RUNS, Run
from .sync_sifting import Sifted, sift
from .sync_verdicts import verdict_of

LOG = LogEntry.metadata.tables["log_entry"]
_STREAM_COLUMNS = (
    "run_id", "stream", "state", "verdict", "pages", "seen", "added", "changed", "unchanged", "skipped", "seconds",
    "notes", "fault",
)  # fmt: skip
_BEAT = (
    update(RUNS)
    .where(RUNS.c.id == bindparam("of_id"))
    .values(heartbeat_at=bindparam("now"), calls=bindparam("count"))
)
_WRITE_EVERY = 1.0
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

    def count(self, sifted: Sifted) -> None:
        page = sifted.page
        self.told = page.total
        self._met.update(sifted.known)
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
    """How far a walk has come in this run. `may_repeat`: a list that moved is walked once more; `is_shown`: the
    stream has its row."""

    walk: Walk
    position: Position
    history_began_at: datetime | None
    may_repeat: bool = True
    is_shown: bool = False
    written_at: float = field(default_factory=time.monotonic)
    began: float = field(default_factory=time.monotonic)
    counters: Counters = field(default_factory=Counters)
    census: Census = field(default_factory=Census)
    known: KnownBookings = field(init=False)
    bite: Bite = field(default_factory=Bite)

    def __post_init__(self) -> None:
        self.known = KnownBookings(self.walk)

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


def write_page(run: Run, progress: Progress, page: AnyPage) -> StreamReport | None:
    """The report when this page was the last one. Raises ClaimLost, CursorTooLong, ProviderError for records that
    cannot be mapped, then nothing was written; ListMoved.

    A big page takes several transactions, the cursor goes with the last: a kill before it repeats the page.
    """
    sifted = sift(run, page, progress.known)
    if _brings_nothing(progress, sifted):
        _take_note(progress, sifted, ())
        return None
    records, tallies = sifted.page.records, []
    while len(records) > (most := progress.bite.most(run.runtime)):
        bite, records = records[:most], records[most:]
        with progress.bite.writing(run) as db:
            beat_in(db, run)
            tallies.append(_store(db, run, progress, sifted, bite))
    with progress.bite.writing(run) as db:
        beat_in(db, run)
        tallies.append(_store(db, run, progress, sifted, records))
        report, has_moved = _advance(db, run, progress, sifted, tallies)
    progress.is_shown, progress.written_at = True, time.monotonic()
    if has_moved:
        raise ListMoved
    return report if page.cursor is None else None


def _brings_nothing(progress: Progress, sifted: Sifted) -> bool:
    """A page of which everything is stored as it came moves the cursor with a later one: a kill repeats a second."""
    page = sifted.page
    is_quiet = not page.records and not page.skipped and bool(sifted.known)
    return is_quiet and page.cursor is not None and time.monotonic() - progress.written_at < _WRITE_EVERY


def _take_note(progress: Progress, sifted: Sifted, tallies: Sequence[Tally]) -> None:
    """What the walk remembers of a page."""
    _count(progress.counters, sifted, tallies)
    progress.census.count(sifted)
    progress.position = _advanced(progress.position, sifted)


def _store(
    db: DatabaseConnection, run: Run, progress: Progress, sifted: Sifted, records: Sequence[Record]
) -> Tally:
    how = circumstances(run, progress, run.runtime.clock(), sifted.digests)
    return _WRITERS[progress.walk.stream](db, how, records)


def _advance(
    db: DatabaseConnection, run: Run, progress: Progress, sifted: Sifted, tallies: Sequence[Tally]
) -> tuple[StreamReport, bool]:
    """Counts the page and moves the cursor; True when the list moved, so that the walk must begin again."""
    walk, page = progress.walk, sifted.page
    _take_note(progress, sifted, tallies)
    missing = progress.census.missing if page.cursor is None and not progress.is_resumed else 0
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
        now = run.runtime.clock()
        sync_plan.complete(
            db, run.claim.connection_id, walk, progress.position, now, is_suspicious=is_suspicious
        )
        report = progress.report(RunState.SUCCEEDED, verdict)
    write_stream(db, run, report, progress.counters)
    return report, bool(missing) and progress.may_repeat


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


def circumstances(
    run: Run, progress: Progress, now: datetime, digests: Mapping[str, bytes] = {}
) -> Circumstances:
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
        digests=digests,
    )


def beat_in(db: DatabaseConnection, run: Run) -> None:
    """Heartbeat, claim and the lines of the calls so far, in the caller's transaction. Raises ClaimLost."""
    now = run.runtime.clock()
    if sync_claims.keep(db, run.claim, now):
        run.stop.cancel()
    db.execute(_BEAT, {"of_id": run.id, "now": now, "count": run.calls.count})
    bulk_insert(db, LOG, CallLog.COLUMNS, run.calls.drain())


def _advanced(position: Position, sifted: Sifted) -> Position:
    page = sifted.page
    stamps = [stamp for stamp in (position.high, page.high_water) if stamp is not None]
    # A record that changed while the walk went on carries a later stamp than records the walk never saw.
    high = min(max(stamps), position.window.until) if stamps else None
    return msgspec.structs.replace(
        position,
        token=page.cursor,
        high=high,
        seen=position.seen + len(page.records) + len(page.skipped) + len(sifted.known),
    )


def _count(counters: Counters, sifted: Sifted, tallies: Sequence[Tally]) -> None:
    page, known = sifted.page, len(sifted.known)
    counters.pages += 1
    counters.seen += len(page.records) + len(page.skipped) + known
    counters.added += sum(tally.added for tally in tallies)
    counters.changed += sum(tally.changed for tally in tallies)
    counters.unchanged += sum(tally.unchanged for tally in tallies) + known
    skipped = (*page.skipped, *(one for tally in tallies for one in tally.skipped))
    counters.skipped += len(skipped)
    for status, count in page.unmapped.items():
        counters.unmapped[status] = counters.unmapped.get(status, 0) + count
    room = LONGEST_NOTE - len(counters.reasons)
    counters.reasons += skipped[:room]
