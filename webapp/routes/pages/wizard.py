"""The wizard "Add New Integration": provider, credentials, mapping, sync settings, review; resumable at every step."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.connection import AccessForm, ConnectionNameForm, SyncForm, access_form, shown_values
from webapp.integrations import registry
from webapp.integrations.kit.manifest import Manifest
from webapp.models import Role
from webapp.routes import check_words, connection_words, provider_words
from webapp.routes.check_words import CheckText
from webapp.routes.context import current_runtime, the_person
from webapp.routes.formatting import ago
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, is_htmx, page_or_partial, saved
from webapp.routes.wizard_frame import Frame, frame_of
from webapp.services import approvals, call_budget, drafts, guides
from webapp.services.connection_entry import ConnectionInvalid, Problem, sync_problems
from webapp.services.drafts import Changes, DraftView

pages = open_to(Role.ADMIN)(Blueprint("wizard", __name__, url_prefix="/settings/integrations/new"))

ACCESS_PAGE, ACCESS, CHECK = "connections/access.html", "connections/_access.html", "connections/_check.html"
SYNC_PAGE, SYNC, BUDGET = "connections/sync.html", "connections/_sync.html", "connections/_budget.html"
REVIEW_PAGE, REVIEW = "connections/review.html", "connections/_review.html"


@pages.get("")
def choose() -> str:
    with current_runtime().reading() as session:
        open_drafts = drafts.every(current_runtime(), session, _me())
    return render_template(
        "connections/choose.html",
        frame=Frame.first(),
        providers=provider_words.catalogue(),
        drafts=[(draft, ago(draft.changed_at)) for draft in open_drafts],
    )


@pages.get("/<provider>")
def begin(provider: str) -> AnyResponse:
    manifest_or_404(provider)
    return saved(url_for("wizard.access", provider=provider))


@pages.post("/<provider>/discard")
def discard(provider: str) -> AnyResponse:
    manifest_or_404(provider)
    drafts.discard(current_runtime(), _me(), provider)
    return saved(url_for("wizard.choose"), _("The draft is gone."))


# --- credentials ----------------------------------------------------------------------------------------------------


@pages.get("/<provider>/credentials")
def access(provider: str) -> Response:
    manifest = manifest_or_404(provider)
    draft = draft_of(provider) or drafts.blank(provider)
    return page_or_partial(ACCESS_PAGE, ACCESS, **_access_view(manifest, draft))


@pages.post("/<provider>/credentials")
def save_access(provider: str) -> AnyResponse:
    manifest = manifest_or_404(provider)
    draft = keep_typed(manifest)
    wrong = _access_form_with_problems(manifest, draft)
    if wrong is not None:
        return access_again(manifest, draft, wrong)
    return saved(frame_of(manifest, "credentials").next_url)


@pages.post("/<provider>/credentials/choose")
def choose_access(provider: str) -> AnyResponse:
    """Another way in, or one of the hotels that the test found: the form again, with what was typed."""
    manifest = manifest_or_404(provider)
    draft = keep_typed(manifest)
    if not is_htmx():
        return saved(url_for("wizard.access", provider=provider))
    return page_or_partial(ACCESS_PAGE, ACCESS, **_access_view(manifest, draft))


@pages.post("/<provider>/credentials/test")
def try_access(provider: str) -> Response:
    manifest = manifest_or_404(provider)
    draft = keep_typed(manifest)
    wrong = _access_form_with_problems(manifest, draft)
    if wrong is not None:
        return access_again(manifest, draft, wrong)
    outcome = drafts.try_draft(current_runtime(), _me(), provider)
    view = _access_view(manifest, draft, check=check_words.check(outcome, draft.streams))
    meant = str(draft.options.get("endpoint_url", ""))
    is_completed = meant != request.form.get("endpoint_url", meant)
    return page_or_partial(ACCESS_PAGE, CHECK, **view, completed=meant if is_completed else "")


def keep_typed(manifest: Manifest) -> DraftView:
    """What is typed goes into the draft first, right or wrong: a sign-out or a mistake loses nothing."""
    form = access_form(manifest)()
    options = form.options()
    if "pick" in request.form:
        options["property_id"] = request.form["pick"]
    ticked = [int(step) for step in request.form.getlist("ticked") if step.isdecimal()]
    changes = Changes(options=options, secrets=form.secrets(), ticked=ticked)
    return drafts.save(current_runtime(), _me(), manifest.key, changes)


def _access_form_with_problems(manifest: Manifest, draft: DraftView) -> AccessForm | None:
    """None when nothing is wrong."""
    problems = drafts.access_problems(current_runtime(), _me(), manifest.key)
    return blamed(manifest, draft, problems) if problems else None


def blamed(manifest: Manifest, draft: DraftView, problems: Iterable[Problem]) -> AccessForm:
    form = access_form(manifest).filled(**shown_values(manifest, draft.options))
    for problem in problems:
        form.blame(problem.field, connection_words.problem(problem))
    return form


def access_again(manifest: Manifest, draft: DraftView, form: AccessForm) -> Response:
    return invalid(
        ACCESS_PAGE, ACCESS, retarget="#connections-access", **_access_view(manifest, draft, form=form)
    )


def _access_view(
    manifest: Manifest, draft: DraftView, *, form: AccessForm | None = None, check: CheckText | None = None
) -> dict[str, Any]:
    shown = form or access_form(manifest).filled(**shown_values(manifest, draft.options))
    return {
        "frame": frame_of(manifest, "credentials"),
        "form": shown,
        "fields": provider_words.fields_of(manifest, shown, draft.secret_hints),
        "check": check,
        "guide": guides.guide_of(manifest.key, provider_words.guide_values()),
        "ticked": draft.ticked,
        "provider": provider_words.provider(manifest),
        "approve_url": url_for("approvals.begin_draft", provider=manifest.key)
        if approvals.is_offered(manifest.key, shown.options())
        else "",
        "choose_url": url_for("wizard.choose_access", provider=manifest.key),
        "choose_target": "#connections-access",
    }


# --- sync settings --------------------------------------------------------------------------------------------------


@pages.get("/<provider>/sync")
def sync(provider: str) -> AnyResponse:
    manifest, draft = manifest_or_404(provider), draft_of(provider)
    if draft is None:
        return saved(url_for("wizard.access", provider=provider))
    form = SyncForm.showing(draft.streams, draft.frequency_minutes, draft.history_days)
    return page_or_partial(SYNC_PAGE, SYNC, **_sync_view(manifest, draft, form))


@pages.post("/<provider>/sync")
def save_sync(provider: str) -> AnyResponse:
    manifest, draft = manifest_or_404(provider), draft_of(provider)
    if draft is None:
        return saved(url_for("wizard.access", provider=provider))
    form = SyncForm()
    streams, minutes, days = form.wanted()
    problems = sync_problems(manifest, streams, minutes, days)
    if problems:
        for problem in problems:
            form.blame(problem.field, connection_words.problem(problem))
        return invalid(SYNC_PAGE, SYNC, retarget="#connections-sync", **_sync_view(manifest, draft, form))
    changes = Changes(streams=streams, frequency_minutes=minutes, history_days=days)
    drafts.save(current_runtime(), _me(), provider, changes)
    return saved(frame_of(manifest, "sync").next_url)


@pages.post("/<provider>/sync/budget")
def budget(provider: str) -> AnyResponse:
    """The line about calls, for what is chosen at this moment."""
    manifest, draft = manifest_or_404(provider), draft_of(provider)
    if draft is None or not is_htmx():
        return saved(url_for("wizard.sync", provider=provider))
    return page_or_partial(SYNC_PAGE, BUDGET, **_sync_view(manifest, draft, SyncForm()))


def _sync_view(manifest: Manifest, draft: DraftView, form: SyncForm) -> dict[str, Any]:
    streams, minutes, _days = form.offer(manifest.streams).wanted()
    return {
        "frame": frame_of(manifest, "sync"),
        "form": form,
        "budget": call_budget.per_hour(manifest, draft.options, streams, minutes or draft.frequency_minutes),
        "save_url": url_for("wizard.save_sync", provider=manifest.key),
        "budget_url": url_for("wizard.budget", provider=manifest.key),
        "save_label": _("Continue"),
    }


# --- review ---------------------------------------------------------------------------------------------------------


@pages.get("/<provider>/review")
def review(provider: str) -> AnyResponse:
    manifest, draft = manifest_or_404(provider), draft_of(provider)
    if draft is None:
        return saved(url_for("wizard.access", provider=provider))
    form = ConnectionNameForm.filled(name=draft.name or _(manifest.label))
    return page_or_partial(REVIEW_PAGE, REVIEW, **_review_view(manifest, draft, form))


@pages.post("/<provider>/review")
def finish(provider: str) -> AnyResponse:
    manifest, form = manifest_or_404(provider), ConnectionNameForm()
    name = form.name.data or ""
    if draft_of(provider) is None:
        return saved(url_for("wizard.access", provider=provider))
    draft = drafts.save(current_runtime(), _me(), provider, Changes(name=name))
    try:
        made = drafts.finish(current_runtime(), _me(), provider, name=name, actor=the_person().email)
    except ConnectionInvalid as error:
        for problem in error.problems:
            form.blame(problem.field, _with_label(manifest, problem.field, connection_words.problem(problem)))
        return invalid(
            REVIEW_PAGE, REVIEW, retarget="#connections-review", **_review_view(manifest, draft, form)
        )
    return saved(
        url_for("connections.overview", public_id=made.public_id),
        _("%(name)s is saved. The first sync starts now.") % {"name": made.name},
    )


@pages.post("/<provider>/review/test")
def try_all(provider: str) -> AnyResponse:
    """The whole test, with every kind of data that is ticked."""
    manifest, draft = manifest_or_404(provider), draft_of(provider)
    if draft is None:
        return saved(url_for("wizard.access", provider=provider))
    outcome = drafts.try_draft(current_runtime(), _me(), provider)
    form = ConnectionNameForm()
    draft = drafts.save(current_runtime(), _me(), provider, Changes(name=form.name.data or draft.name))
    check = check_words.check(outcome, draft.streams)
    return page_or_partial(REVIEW_PAGE, REVIEW, **_review_view(manifest, draft, form, check=check))


def _review_view(
    manifest: Manifest, draft: DraftView, form: ConnectionNameForm, *, check: CheckText | None = None
) -> dict[str, Any]:
    shown = access_form(manifest).filled(**shown_values(manifest, draft.options))
    labels = SyncForm.showing(draft.streams, draft.frequency_minutes, draft.history_days)
    return {
        "frame": frame_of(manifest, "review"),
        "form": form,
        "draft": draft,
        "check": check,
        "is_proven": draft.is_proven,
        "provider": provider_words.provider(manifest),
        "fields": [
            (shown[item.name], item)
            for item in provider_words.fields_of(manifest, shown, draft.secret_hints)
            if item.is_active
        ],
        "sync": labels,
    }


def _with_label(manifest: Manifest, field: str, sentence: str) -> str:
    """On the last page the field itself is not in sight, so the sentence names it."""
    known = {item.name: item.label for item in manifest.fields}
    return f"{_(known[field])}: {sentence}" if field in known else sentence


# --------------------------------------------------------------------------------------------------------------------


def manifest_or_404(provider: str) -> Manifest:
    try:
        return registry.manifest(provider)
    except registry.UnknownProvider:
        abort(404)


def draft_of(provider: str) -> DraftView | None:
    with current_runtime().reading() as session:
        return drafts.find(current_runtime(), session, _me(), provider)


def _me() -> str:
    return the_person().public_id
