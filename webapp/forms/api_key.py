"""Forms about API keys: generate one, renew one."""

from wtforms import IntegerField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.models import Scope

from .entry import EntryForm, choice
from .wording import lazy

SCOPES = [
    choice(Scope.READ.value, lazy("Read")),
    choice(Scope.WRITE.value, lazy("Write")),
    choice(Scope.ADMIN.value, lazy("Admin")),
]
OVERLAPS = [
    choice("0", lazy("It ends at once")),
    choice("24", lazy("It goes on for 24 hours")),
    choice("72", lazy("It goes on for 3 days")),
    choice("168", lazy("It goes on for 7 days")),
]


class KeyForm(EntryForm):
    name = StringField(
        lazy("Name"), [InputRequired(lazy("Give the key a name: which program will use it?")), Length(max=80)]
    )
    scope = RadioField(lazy("Permissions"), choices=SCOPES, default=Scope.READ.value)
    days = IntegerField(
        lazy("Ends after, in days"),
        [
            InputRequired(lazy("Enter a number of days.")),
            NumberRange(1, 365, lazy("A key lives from 1 to 365 days.")),
        ],
        default=90,
    )
    networks = TextAreaField(lazy("Allowed addresses"), [Optional(), Length(max=2000)])
    password = PasswordField(lazy("Your password"), [Optional(), Length(max=200)])

    @property
    def chosen_scope(self) -> Scope:
        return Scope(self.scope.data)

    @property
    def chosen_networks(self) -> list[str]:
        return str(self.networks.data or "").replace(",", " ").split()


class RotateForm(EntryForm):
    overlap = SelectField(lazy("The old key"), choices=OVERLAPS, default="24")
    password = PasswordField(lazy("Your password"), [Optional(), Length(max=200)])
