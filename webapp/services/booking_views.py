"""What a list of bookings is narrowed to, and the rows it shows: frozen values, nothing is loaded later."""

from datetime import date, datetime
from enum import StrEnum

from webapp.domain.booking import BookingStatus
from webapp.domain.value import Value

COUNTED = 1_000  # a longer list is "1,000+": counting on would cost more than the page


class View(StrEnum):
    """What the front desk asks for; "today" is the hotel's business date."""

    ALL = ""
    ARRIVING = "arriving"
    IN_HOUSE = "in_house"
    DEPARTING = "departing"
    UPCOMING = "upcoming"


class Order(StrEnum):
    """By arrival."""

    LATEST = "latest"
    SOONEST = "soonest"


class BookingFilter(Value, frozen=True):
    """What a list is narrowed to; `arrival_to` is included. Empty means everything."""

    text: str = ""
    view: View = View.ALL
    status: BookingStatus | None = None
    arrival_from: date | None = None
    arrival_to: date | None = None
    source: str = ""
    room_type: str = ""
    order: Order = Order.LATEST


class BookingRow(Value, frozen=True):
    """A booking in a list. `rooms` and `room_types` are those of its lines, each once; half-open nights.

    `announced_at` is when the hub told that the booking was made; None for what came with the history.
    """

    public_id: str
    external_id: str
    confirmation_number: str
    group_ref: str
    guest_first: str
    guest_last: str
    arrival: date
    departure: date
    status: BookingStatus
    raw_status: str
    holds_room: bool
    source: str
    rooms: tuple[str, ...]
    room_types: tuple[str, ...]
    units: int
    adults: int
    children: int
    total_minor: int | None
    balance_minor: int | None
    currency: str
    changed_at: datetime
    is_gone: bool
    announced_at: datetime | None

    @property
    def nights(self) -> int:
        return (self.departure - self.arrival).days


class BookingPage(Value, frozen=True):
    """`older` and `newer` are cursors of the neighbouring pages: towards earlier and towards later arrivals.

    `found` is counted on the first page only, up to COUNTED + 1; None where that would not be cheap.
    """

    rows: tuple[BookingRow, ...] = ()
    older: str | None = None
    newer: str | None = None
    found: int | None = None


class ExportRow(Value, frozen=True):
    external_id: str
    confirmation_number: str
    guest_last: str
    guest_first: str
    arrival: date
    departure: date
    status: str
    room_type: str
    total_minor: int | None
    balance_minor: int | None
    currency: str


class Choices(Value, frozen=True):
    """Values a filter may offer."""

    sources: tuple[str, ...] = ()
    room_types: tuple[str, ...] = ()
