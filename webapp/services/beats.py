"""The clock as seen from outside it: who ticks, since when, and which jobs are late."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import JobBeat, Lease

LEASE = "clock"
CHECKER = "check_health"
EVERY = {
    "beat": 10,
    "sync_due": 5,
    "process_hits": 2,
    "drain_queues": 5,
    "deliver": 2,
    "check_health": 60,
    "keep_up": 300,
    "compare_with_providers": 60,
    "follow_business_date": 300,
    "roll_business_date": 60,
    "prune_logs": 3600,
}
"""Seconds between two turns of a job, as the schedule has them."""
TELLING = timedelta(seconds=30)
"""Beats are written at most this often."""
PATIENCE = timedelta(seconds=60)
LATE_CHECKER = timedelta(minutes=3)


class JobView(Value, frozen=True):
    """`error` is the name of what ended its last turn."""

    name: str
    ran_at: datetime
    error: str
    is_late: bool


class ClockView(Value, frozen=True):
    """`owner` is host and process that tick, `number` grows with every change of owner; None: it never ticked."""

    owner: str | None
    number: int
    heartbeat_at: datetime | None
    is_ticking: bool
    jobs: tuple[JobView, ...]
    checked_at: datetime | None
    is_checker_late: bool


def clock_view(session: Session, now: datetime) -> ClockView:
    lease = session.get(Lease, LEASE)
    beats = session.scalars(select(JobBeat).order_by(JobBeat.name)).all()
    jobs = tuple(
        JobView(beat.name, beat.finished_at or beat.started_at, beat.error or "", _is_late(beat, now))
        for beat in beats
    )
    checked_at = next((job.ran_at for job in jobs if job.name == CHECKER), None)
    is_ticking = lease is not None and lease.expires_at > now
    # A clock that has just started checks within seconds; one that does not tick never will.
    is_checker_late = not is_ticking if checked_at is None else now - checked_at > LATE_CHECKER
    return ClockView(
        owner=lease.owner if lease else None,
        number=lease.number if lease else 0,
        heartbeat_at=lease.heartbeat_at if lease else None,
        is_ticking=is_ticking,
        jobs=jobs,
        checked_at=checked_at,
        is_checker_late=is_checker_late,
    )


def _is_late(beat: JobBeat, now: datetime) -> bool:
    usual = timedelta(seconds=EVERY.get(beat.name, 3600)) + TELLING
    return now - (beat.finished_at or beat.started_at) > usual + PATIENCE
