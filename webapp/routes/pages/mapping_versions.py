"""Versions of a Custom PMS mapping: the list, a comparison of two, and the way back to an older one."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from webapp.models import Role
from webapp.routes import connection_words, mapping_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.services import recipe_rereading, recipe_versions
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.connection_views import Detail
from webapp.services.recipe_versions import LONGEST_NOTE, Comparison, NoSuchVersion

from .connections import PAGE, detail_view, find_detail, manifest_of

pages = open_to(Role.ADMIN)(
    Blueprint("mapping_versions", __name__, url_prefix="/settings/integrations/<public_id>/mapping/versions")
)
LIST, ONE = "connections/_versions.html", "connections/_version.html"


@pages.get("")
def index(public_id: str) -> Response:
    detail = _detail(public_id)
    with current_runtime().reading() as session:
        found = recipe_versions.every(session, public_id)
    view = {
        **detail_view(detail, "mapping"),
        "tab": "mapping-versions",
        "versions": tuple(mapping_words.version(one) for one in found),
    }
    return page_or_partial(PAGE, LIST, **view)


@pages.get("/compare")
def compare(public_id: str) -> Response:
    """`older` and `newer` in the query are numbers; the running version stands for one that is left out."""
    return page_or_partial(PAGE, ONE, **_comparison_view(_detail(public_id)))


@pages.post("/<int:number>/restore")
def restore(public_id: str, number: int) -> AnyResponse:
    detail = _detail(public_id)
    note = request.form.get("note", "")
    try:
        recipe_versions.restore(
            current_runtime(), public_id, number, actor=the_person().email, note=note[:LONGEST_NOTE]
        )
    except NoSuchVersion:
        abort(404)
    except ConnectionInvalid as error:
        complaint = connection_words.problem(error.problems[0])
        view = _comparison_view(detail, older=number, complaint=complaint)
        return invalid(PAGE, ONE, retarget="#connections-version", **view)
    return saved(
        url_for("mapping_versions.index", public_id=public_id),
        _("Version %(number)s is back. The next run reads the history with it.") % {"number": number},
    )


# --------------------------------------------------------------------------------------------------------------------


def _detail(public_id: str) -> Detail:
    detail = find_detail(public_id, is_live=True)
    if not manifest_of(detail).has_recipe:
        abort(404)
    return detail


def _comparison_view(detail: Detail, *, older: int | None = None, complaint: str = "") -> dict[str, Any]:
    public_id = detail.card.public_id
    with current_runtime().reading() as session:
        found = _compared(session, public_id, older)
        versions = recipe_versions.every(session, public_id)
        wanted = found.newer if found.older.is_running else found.older
        cost = recipe_rereading.estimate(session, public_id, wanted.document)
    may_restore = bool(found.differences) and (found.older.is_running or found.newer.is_running)
    return {
        **detail_view(detail, "mapping"),
        "tab": "mapping-version",
        "older": mapping_words.version(found.older),
        "newer": mapping_words.version(found.newer),
        "numbers": tuple(one.number for one in versions),
        "differences": mapping_words.sentences(found.differences),
        "restorable": wanted.number if may_restore and not wanted.is_running else None,
        "reread": mapping_words.reread(cost),
        "longest_note": LONGEST_NOTE,
        "complaint": complaint,
    }


def _compared(session: Session, public_id: str, older: int | None) -> Comparison:
    try:
        now = recipe_versions.running(session, public_id).number
        first = older if older is not None else request.args.get("older", now, type=int)
        second = now if older is not None else request.args.get("newer", now, type=int)
        return recipe_versions.compare(session, public_id, first, second)
    except NoSuchVersion:
        abort(404)
