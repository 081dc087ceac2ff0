"""Settings > API Access: the keys of other programs, a place to try the API, and what ends soon."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.value import Value
from webapp.forms.api_key import KeyForm, RotateForm
from webapp.models import Role, Scope
from webapp.routes import password_proof
from webapp.routes.api_words import KeyLine, lines, reminder, scope_details
from webapp.routes.context import current_person, current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.i18n import say
from webapp.routes.respond import invalid, page_or_partial
from webapp.services import api_keys, api_usage
from webapp.services.api_keys import KeyInvalid, NewKey, NoSuchKey
from webapp.services.api_usage import NO_USE, DoorCount

pages = open_to(Role.ADMIN)(Blueprint("api_access", __name__, url_prefix="/settings/api-access"))
PAGE, KEYS, NEW, ONE_PAGE, ONE = (
    "api_access/index.html",
    "api_access/_keys.html",
    "api_access/_new.html",
    "api_access/show.html",
    "api_access/_key.html",
)


class Frame(Value, frozen=True):
    """What the page shows around the forms: keys that live, those that ended, and the guide's line."""

    living: tuple[KeyLine, ...]
    ended: tuple[KeyLine, ...]
    curl: str
    address: str


@pages.get("")
def index() -> Response:
    return page_or_partial(PAGE, KEYS, frame=_frame(), **_form(KeyForm()))


@pages.get("/new")
def new() -> Response:
    """The dialog's own address, for browsers without scripts."""
    return page_or_partial("api_access/new.html", NEW, **_form(KeyForm()))


@pages.post("")
def generate() -> Response:
    """Shows the key in this answer and never again."""
    form = KeyForm()
    if form.is_posted_well() and _knows_password(form, form.chosen_scope):
        try:
            made = api_keys.create(
                current_runtime(),
                name=form.name.data or "",
                scope=form.chosen_scope,
                actor=the_person().email,
                days=form.days.data or 0,
                networks=form.chosen_networks,
            )
        except KeyInvalid as error:
            form.blame(error.field, say(error.message, error.parameters))
        else:
            return _shown_once("api_access/made.html", NEW, **_form(KeyForm.filled(), made))
    return invalid("api_access/new.html", NEW, retarget="#api-access-new", **_form(form))


@pages.get("/keys/<public_id>")
def show(public_id: str) -> Response:
    return page_or_partial(ONE_PAGE, ONE, line=_line(public_id), form=RotateForm(), made=None)


@pages.post("/keys/<public_id>/rotate")
def rotate(public_id: str) -> AnyResponse:
    """A successor, shown once."""
    line, form = _line(public_id), RotateForm()
    if form.is_posted_well() and _knows_password(form, line.key.scope):
        try:
            made = api_keys.rotate(
                current_runtime(),
                public_id,
                actor=the_person().email,
                overlap=timedelta(hours=int(form.overlap.data)),
            )
        except KeyInvalid as error:
            form.blame(error.field, say(error.message, error.parameters))
        except NoSuchKey:
            abort(404)
        else:
            view: dict[str, Any] = {"line": _line(public_id), "form": RotateForm.filled(), "made": made}
            return _shown_once(ONE_PAGE, ONE, **view)
    # A successor may have been made in another window: what is wrong is said where no form stands any more.
    return invalid(ONE_PAGE, ONE, retarget="#api-access-key", line=_line(public_id), form=form, made=None)


@pages.post("/keys/<public_id>/revoke")
def revoke(public_id: str) -> AnyResponse:
    try:
        api_keys.revoke(current_runtime(), public_id, actor=the_person().email)
    except NoSuchKey:
        abort(404)
    view = {"line": _line(public_id), "form": RotateForm.filled(), "made": None}
    response = page_or_partial(ONE_PAGE, ONE, **view)
    response.headers["HX-Trigger"] = "keys-changed"
    return response


@pages.get("/try")
def try_it() -> str:
    """What the API answers, asked with this session: no key is typed into a page."""
    from webapp.routes.api import trial  # pydantic and its models: only for who tries

    address = request.args.get("address") or "/api/v1/bookings?limit=5"
    answer = trial.run(current_runtime(), address, the_person().email) if "address" in request.args else None
    template = "api_access/_try.html" if request.headers.get("HX-Request") else "api_access/try.html"
    return render_template(template, address=address, trial=answer, choices=trial.choices())


def key_reminder() -> str:
    """For the dashboard, where an admin looks first; empty when nothing ends soon."""
    person = current_person()
    if person is None or person.role is Role.STAFF:
        return ""
    runtime = current_runtime()
    with runtime.reading() as session:
        return reminder(api_keys.ending(session, runtime.clock()), runtime.clock())


def door_count() -> DoorCount | None:
    """For Health; None for the front desk."""
    person = current_person()
    if person is None or person.role is Role.STAFF:
        return None
    runtime = current_runtime()
    current_app.extensions["api_door"].flush()
    with runtime.reading() as session:
        return api_usage.of_the_door(session, runtime.clock())


def _frame() -> Frame:
    runtime = current_runtime()
    current_app.extensions["api_door"].flush()
    with runtime.reading() as session:
        keys = api_keys.every_key(session)
        use = api_usage.of_keys(session, runtime.clock())
    found = lines(keys, use, runtime.clock())
    base = (runtime.settings.public_base_url or request.host_url).rstrip("/")
    return Frame(
        tuple(line for line in found if line.is_living),
        tuple(line for line in found if not line.is_living),
        f'curl "{base}/api/v1/bookings" \\\n  -H "Authorization: Bearer YOUR_API_KEY" \\\n'
        '  -H "Content-Type: application/json"',
        request.remote_addr or "",
    )


def _line(public_id: str) -> KeyLine:
    runtime = current_runtime()
    current_app.extensions["api_door"].flush()
    with runtime.reading() as session:
        key = api_keys.find(session, public_id) or abort(404)
        use = api_usage.of_keys(session, runtime.clock())
    return lines((key,), {public_id: use.get(public_id, NO_USE)}, runtime.clock())[0]


def _form(form: KeyForm, made: NewKey | None = None) -> dict[str, Any]:
    return {
        "form": form,
        "made": made,
        "scopes": scope_details(),
        "here": request.remote_addr or "",
    }


def _shown_once(page: str, partial: str, **view: Any) -> Response:
    response = page_or_partial(page, partial, **view)
    response.headers["Cache-Control"] = "no-store"
    response.headers["HX-Trigger"] = "keys-changed"
    response.headers["HX-Push-Url"] = "false"
    return response


def _knows_password(form: KeyForm | RotateForm, scope: Scope) -> bool:
    """A key that may change settings is made by whoever knows the password, not by whoever finds an open browser."""
    return scope is not Scope.ADMIN or password_proof.knows_password(
        form, _("An admin key needs your password.")
    )
