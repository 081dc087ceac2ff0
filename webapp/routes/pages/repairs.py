"""The repair card's button: tests the connection with a new secret, and keeps it when it works."""

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.models import Role
from webapp.routes import connection_words, repair_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.i18n import say
from webapp.routes.repair_words import RepairText
from webapp.routes.respond import invalid, page_or_partial, saved, wants_partial
from webapp.services import repairs
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.connection_verdict import Outcome
from webapp.services.connection_views import NoSuchConnection

pages = open_to(Role.ADMIN)(Blueprint("repairs", __name__, url_prefix="/settings/integrations"))
PAGE, CARD = "connections/repair.html", "connections/_repair.html"


@pages.post("/<public_id>/repair")
def repair(public_id: str) -> AnyResponse:
    runtime = current_runtime()
    value = request.form.get("secret", "")
    try:
        done = repairs.repair(runtime, public_id, value, actor=the_person().email)
    except NoSuchConnection:
        abort(404)
    except ConnectionInvalid as error:
        return _again(public_id, connection_words.problem(error.problems[0]))
    if not done.is_mended:
        return _again(public_id, *_said(done.outcome))
    text = _("%(name)s works again. A sync starts now.")
    view = _card(public_id, is_done=True, account=done.outcome.account or "")
    if not wants_partial():
        return saved(url_for("health.index"), text % {"name": view.name})
    return page_or_partial(PAGE, CARD, repair=view)


def _again(public_id: str, problem: str, advice: str = "") -> AnyResponse:
    """What was typed is not sent back."""
    return invalid(PAGE, CARD, repair=_card(public_id, problem=problem, advice=advice))


def _said(outcome: Outcome) -> tuple[str, str]:
    fault = outcome.fault
    if fault is None:
        return _("The server answers, and whether this value is right could not be told."), ""
    return say(fault.message, fault.params), say(fault.advice, fault.params)


def _card(
    public_id: str, *, problem: str = "", advice: str = "", account: str = "", is_done: bool = False
) -> RepairText:
    try:
        with current_runtime().reading() as session:
            one = repairs.card(session, public_id)
    except NoSuchConnection:
        abort(404)
    return repair_words.card(one, problem=problem, advice=advice, account=account, is_done=is_done)
