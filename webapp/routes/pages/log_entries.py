"""One log entry: its trace, the fields it stored, and its payload, masked until somebody gives a reason."""

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.value import Value
from webapp.models import Role
from webapp.routes import log_words, run_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.log_words import FieldLine, HitText, LogLine
from webapp.routes.respond import invalid, page_or_partial, saved, wants_partial
from webapp.routes.run_words import RunText
from webapp.services import hits, log_detail
from webapp.services.log_detail import SHORTEST_REASON, NoSuchEntry, ReasonMissing
from webapp.services.log_views import LogDetail

pages = open_to(Role.ADMIN)(Blueprint("log_entries", __name__, url_prefix="/integrations/logs"))
PAGE, ENTRY = "logs/show.html", "logs/_entry.html"


class EntryView(Value, frozen=True):
    """What the drawer and the page show. `payload` is masked unless `is_revealed`."""

    line: LogLine
    run: RunText | None
    run_url: str
    hit: HitText | None
    connection_url: str
    messages: tuple[LogLine, ...]
    is_cut: bool
    fields: tuple[FieldLine, ...]
    payload: str
    is_masked: bool
    is_revealed: bool = False
    shortest_reason: int = SHORTEST_REASON
    reason: str = ""
    problem: str = ""
    said: str = ""


@pages.get("/<int:entry_id>")
def show(entry_id: int) -> Response:
    return page_or_partial(PAGE, ENTRY, view=_view(_detail(entry_id)))


@pages.post("/<int:entry_id>/reveal")
def reveal(entry_id: int) -> Response:
    """The payload as it is, in this answer only; who looked, and why, is in the log."""
    reason = request.form.get("reason", "")
    try:
        plain = log_detail.reveal(current_runtime(), entry_id, actor=the_person().email, reason=reason)
    except NoSuchEntry:
        abort(404)
    except ReasonMissing:
        problem = _("Say why, in a few words.")
        view = _view(_detail(entry_id), reason=reason, problem=problem)
        return invalid(PAGE, ENTRY, retarget="#logs-entry", view=view)
    return page_or_partial(PAGE, ENTRY, view=_view(_detail(entry_id), plain=plain))


@pages.post("/<int:entry_id>/replay")
def replay(entry_id: int) -> AnyResponse:
    """The webhook call of this trace is applied once more; harmless when it was already."""
    hit = _detail(entry_id).hit or abort(404)
    try:
        hits.replay(current_runtime(), hit.public_id, actor=the_person().email)
    except hits.NoSuchHit:
        abort(404)
    except hits.NotReplayable:
        abort(409)
    text = _("The call is applied once more.")
    if not wants_partial():
        return saved(url_for("log_entries.show", entry_id=entry_id), text)
    return page_or_partial(PAGE, ENTRY, view=_view(_detail(entry_id), said=text))


def _detail(entry_id: int) -> LogDetail:
    runtime = current_runtime()
    try:
        with runtime.reading() as session:
            return log_detail.detail(runtime, session, entry_id)
    except NoSuchEntry:
        abort(404)


def _view(
    detail: LogDetail, *, plain: str | None = None, reason: str = "", problem: str = "", said: str = ""
) -> EntryView:
    connection, run = detail.connection_public_id, detail.run
    return EntryView(
        line=log_words.line(detail.row),
        run=run_words.run(run) if run else None,
        run_url=url_for("connections.run", public_id=connection, run_id=run.public_id)
        if run and connection
        else "",
        hit=log_words.hit(detail.hit) if detail.hit else None,
        connection_url=url_for("connections.overview", public_id=connection) if connection else "",
        messages=log_words.lines(detail.messages) if len(detail.messages) > 1 else (),
        is_cut=detail.is_cut,
        fields=tuple(log_words.field_line(one) for one in detail.fields),
        payload=detail.payload if plain is None else plain,
        is_masked=detail.is_masked and plain is None,
        is_revealed=plain is not None,
        reason=reason,
        problem=problem,
        said=said,
    )
