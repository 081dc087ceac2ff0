"""Replays of many webhook calls: the count before, the start, how far it got; and what is dismissed from the tray."""

from datetime import datetime

from flask import Blueprint, Response, abort, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.value import Value
from webapp.domain.wall_time import readings
from webapp.models import Role
from webapp.routes import inbox_words, replay_limit
from webapp.routes.context import current_runtime, hotel_zone, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.i18n import ngettext
from webapp.routes.respond import page_or_partial, saved
from webapp.services import hit_quarantine, hit_replays
from webapp.services.hit_quarantine import NoSuchItem

pages = open_to(Role.ADMIN)(Blueprint("hit_replays", __name__, url_prefix="/integrations/logs/inbox"))


class PlanView(Value, frozen=True):
    """What a replay would do. `hits` are the ids that the confirmation carries; empty when there is nothing to do."""

    hits: tuple[str, ...]
    sentences: tuple[str, ...]
    title: str
    connections: tuple[str, ...]
    is_cut: bool
    most: int


class ProgressView(Value, frozen=True):
    batch: str
    text: str
    done: int
    total: int
    is_over: bool
    list_url: str


@pages.post("/plan")
def plan() -> AnyResponse:
    """Counts and changes nothing. Of ticked calls (`hit`), a tray item (`item`), or all given up since (`since`)."""
    wanted = _wanted()
    if not wanted:
        return saved(url_for("inbox.index"), _("No call was chosen, or there is none of that kind."))
    found = hit_replays.plan(current_runtime(), wanted)
    view = PlanView(
        hits=found.ids,
        sentences=inbox_words.plan(found),
        title=ngettext("Replay %(num)s call?", "Replay %(num)s calls?", found.hits) % {"num": found.hits},
        connections=found.connections,
        is_cut=found.is_cut,
        most=hit_replays.MOST,
    )
    return page_or_partial("inbox/plan.html", "inbox/_plan.html", view=view)


@pages.post("/start")
def start() -> AnyResponse:
    if (refused := replay_limit.pause()) is not None:
        return refused
    wanted = request.form.getlist("hit")[: hit_replays.MOST]
    batch, count = hit_replays.start(current_runtime(), wanted, actor=the_person().email)
    if not count:
        return saved(url_for("inbox.index"), _("None of these can be replayed any more."))
    return saved(url_for("hit_replays.show", batch=batch))


@pages.get("/replays/<batch>")
def show(batch: str) -> Response:
    with current_runtime().reading() as session:
        found = hit_replays.progress(session, batch) or abort(404)
    view = ProgressView(
        batch=batch,
        text=inbox_words.progress(found),
        done=found.done,
        total=found.total,
        is_over=found.waiting == 0,
        list_url=url_for("inbox.index", batch=batch),
    )
    return page_or_partial("inbox/progress.html", "inbox/_progress.html", view=view)


@pages.post("/dismiss")
def dismiss() -> AnyResponse:
    try:
        count = hit_quarantine.dismiss(
            current_runtime(), request.form.get("item", ""), actor=the_person().email
        )
    except NoSuchItem:
        return saved(url_for("inbox.index"), _("That is not in the tray any more."))
    words = ngettext("%(num)s call dismissed; it stays in the list.", "%(num)s calls dismissed; they stay in the list.", count)  # fmt: skip
    return saved(url_for("inbox.index"), words % {"num": count})


def _wanted() -> tuple[str, ...]:
    key, since = request.form.get("item", ""), request.form.get("since", "")
    with current_runtime().reading() as session:
        if key:
            try:
                return hit_quarantine.item(session, key).hits
            except NoSuchItem:
                return ()
        if since:
            at = _instant(since)
            return hit_replays.failed_since(session, at, request.form.get("connection", "")) if at else ()
    return tuple(request.form.getlist("hit"))


def _instant(typed: str) -> datetime | None:
    """In the hotel's zone; of an hour that comes twice the first, so that nothing is left out."""
    try:
        found = readings(datetime.fromisoformat(typed).replace(tzinfo=None), hotel_zone())
    except (ValueError, OverflowError):
        return None
    return found[0] if found else None
