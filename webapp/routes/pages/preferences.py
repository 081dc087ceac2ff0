"""What a person sets for oneself: the theme, the own name and password."""

from typing import Any

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.user import NameForm, PasswordForm
from webapp.models import Role
from webapp.routes import sessions
from webapp.routes.context import current_person, current_runtime, the_person
from webapp.routes.guards import open_to, open_to_all
from webapp.routes.i18n import gettext as _
from webapp.routes.i18n import say
from webapp.routes.respond import invalid, page_or_partial, same_site_path, saved
from webapp.services import users

pages = Blueprint("preferences", __name__)
PAGE = "users/account.html"
A_YEAR = 365 * 24 * 3600


@pages.post("/theme")
@open_to_all
def theme() -> AnyResponse:
    """Kept with the person and, for the sign-in page, in a cookie of this browser."""
    chosen = request.form.get("theme", "")
    if chosen not in users.THEMES:
        abort(400)
    person = current_person()
    if person is not None:
        users.set_theme(current_runtime(), person.public_id, chosen)
    response = saved(same_site_path(request.form.get("next")))
    response.set_cookie(
        "theme",
        chosen,
        max_age=A_YEAR,
        samesite="Lax",
        httponly=True,
        secure=current_runtime().settings.cookies_are_secure,
    )
    return response


@pages.get("/account")
@open_to(Role.STAFF)
def account() -> Response:
    return page_or_partial(PAGE, "users/_name.html", **_view())


@pages.post("/account/name")
@open_to(Role.STAFF)
def change_name() -> AnyResponse:
    person, form = the_person(), NameForm()
    if form.is_posted_well():
        try:
            users.rename(current_runtime(), person.public_id, form.name.data or "", actor=person.email)
            return saved("/account", _("Your name is changed."))
        except users.UserError as error:
            form.blame(error.field, say(error.message, error.parameters))
    return invalid(PAGE, "users/_name.html", retarget="#users-name", **{**_view(), "name_form": form})


@pages.post("/account/password")
@open_to(Role.STAFF)
def change_password() -> AnyResponse:
    """Ends every session of this person; the one that asked begins anew."""
    person, form = the_person(), PasswordForm()
    if form.is_posted_well():
        try:
            changed = users.change_own_password(
                current_runtime(),
                person.public_id,
                old=form.old_password.data or "",
                new=form.password.data or "",
            )
            sessions.begin(changed)
            return saved("/account", _("Your password is changed. Other devices are signed out."))
        except users.UserError as error:
            form.blame(error.field, say(error.message, error.parameters))
    return invalid(
        PAGE, "users/_password.html", retarget="#users-password", **{**_view(), "password_form": form}
    )


def _view() -> dict[str, Any]:
    person = the_person()
    return {
        "person": person,
        "name_form": NameForm.filled(name=person.name),
        "password_form": PasswordForm.filled(),
    }
