"""Forms about outgoing webhooks: an endpoint, a test event, the password for its secret, and what is sent again."""

from datetime import datetime
from zoneinfo import ZoneInfo

from wtforms import (
    BooleanField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import InputRequired, Length

from webapp.domain.outgoing import CHOICES, OutgoingType

from .entry import EntryForm, choice
from .log_filter import KnownMomentField, in_zone
from .wording import lazy


class EndpointForm(EntryForm):
    url = URLField(lazy("Address"), [InputRequired(lazy("Enter an address like https://example.com/hooks."))])
    description = StringField(lazy("What it is"), [Length(max=120)])
    events = SelectMultipleField(
        lazy("Events"), choices=[choice(kind.value, kind.value) for kind in CHOICES], validate_choice=False
    )
    includes_personal = BooleanField(lazy("Include guests' names"))
    authority = TextAreaField(lazy("Own certificate authority"), [Length(max=16_000)])

    @property
    def chosen_events(self) -> list[str]:
        return list(self.events.data or ())


class TestForm(EntryForm):
    kind = SelectField(
        lazy("Event"),
        choices=[
            choice(kind.value, kind.value)
            for kind in (OutgoingType.WEBHOOK_TEST, *CHOICES)
        ],
        default=OutgoingType.WEBHOOK_TEST.value,
    )  # fmt: skip

    @property
    def chosen(self) -> OutgoingType:
        return OutgoingType(self.kind.data)


class SecretForm(EntryForm):
    password = PasswordField(
        lazy("Your password"), [InputRequired(lazy("Enter your password.")), Length(max=200)]
    )


class AgainForm(EntryForm):
    since = KnownMomentField(
        lazy("Since"), [InputRequired(lazy("Since when?"))], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )

    def instant(self, zone: ZoneInfo) -> datetime | None:
        """After `is_posted_well()`."""
        return in_zone(self.since.data, zone)
