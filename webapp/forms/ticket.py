"""Forms of Support: a ticket, a message, how a ticket goes on, what the list shows, and whom to reach."""

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    HiddenField,
    MultipleFileField,
    SearchField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from webapp.domain.ticket import Category, Priority, TicketStatus
from webapp.services.support_contacts import LONGEST_PHONE, LONGEST_URL, Contacts
from webapp.services.ticket_files import LARGEST, NewFile
from webapp.services.ticket_lists import UNDONE, TicketFilter
from webapp.services.tickets import LONGEST_MESSAGE, LONGEST_SUBJECT

from .booking_filter import KnownSelectField, visible
from .entry import EntryForm, choice
from .wording import lazy

CATEGORIES = {
    Category.INTEGRATION: lazy("Integration"),
    Category.BOOKING: lazy("Booking"),
    Category.PAYMENT: lazy("Payment"),
    Category.ACCESS: lazy("Sign-in and access"),
    Category.OTHER: lazy("Something else"),
}
PRIORITIES = {
    Priority.LOW: lazy("Low"),
    Priority.NORMAL: lazy("Normal"),
    Priority.HIGH: lazy("High"),
    Priority.URGENT: lazy("Urgent"),
}
STATUSES = {
    TicketStatus.OPEN: lazy("Open"),
    TicketStatus.WAITING: lazy("Waiting for an answer"),
    TicketStatus.SOLVED: lazy("Solved"),
    TicketStatus.CLOSED: lazy("Closed"),
}
_CATEGORY_CHOICES = [choice(value.value, label) for value, label in CATEGORIES.items()]
_PRIORITY_CHOICES = [choice(value.value, label) for value, label in PRIORITIES.items()]
UNDONE_WORD = "undone"


class MessageForm(EntryForm):
    """`files` are read from the request, not from the form: a browser cannot send them twice."""

    message = TextAreaField(
        lazy("Message"),
        [
            DataRequired(lazy("Write what happened.")),
            Length(max=LONGEST_MESSAGE, message=lazy("A message has at most 10,000 characters.")),
        ],
    )
    bundle = HiddenField()
    with_bundle = BooleanField(lazy("Attach these diagnostics"))
    files = MultipleFileField(lazy("Files"))
    refused_file = ""  # why one of them cannot be attached

    @property
    def chosen_bundle(self) -> str:
        return str(self.bundle.data or "") if self.with_bundle.data else ""


class TicketForm(MessageForm):
    subject = StringField(
        lazy("Subject"),
        [
            DataRequired(lazy("Say in a few words what it is about.")),
            Length(max=LONGEST_SUBJECT, message=lazy("A subject has at most 200 characters.")),
        ],
        filters=[visible],
    )
    category = SelectField(lazy("Category"), choices=_CATEGORY_CHOICES, default=Category.OTHER.value)
    priority = SelectField(lazy("Priority"), choices=_PRIORITY_CHOICES, default=Priority.NORMAL.value)
    booking = HiddenField()
    connection = HiddenField()


class ManageForm(EntryForm):
    """`status` offers what may follow the present one."""

    status = SelectField(lazy("Status"))
    category = SelectField(lazy("Category"), choices=_CATEGORY_CHOICES)
    priority = SelectField(lazy("Priority"), choices=_PRIORITY_CHOICES)


class TicketFilterForm(EntryForm):
    q = SearchField(
        lazy("Words or number"),
        [Length(max=200, message=lazy("Search for at most 200 letters."))],
        filters=[visible],
    )
    status = KnownSelectField(
        lazy("Status"),
        choices=[
            choice("", lazy("All")),
            choice(UNDONE_WORD, lazy("Not done")),
            *(choice(value.value, label) for value, label in STATUSES.items()),
        ],
        default="",
    )
    category = KnownSelectField(
        lazy("Category"), choices=[choice("", lazy("Any")), *_CATEGORY_CHOICES], default=""
    )
    priority = KnownSelectField(
        lazy("Priority"), choices=[choice("", lazy("Any")), *_PRIORITY_CHOICES], default=""
    )

    def __init__(self) -> None:
        super().__init__(MultiDict(request.args))

    def wanted(self) -> TicketFilter:
        """After `validate()`."""
        status = self.status.data or ""
        one = (TicketStatus(status),) if status and status != UNDONE_WORD else ()
        return TicketFilter(
            text=self.q.data or "",
            statuses=UNDONE if status == UNDONE_WORD else one,
            category=Category(self.category.data) if self.category.data else None,
            priority=Priority(self.priority.data) if self.priority.data else None,
        )


class ContactsForm(EntryForm):
    """An empty field means the usual contact."""

    email = StringField(lazy("E-mail"), [Length(max=254)], filters=[visible])
    docs_url = StringField(lazy("Documentation"), [Length(max=LONGEST_URL)], filters=[visible])
    phone = StringField(lazy("Phone"), [Length(max=LONGEST_PHONE)], filters=[visible])
    shows_phone = BooleanField(lazy("Show the phone number"))

    def contacts(self) -> Contacts:
        return Contacts(
            email=self.email.data or "",
            docs_url=self.docs_url.data or "",
            phone=self.phone.data or "",
            shows_phone=bool(self.shows_phone.data),
        )


def uploads() -> tuple[NewFile, ...]:
    """What was chosen, read one byte further than is allowed at most; an untouched field is no file."""
    chosen = [one for one in request.files.getlist("files") if one.filename]
    return tuple(NewFile(one.filename or "", one.read(LARGEST + 1)) for one in chosen)
