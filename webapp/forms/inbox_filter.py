"""What the inbox is narrowed to, read from the address."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import DateTimeLocalField, StringField
from wtforms.validators import Length, Optional, ValidationError

from webapp.models import HitState, HitTrust
from webapp.services.hit_inbox import InboxFilter

from .booking_filter import KnownSelectField, visible
from .entry import EntryForm, choice
from .log_filter import PERIODS, SPANS, KnownMomentField, in_zone
from .wording import lazy

STATES = (
    ("", lazy("Any")),
    (HitState.WAITING, lazy("Waiting")),
    (HitState.APPLIED, lazy("Applied")),
    (HitState.IGNORED, lazy("Nothing to do")),
    (HitState.DUPLICATE, lazy("Sent twice")),
    (HitState.FAILED, lazy("Given up")),
    (HitState.REJECTED, lazy("Rejected")),
)
TRUSTS = (
    ("", lazy("Any")),
    (HitTrust.SIGNED, lazy("Signature verified")),
    (HitTrust.ADDRESS, lazy("Came to the secret address")),
    (HitTrust.QUEUE, lazy("Read from the provider's queue")),
    (HitTrust.UNVERIFIED, lazy("Not verified: only a hint")),
    (HitTrust.REJECTED, lazy("Signature rejected")),
)


class InboxFilterForm(EntryForm):
    """`wanted()` after `validate()`. Connections are offered, not demanded: a link may be older than they."""

    connection = StringField(lazy("Integration"), [Length(max=40)], filters=[visible])
    state = KnownSelectField(
        lazy("Result"), choices=[choice(str(value), label) for value, label in STATES], default=""
    )
    trust = KnownSelectField(
        lazy("Proof"), choices=[choice(str(value), label) for value, label in TRUSTS], default=""
    )
    event = StringField(lazy("Event"), [Length(max=60)], filters=[visible])
    batch = StringField(lazy("Replay"), [Length(max=40)], filters=[visible])
    period = KnownSelectField(
        lazy("Period"), choices=[choice(value, label) for value, label in PERIODS], default="week"
    )
    moment_from = KnownMomentField(lazy("From"), [Optional()], name="from", format="%Y-%m-%dT%H:%M")
    moment_to = KnownMomentField(lazy("To"), [Optional()], name="to", format="%Y-%m-%dT%H:%M")

    def __init__(self) -> None:
        super().__init__(MultiDict(request.args))

    def validate_moment_to(self, field: DateTimeLocalField) -> None:
        first, last = self.moment_from.data, field.data
        if isinstance(first, datetime) and isinstance(last, datetime) and last <= first:
            raise ValidationError(lazy("This moment lies before the first one."))

    def wanted(self, zone: ZoneInfo, now: datetime) -> InboxFilter:
        """Moments are typed in the hotel's `zone`."""
        since, until = (in_zone(field.data, zone) for field in (self.moment_from, self.moment_to))
        if since is None and until is None and not self.batch.data and self.period.data in SPANS:
            since = now - SPANS[self.period.data]
        return InboxFilter(
            connection=self.connection.data or "",
            state=self.state.data or "",
            trust=self.trust.data or "",
            event=self.event.data or "",
            batch=self.batch.data or "",
            since=since,
            until=until,
        )
