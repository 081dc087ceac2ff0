"""Asks for the password once more before something that an open browser must not be enough for."""

from webapp.forms.entry import EntryForm
from webapp.services import users
from webapp.services.throttling import PER_EMAIL, TooManyTries

from .context import current_gate, current_runtime, the_person
from .i18n import gettext as _


def knows_password(form: EntryForm, sentence: str) -> bool:
    """Of the person at the form, by its field `password`; `sentence` is said there when it is not theirs."""
    person = the_person()
    try:
        current_gate().enter(PER_EMAIL, person.email)
    except TooManyTries as many:
        text = _("Too many tries. Wait %(minutes)s min, then try again.")
        form.blame("password", text % {"minutes": many.minutes})
        return False
    if not users.knows_password(current_runtime(), person.public_id, form["password"].data or ""):
        form.blame("password", sentence)
        return False
    current_gate().forgive(PER_EMAIL, person.email)
    return True
