"""The sign-in form."""

from wtforms import BooleanField, EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from .entry import EntryForm
from .wording import lazy


class SignInForm(EntryForm):
    email = EmailField(
        lazy("E-mail"),
        [InputRequired(lazy("Enter your e-mail address.")), Length(max=254, message=lazy("Too long."))],
    )
    password = PasswordField(
        lazy("Password"),
        [InputRequired(lazy("Enter your password.")), Length(max=200, message=lazy("Too long."))],
    )
    remember = BooleanField(lazy("Keep me signed in on this device for 14 days"))
