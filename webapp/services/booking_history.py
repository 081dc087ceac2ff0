"""What happened to one booking, moment by moment: fields, facts, and the call or run that brought them; paged by key."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from webapp.domain.event import FactType, Road
from webapp.domain.value import Value
from webapp.models import BookingChange, Fact, SyncRun, WebhookHit

MOMENTS = 20
MOST_FIELDS = 400
"""Fields that a page reads at most; a moment with more is told in parts."""


class FieldGroup(StrEnum):
    ANY = ""
    STAY = "stay"
    STATUS = "status"
    MONEY = "money"
    PEOPLE = "people"
    REST = "rest"


GROUPS: dict[FieldGroup, tuple[str, ...]] = {
    FieldGroup.STAY: ("line", "unit", "arrival", "departure", "room_type_id", "room_type", "room"),
    FieldGroup.STATUS: (
        "created", "gone", "status", "raw_status", "holds_room", "cancelled_at", "checked_in_at", "checked_out_at",
    ),
    FieldGroup.MONEY: (
        "currency", "total_minor", "balance_minor", "nights", "nights_are_spread", "rate_plan_id", "rate_plan",
    ),
    FieldGroup.PEOPLE: ("guests", "guests_checked_in", "adults", "children"),
    FieldGroup.REST: ("confirmation_number", "group_ref", "source", "notes", "booked_at"),
}  # fmt: skip


class FieldChange(Value, frozen=True):
    """`field` is a column's name, "created" or "gone"; the values are the stored texts."""

    field: str
    stay_line: str
    old: str | None
    new: str | None


class FactView(Value, frozen=True):
    """Something that happened to the booking, once; `occurrence` counts a second check-in after a reversal."""

    type: FactType
    occurrence: int
    occurred_at: datetime | None
    recorded_at: datetime
    road: Road


class ChangeView(Value, frozen=True):
    """Fields that arrived together, and what they meant. `run_id` and `hit_id` are the public ids of what brought them;
    `is_hit_kept` is False where retention has taken the call. `id` is the key of its first field."""

    id: int
    arrived_at: datetime
    business_date: date | None
    provider_at: datetime | None
    road: Road
    run_id: str | None
    trace_id: str | None
    hit_id: str | None
    is_hit_kept: bool
    fields: tuple[FieldChange, ...]
    facts: tuple[FactView, ...]


class HistoryPage(Value, frozen=True):
    """Newest first; `older` is the key to go on from."""

    moments: tuple[ChangeView, ...] = ()
    older: int | None = None


def history(
    session: Session,
    booking_id: int,
    group: FieldGroup = FieldGroup.ANY,
    before: int | None = None,
    limit: int = MOMENTS,
) -> HistoryPage:
    """Fields of one moment are those that arrived at one instant by one road. Costs the same however long it is."""
    rows = session.execute(_rows(booking_id, group, before)).all()
    is_cut, rows = len(rows) > MOST_FIELDS, rows[:MOST_FIELDS]
    moments = _grouped(rows)
    if is_cut and len(moments) > 1:
        moments.pop()
    has_more = is_cut or len(moments) > limit
    moments = moments[:limit]
    told = _facts_at(session, booking_id, [moment[0].arrived_at for moment in moments])
    return HistoryPage(
        tuple(_moment(moment, told) for moment in moments), moments[-1][-1].id if has_more else None
    )


def facts(session: Session, booking_id: int) -> tuple[FactView, ...]:
    """All that was told of it, newest first."""
    statement = select(Fact).where(Fact.booking_id == booking_id).order_by(Fact.id.desc())
    return tuple(_fact(row) for row in session.scalars(statement))


def _rows(booking_id: int, group: FieldGroup, before: int | None) -> Any:
    statement = (
        select(
            BookingChange.id,
            BookingChange.field,
            BookingChange.stay_line,
            BookingChange.old,
            BookingChange.new,
            BookingChange.provider_at,
            BookingChange.arrived_at,
            BookingChange.business_date,
            BookingChange.road,
            BookingChange.hit_id,
            SyncRun.public_id.label("run"),
            SyncRun.trace_id.label("run_trace"),
            WebhookHit.public_id.label("hit"),
            WebhookHit.trace_id.label("hit_trace"),
        )
        .outerjoin(SyncRun, SyncRun.id == BookingChange.run_id)
        .outerjoin(WebhookHit, WebhookHit.id == BookingChange.hit_id)
        .where(BookingChange.booking_id == booking_id)
        .order_by(BookingChange.id.desc())
        .limit(MOST_FIELDS + 1)
    )
    if before is not None:
        statement = statement.where(BookingChange.id < before)
    return statement.where(BookingChange.field.in_(GROUPS[group])) if group in GROUPS else statement


def _grouped(rows: Sequence[Row[*tuple[Any, ...]]]) -> list[list[Row[*tuple[Any, ...]]]]:
    moments: list[list[Row[*tuple[Any, ...]]]] = []
    for row in rows:
        if moments and (moments[-1][0].arrived_at, moments[-1][0].road) == (row.arrived_at, row.road):
            moments[-1].append(row)
        else:
            moments.append([row])
    return moments


def _facts_at(session: Session, booking_id: int, instants: Iterable[datetime]) -> tuple[FactView, ...]:
    """Facts are written with the change that they follow from, so they carry its instant."""
    statement = select(Fact).where(Fact.booking_id == booking_id, Fact.recorded_at.in_(set(instants)))
    return tuple(_fact(row) for row in session.scalars(statement.order_by(Fact.id)))


def _fact(row: Fact) -> FactView:
    return FactView(FactType(row.type), row.occurrence, row.occurred_at, row.recorded_at, Road(row.road))


def _moment(rows: Sequence[Row[*tuple[Any, ...]]], told: Sequence[FactView]) -> ChangeView:
    first = rows[0]
    return ChangeView(
        id=rows[-1].id,
        arrived_at=first.arrived_at,
        business_date=first.business_date,
        provider_at=first.provider_at,
        road=Road(first.road),
        run_id=first.run,
        trace_id=first.run_trace or first.hit_trace,
        hit_id=first.hit,
        is_hit_kept=first.hit is not None or first.hit_id is None,
        fields=tuple(FieldChange(row.field, row.stay_line, row.old, row.new) for row in reversed(rows)),
        facts=tuple(
            fact for fact in told if (fact.recorded_at, fact.road) == (first.arrived_at, Road(first.road))
        ),
    )
