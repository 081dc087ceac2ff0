"""The mapping of a Custom PMS: an editor over its recipe, in the wizard and for a stored connection."""

from typing import Any

import msgspec
from flask import Blueprint, Response, abort, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.recipe import RecipeEntry, recipe_entry
from webapp.models import Role
from webapp.routes import connection_words, mapping_words, recipe_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.mapping_words import SavingText
from webapp.routes.recipe_editing import Edited, edited, sample_view
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.routes.wizard_frame import frame_of
from webapp.services import (
    connection_views,
    connections,
    drafts,
    recipe_clicks,
    recipe_rereading,
    recipe_samples,
    recipe_versions,
    recipes,
)
from webapp.services.connection_entry import ConnectionInvalid, recipe_keeper
from webapp.services.connection_views import Detail, NoSuchConnection
from webapp.services.drafts import Changes, DraftView
from webapp.services.recipe_differences import between
from webapp.services.recipe_keeping import Reason
from webapp.services.recipe_samples import SampleView

from .connections import detail_view
from .wizard import draft_of, manifest_or_404

pages = open_to(Role.ADMIN)(Blueprint("recipe", __name__, url_prefix="/settings/integrations"))
WIZARD_PAGE, PAGE, PARTIAL = "connections/mapping.html", "connections/show.html", "connections/_recipe.html"


# --- in the wizard --------------------------------------------------------------------------------------------------


@pages.get("/new/<provider>/mapping")
def draft(provider: str) -> AnyResponse:
    kept = _draft_with_recipe(provider)
    if kept is None:
        return saved(url_for("wizard.access", provider=provider))
    return page_or_partial(
        WIZARD_PAGE, PARTIAL, **_draft_view(kept, Edited(str(kept.options.get("recipe", ""))))
    )


@pages.post("/new/<provider>/mapping")
def edit_draft(provider: str) -> AnyResponse:
    if _draft_with_recipe(provider) is None:
        return saved(url_for("wizard.access", provider=provider))
    runtime, me = current_runtime(), the_person().public_id
    entry = recipe_entry()
    step = edited(provider, entry)
    is_final = entry.act == "save" and not recipes.view(provider, step.document).problems
    changes = Changes(options={"recipe": step.document}, is_mapped=True if is_final else None)
    kept = drafts.save(runtime, me, provider, changes)
    if is_final:
        return saved(frame_of(manifest_or_404(provider), "mapping").next_url)
    fetched = None
    if entry.act == "sample":
        options, secrets = drafts.credentials(runtime, me, provider)
        options["recipe"] = recipe_clicks.askable(step.document)
        fetched = recipe_samples.load(runtime, provider, options, secrets)
    return _answer(WIZARD_PAGE, entry, _draft_view(kept, step, fetched))


@pages.get("/new/<provider>/mapping/recipe.json")
def export_draft(provider: str) -> AnyResponse:
    kept = _draft_with_recipe(provider)
    if kept is None:
        abort(404)
    return _download(str(kept.options.get("recipe", "")), provider)


# --- of a stored connection -----------------------------------------------------------------------------------------


@pages.get("/<public_id>/mapping")
def show(public_id: str) -> Response:
    detail = _detail_with_recipe(public_id)
    return page_or_partial(
        PAGE, PARTIAL, **_stored_view(detail, Edited(str(detail.options.get("recipe", ""))))
    )


@pages.post("/<public_id>/mapping")
def edit(public_id: str) -> AnyResponse:
    detail = _detail_with_recipe(public_id)
    provider, entry = detail.card.provider, recipe_entry()
    step = edited(provider, entry)
    if entry.act == "save" and not recipes.view(provider, step.document).problems:
        complaint = _saved_problem(public_id, step.document, entry.note)
        if not complaint:
            before = str(detail.options.get("recipe", ""))
            changed = _("The mapping is saved. The next run reads the history with it.")
            return saved(
                url_for("recipe.show", public_id=public_id),
                changed if between(before, step.document) else _("Nothing was changed."),
            )
        step = msgspec.structs.replace(step, complaint=complaint)
    fetched = None
    if entry.act == "sample":
        fetched = recipe_samples.of_connection(current_runtime(), public_id, step.document)
    return _answer(PAGE, entry, _stored_view(detail, step, fetched, note=entry.note))


@pages.get("/<public_id>/mapping/recipe.json")
def export(public_id: str) -> AnyResponse:
    detail = _detail_with_recipe(public_id)
    return _download(str(detail.options.get("recipe", "")), detail.card.name)


def _saved_problem(public_id: str, document: str, note: str) -> str:
    """Saves the mapping as a version; what is wrong with it, in words, else ""."""
    try:
        connections.update(
            current_runtime(),
            public_id,
            options={"recipe": document},
            actor=the_person().email,
            why=Reason(note=note),
        )
    except ConnectionInvalid as error:
        return connection_words.problem(error.problems[0])
    return ""


# --- what both do ---------------------------------------------------------------------------------------------------


def _answer(page: str, entry: RecipeEntry, view: dict[str, Any]) -> Response:
    """A button of the editor answers with the editor; only a refused save is an error."""
    if entry.act == "save" or view["complaint"]:
        return invalid(page, PARTIAL, retarget="#connections-recipe", **view)
    return page_or_partial(page, PARTIAL, **view)


def _draft_view(kept: DraftView, step: Edited, fetched: SampleView | None = None) -> dict[str, Any]:
    manifest = manifest_or_404(kept.provider)
    sample, unmapped = sample_view(kept.provider, step, fetched)
    return {
        **sample,
        "frame": frame_of(manifest, "mapping"),
        "recipe": recipe_words.editor(recipes.view(kept.provider, step.document)),
        "has_begun": kept.is_mapped or step.document != recipes.blank(kept.provider),
        "unmapped": recipe_words.unmapped(unmapped),
        "edit_url": url_for("recipe.edit_draft", provider=kept.provider),
        "export_url": url_for("recipe.export_draft", provider=kept.provider),
        "save_label": _("Continue"),
    }


def _stored_view(
    detail: Detail, step: Edited, fetched: SampleView | None = None, *, note: str = ""
) -> dict[str, Any]:
    running, public_id = str(detail.options.get("recipe", "")), detail.card.public_id
    sample, unmapped = sample_view(detail.card.provider, step, fetched, running)
    view = recipes.view(detail.card.provider, step.document)
    known = {row.word.casefold() for row in view.statuses}
    words = {**detail.unmapped, **unmapped}
    return {
        **detail_view(detail, "mapping"),
        **sample,
        "recipe": recipe_words.editor(view),
        "has_begun": True,
        "unmapped": recipe_words.unmapped(
            {word: count for word, count in words.items() if word.casefold() not in known}
        ),
        "saving": _saving(public_id, step.document, note),
        "edit_url": url_for("recipe.edit", public_id=public_id),
        "export_url": url_for("recipe.export", public_id=public_id),
        "save_label": _("Save the mapping"),
    }


def _saving(public_id: str, document: str, note: str) -> SavingText:
    """What pressing Save will do, before it is pressed."""
    with current_runtime().reading() as session:
        now = recipe_versions.running(session, public_id)
        cost = recipe_rereading.estimate(session, public_id, document)
    return mapping_words.saving(now.number, between(now.document, document), cost, note)


def _draft_with_recipe(provider: str) -> DraftView | None:
    manifest_or_404(provider)
    if recipe_keeper(provider) is None:
        abort(404)
    return draft_of(provider)


def _detail_with_recipe(public_id: str) -> Detail:
    try:
        with current_runtime().reading() as session:
            detail = connection_views.detail(session, public_id)
    except NoSuchConnection:
        abort(404)
    if detail.card.archived_at is not None or not manifest_or_404(detail.card.provider).has_recipe:
        abort(404)
    return detail


def _download(document: str, name: str) -> Response:
    """The recipe holds no secrets, so hotels may share it."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
    file = "-".join(filter(None, plain.split("-"))) or "recipe"
    headers = {"Content-Disposition": f'attachment; filename="{file}.recipe.json"'}
    return Response(document, mimetype="application/json", headers=headers)
