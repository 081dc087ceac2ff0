"""Integrations > Logs: runs, calls, webhooks and audit lines in one list, with everything that belongs to an entry."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from flask import Blueprint, Response, abort, request, url_for

from webapp.domain.value import Value
from webapp.forms.log_filter import LogFilterForm
from webapp.models import Role
from webapp.routes import filtered_list, log_words
from webapp.routes.context import current_runtime, hotel_zone
from webapp.routes.filtered_list import Chip
from webapp.routes.formatting import instant
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.log_words import Bar, LogLine
from webapp.routes.respond import invalid, page_or_partial, wants_partial
from webapp.services import log_hours, log_keeping, logs
from webapp.services.booking_place import BadCursor
from webapp.services.log_views import LogFilter, LogPage, LogRow

pages = open_to(Role.ADMIN)(Blueprint("logs", __name__, url_prefix="/integrations"))
PAGE, LIST, TABLE = "logs/index.html", "logs/_list.html", "logs/_table.html"
COLUMNS = ("at", "kind", "level", "connection", "trace_id", "actor", "action", "summary")
# (up to so many hours, hours of one column): some thirty columns whatever the span.
STEPS = ((30, 1), (24 * 8, 6), (24 * 40, 24))


class ListView(Value, frozen=True):
    """What the list's templates show. `bars` is empty when the filter cannot be counted cheaply."""

    form: LogFilterForm
    lines: tuple[LogLine, ...]
    views: tuple[Chip, ...]
    levels: tuple[tuple[str, str], ...]
    periods: tuple[tuple[str, str], ...]
    connections: tuple[tuple[str, str], ...]
    narrowed_by: tuple[Chip, ...]
    bars: tuple[Bar, ...]
    retention_days: int
    is_first: bool
    problems: tuple[str, ...] = ()
    searched_to: str = ""
    older_url: str | None = None
    newer_url: str | None = None
    first_url: str = ""
    wider_url: str = ""
    everything_url: str = ""
    csv_url: str = ""
    jsonl_url: str = ""


@pages.get("/logs")
def index() -> Response:
    form = LogFilterForm()
    if not form.validate():
        return _refused(form, filtered_list.problems(form))
    after = request.args.get("after", "")
    runtime = current_runtime()
    wanted = form.wanted(hotel_zone(), runtime.clock())
    try:
        with runtime.reading() as session:
            page = logs.search(session, wanted, after or None)
    except BadCursor:
        return _refused(form, (_("This page of the log is not there any more."),))
    response = page_or_partial(PAGE, _partial(), view=_view(form, page, wanted, is_first=not after))
    if wants_partial():
        response.headers["HX-Push-Url"] = filtered_list.address(
            "logs.index", filtered_list.asked(form), after=after
        )
    return response


@pages.get("/logs.csv", endpoint="csv")
def download_csv() -> Response:
    """Every entry that the filter lets through; moments in UTC, no payloads."""

    def texts(rows: Iterator[LogRow]) -> Iterator[str]:
        yield filtered_list.csv_line(COLUMNS)
        for row in rows:
            yield filtered_list.csv_line(getattr(row, name) for name in COLUMNS)

    return _download("csv", "text/csv", texts)


@pages.get("/logs.jsonl", endpoint="jsonl")
def download_jsonl() -> Response:
    def texts(rows: Iterator[LogRow]) -> Iterator[str]:
        for row in rows:
            yield msgspec.json.encode({name: getattr(row, name) for name in COLUMNS}).decode() + "\n"

    return _download("jsonl", "application/x-ndjson", texts)


def _download(ending: str, mimetype: str, texts: Any) -> Response:
    form = LogFilterForm()
    runtime = current_runtime()
    wanted = form.wanted(hotel_zone(), runtime.clock()) if form.validate() else abort(422)
    return filtered_list.download("log", ending, mimetype, texts(logs.export(runtime, wanted)))


def _partial() -> str:
    """The search box asks for the table only: replacing the box under typing hands would eat letters."""
    return TABLE if request.headers.get("HX-Target") == "logs-table" else LIST


def _refused(form: LogFilterForm, problems: tuple[str, ...]) -> Response:
    response = invalid(PAGE, _partial(), view=_view(form, LogPage(), None, problems=problems))
    response.headers["HX-Push-Url"] = "false"
    return response


def _view(
    form: LogFilterForm,
    page: LogPage,
    wanted: LogFilter | None,
    *,
    is_first: bool = True,
    problems: tuple[str, ...] = (),
) -> ListView:
    with current_runtime().reading() as session:
        connections = logs.connections(session)
        days = log_keeping.keeping(session).days
        bars = _bars(session, form, wanted, days) if wanted is not None and is_first else ()
    asked = filtered_list.asked(form)
    plain: dict[str, Any] = dict(asked)
    return ListView(
        form=form,
        lines=log_words.lines(page.rows),
        views=tuple(
            Chip(
                label,
                filtered_list.address("logs.index", asked, view=_unless_default(form.view, value)),
                value == form.view.data,
            )
            for value, label in filtered_list.options(form.view)
        ),
        levels=filtered_list.options(form.level),
        periods=filtered_list.options(form.period),
        connections=(("", _("Any")), *connections),
        narrowed_by=_narrowed_by(form, asked, dict(connections)),
        bars=bars,
        retention_days=days,
        is_first=is_first,
        problems=problems,
        searched_to=instant(page.searched_to),
        older_url=filtered_list.address("logs.index", asked, after=page.older) if page.older else None,
        newer_url=filtered_list.address("logs.index", asked, after=page.newer) if page.newer else None,
        first_url=filtered_list.address("logs.index", asked),
        wider_url=_wider(form, asked),
        everything_url=url_for("logs.index"),
        csv_url=url_for("logs.csv", **plain),
        jsonl_url=url_for("logs.jsonl", **plain),
    )


def _bars(session: Any, form: LogFilterForm, wanted: LogFilter, days: int) -> tuple[Bar, ...]:
    """Counted by the hour, so only by what the hours are counted by: no words, no traces."""
    if form.is_by_trace or wanted.text:
        return ()
    now = current_runtime().clock()
    oldest = now - timedelta(days=days)
    since = max(wanted.since or oldest, oldest)
    until = min(wanted.until or now, now)
    if since >= until:
        return ()
    hours = _step(since, until)
    counts = log_hours.histogram(session, wanted, since, until, hours)
    return log_words.bars(counts, hours, filtered_list.asked(form))


def _step(since: datetime, until: datetime) -> int:
    span = (until - since) / timedelta(hours=1)
    return next((step for most, step in STEPS if span <= most), STEPS[-1][1])


def _wider(form: LogFilterForm, asked: dict[str, str]) -> str:
    """The same filter over more time; empty when it is over all time already."""
    if form.moment_from.data or form.moment_to.data:
        return filtered_list.address("logs.index", asked, **{"from": None, "to": None})
    if form.is_by_trace or form.period.data == "month":
        return ""
    return filtered_list.address("logs.index", asked, period="month")


def _narrowed_by(form: LogFilterForm, asked: dict[str, str], names: dict[str, str]) -> tuple[Chip, ...]:
    """What can be taken away one by one; the kind and the period have their own switches."""
    words: dict[str, str | None] = {
        "q": form.q.data,
        "level": dict(filtered_list.options(form.level)).get(form.level.data or ""),
        "connection": names.get(form.connection.data or "", form.connection.data),
        "trace": form.trace.data,
        "booking": form.booking.data,
        "from": asked.get("from", "").replace("T", " "),
        "to": asked.get("to", "").replace("T", " "),
    }
    return filtered_list.narrowed_by("logs.index", form, asked, words)


def _unless_default(field: Any, value: str) -> str | None:
    return None if value == field.default else value
