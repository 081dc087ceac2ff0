"""Outgoing webhooks on the dashboard and on Health: the repair card of an endpoint, and how all of them fare."""

from flask import Blueprint, abort, render_template
from werkzeug.wrappers import Response as AnyResponse

from webapp.models import Role
from webapp.routes import endpoint_words
from webapp.routes.context import current_person, current_runtime, hotel_zone, the_person
from webapp.routes.endpoint_words import EndpointLine, TroubleText
from webapp.routes.guards import Audience, open_to
from webapp.routes.respond import invalid, page_or_partial
from webapp.services import endpoint_repairs
from webapp.services.endpoints import NoSuchEndpoint

from .endpoints import board

pages = open_to(Role.ADMIN)(
    Blueprint("endpoint_repairs", __name__, url_prefix="/settings/api-access/endpoints")
)
PAGE, CARD = "api_access/endpoint_repair.html", "api_access/_endpoint_repair.html"


@pages.post("/<public_id>/repair")
def repair(public_id: str) -> AnyResponse:
    """A test now, and when it arrives the endpoint is told again."""
    runtime = current_runtime()
    try:
        with runtime.reading() as session:
            before = endpoint_repairs.trouble(session, public_id)
        done = endpoint_repairs.repair(runtime, public_id, actor=the_person().email)
    except NoSuchEndpoint:
        abort(404)
    if not done.posted.is_delivered:
        card = endpoint_words.trouble(before, problem=endpoint_words.posted(done.posted))
        return invalid(PAGE, CARD, trouble=card)
    return page_or_partial(PAGE, CARD, trouble=endpoint_words.mended(before, done, hotel_zone()))


@pages.get("/health")
def health() -> str:
    """The part of Integrations > Health, by itself."""
    return render_template("health/_outgoing.html", outgoing=board())


def outgoing_health() -> tuple[EndpointLine, ...]:
    """For Health; nothing for those who cannot act."""
    return board() if _may_act() else ()


def endpoint_troubles() -> tuple[TroubleText, ...]:
    """For the dashboard and Health; nothing for those who cannot act."""
    if not _may_act():
        return ()
    with current_runtime().reading() as session:
        return tuple(endpoint_words.trouble(one) for one in endpoint_repairs.troubles(session))


def _may_act() -> bool:
    person = current_person()
    return person is not None and Audience.ADMIN.admits(person.role)
