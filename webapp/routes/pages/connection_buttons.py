"""The buttons of a connection: sync, stop, test, clear the cache, pause, remove and their opposites."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.models import Role
from webapp.routes import check_words, connection_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, saved, wants_partial
from webapp.services import connections, syncing
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.connection_views import Card

from .connections import CARDS, OVERVIEW, PAGE, detail_view, find_detail, list_view

pages = open_to(Role.ADMIN)(Blueprint("connection_buttons", __name__, url_prefix="/settings/integrations"))
CHECK_PAGE, CHECK = "connections/check.html", "connections/_check.html"


@pages.post("/<public_id>/sync")
def sync(public_id: str) -> AnyResponse:
    card = find_detail(public_id, is_live=True).card
    syncing.request_sync(current_runtime(), card.id, actor=the_person().email)
    return _after(public_id, _("%(name)s syncs now.") % {"name": card.name})


@pages.post("/<public_id>/cancel")
def cancel(public_id: str) -> AnyResponse:
    card = find_detail(public_id, is_live=True).card
    if syncing.request_cancel(current_runtime(), card.id, actor=the_person().email):
        return _after(public_id, _("The sync stops after the page it is reading."))
    return _after(public_id, _("No sync was running."))


@pages.post("/<public_id>/test")
def test(public_id: str) -> Response:
    """What is stored is tested, and what that proves is kept."""
    detail = find_detail(public_id, is_live=True)
    outcome = connections.check(current_runtime(), detail.card.id, the_person().email)
    asked = [stream.value for stream in detail.streams]
    view = {**detail_view(find_detail(public_id), "overview"), "check": check_words.check(outcome, asked)}
    return page_or_partial(CHECK_PAGE, CHECK, **view)


@pages.post("/<public_id>/clear-cache")
def clear_cache(public_id: str) -> AnyResponse:
    card = find_detail(public_id, is_live=True).card
    cleared = syncing.clear_cache_and_retry(current_runtime(), card.id, actor=the_person().email)
    text = _(
        "Cleared: %(tokens)s access tokens, %(setups)s cached set-ups, %(walks)s reading positions. "
        "The sync that starts now costs about %(calls)s calls."
    )
    return _after(
        public_id,
        text
        % {
            "tokens": cleared.tokens,
            "setups": cleared.setups,
            "walks": cleared.walks,
            "calls": cleared.calls,
        },
    )


@pages.post("/<public_id>/pause")
def pause(public_id: str) -> AnyResponse:
    return _change(public_id, connections.pause, _("%(name)s is paused."))


@pages.post("/<public_id>/resume")
def resume(public_id: str) -> AnyResponse:
    return _change(public_id, connections.resume, _("%(name)s goes on; a sync starts now."))


@pages.post("/<public_id>/promote")
def promote(public_id: str) -> AnyResponse:
    return _change(public_id, connections.promote, _("%(name)s is the primary connection now."))


@pages.post("/<public_id>/remove")
def remove(public_id: str) -> AnyResponse:
    find_detail(public_id, is_live=True)
    removed = connections.archive(current_runtime(), public_id, actor=the_person().email)
    text = _("%(name)s is removed. Its data are kept, and it can be brought back.") % {"name": removed.name}
    return saved(url_for("connections.overview", public_id=public_id), text)


@pages.post("/<public_id>/restore")
def restore(public_id: str) -> AnyResponse:
    find_detail(public_id)
    return _change(public_id, connections.restore, _("%(name)s is back; a sync starts now."))


def _change(public_id: str, act: Callable[..., Card], text: str) -> AnyResponse:
    find_detail(public_id)
    try:
        card = act(current_runtime(), public_id, actor=the_person().email)
    except ConnectionInvalid as error:
        return _refused(public_id, connection_words.problem(error.problems[0]))
    return _after(public_id, text % {"name": card.name})


def _refused(public_id: str, sentence: str) -> Response:
    view = {**detail_view(find_detail(public_id), "overview"), "complaint": sentence}
    return invalid(PAGE, OVERVIEW, **view)


def _after(public_id: str, text: str) -> AnyResponse:
    """The cards or the overview as they are now, wherever the button was; a plain form goes there."""
    if not wants_partial():
        return saved(url_for("connections.overview", public_id=public_id), text)
    if request.headers.get("HX-Target") == "connections-cards":
        return _html(CARDS, **{**list_view(), "said": text})
    return _html(OVERVIEW, **{**detail_view(find_detail(public_id), "overview"), "said": text})


def _html(template: str, **view: Any) -> Response:
    return Response(render_template(template, **view), mimetype="text/html")
