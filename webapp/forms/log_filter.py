"""What the log is narrowed to, read from the address."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import DateTimeLocalField, SearchField, StringField
from wtforms.validators import Length, Optional, ValidationError

from webapp.services.log_views import Gravity, LogFilter, LogView

from .booking_filter import KnownSelectField, visible
from .entry import EntryForm, choice
from .wording import lazy

VIEWS = (
    (LogView.OPERATIONS, lazy("Operations")),
    (LogView.RUNS, lazy("Sync runs")),
    (LogView.CALLS, lazy("Calls")),
    (LogView.HITS, lazy("Webhooks")),
    (LogView.AUDIT, lazy("Audit")),
    (LogView.ALL, lazy("Everything")),
)
GRAVITIES = (
    (Gravity.ANY, lazy("Any")),
    (Gravity.PROBLEMS, lazy("Warnings and errors")),
    (Gravity.ERRORS, lazy("Errors only")),
)
PERIODS = (("day", lazy("Last 24 hours")), ("week", lazy("Last 7 days")), ("month", lazy("All that is kept")))
SPANS = {"day": timedelta(days=1), "week": timedelta(days=7)}


class KnownMomentField(DateTimeLocalField):
    """A moment with our own complaint."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([value for value in valuelist if value.strip()])
        except ValueError as error:
            raise ValueError(lazy("This is not a moment; write it like 2026-07-14T12:30.")) from error


class LogFilterForm(EntryForm):
    """`wanted()` after `validate()`. Connections are offered, not demanded: a link may be older than they."""

    q = SearchField(
        lazy("Words"), [Length(max=200, message=lazy("Search for at most 200 letters."))], filters=[visible]
    )
    view = KnownSelectField(
        lazy("Show"),
        choices=[choice(value.value, label) for value, label in VIEWS],
        default=LogView.OPERATIONS.value,
    )
    level = KnownSelectField(
        lazy("Level"), choices=[choice(value.value, label) for value, label in GRAVITIES], default=""
    )
    period = KnownSelectField(
        lazy("Period"), choices=[choice(value, label) for value, label in PERIODS], default="week"
    )
    connection = StringField(lazy("Integration"), [Length(max=40)], filters=[visible])
    trace = StringField(lazy("Trace id"), [Length(max=40)], filters=[visible])
    booking = StringField(lazy("Booking"), [Length(max=40)], filters=[visible])
    moment_from = KnownMomentField(lazy("From"), [Optional()], name="from", format="%Y-%m-%dT%H:%M")
    moment_to = KnownMomentField(lazy("To"), [Optional()], name="to", format="%Y-%m-%dT%H:%M")

    def __init__(self) -> None:
        super().__init__(MultiDict(request.args))

    def validate_moment_to(self, field: DateTimeLocalField) -> None:
        first, last = self.moment_from.data, field.data
        if isinstance(first, datetime) and isinstance(last, datetime) and last <= first:
            raise ValidationError(lazy("This moment lies before the first one."))

    @property
    def is_by_trace(self) -> bool:
        """Then the period does not matter: a trace is short."""
        return bool(self.trace.data or self.booking.data)

    def wanted(self, zone: ZoneInfo, now: datetime) -> LogFilter:
        """Moments are typed in the hotel's `zone`."""
        since, until = (in_zone(field.data, zone) for field in (self.moment_from, self.moment_to))
        if since is None and until is None and not self.is_by_trace and self.period.data in SPANS:
            since = now - SPANS[self.period.data]
        return LogFilter(
            view=LogView.ALL
            if self.is_by_trace and not request.args.get("view")
            else LogView(self.view.data),
            gravity=Gravity(self.level.data or ""),
            since=since,
            until=until,
            connection=self.connection.data or "",
            trace_id=self.trace.data or "",
            booking=self.booking.data or "",
            text=self.q.data or "",
        )


def in_zone(moment: object, zone: ZoneInfo) -> datetime | None:
    """A typed moment as an instant; of the hour that comes twice the first."""
    return moment.replace(tzinfo=zone) if isinstance(moment, datetime) else None
