"""The watch for a test booking on a connection's page: armed, looked at, closed."""

from flask import Blueprint, Response, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.models import Role
from webapp.routes import booking_watch_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.respond import saved, wants_partial
from webapp.services import booking_watches
from webapp.services.connection_views import Detail

from .connections import find_detail

pages = open_to(Role.ADMIN)(Blueprint("booking_watch", __name__, url_prefix="/settings/integrations"))
PARTIAL = "connections/_watch.html"


@pages.get("/<public_id>/test-booking")
def show(public_id: str) -> AnyResponse:
    """The card for htmx; by itself it is a part of the connection's page."""
    detail = find_detail(public_id, is_live=True)
    return _card(detail) if wants_partial() else saved(_page(public_id))


@pages.post("/<public_id>/test-booking")
def arm(public_id: str) -> AnyResponse:
    detail = find_detail(public_id, is_live=True)
    booking_watches.arm(current_runtime(), public_id, actor=the_person().email)
    return _card(detail) if wants_partial() else saved(_page(public_id))


@pages.post("/<public_id>/test-booking/close")
def close(public_id: str) -> AnyResponse:
    detail = find_detail(public_id, is_live=True)
    booking_watches.close(current_runtime(), public_id)
    return _card(detail) if wants_partial() else saved(_page(public_id))


def _page(public_id: str) -> str:
    return url_for("connections.overview", public_id=public_id) + "#connections-watch"


def _card(detail: Detail) -> Response:
    html = render_template(
        PARTIAL, watch=booking_watch_words.watch_of(detail), public_id=detail.card.public_id
    )
    return Response(html, mimetype="text/html")
