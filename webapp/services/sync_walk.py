"""Walks one stream: takes pages from the prefetch thread, writes each, and stops at a page's edge when asked to."""

import time
from collections.abc import Iterator

from msgspec.structs import replace

from webapp.domain.fault import Fault
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.contract import Page, StreamSource
from webapp.integrations.kit.errors import Cancelled, ContractBroken, NotFound, ProviderError, RecipeWrong
from webapp.integrations.kit.raw_pages import RawSource
from webapp.models import RunState, Verdict

from . import sync_plan
from .prefetching import AnyPage, Prefetch
from .sync_gone import look_for_gone
from .sync_pages import ListMoved, Progress, beat, beat_in, write_page, write_stream
from .sync_plan import CursorTooLong
from .sync_report import Counters, StreamReport
from .sync_runs import Run
from .sync_stopping import RUN_TOO_LONG, StopReason

_LOOK_EVERY = 0.25
_BEAT_EVERY = 15.0


_LAST = Page((), None)


class _Stopped(Exception):
    """The stop switch was found pressed."""


_ENDINGS = (ProviderError, _Stopped, CursorTooLong)
# How providers say that they do not know a page token any more.
_REFUSED_TOKEN = (ContractBroken, NotFound, RecipeWrong)


def walk_stream(run: Run, source: StreamSource, stream: Stream) -> StreamReport:
    """One stream to its end, to its fault, or to the page after which the stop switch was pressed.

    Raises ClaimLost, and what would be a bug of ours.
    """
    is_first = stream is run.streams[0]  # nothing was written since the run began
    progress = _begin(run, stream, run.cursors if is_first else _cursors(run), may_resume=True)
    try:
        return _walk(run, source, progress)
    except ListMoved:
        counters = progress.counters
    except _REFUSED_TOKEN as error:
        # Providers forget page tokens; walking the window from its beginning loses nothing.
        if not progress.is_resumed or progress.counters.pages > 0:
            return _ended(run, progress, error)
        counters = Counters()
    except _ENDINGS as error:
        return _ended(run, progress, error)
    progress = _begin(run, stream, _cursors(run), may_resume=False)
    progress.counters, progress.may_repeat = counters, False
    try:
        return _walk(run, source, progress)
    except _ENDINGS as error:
        return _ended(run, progress, error)


def _cursors(run: Run) -> sync_plan.Cursors:
    with run.runtime.reading() as session:
        return sync_plan.cursors_of(session, run.claim.connection_id)


def _begin(run: Run, stream: Stream, cursors: sync_plan.Cursors, *, may_resume: bool) -> Progress:
    now = run.runtime.clock()
    key = stream, sync_plan.mode_of(run.connection, cursors, stream, run.mode)
    day = sync_plan.Day(now, run.business_date)
    walk = sync_plan.plan_walk(run.connection, cursors, key, day, may_resume=may_resume)
    history = cursors.get((Stream.BOOKINGS, Mode.BACKFILL)) or cursors.get((Stream.CHECK_INS, Mode.BACKFILL))
    return Progress(walk, walk.position, history.began_at if history else None)


def _walk(run: Run, source: StreamSource, progress: Progress) -> StreamReport:
    walk = progress.walk

    def pages() -> Iterator[AnyPage]:
        asked = walk.stream, walk.position.window, walk.position.token
        if isinstance(source, RawSource) and source.reads_raw(walk.stream):
            return source.fetch_raw(*asked)
        return source.fetch(*asked)

    prefetch = Prefetch(pages, name=f"prefetch-{run.public_id}")
    try:
        while True:
            page = _next(run, progress, prefetch) or _LAST  # an adapter may also end without a last page
            report = write_page(run, progress, page)
            if report is not None:
                break
    finally:
        prefetch.close()
    gone = look_for_gone(run, source, progress)
    return report if not gone else _with_gone(run, progress, report, gone)


def _with_gone(run: Run, progress: Progress, report: StreamReport, gone: int) -> StreamReport:
    report = replace(report, changed=report.changed + gone, verdict=Verdict.NEW_DATA)
    with run.runtime.bulk_writing() as db:
        write_stream(db, run, report, progress.counters)
    return report


def _next(run: Run, progress: Progress, prefetch: Prefetch) -> AnyPage | None:
    """The next page. While a provider takes its time, the run looks at its stop switch and gives signs of life."""
    beaten_at = time.monotonic()
    while not run.stop.look():
        if prefetch.take(_LOOK_EVERY):
            return prefetch.page()
        if not progress.is_shown:
            _show(run, progress)
        if time.monotonic() - beaten_at >= _BEAT_EVERY:
            beat(run)
            beaten_at = time.monotonic()
    raise _Stopped


def _show(run: Run, progress: Progress) -> None:
    """The stream's row, for whoever looks while a provider takes its time; a quick one is written with its page."""
    progress.is_shown = True
    with run.runtime.bulk_writing() as db:
        write_stream(db, run, progress.report(RunState.RUNNING), progress.counters)


def _ended(run: Run, progress: Progress, error: Exception) -> StreamReport:
    """What an ending before the end means; written at once, so that the log screen shows it while others go on."""
    state, verdict, fault = _meaning(run, error)
    report = progress.report(state, verdict, fault)
    with run.runtime.bulk_writing() as db:
        beat_in(db, run)
        write_stream(db, run, report, progress.counters)
    return report


def _meaning(run: Run, error: Exception) -> tuple[RunState, Verdict, Fault | None]:
    if isinstance(error, Cancelled | _Stopped):
        return stopped_state(run.stop.reason())
    fault = error.fault if isinstance(error, ProviderError) else ContractBroken("cursor", str(error)).fault
    return RunState.FAILED, Verdict.FAILED, fault


def stopped_state(reason: StopReason | None) -> tuple[RunState, Verdict, Fault | None]:
    """How a stream and its run end when the stop switch was pressed."""
    if reason is StopReason.TIME_IS_OVER:
        return RunState.FAILED, Verdict.FAILED, RUN_TOO_LONG
    state = RunState.CANCELLED if reason is StopReason.CANCELLED else RunState.INTERRUPTED
    return state, Verdict.CANCELLED, None
