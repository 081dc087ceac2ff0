"""The front desk over the API: who comes, who is here and who leaves, counted as the dashboard counts."""

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum

from pydantic import Field
from sqlalchemy.orm import Session

from webapp.domain.booking import BookingStatus
from webapp.routes.context import the_hotel
from webapp.services import feeds, stay_metrics
from webapp.services.stay_metrics import DeskStay, primary_connection_id

from .operation import Call, operation
from .paging import all_in_memory
from .shapes import Answer, Day, Listed, Money, PageQuery, PersonName, money

GROUP = "Front desk"


class Movement(StrEnum):
    ARRIVALS = "arrivals"
    DEPARTURES = "departures"
    IN_HOUSE = "in_house"


class DeskQuery(PageQuery):
    date: Day | None = Field(default=None, description="The business date, unless another is named.")
    movement: Movement = Field(
        default=Movement.ARRIVALS,
        description="in_house of the business date are those checked in; of another date those who sleep here.",
    )


class CheckIn(Answer):
    """One visit: what one room of a booking does from its arrival to its departure, room moves included."""

    id: str = Field(description="The booking and its unit.")
    booking_id: str
    confirmation_number: str
    guest: PersonName
    status: BookingStatus
    arrival: date
    departure: date
    nights: int
    room: str
    room_type: str
    adults: int
    children: int
    balance: Money | None
    updated_at: datetime


class CheckInList(Listed[CheckIn]):
    """A page of visits."""


@operation("GET", "/check-ins", group=GROUP, answer=CheckInList, query=DeskQuery, problems=("bad_cursor",))
def list_check_ins(call: Call[DeskQuery, None]) -> CheckInList:
    """List arrivals, departures or guests in house.

    Of one date; by the same definitions as the dashboard.
    """
    today = the_hotel().business_date
    wanted = call.query.date or today
    with call.runtime.reading() as session:
        visits = _visits(session, call.query.movement, wanted, today)
        changed = feeds.changes_of(session, [visit.booking_id for visit in visits])
    return all_in_memory(
        call,
        CheckInList,
        visits,
        key=_id,
        show=lambda visit: _check_in(visit, changed[visit.booking_id]),
        changed_at=lambda visit: changed[visit.booking_id],
    )


def _visits(session: Session, movement: Movement, day: date, today: date) -> tuple[DeskStay, ...]:
    owner = primary_connection_id(session)
    if owner is None:
        return ()
    ways: dict[Movement, Callable[[Session, int, date], tuple[DeskStay, ...]]] = {
        Movement.ARRIVALS: stay_metrics.arrivals,
        Movement.DEPARTURES: stay_metrics.departures,
        Movement.IN_HOUSE: stay_metrics.in_house if day == today else stay_metrics.covering,
    }
    return ways[movement](session, owner, day)


def _id(visit: DeskStay) -> str:
    return f"{visit.public_id}/{visit.unit}"


def _check_in(visit: DeskStay, changed_at: datetime) -> CheckIn:
    return CheckIn(
        id=_id(visit),
        booking_id=visit.public_id,
        confirmation_number=visit.confirmation_number,
        guest=PersonName(first_name=visit.guest_first, last_name=visit.guest_last),
        status=visit.status,
        arrival=visit.arrival,
        departure=visit.departure,
        nights=visit.nights,
        room=visit.room,
        room_type=visit.room_type,
        adults=visit.adults,
        children=visit.children,
        balance=money(visit.balance_minor, visit.currency),
        updated_at=changed_at,
    )
