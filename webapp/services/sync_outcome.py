"""What a run means for its connection: state, fault, and when to try again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from webapp.domain.fault import Actor, Fault
from webapp.domain.stream import Mode, Stream
from webapp.domain.value import Value
from webapp.models import Connection, ConnectionState, RunState, Verdict

from .clock_jumps import LONGEST_PLAN
from .disk_space import DISK_FULL
from .sync_report import RunReport, StreamReport
from .sync_stopping import RUN_TOO_LONG
from .sync_verdicts import SUSPICIOUS_ZERO
from .tight_polling import minutes_between_runs

WALLS = frozenset(
    {
        "credentials_rejected",
        "property_unknown",
        "address_refused",
        "recipe_wrong",
        "key_missing",
        "provider_unknown",
    }
)
"""Trying again by itself cannot help, and may lock the account: the timer stops until a person acts."""
UNREACHABLE = frozenset({"provider_unavailable", "provider_hung", "address_wrong", "certificate_rejected"})
BUSY_AT_NIGHT = frozenset({"provider_unavailable", "provider_hung", "rate_limited"})
"""What a provider that closes its day does without being broken."""
PATIENCE = 3
"""Runs in a row after which a fault that an admin may have to mend is no longer taken for a passing one: a
maintenance page and a name that does not resolve for a minute look like a wrong address."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
LONGEST_WISH = LONGEST_PLAN


class Outcome(Value, frozen=True):
    """What becomes of the connection. `state` is None when the run proved nothing about it; `next_sync_at` is None
    when only a person can go on; `is_good` starts the age of the data anew."""

    state: ConnectionState | None
    next_sync_at: datetime | None
    fault: Fault | None = None
    failures: int = 0
    is_good: bool = False


def ends_the_run(reports: Sequence[StreamReport]) -> bool:
    """Whether the streams that are left need not be tried: a wall, a provider that asks for rest, or two streams
    in a row without an answer."""
    fault = reports[-1].fault
    if fault is None:
        return False
    if fault.code in WALLS or fault.code == "rate_limited":
        return True
    before = reports[-2].fault if len(reports) > 1 else None
    return fault.code in UNREACHABLE and before is not None and before.code in UNREACHABLE


def gravest_fault(reports: Sequence[StreamReport]) -> Fault | None:
    """A wall first, then the first of the others; a suspicious zero is a fault too."""
    faults = [report.fault for report in reports if report.fault]
    found = next((fault for fault in faults if fault.code in WALLS), faults[0] if faults else None)
    if found is None and any(report.verdict is Verdict.SUSPICIOUS_ZERO for report in reports):
        return SUSPICIOUS_ZERO
    return found


def judge(
    connection: Connection, report: RunReport, started_at: datetime, now: datetime, *, is_audit: bool = False
) -> Outcome:
    """Pure: `connection` is read, not written. While the night audit runs a provider may be slow or away."""
    usual = max(started_at + timedelta(minutes=minutes_between_runs(connection)), now)
    fault = report.fault
    if report.state is RunState.INTERRUPTED or fault == RUN_TOO_LONG:
        return Outcome(None, now)
    if report.state is RunState.CANCELLED:
        return Outcome(None, usual)
    if fault is None and not report.streams:
        return Outcome(None, usual)  # everything waits for the end of the audit
    if is_audit and fault is not None and fault.code in BUSY_AT_NIGHT:
        asked = now + min(timedelta(seconds=fault.retry_after or 0), LONGEST_WISH)
        return Outcome(None, max(usual, asked), is_good=_bookings_are_good(report))
    if fault is None:
        return Outcome(ConnectionState.HEALTHY, usual, is_good=True)
    is_partial = any(stream.state is RunState.SUCCEEDED for stream in report.streams)
    failures = connection.failures + 1
    return Outcome(
        _state_for(connection, fault, failures),
        _next_try(fault, failures, usual, now, is_partial=is_partial),
        fault,
        failures,
        _bookings_are_good(report),
    )


def _state_for(connection: Connection, fault: Fault, failures: int) -> ConnectionState:
    if fault.code in WALLS or fault.code == "permission_missing":
        return ConnectionState.NEEDS_ATTENTION
    is_ours_to_mend = fault.actor in (Actor.ADMIN, Actor.IT) and fault != SUSPICIOUS_ZERO
    may_pass = connection.last_good_at is not None and failures < PATIENCE
    return ConnectionState.NEEDS_ATTENTION if is_ours_to_mend and not may_pass else ConnectionState.DEGRADED


def _next_try(
    fault: Fault, failures: int, usual: datetime, now: datetime, *, is_partial: bool
) -> datetime | None:
    if fault.code in WALLS or (fault.code == "permission_missing" and not is_partial):
        return None
    if fault.code == DISK_FULL.code:
        return now + FIRST_WAIT  # it is our own machine that is asked, and whoever makes room wants to see it
    wish = min(timedelta(seconds=fault.retry_after or 0), LONGEST_WISH)
    if is_partial:
        return max(usual, now + wish)
    wait = min(FIRST_WAIT * (1 << min(failures - 1, 10)), LONGEST_WAIT)
    return now + max(wait, wish)


def _bookings_are_good(report: RunReport) -> bool:
    """What people look at is bookings: a fault elsewhere does not make them older."""
    return any(
        stream.stream is Stream.BOOKINGS
        and stream.state is RunState.SUCCEEDED
        and stream.verdict is not Verdict.SUSPICIOUS_ZERO
        for stream in report.streams
    )


def swept(report: RunReport) -> bool:
    """Whether the daily sweep is done; a history counts for one."""
    return any(
        stream.stream is Stream.BOOKINGS
        and stream.mode in (Mode.SWEEP, Mode.BACKFILL)
        and stream.state is RunState.SUCCEEDED
        for stream in report.streams
    )
