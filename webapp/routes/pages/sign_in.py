"""Signing in and out."""

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.sign_in import SignInForm
from webapp.models import Role
from webapp.routes import sessions
from webapp.routes.context import current_gate, current_person, current_runtime, the_person
from webapp.routes.guards import open_to, open_to_all
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, same_site_path, saved
from webapp.services import sign_in
from webapp.services.throttling import TooManyTries

pages = Blueprint("sign_in", __name__)
PAGE, PARTIAL = "sign_in/login.html", "sign_in/_form.html"


@pages.get("/login")
@open_to_all
def form() -> AnyResponse:
    wanted = same_site_path(request.args.get("next"))
    if current_person() is not None:
        return saved(wanted)
    return page_or_partial(PAGE, PARTIAL, form=SignInForm(), next=wanted)


@pages.post("/login")
@open_to_all
def enter() -> AnyResponse:
    wanted = same_site_path(request.form.get("next"))
    filled = SignInForm()
    if not filled.is_posted_well():
        return _again(filled, wanted, 422)
    try:
        person = sign_in.sign_in(
            current_runtime(),
            current_gate(),
            email=filled.email.data or "",
            password=filled.password.data or "",
            address=request.remote_addr or "unknown",
        )
    except sign_in.SignInRefused:
        filled.blame("", _("This e-mail address and password do not belong together."))
        return _again(filled, wanted, 422)
    except TooManyTries as many:
        filled.blame(
            "", _("Too many tries. Wait %(minutes)s min, then try again.") % {"minutes": many.minutes}
        )
        response = _again(filled, wanted, 429)
        response.headers["Retry-After"] = str(many.minutes * 60)
        return response
    sessions.begin(person, remember=filled.remember.data)
    return saved(wanted)


@pages.post("/logout")
@open_to(Role.STAFF)
def leave() -> AnyResponse:
    sign_in.note_sign_out(current_runtime(), the_person().email)
    sessions.end()
    return saved("/login")


def _again(filled: SignInForm, wanted: str, status: int) -> Response:
    return invalid(PAGE, PARTIAL, retarget="#sign-in-form", status=status, form=filled, next=wanted)
