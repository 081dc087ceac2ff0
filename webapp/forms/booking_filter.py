"""What a list of bookings is narrowed to, read from the address."""

from datetime import date

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import DateField, SearchField, SelectField, StringField
from wtforms.form import BaseForm
from wtforms.validators import Length, Optional, ValidationError

from webapp.domain.booking import BookingStatus
from webapp.services.booking_views import BookingFilter, Order, View

from .entry import EntryForm, choice
from .wording import lazy

STATUSES = (
    (BookingStatus.INQUIRY, lazy("Inquiry")),
    (BookingStatus.CONFIRMED, lazy("Confirmed")),
    (BookingStatus.CHECKED_IN, lazy("Checked in")),
    (BookingStatus.CHECKED_OUT, lazy("Checked out")),
    (BookingStatus.CANCELLED, lazy("Cancelled")),
    (BookingStatus.NO_SHOW, lazy("No-show")),
)
ORDERS = ((Order.LATEST, lazy("Latest arrival first")), (Order.SOONEST, lazy("Earliest arrival first")))
VIEWS = (
    (View.ALL, lazy("All")),
    (View.ARRIVING, lazy("Arriving today")),
    (View.IN_HOUSE, lazy("In house")),
    (View.DEPARTING, lazy("Departing today")),
    (View.UPCOMING, lazy("From today on")),
)


def visible(text: str | None) -> str:
    """Without what cannot be seen: a NUL in an address would be refused by PostgreSQL."""
    return "".join(letter for letter in text or "" if letter.isprintable()).strip()


class KnownDateField(DateField):
    """A date with our own complaint."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value for value in valuelist if value.strip()])
        except ValueError as error:
            raise ValueError(lazy("This is not a date; write it like 2026-07-14.")) from error


class KnownSelectField(SelectField):
    """One of the choices, with our own complaint."""

    def pre_validate(self, form: BaseForm) -> None:
        try:
            super().pre_validate(form)
        except ValidationError as error:
            raise ValidationError(lazy("Choose one of the list.")) from error


class BookingFilterForm(EntryForm):
    """`wanted()` after `validate()`. Sources and room types are offered, not demanded: a link may be older than they."""

    q = SearchField(
        lazy("Search"), [Length(max=200, message=lazy("Search for at most 200 letters."))], filters=[visible]
    )
    view = KnownSelectField(
        lazy("Show"),
        choices=[choice(value.value, label) for value, label in VIEWS],
        default=View.ALL.value,
    )
    status = KnownSelectField(
        lazy("Status"),
        choices=[
            choice("", lazy("Any")),
            *(choice(value.value, label) for value, label in STATUSES),
        ],
        default="",
    )
    arrival_from = KnownDateField(lazy("Arrival from"), [Optional()], name="from")
    arrival_to = KnownDateField(lazy("Arrival to"), [Optional()], name="to")
    source = StringField(lazy("Source"), [Length(max=80)], filters=[visible])
    room_type = StringField(lazy("Room type"), [Length(max=120)], filters=[visible])
    order = KnownSelectField(
        lazy("Order"),
        choices=[choice(value.value, label) for value, label in ORDERS],
        default=Order.LATEST.value,
    )

    def __init__(self) -> None:
        super().__init__(MultiDict(request.args))

    def validate_arrival_to(self, field: DateField) -> None:
        first, last = self.arrival_from.data, field.data
        if isinstance(first, date) and isinstance(last, date) and last < first:
            raise ValidationError(lazy("This day lies before the first one."))

    def wanted(self) -> BookingFilter:
        return BookingFilter(
            text=self.q.data or "",
            view=View(self.view.data),
            status=BookingStatus(self.status.data) if self.status.data else None,
            arrival_from=self.arrival_from.data,
            arrival_to=self.arrival_to.data,
            source=self.source.data or "",
            room_type=self.room_type.data or "",
            order=Order(self.order.data),
        )
