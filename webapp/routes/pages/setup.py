"""The set-up: whoever has the claim code names the hotel and becomes its owner."""

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.setup import SetupForm, currencies, timezones
from webapp.routes import sessions
from webapp.routes.context import current_gate, current_hotel, current_runtime
from webapp.routes.guards import open_to_all
from webapp.routes.i18n import gettext as _
from webapp.routes.i18n import say
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.services import hotels
from webapp.services.throttling import TooManyTries
from webapp.services.users import UserError

pages = open_to_all(Blueprint("setup", __name__))
PAGE, PARTIAL = "setup/index.html", "setup/_form.html"


@pages.get("/setup")
def index() -> AnyResponse:
    if current_hotel() is not None:
        return saved("/")
    return page_or_partial(PAGE, PARTIAL, **_view(SetupForm()))


@pages.post("/setup")
def finish() -> AnyResponse:
    if current_hotel() is not None:
        abort(404)
    form = SetupForm()
    if not form.is_posted_well():
        return _again(form)
    address = request.remote_addr or "unknown"
    try:
        owner = hotels.claim(
            current_runtime(),
            current_gate(),
            form.claim_code.data or "",
            form.hotel(),
            form.owner(),
            address=address,
        )
    except hotels.ClaimError as error:
        form.blame(error.field, _(error.message))
        return _again(form)
    except UserError as error:
        form.blame(error.field, say(error.message, error.parameters))
        return _again(form)
    except TooManyTries as many:
        form.blame("", _("Too many tries. Wait %(minutes)s min, then try again.") % {"minutes": many.minutes})
        response = _again(form, status=429)
        response.headers["Retry-After"] = str(many.minutes * 60)
        return response
    sessions.begin(owner)
    return saved("/")


def _again(form: SetupForm, status: int = 422) -> Response:
    return invalid(PAGE, PARTIAL, retarget="#setup-form", status=status, **_view(form))


def _view(form: SetupForm) -> dict[str, object]:
    return {"form": form, "timezones": timezones(), "currencies": currencies()}
