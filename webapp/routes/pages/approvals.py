"""Connecting by an approval: the person is sent to the provider's own page, and comes back with its answer."""

import secrets as random
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.connection import access_form
from webapp.integrations.kit.approval import NotApproved
from webapp.models import Role
from webapp.routes import connection_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.services import approval_answers, approvals
from webapp.services.approvals import NoSuchApproval, View, Visit
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.connection_views import NoSuchConnection
from webapp.vault import VaultError

from . import connection_settings, wizard
from .connections import find_detail, manifest_of

pages = open_to(Role.ADMIN)(Blueprint("approvals", __name__, url_prefix="/settings/integrations"))
PAGE, CARD = "connections/approval.html", "connections/_approval.html"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SESSION = "approvals"


@pages.post("/new/<provider>/approve")
def begin_draft(provider: str) -> AnyResponse:
    """What is typed goes into the draft first, so that it is there when the person comes back."""
    manifest = wizard.manifest_or_404(provider)
    draft = wizard.keep_typed(manifest)
    try:
        begun = approvals.begin_draft(current_runtime(), _visit(), provider, redirect_uri())
    except NoSuchApproval:
        abort(404)
    except ConnectionInvalid as error:
        return wizard.access_again(manifest, draft, wizard.blamed(manifest, draft, error.problems))
    return saved(url_for("approvals.show", approval_id=begun))


@pages.post("/<public_id>/approve")
def begin(public_id: str) -> AnyResponse:
    """For a stored connection, with what is typed in its settings; from a repair card nothing is typed."""
    detail = find_detail(public_id, is_live=True)
    form = access_form(manifest_of(detail))()
    is_typed = any(name in request.form for name in form.data)
    try:
        begun = approvals.begin_connection(
            current_runtime(),
            _visit(),
            public_id,
            redirect_uri(),
            options=form.options() if is_typed else {},
            secrets=form.secrets() if is_typed else {},
        )
    except (NoSuchApproval, NoSuchConnection):
        abort(404)
    except ConnectionInvalid as error:
        return connection_settings.access_again(detail, form if is_typed else None, error)
    return saved(url_for("approvals.show", approval_id=begun))


@pages.get("/approval/<approval_id>")
def show(approval_id: str) -> Response:
    return page_or_partial(PAGE, CARD, **_page_view(_found(approval_id)))


@pages.post("/approval/<approval_id>/again")
def again(approval_id: str) -> AnyResponse:
    try:
        begun = approvals.begin_again(current_runtime(), _visit(), approval_id)
    except (NoSuchApproval, VaultError):
        abort(404)
    return saved(url_for("approvals.show", approval_id=begun))


@pages.get("/approval/return")
def take_answer() -> AnyResponse:
    """Where the provider sends the browser; it goes on at once, so that no code stays in the address."""
    given = request.args
    try:
        approval_id = approval_answers.answer(
            current_runtime(),
            _visit(),
            state=given.get("state", ""),
            code=given.get("code", ""),
            error=given.get("error", ""),
        )
    except NotApproved as error:
        return saved(url_for("approvals.refused", kind=error.kind))
    approval = _found(approval_id)
    if not approval.is_done:
        return saved(url_for("approvals.show", approval_id=approval_id))
    label = _(approval.provider_label)
    if approval.connection is None:
        text = _("%(provider)s approved the access. Test the connection to see what it may read.")
        return saved(url_for("wizard.access", provider=approval.provider), text % {"provider": label})
    text = _("%(provider)s approved the access. The sync that starts now shows whether it works.")
    address = url_for("connections.overview", public_id=approval.connection)
    return saved(address, text % {"provider": label})


@pages.get("/approval/refused/<kind>")
def refused(kind: str) -> Response:
    """An answer that belongs to no open approval."""
    if kind not in NotApproved.KINDS:
        abort(404)
    fault = NotApproved(kind).fault
    view: dict[str, Any] = {"approval": None, "trouble": connection_words.fault(fault), "elsewhere": ""}
    return invalid(PAGE, CARD, status=HTTPStatus.BAD_REQUEST, **view)


def redirect_uri() -> str:
    """The address that is registered with the app at the provider, to the letter."""
    base = current_runtime().settings.public_base_url or request.host_url
    return base.rstrip("/") + url_for("approvals.take_answer")


def _visit() -> Visit:
    """The browser session is known by a secret of its own: a state of another session is worth nothing in it."""
    if _SESSION not in session:
        session[_SESSION] = random.token_urlsafe(32)
    person = the_person()
    return Visit(user=person.public_id, browser=session[_SESSION], actor=person.email)


def _found(approval_id: str) -> View:
    try:
        return approvals.view(current_runtime(), _visit(), approval_id)
    except (NoSuchApproval, VaultError):
        abort(404)


def _page_view(approval: View) -> dict[str, Any]:
    there = urlsplit(approval.redirect_uri)
    return {
        "approval": approval,
        "label": _(approval.provider_label),
        "back_url": url_for("connection_settings.show", public_id=approval.connection)
        if approval.connection
        else url_for("wizard.access", provider=approval.provider),
        "trouble": connection_words.fault(approval.fault),
        "is_plain": there.scheme != "https" and there.hostname not in _LOOPBACK,
        # The cookie of this session does not travel to another host, so the answer would find nobody there.
        "elsewhere": "" if there.netloc == request.host else f"{there.scheme}://{there.netloc}",
    }
