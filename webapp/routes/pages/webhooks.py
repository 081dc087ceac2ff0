"""The webhooks of one connection: its address, a new one on request, and the last calls with their replay."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.fault import Fault
from webapp.models import Role
from webapp.routes import connection_words, hit_words, letter_words
from webapp.routes.context import current_runtime, the_hotel, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import page_or_partial, saved, wants_partial
from webapp.services import connection_views, hit_addresses, hit_subscriptions, hit_views, hits

from .connections import PAGE, detail_view, find_detail, manifest_of

pages = open_to(Role.ADMIN)(Blueprint("webhooks", __name__, url_prefix="/settings/integrations"))
PARTIAL = "connections/_webhooks.html"


@pages.get("/<public_id>/webhooks")
def show(public_id: str) -> Response:
    return page_or_partial(PAGE, PARTIAL, **_view(public_id))


@pages.post("/<public_id>/webhooks/address")
def make_address(public_id: str) -> AnyResponse:
    """The first address of a connection made before there were any."""
    _must_take_calls(public_id)
    hit_addresses.ensure(current_runtime(), public_id)
    return _after(public_id, _("The address is made."))


@pages.post("/<public_id>/webhooks/rotate")
def rotate(public_id: str) -> AnyResponse:
    _must_take_calls(public_id)
    hit_addresses.rotate(current_runtime(), public_id, actor=the_person().email)
    text = _("A new address is made. The old one works for %(days)s more days.")
    return _after(public_id, text % {"days": hit_addresses.OVERLAP.days})


@pages.post("/<public_id>/webhooks/end-old")
def end_old(public_id: str) -> AnyResponse:
    _must_take_calls(public_id)
    hit_addresses.end_old(current_runtime(), public_id, actor=the_person().email)
    return _after(public_id, _("Only the newest address works now."))


@pages.post("/<public_id>/webhooks/order")
def order(public_id: str) -> AnyResponse:
    """For providers that have no screen for it."""
    _must_take_orders(public_id)
    made = hit_subscriptions.order(current_runtime(), public_id, _base(), actor=the_person().email)
    text = _("The provider calls this address now: %(count)s kinds of events are registered.")
    return _after(public_id, text % {"count": made.count}, fault=made.fault)


@pages.post("/<public_id>/webhooks/look")
def look(public_id: str) -> AnyResponse:
    """Which events are on order at the provider; asked on request, because it costs a call."""
    _must_take_orders(public_id)
    found = hit_subscriptions.look(current_runtime(), public_id, _base())
    view = {**_view(public_id), "trouble": connection_words.fault(found.fault)}
    orders = None if found.fault else letter_words.orders(manifest_of(find_detail(public_id)), found)
    return page_or_partial(PAGE, PARTIAL, **{**view, "orders": orders})


@pages.post("/<public_id>/webhooks/end-orders")
def end_orders(public_id: str) -> AnyResponse:
    _must_take_orders(public_id)
    ended = hit_subscriptions.end(current_runtime(), public_id, _base(), actor=the_person().email)
    return _after(
        public_id, _("Orders ended at the provider: %(count)s.") % {"count": ended.count}, fault=ended.fault
    )


@pages.post("/<public_id>/webhooks/<hit_id>/replay")
def replay(public_id: str, hit_id: str) -> AnyResponse:
    find_detail(public_id, is_live=True)
    try:
        hits.replay(current_runtime(), hit_id, actor=the_person().email, of_connection=public_id)
    except hits.NoSuchHit:
        abort(404)
    except hits.NotReplayable:
        abort(409)
    return _after(public_id, _("The call is applied once more."))


def _must_take_calls(public_id: str) -> None:
    if manifest_of(find_detail(public_id, is_live=True)).webhook is None:
        abort(404)


def _must_take_orders(public_id: str) -> None:
    _must_take_calls(public_id)
    if not hit_subscriptions.are_ordered_here(find_detail(public_id).card.provider):
        abort(404)


def _base() -> str:
    return current_runtime().settings.public_base_url or request.url_root


def _view(public_id: str) -> dict[str, Any]:
    detail = find_detail(public_id, is_live=True)
    manifest_of(detail)
    with current_runtime().reading() as session:
        row = connection_views.row_of(session, public_id)
        panel = hit_views.webhook_panel(session, current_runtime(), row, request.url_root)
    return {
        **detail_view(detail, "webhooks"),
        "panel": hit_words.panel(panel),
        "letter": letter_words.letter(panel.spec, detail, panel.url, the_hotel().name),
        "orders": None,
        "trouble": None,
    }


def _after(public_id: str, text: str, *, fault: Fault | None = None) -> AnyResponse:
    """The tab as it is now; what went wrong at the provider is shown in it, with or without scripts."""
    if fault is not None:
        view = {**_view(public_id), "trouble": connection_words.fault(fault)}
        return page_or_partial(PAGE, PARTIAL, **view)
    if not wants_partial():
        return saved(url_for("webhooks.show", public_id=public_id), text)
    return Response(render_template(PARTIAL, **{**_view(public_id), "said": text}), mimetype="text/html")
