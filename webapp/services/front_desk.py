"""The front desk's day: who comes, who is here, who leaves, how full the house is, and how far all of it can be trusted."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from webapp.domain.booking import BookingStatus
from webapp.domain.stream import Stream
from webapp.domain.value import Value

from . import freshness, stay_metrics
from .freshness import ConnectionView
from .stay_metrics import DeskStay

NIGHTS = 14
LISTED = 8


class DeskList(Value, frozen=True):
    """`waiting` are due, `done` have come or gone; `rows` are the first LISTED, the waiting ones first."""

    total: int
    waiting: int
    done: int
    people: int
    rows: tuple[DeskStay, ...]


class NightView(Value, frozen=True):
    """A night and its sold rooms; `rooms` is None where the provider does not tell how many there are."""

    night: date
    sold: int
    rooms: int | None

    @property
    def percent(self) -> int | None:
        return round(100 * self.sold / self.rooms) if self.rooms else None


class Desk(Value, frozen=True):
    """Of one business date. Lists and nights are None while there is no primary connection to tell them.

    `bookings_as_of` and `rooms_as_of` are when each kind of data was last known to be complete.
    """

    business_date: date
    connections: tuple[ConnectionView, ...]
    primary: ConnectionView | None
    arrivals: DeskList | None = None
    in_house: DeskList | None = None
    departures: DeskList | None = None
    stayovers: int = 0
    nights: tuple[NightView, ...] = ()
    bookings_as_of: datetime | None = None
    rooms_as_of: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Nothing was ever loaded, so zeros would say something that nobody knows."""
        return self.primary is not None and self.bookings_as_of is None


def today(session: Session, business_date: date, now: datetime) -> Desk:
    """Everything the dashboard shows, by the definitions of `stay_metrics`."""
    connections = freshness.connections(session, now)
    primary = next((one for one in connections if one.is_primary), None)
    if primary is None:
        return Desk(business_date, connections, None)
    arriving = stay_metrics.arrivals(session, primary.id, business_date)
    leaving = stay_metrics.departures(session, primary.id, business_date)
    present = stay_metrics.in_house(session, primary.id, business_date)
    sold = stay_metrics.sold_rooms(session, primary.id, business_date, NIGHTS)
    rooms = stay_metrics.rooms_for_sale(session, primary.id, business_date, NIGHTS)
    return Desk(
        business_date,
        connections,
        primary,
        arrivals=_listed(arriving, BookingStatus.CONFIRMED),
        in_house=_listed(present, BookingStatus.CHECKED_IN),
        departures=_listed(leaving, BookingStatus.CHECKED_IN, done=BookingStatus.CHECKED_OUT),
        stayovers=sum(stay_metrics.is_stayover(visit, business_date) for visit in present),
        nights=tuple(
            NightView(business_date + timedelta(days=place), count, total)
            for place, (count, total) in enumerate(zip(sold, rooms, strict=True))
        ),
        bookings_as_of=primary.as_of,
        rooms_as_of=primary.stream_ages.get(Stream.AVAILABILITY),
    )


def _listed(
    visits: tuple[DeskStay, ...], waiting: BookingStatus, *, done: BookingStatus | None = None
) -> DeskList:
    """Without `done` everybody who is not waiting is done."""
    due = [visit for visit in visits if visit.status == waiting]
    others = [visit for visit in visits if visit.status != waiting]
    return DeskList(
        total=len(visits),
        waiting=len(due),
        done=sum(done is None or visit.status == done for visit in others),
        people=sum(visit.people for visit in visits),
        rows=tuple((due + others)[:LISTED]),
    )
