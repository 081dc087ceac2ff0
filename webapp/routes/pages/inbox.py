"""Integrations > Logs > Inbox: every webhook call with its headers, masked body, verdict and result."""

from collections.abc import Iterator
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.value import Value
from webapp.forms.inbox_filter import InboxFilterForm
from webapp.models import Role
from webapp.routes import filtered_list, inbox_words
from webapp.routes.context import current_runtime, hotel_zone, the_person
from webapp.routes.filtered_list import Chip
from webapp.routes.formatting import instant
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.inbox_words import InboxLine, InboxText, TrayText
from webapp.routes.respond import invalid, page_or_partial, saved, wants_partial
from webapp.services import hit_inbox, hit_quarantine, hits, logs
from webapp.services.booking_place import BadCursor
from webapp.services.hit_inbox import InboxPage, InboxRow
from webapp.services.log_detail import SHORTEST_REASON, ReasonMissing

pages = open_to(Role.ADMIN)(Blueprint("inbox", __name__, url_prefix="/integrations/logs"))
PAGE, LIST, TABLE = "inbox/index.html", "inbox/_list.html", "inbox/_table.html"
ONE_PAGE, HIT = "inbox/show.html", "inbox/_hit.html"
COLUMNS = (
    "received_at", "public_id", "connection", "provider", "events", "state", "trust", "reason", "changed", "size",
    "replays", "sender", "trace_id",
)  # fmt: skip


class ListView(Value, frozen=True):
    """What the list's templates show. `is_live` asks again every few seconds while the page is looked at."""

    form: InboxFilterForm
    lines: tuple[InboxLine, ...]
    tray: tuple[TrayText, ...]
    states: tuple[tuple[str, str], ...]
    trusts: tuple[tuple[str, str], ...]
    periods: tuple[tuple[str, str], ...]
    connections: tuple[tuple[str, str], ...]
    narrowed_by: tuple[Chip, ...]
    is_live: bool
    here_url: str
    live_url: str
    still_url: str
    problems: tuple[str, ...] = ()
    searched_to: str = ""
    older_url: str | None = None
    newer_url: str | None = None
    first_url: str = ""
    wider_url: str = ""
    csv_url: str = ""
    jsonl_url: str = ""


class HitView(Value, frozen=True):
    """What the drawer and the page show of one call."""

    hit: InboxText
    is_masked: bool = True
    shortest_reason: int = SHORTEST_REASON
    reason: str = ""
    problem: str = ""
    said: str = ""


@pages.get("/inbox")
def index() -> Response:
    form = InboxFilterForm()
    if not form.validate():
        return _refused(form, filtered_list.problems(form))
    after = request.args.get("after", "")
    runtime = current_runtime()
    try:
        with runtime.reading() as session:
            wanted = form.wanted(hotel_zone(), runtime.clock())
            page = hit_inbox.search(session, wanted, after or None)
    except BadCursor:
        return _refused(form, (_("This page of the inbox is not there any more."),))
    response = page_or_partial(PAGE, _partial(), view=_view(form, page, after=after))
    if wants_partial() and "tick" not in request.args:
        live = "1" if _is_live(after) else None
        response.headers["HX-Push-Url"] = filtered_list.address(
            "inbox.index", filtered_list.asked(form), after=after, live=live
        )
    return response


@pages.get("/inbox.csv", endpoint="csv")
def download_csv() -> Response:
    """Every call that the filter lets through; moments in UTC, neither headers nor bodies."""

    def texts(rows: Iterator[InboxRow]) -> Iterator[str]:
        yield filtered_list.csv_line(COLUMNS)
        for row in rows:
            yield filtered_list.csv_line(_plain(row).values())

    return _download("csv", "text/csv", texts)


@pages.get("/inbox.jsonl", endpoint="jsonl")
def download_jsonl() -> Response:
    def texts(rows: Iterator[InboxRow]) -> Iterator[str]:
        for row in rows:
            yield msgspec.json.encode(_plain(row)).decode() + "\n"

    return _download("jsonl", "application/x-ndjson", texts)


@pages.get("/inbox/<hit_id>")
def show(hit_id: str) -> Response:
    return page_or_partial(ONE_PAGE, HIT, view=HitView(_whole(hit_id)))


@pages.post("/inbox/<hit_id>/reveal")
def reveal(hit_id: str) -> Response:
    """The call as it came, in this answer only; who looked, and why, is in the log."""
    reason = request.form.get("reason", "")
    try:
        found = hit_inbox.reveal(current_runtime(), hit_id, actor=the_person().email, reason=reason)
    except hits.NoSuchHit:
        abort(404)
    except ReasonMissing:
        view = HitView(_whole(hit_id), reason=reason, problem=_("Say why, in a few words."))
        return invalid(ONE_PAGE, HIT, retarget="#inbox-hit", view=view)
    return page_or_partial(ONE_PAGE, HIT, view=HitView(inbox_words.whole(found), is_masked=False))


@pages.post("/inbox/<hit_id>/replay")
def replay(hit_id: str) -> AnyResponse:
    """Applied once more; harmless when it was already."""
    try:
        hits.replay(current_runtime(), hit_id, actor=the_person().email)
    except hits.NoSuchHit:
        abort(404)
    except hits.NotReplayable:
        abort(409)
    text = _("The call is applied once more.")
    if not wants_partial():
        return saved(url_for("inbox.show", hit_id=hit_id), text)
    return page_or_partial(ONE_PAGE, HIT, view=HitView(_whole(hit_id), said=text))


def _whole(hit_id: str) -> InboxText:
    runtime = current_runtime()
    try:
        with runtime.reading() as session:
            return inbox_words.whole(hit_inbox.detail(runtime, session, hit_id))
    except hits.NoSuchHit:
        abort(404)


def _partial() -> str:
    return TABLE if request.headers.get("HX-Target") == "inbox-table" else LIST


def _refused(form: InboxFilterForm, problems: tuple[str, ...]) -> Response:
    response = invalid(PAGE, _partial(), view=_view(form, InboxPage(), problems=problems))
    response.headers["HX-Push-Url"] = "false"
    return response


def _is_live(after: str) -> bool:
    return not after and request.args.get("live") == "1"


def _view(
    form: InboxFilterForm, page: InboxPage, *, after: str = "", problems: tuple[str, ...] = ()
) -> ListView:
    with current_runtime().reading() as session:
        connections = logs.connections(session)
        tray = hit_quarantine.tray(session) if not wants_partial() else ()
    asked = filtered_list.asked(form)
    plain: dict[str, Any] = dict(asked)
    live = "1" if _is_live(after) and not problems else None
    return ListView(
        form=form,
        lines=inbox_words.lines(page.rows),
        tray=inbox_words.tray(tray),
        states=filtered_list.options(form.state),
        trusts=filtered_list.options(form.trust),
        periods=filtered_list.options(form.period),
        connections=(("", _("Any")), *connections),
        narrowed_by=_narrowed_by(form, asked, dict(connections)),
        is_live=live is not None,
        here_url=filtered_list.address("inbox.index", asked, live=live, tick="1"),
        live_url=filtered_list.address("inbox.index", asked, live="1"),
        still_url=filtered_list.address("inbox.index", asked),
        problems=problems,
        searched_to=instant(page.searched_to),
        older_url=filtered_list.address("inbox.index", asked, after=page.older) if page.older else None,
        newer_url=filtered_list.address("inbox.index", asked, after=page.newer) if page.newer else None,
        first_url=filtered_list.address("inbox.index", asked),
        wider_url=""
        if form.period.data == "month"
        else filtered_list.address("inbox.index", asked, period="month"),
        csv_url=url_for("inbox.csv", **plain),
        jsonl_url=url_for("inbox.jsonl", **plain),
    )


def _narrowed_by(form: InboxFilterForm, asked: dict[str, str], names: dict[str, str]) -> tuple[Chip, ...]:
    words: dict[str, str | None] = {
        "connection": names.get(form.connection.data or "", form.connection.data),
        "state": dict(filtered_list.options(form.state)).get(form.state.data or ""),
        "trust": dict(filtered_list.options(form.trust)).get(form.trust.data or ""),
        "event": form.event.data,
        "batch": form.batch.data,
        "from": asked.get("from", "").replace("T", " "),
        "to": asked.get("to", "").replace("T", " "),
    }
    return filtered_list.narrowed_by("inbox.index", form, asked, words)


def _download(ending: str, mimetype: str, texts: Any) -> Response:
    form = InboxFilterForm()
    runtime = current_runtime()
    wanted = form.wanted(hotel_zone(), runtime.clock()) if form.validate() else abort(422)
    return filtered_list.download("inbox", ending, mimetype, texts(hit_inbox.export(runtime, wanted)))


def _plain(row: InboxRow) -> dict[str, object]:
    own = {"connection": row.connection, "provider": row.provider, "sender": row.sender}
    return {name: own[name] if name in own else getattr(row.hit, name) for name in COLUMNS}
