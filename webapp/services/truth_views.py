"""What the last truth checks found, for Health: figures, what differs, the history, and when the next one comes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.models import Connection, ConnectionState, TruthCheck, TruthPlan, TruthState

from .freshness import ConnectionView
from .truth_compare import Finding
from .truth_plans import Reason

HISTORY = 48
GOOD_FOR = timedelta(hours=3)
"""How long a comparison speaks for the data; an hourly one may be put off once or twice."""


class CheckMark(Value, frozen=True):
    """One check of the history. `differing` of `fields`; a check that failed compared none."""

    at: datetime
    state: TruthState
    fields: int
    differing: int
    underway: int


class TruthView(Value, frozen=True):
    """Of one connection. `last` is the latest that compared something, `failed_at` of a later one that could not.

    `findings` are those of `last`; `history` is the oldest first. `reason` says why a check cannot be asked for now.
    """

    connection: ConnectionView
    last: CheckMark | None
    bookings: int
    findings: tuple[Finding, ...]
    failed_at: datetime | None
    next_at: datetime | None
    is_due: bool
    reason: str
    history: tuple[CheckMark, ...]

    @property
    def differs(self) -> bool:
        return self.last is not None and self.last.state is TruthState.DIFFERS

    def speaks_for(self, now: datetime) -> bool:
        """Something was compared lately, and nothing is wrong."""
        return self.last is not None and not self.differs and now - self.last.at <= GOOD_FOR


def of_connections(session: Session, connections: Sequence[ConnectionView]) -> tuple[TruthView, ...]:
    """Of those that read bookings, in the order given; three queries, however many they are."""
    ids = [one.id for one in connections]
    streams = {
        row.id: row.streams
        for row in session.execute(select(Connection.id, Connection.streams).where(Connection.id.in_(ids)))
    }
    plans = {
        row.connection_id: row
        for row in session.scalars(select(TruthPlan).where(TruthPlan.connection_id.in_(ids)))
    }
    checks: dict[int, list[TruthCheck]] = defaultdict(list)
    latest = select(TruthCheck).where(TruthCheck.connection_id.in_(ids)).order_by(TruthCheck.id.desc())
    for row in session.scalars(latest.limit(HISTORY * max(len(ids), 1))):
        checks[row.connection_id].append(row)
    return tuple(
        _view(one, checks[one.id][:HISTORY], plans.get(one.id))
        for one in connections
        if Stream.BOOKINGS.value in streams.get(one.id, ())
    )


def _view(one: ConnectionView, checks: Sequence[TruthCheck], plan: TruthPlan | None) -> TruthView:
    compared = next((check for check in checks if check.state != TruthState.FAILED), None)
    reason = _reason(one, plan)
    failed = checks[0] if checks and checks[0].state == TruthState.FAILED else None
    return TruthView(
        connection=one,
        last=_mark(compared) if compared else None,
        bookings=compared.bookings if compared else 0,
        findings=msgspec.convert(compared.findings, tuple[Finding, ...]) if compared else (),
        failed_at=failed.at if failed else None,
        next_at=plan.next_check_at if plan else None,
        is_due=plan is not None and plan.is_wanted and reason not in (Reason.STATE, Reason.LOADING),
        reason=reason,
        history=tuple(_mark(check) for check in reversed(checks)),
    )


def _reason(one: ConnectionView, plan: TruthPlan | None) -> str:
    if one.state is not ConnectionState.HEALTHY:
        return Reason.STATE
    if one.as_of is None:
        return Reason.LOADING
    return plan.waits_for if plan is not None else ""


def _mark(row: TruthCheck) -> CheckMark:
    return CheckMark(row.at, TruthState(row.state), row.fields, row.differing, row.underway)
