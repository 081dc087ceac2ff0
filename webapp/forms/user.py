"""Forms about people: invite one, change a role, one's own account."""

from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from webapp.models import Role

from .entry import EntryForm, choice
from .wording import lazy

ROLES = [
    choice(Role.STAFF.value, lazy("Staff: dashboard, bookings, assistant")),
    choice(Role.ADMIN.value, lazy("Admin: also integrations and settings")),
    choice(Role.OWNER.value, lazy("Owner: also people")),
]


class InviteForm(EntryForm):
    name = StringField(lazy("Name"), [InputRequired(lazy("Enter a name.")), Length(max=120)])
    email = EmailField(lazy("E-mail"), [InputRequired(lazy("Enter an e-mail address.")), Length(max=254)])
    role = SelectField(lazy("Role"), choices=ROLES, default=Role.STAFF.value)

    @property
    def chosen_role(self) -> Role:
        return Role(self.role.data)


class NameForm(EntryForm):
    name = StringField(lazy("Your name"), [InputRequired(lazy("Enter your name.")), Length(max=120)])


class PasswordForm(EntryForm):
    old_password = PasswordField(
        lazy("Password of today"), [InputRequired(lazy("Enter your password of today."))]
    )
    password = PasswordField(lazy("New password"), [InputRequired(lazy("Choose a new password."))])
    again = PasswordField(
        lazy("New password again"), [EqualTo("password", lazy("The two new passwords are not the same."))]
    )


class RoleForm(EntryForm):
    role = SelectField(lazy("Role"), choices=ROLES)

    @property
    def chosen_role(self) -> Role:
        return Role(self.role.data)
