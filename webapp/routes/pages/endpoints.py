"""Settings > API Access: the addresses of other programs that are told of events, their secrets, and a test of each."""

from typing import Any

from flask import Blueprint, Response, abort, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.value import Value
from webapp.forms.endpoint import AgainForm, EndpointForm, SecretForm, TestForm
from webapp.models import Role
from webapp.routes import endpoint_words, password_proof
from webapp.routes.context import current_runtime, hotel_zone, the_person
from webapp.routes.endpoint_words import EndpointLine, Try
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.i18n import say
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.services import delivery_orders, delivery_views, endpoint_secrets, endpoints
from webapp.services.delivery_views import DeliveryCount
from webapp.services.endpoint_checks import EndpointInvalid
from webapp.services.endpoints import NoSuchEndpoint

from .deliveries import list_of

pages = open_to(Role.ADMIN)(Blueprint("endpoints", __name__, url_prefix="/settings/api-access/endpoints"))
LIST_PAGE, LIST = "api_access/endpoints.html", "api_access/_endpoints.html"
NEW_PAGE, NEW = "api_access/endpoint_new.html", "api_access/_endpoint_new.html"
PAGE, ONE = "api_access/endpoint.html", "api_access/_endpoint.html"


class Said(Value, frozen=True):
    """The banner that answers a button; `answer` is the beginning of what a receiver said."""

    tone: str
    title: str
    text: str = ""
    answer: str = ""


class EndpointPage(Value, frozen=True):
    """What the page of one endpoint shows. `secret` is there only in the answer to whoever may see it."""

    line: EndpointLine
    form: EndpointForm
    test: TestForm
    proof: SecretForm
    again: AgainForm
    details: dict[str, str]
    calendar: tuple[Try, ...]
    said: Said | None = None
    secret: str = ""


@pages.get("")
def index() -> Response:
    return page_or_partial(LIST_PAGE, LIST, endpoints=board())


@pages.get("/new")
def new() -> Response:
    return page_or_partial(NEW_PAGE, NEW, **_form(EndpointForm()))


@pages.post("")
def add() -> Response:
    """The secret is in this answer; later it takes a password."""
    form = EndpointForm()
    if form.is_posted_well():
        try:
            made = endpoints.add(
                current_runtime(),
                url=form.url.data or "",
                events=form.chosen_events,
                description=form.description.data or "",
                includes_personal=bool(form.includes_personal.data),
                authority=form.authority.data or "",
                actor=the_person().email,
            )
        except EndpointInvalid as error:
            form.blame(error.field, say(error.message, error.parameters))
        else:
            return _private(page_or_partial(NEW_PAGE, NEW, **_form(EndpointForm.filled(), made)))
    return invalid(NEW_PAGE, NEW, retarget="#api-access-endpoint-new", **_form(form))


@pages.get("/<public_id>")
def show(public_id: str) -> Response:
    return _page(public_id)


@pages.post("/<public_id>")
def change(public_id: str) -> AnyResponse:
    _line(public_id)
    form = EndpointForm()
    if form.is_posted_well():
        try:
            endpoints.change(
                current_runtime(),
                public_id,
                actor=the_person().email,
                url=form.url.data or "",
                events=form.chosen_events,
                description=form.description.data or "",
                includes_personal=bool(form.includes_personal.data),
                authority=form.authority.data or "",
            )
        except EndpointInvalid as error:
            form.blame(error.field, say(error.message, error.parameters))
        except NoSuchEndpoint:
            abort(404)
        else:
            return _page(public_id, said=Said("ok", _("Saved.")))
    return _refused(public_id, form=form)


@pages.post("/<public_id>/test")
def test(public_id: str) -> AnyResponse:
    """Sent while the person waits, at most 15 seconds."""
    _line(public_id)
    form = TestForm()
    if not form.is_posted_well():
        return _refused(public_id, test=form)
    try:
        posted = delivery_orders.send_test(
            current_runtime(), public_id, form.chosen, actor=the_person().email
        )
    except NoSuchEndpoint:
        abort(404)
    title = _("The test arrived.") if posted.is_delivered else _("The test did not arrive.")
    said = Said(
        "ok" if posted.is_delivered else "bad",
        title,
        endpoint_words.posted(posted),
        posted.answer.decode("utf-8", "replace"),
    )
    return _page(public_id, said=said, test=TestForm.filled(kind=form.kind.data))


@pages.post("/<public_id>/secret")
def reveal(public_id: str) -> AnyResponse:
    """For whoever knows the password; that it was looked at is in the log."""
    _line(public_id)
    proof = SecretForm()
    if not proof.is_posted_well() or not password_proof.knows_password(
        proof, _("This is not your password.")
    ):
        return _refused(public_id, proof=proof)
    secret = _or_404(endpoint_secrets.reveal_secret, public_id)
    return _private(_page(public_id, secret=secret.reveal()))


@pages.post("/<public_id>/rotate")
def rotate(public_id: str) -> AnyResponse:
    made = _or_404(endpoint_secrets.rotate_secret, public_id)
    text = _("Enter it in the receiver within 24 hours: until then both sign, the new one first.")
    said = Said("ok", _("There is a new secret."), text)
    return _private(_page(public_id, said=said, secret=made.secret.reveal()))


@pages.post("/<public_id>/end-old-secret")
def end_old_secret(public_id: str) -> AnyResponse:
    _or_404(endpoint_secrets.end_old_secret, public_id)
    return _page(public_id, said=Said("ok", _("The old secret signs no more.")))


@pages.post("/<public_id>/enable")
def enable(public_id: str) -> AnyResponse:
    _or_404(endpoints.enable, public_id)
    text = _("What was held stays held until you send it below.")
    return _page(public_id, said=Said("ok", _("It is told again from now on."), text))


@pages.post("/<public_id>/disable")
def disable(public_id: str) -> AnyResponse:
    _or_404(endpoints.disable, public_id)
    return _page(public_id, said=Said("info", _("It is told no more. What comes is held.")))


@pages.post("/<public_id>/remove")
def remove(public_id: str) -> AnyResponse:
    _or_404(endpoints.remove, public_id)
    return saved(url_for("api_access.index"), _("The endpoint was removed."))


def board() -> tuple[EndpointLine, ...]:
    runtime = current_runtime()
    with runtime.reading() as session:
        found = endpoints.all_endpoints(session)
        counted = delivery_views.counts(session, runtime.clock()) if found else {}
    return endpoint_words.lines(found, counted)


def _line(public_id: str) -> EndpointLine:
    runtime = current_runtime()
    try:
        with runtime.reading() as session:
            found = endpoints.view_of(endpoints.row_of(session, public_id))
            counted = delivery_views.counts(session, runtime.clock())
    except NoSuchEndpoint:
        abort(404)
    return endpoint_words.line(found, counted.get(public_id, DeliveryCount()))


def _page(public_id: str, **more: Any) -> Response:
    return page_or_partial(PAGE, ONE, view=_view(public_id, **more), listing=list_of(endpoint=public_id))


def _refused(public_id: str, **more: Any) -> Response:
    view = _view(public_id, **more)
    return invalid(PAGE, ONE, retarget="#api-access-endpoint", view=view, listing=list_of(endpoint=public_id))


def _view(public_id: str, **more: Any) -> EndpointPage:
    line = _line(public_id)
    one = line.endpoint
    since = one.failing_since or one.disabled_at or one.created_at
    given: dict[str, Any] = {
        "form": EndpointForm.filled(
            url=one.url,
            description=one.description,
            events=[kind.value for kind in one.events],
            includes_personal=one.includes_personal,
            authority=one.authority,
        ),
        "test": TestForm.filled(),
        "proof": SecretForm.filled(),
        "again": AgainForm.filled(since=since.astimezone(hotel_zone()).replace(tzinfo=None)),
        **more,
    }
    schedule = current_runtime().settings.outbound_retry_schedule
    return EndpointPage(
        line=line,
        details=endpoint_words.event_details(),
        calendar=endpoint_words.calendar(schedule),
        **given,
    )


def _form(form: EndpointForm, made: endpoints.WithSecret | None = None) -> dict[str, Any]:
    return {
        "form": form,
        "details": endpoint_words.event_details(),
        "made": made.endpoint if made else None,
        "secret": made.secret.reveal() if made else "",
    }


def _or_404(act: Any, public_id: str) -> Any:
    try:
        return act(current_runtime(), public_id, actor=the_person().email)
    except NoSuchEndpoint:
        abort(404)


def _private(response: Response) -> Response:
    """Neither kept by a browser nor in its history."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["HX-Push-Url"] = "false"
    return response
