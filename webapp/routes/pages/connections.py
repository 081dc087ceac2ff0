"""Integrations: the cards of all connections, and one connection with its tabs."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.connection import SyncForm
from webapp.integrations import registry
from webapp.integrations.kit.manifest import Manifest
from webapp.integrations.kit.scarce_tokens import TokenBudget
from webapp.models import Role
from webapp.routes import booking_watch_words, connection_words, missed_words, run_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.formatting import ago
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, saved, wants_partial
from webapp.services import (
    call_budget,
    connection_views,
    connections,
    missed_views,
    run_views,
    token_budgets,
)
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.connection_views import Card, Detail, NoSuchConnection

pages = open_to(Role.ADMIN)(Blueprint("connections", __name__, url_prefix="/settings/integrations"))

LIST_PAGE, CARDS = "connections/index.html", "connections/_cards.html"
PAGE, OVERVIEW = "connections/show.html", "connections/_overview.html"
DATA_TYPES, BUDGET, RUNS, RUN = (
    "connections/_sync.html",
    "connections/_budget.html",
    "connections/_runs.html",
    "connections/_run.html",
)


@pages.get("")
def index() -> Response:
    return page_or_partial(LIST_PAGE, CARDS, **list_view())


@pages.get("/<public_id>")
def overview(public_id: str) -> Response:
    return page_or_partial(PAGE, OVERVIEW, **detail_view(find_detail(public_id), "overview"))


# --- tabs -----------------------------------------------------------------------------------------------------------


@pages.get("/<public_id>/data-types")
def data_types(public_id: str) -> Response:
    detail = find_detail(public_id, is_live=True)
    form = SyncForm.showing(detail.streams, detail.card.frequency_minutes, detail.history_days)
    return page_or_partial(PAGE, DATA_TYPES, **_sync_view(detail, form))


@pages.post("/<public_id>/data-types")
def save_data_types(public_id: str) -> AnyResponse:
    detail, form = find_detail(public_id, is_live=True), SyncForm()
    streams, minutes, days = form.wanted()
    try:
        connections.update(
            current_runtime(),
            public_id,
            streams=streams,
            frequency_minutes=minutes,
            history_days=days,
            actor=the_person().email,
        )
    except ConnectionInvalid as error:
        for problem in error.problems:
            form.blame(problem.field, connection_words.problem(problem))
        return invalid(PAGE, DATA_TYPES, retarget="#connections-sync", **_sync_view(detail, form))
    address = url_for("connections.data_types", public_id=public_id)
    if not wants_partial():
        return saved(address, _("Saved."))
    detail = find_detail(public_id)
    form = SyncForm.showing(detail.streams, detail.card.frequency_minutes, detail.history_days)
    return page_or_partial(PAGE, DATA_TYPES, **_sync_view(detail, form, is_saved=True))


@pages.post("/<public_id>/data-types/budget")
def budget(public_id: str) -> AnyResponse:
    """The line about calls, for what is chosen at this moment."""
    detail = find_detail(public_id, is_live=True)
    if not wants_partial():
        return saved(url_for("connections.data_types", public_id=public_id))
    return page_or_partial(PAGE, BUDGET, **_sync_view(detail, SyncForm()))


@pages.get("/<public_id>/runs")
def runs(public_id: str) -> Response:
    detail = find_detail(public_id, is_live=True)
    with current_runtime().reading() as session:
        found = run_views.runs(session, detail.card.id, request.args.get("before"))
    address = url_for("connections.runs", public_id=public_id)
    view = {
        **detail_view(detail, "runs"),
        "runs": tuple(run_words.run(run) for run in found.runs),
        "newest_url": address if "before" in request.args else None,
        "older_url": f"{address}?before={found.older}" if found.older else None,
    }
    return page_or_partial(PAGE, RUNS, **view)


@pages.get("/<public_id>/runs/<run_id>")
def run(public_id: str, run_id: str) -> Response:
    detail = find_detail(public_id, is_live=True)
    with current_runtime().reading() as session:
        found = run_views.find(session, detail.card.id, run_id)
    if found is None:
        abort(404)
    view = {**detail_view(detail, "runs"), "run": run_words.run(found), "tab": "run"}
    return page_or_partial(PAGE, RUN, **view)


# --- views ----------------------------------------------------------------------------------------------------------


def find_detail(public_id: str, *, is_live: bool = False) -> Detail:
    """404 for an unknown one, and with `is_live` for a removed one."""
    try:
        with current_runtime().reading() as session:
            detail = connection_views.detail(session, public_id)
    except NoSuchConnection:
        abort(404)
    if is_live and detail.card.archived_at is not None:
        abort(404)
    return detail


def detail_view(detail: Detail, tab: str) -> dict[str, Any]:
    """What the page around every tab needs."""
    card = connection_words.card(detail.card, _tokens_of(detail.card))
    return {
        "card": card,
        "tab": tab,
        "tabs": [] if card.is_archived else _tabs(detail, tab),
        "streams": run_words.streams_of(detail.streams, detail.stream_ages, detail.last_run),
        "last_run": run_words.run(detail.last_run) if detail.last_run else None,
        "running": run_words.run(detail.card.running) if detail.card.running else None,
        "unmapped_words": detail.unmapped,
        "may_promote": card.is_shadow and detail.is_without_primary and not card.is_archived,
        "check": None,
        "help_url": url_for("doctor.show", public_id=detail.card.public_id),
        "last_checked": ago(detail.card.checked_at),
        "said": None,
        "complaint": "",
        "public_id": card.public_id,
        "polling": _polling(detail),
        "watch": booking_watch_words.watch_of(detail) if tab == "overview" and not card.is_archived else None,
    }


def _polling(detail: Detail) -> str:
    with current_runtime().reading() as session:
        return missed_words.polling(missed_views.tightness_of(session, detail.card.id))


def _tokens_of(card: Card) -> TokenBudget | None:
    with current_runtime().reading() as session:
        return token_budgets.of_cards(current_runtime(), session, [card]).get(card.public_id)


def _tabs(detail: Detail, current: str) -> list[dict[str, Any]]:
    entries = [("overview", _("Overview"), "connections.overview"), ("runs", _("Runs"), "connections.runs")]
    if detail.card.provider in registry.PROVIDERS:
        entries.insert(1, ("data-types", _("Data types"), "connections.data_types"))
        if manifest_of(detail).has_recipe:
            entries.append(("mapping", _("Mapping"), "recipe.show"))
        entries.append(("webhooks", _("Webhooks"), "webhooks.show"))
        entries.append(("troubleshooting", _("Troubleshooting"), "doctor.show"))
        entries.append(("settings", _("Settings"), "connection_settings.show"))
    return [
        {
            "label": label,
            "url": url_for(endpoint, public_id=detail.card.public_id),
            "is_current": key == current,
            "count": len(detail.unmapped) if key == "mapping" and detail.unmapped else None,
        }
        for key, label, endpoint in entries
    ]


def manifest_of(detail: Detail) -> Manifest:
    """404 for a provider that is not part of this version."""
    try:
        return registry.manifest(detail.card.provider)
    except registry.UnknownProvider:
        abort(404)


def _sync_view(detail: Detail, form: SyncForm, *, is_saved: bool = False) -> dict[str, Any]:
    manifest = manifest_of(detail)
    streams, minutes, _days = form.offer(manifest.streams).wanted()
    frequency = minutes or detail.card.frequency_minutes
    return {
        **detail_view(detail, "data-types"),
        "form": form,
        "budget": call_budget.per_hour(manifest, detail.options, streams, frequency),
        "save_url": url_for("connections.save_data_types", public_id=detail.card.public_id),
        "budget_url": url_for("connections.budget", public_id=detail.card.public_id),
        "save_label": _("Save"),
        "is_saved": is_saved,
        "frame": None,
    }


def list_view() -> dict[str, Any]:
    with current_runtime().reading() as session:
        cards = connection_views.list_cards(session)
        removed = connection_views.archived_names(session)
        tokens = token_budgets.of_cards(current_runtime(), session, cards)
    groups: dict[str, list[connection_words.CardText]] = {}
    for card in cards:
        label = _(connection_words.FAMILIES.get(card.family, card.family))
        groups.setdefault(label, []).append(connection_words.card(card, tokens.get(card.public_id)))
    return {
        "groups": list(groups.items()),
        "is_busy": any(card.is_busy for group in groups.values() for card in group),
        "removed": removed,
        "said": None,
    }
