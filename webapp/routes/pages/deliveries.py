"""Settings > API Access: what was sent to other programs, each try with its answer, and sending it again."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.value import Value
from webapp.forms.endpoint import AgainForm
from webapp.models import DeliveryState, Role
from webapp.routes import endpoint_words, replay_limit
from webapp.routes.context import current_runtime, hotel_zone, the_person
from webapp.routes.endpoint_words import DeliveryLine, DeliveryText
from webapp.routes.formatting import instant
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.i18n import ngettext
from webapp.routes.respond import invalid, page_or_partial, saved, wants_partial
from webapp.services import delivery_orders, delivery_views, endpoints
from webapp.services.delivery_orders import NoSuchDelivery
from webapp.services.endpoint_checks import host_of
from webapp.services.endpoints import NoSuchEndpoint

pages = open_to(Role.ADMIN)(Blueprint("deliveries", __name__, url_prefix="/settings/api-access/endpoints"))
TABLE_PAGE, TABLE = "api_access/deliveries.html", "api_access/_deliveries.html"
ONE_PAGE, ONE = "api_access/delivery.html", "api_access/_delivery.html"
PLAN_PAGE, PLAN = "api_access/again.html", "api_access/_again.html"


class Listing(Value, frozen=True):
    """A page of deliveries. `here_url` reads it again; `states` are (label, address, whether it is chosen)."""

    lines: tuple[DeliveryLine, ...]
    title: str
    states: tuple[dict[str, Any], ...]
    here_url: str
    first_url: str | None
    older_url: str | None
    is_moving: bool
    of_event: str = ""


class Plan(Value, frozen=True):
    """What sending again would do. `since` is the instant in ISO 8601; empty when the moment was not understood."""

    public_id: str
    host: str
    count: int
    title: str
    since: str
    form: AgainForm


@pages.get("/<public_id>/deliveries")
def of_endpoint(public_id: str) -> Response:
    try:
        with current_runtime().reading() as session:
            endpoints.row_of(session, public_id)
    except NoSuchEndpoint:
        abort(404)
    return page_or_partial(TABLE_PAGE, TABLE, listing=_asked(endpoint=public_id))


@pages.get("/events/<event_id>")
def of_event(event_id: str) -> Response:
    """To whom one event went."""
    listing = _asked(event=event_id)
    if not listing.lines and not request.args:
        abort(404)
    return page_or_partial(TABLE_PAGE, TABLE, listing=listing)


@pages.get("/deliveries/<delivery_id>")
def show(delivery_id: str) -> Response:
    return page_or_partial(ONE_PAGE, ONE, one=_whole(delivery_id), said="")


@pages.post("/deliveries/<delivery_id>/replay")
def replay(delivery_id: str) -> AnyResponse:
    """The same id and body, tried anew by the calendar."""
    try:
        delivery_orders.replay(current_runtime(), delivery_id, actor=the_person().email)
    except NoSuchDelivery:
        abort(404)
    text = _("It is sent again.")
    if not wants_partial():
        return saved(url_for("deliveries.show", delivery_id=delivery_id), text)
    response = page_or_partial(ONE_PAGE, ONE, one=_whole(delivery_id), said=text)
    response.headers["HX-Trigger"] = "deliveries-changed"
    return response


@pages.post("/<public_id>/again")
def plan(public_id: str) -> AnyResponse:
    """Counts and changes nothing."""
    form = AgainForm()
    since = form.instant(hotel_zone()) if form.is_posted_well() else None
    view = _plan(public_id, form, since)
    if since is None:
        return invalid(PLAN_PAGE, PLAN, plan=view)
    return page_or_partial(PLAN_PAGE, PLAN, plan=view)


@pages.post("/<public_id>/again/start")
def start(public_id: str) -> AnyResponse:
    try:
        since = datetime.fromisoformat(request.form.get("since", ""))
    except ValueError:
        abort(400)
    if since.tzinfo is None:
        abort(400)
    if (refused := replay_limit.pause()) is not None:
        return refused
    try:
        count = delivery_orders.replay_all(current_runtime(), public_id, since, actor=the_person().email)
    except NoSuchEndpoint:
        abort(404)
    words = ngettext("%(num)s delivery is sent again.", "%(num)s deliveries are sent again.", count)
    return saved(url_for("endpoints.show", public_id=public_id), words % {"num": count})


def list_of(*, endpoint: str = "", event: str = "", state: str = "", before: str = "") -> Listing:
    """An unknown `state` or `before` is as none."""
    chosen = DeliveryState(state) if state in set(DeliveryState) else None
    with current_runtime().reading() as session:
        page = delivery_views.deliveries(session, endpoint=endpoint, event=event, state=chosen, before=before)

    def address(**changes: str | None) -> str:
        given = {"state": chosen.value if chosen else None, "before": before or None, **changes}
        asked: dict[str, Any] = {name: value for name, value in given.items() if value}
        if event:
            return url_for("deliveries.of_event", event_id=event, **asked)
        return url_for("deliveries.of_endpoint", public_id=endpoint, **asked)

    words: tuple[tuple[str | None, str], ...] = (
        (None, _("All")),
        *((one.value, _(word)) for one, (_tone, word) in endpoint_words.STATES.items()),
    )
    current = chosen.value if chosen else None
    return Listing(
        lines=tuple(endpoint_words.delivery_line(one) for one in page.deliveries),
        title=_("To whom this event went") if event else _("Deliveries"),
        states=tuple(
            {"label": label, "url": address(state=value, before=None), "is_current": value == current}
            for value, label in words
        ),
        here_url=address(),
        first_url=address(before=None) if before else None,
        older_url=address(before=page.older) if page.older else None,
        is_moving=not before and any(one.state is DeliveryState.WAITING for one in page.deliveries),
        of_event=event,
    )


def _asked(*, endpoint: str = "", event: str = "") -> Listing:
    asked = request.args
    return list_of(
        endpoint=endpoint, event=event, state=asked.get("state", ""), before=asked.get("before", "")
    )


def _whole(delivery_id: str) -> DeliveryText:
    runtime = current_runtime()
    try:
        with runtime.reading() as session:
            return endpoint_words.delivery_text(delivery_views.detail(runtime, session, delivery_id))
    except NoSuchDelivery:
        abort(404)


def _plan(public_id: str, form: AgainForm, since: datetime | None) -> Plan:
    runtime = current_runtime()
    try:
        with runtime.reading() as session:
            host = host_of(endpoints.row_of(session, public_id).url)
            count = delivery_orders.count_to_replay(runtime, session, public_id, since) if since else 0
    except NoSuchEndpoint:
        abort(404)
    words = ngettext("Send %(num)s delivery again?", "Send %(num)s deliveries again?", count)
    title = words % {"num": count} if count else _("Nothing failed or was held since %(when)s.")
    if not count:
        title = title % {"when": instant(since)} if since else _("Since when?")
    return Plan(public_id, host, count, title, since.isoformat() if since else "", form)
