"""The settings of one connection: its name, its credentials (write-only), pausing and removing it."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.connection import AccessForm, ConnectionNameForm, access_form, shown_values
from webapp.models import Role
from webapp.routes import check_words, connection_words, provider_words
from webapp.routes.check_words import CheckText
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.services import approvals, connection_check, connections
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.connection_views import Detail

from .connections import detail_view, find_detail, manifest_of

pages = open_to(Role.ADMIN)(Blueprint("connection_settings", __name__, url_prefix="/settings/integrations"))
PAGE, NAME, KEYS = "connections/show.html", "connections/_name.html", "connections/_keys.html"
CHECK = "connections/_check.html"


@pages.get("/<public_id>/settings")
def show(public_id: str) -> Response:
    return page_or_partial(PAGE, KEYS, **_view(find_detail(public_id, is_live=True)))


@pages.post("/<public_id>/settings/name")
def rename(public_id: str) -> AnyResponse:
    detail, form = find_detail(public_id, is_live=True), ConnectionNameForm()
    try:
        connections.rename(current_runtime(), public_id, form.name.data or "", actor=the_person().email)
    except ConnectionInvalid as error:
        for problem in error.problems:
            form.blame(problem.field, connection_words.problem(problem))
        return invalid(PAGE, NAME, retarget="#connections-name", **_view(detail, name_form=form))
    return saved(url_for("connection_settings.show", public_id=public_id), _("The name is changed."))


@pages.post("/<public_id>/settings/access")
def save_access(public_id: str) -> AnyResponse:
    """An empty secret keeps the stored one; whatever is new is tried by the sync that follows."""
    detail = find_detail(public_id, is_live=True)
    form = _typed(detail)
    try:
        connections.update(
            current_runtime(),
            public_id,
            options=form.options(),
            secrets=form.secrets(),
            actor=the_person().email,
        )
    except ConnectionInvalid as error:
        return access_again(detail, form, error)
    return saved(
        url_for("connection_settings.show", public_id=public_id),
        _("The credentials are saved. The sync that starts now shows whether they work."),
    )


@pages.post("/<public_id>/settings/access/test")
def try_access(public_id: str) -> AnyResponse:
    """What is typed is tested over what is stored; nothing is saved."""
    detail = find_detail(public_id, is_live=True)
    form = _typed(detail)
    try:
        outcome = connection_check.try_edit(current_runtime(), public_id, form.options(), form.secrets())
    except ConnectionInvalid as error:
        return access_again(detail, form, error)
    check = check_words.check(outcome, [stream.value for stream in detail.streams])
    return page_or_partial(PAGE, CHECK, **_view(detail, form=form, check=check))


@pages.post("/<public_id>/settings/access/choose")
def choose_access(public_id: str) -> Response:
    """Another way in, or one of the hotels that the test found: the form again, with what was typed."""
    detail = find_detail(public_id, is_live=True)
    return page_or_partial(PAGE, KEYS, **_view(detail, form=_typed(detail)))


def _typed(detail: Detail) -> AccessForm:
    manifest = manifest_of(detail)
    form = access_form(manifest)()
    if "pick" in request.form and "property_id" in form:
        form["property_id"].data = request.form["pick"]
    return form


def access_again(detail: Detail, form: AccessForm | None, error: ConnectionInvalid) -> Response:
    """The form with its complaints; without `form` it shows what is stored."""
    manifest = manifest_of(detail)
    form = form or access_form(manifest).filled(**shown_values(manifest, detail.options))
    for problem in error.problems:
        form.blame(problem.field, connection_words.problem(problem))
    return invalid(PAGE, KEYS, retarget="#connections-keys", **_view(detail, form=form))


def _view(
    detail: Detail,
    *,
    name_form: ConnectionNameForm | None = None,
    form: AccessForm | None = None,
    check: CheckText | None = None,
) -> dict[str, Any]:
    manifest = manifest_of(detail)
    shown = form or access_form(manifest).filled(**shown_values(manifest, detail.options))
    return {
        **detail_view(detail, "settings"),
        "name_form": name_form or ConnectionNameForm.filled(name=detail.card.name),
        "form": shown,
        "fields": provider_words.fields_of(manifest, shown, detail.secret_hints),
        "check": check,
        "approve_url": url_for("approvals.begin", public_id=detail.card.public_id)
        if approvals.is_offered(manifest.key, shown.options())
        else "",
        "choose_url": url_for("connection_settings.choose_access", public_id=detail.card.public_id),
        "choose_target": "#connections-keys",
    }
