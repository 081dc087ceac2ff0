"""Integrations > Health: safe to rely on, how fresh, what is wrong, what is left of call limits, and the clock."""

from datetime import datetime

from flask import Blueprint, Response, render_template

from webapp.domain.value import Value
from webapp.forms.connection import STREAM_LABELS
from webapp.models import Role
from webapp.routes import disk_words, health_answer, health_words, missed_words, watching
from webapp.routes.context import current_runtime, hotel_zone, the_person
from webapp.routes.formatting import Age, ago, day
from webapp.routes.guards import open_to
from webapp.routes.health_answer import Proof
from webapp.routes.health_words import AllowanceLine, ErrorLine, JobLine, Panel
from webapp.routes.i18n import gettext as _
from webapp.routes.missed_words import LedgerText
from webapp.routes.respond import page_or_partial, wants_partial
from webapp.routes.standing import Verdict, clock_time
from webapp.services import disk_space, health, health_history, missed_views
from webapp.services.health import Board
from webapp.services.health_history import DayMark, StreamHistory
from webapp.services.hit_counts import HitCount

pages = open_to(Role.STAFF)(Blueprint("health", __name__, url_prefix="/integrations/health"))


class BoardView(Value, frozen=True):
    """What the board shows. What only an admin may act on is empty for staff."""

    answer: Verdict
    checker: Verdict | None
    disk: Verdict | None
    panels: tuple[Panel, ...]
    errors: tuple[ErrorLine, ...]
    allowances: tuple[AllowanceLine, ...]
    hits: tuple[HitCount, ...]
    last_hits: tuple[Age | None, ...]
    jobs: tuple[JobLine, ...]
    owner: str
    number: int
    heartbeat: Age | None
    is_ticking: bool
    as_of: str
    is_admin: bool


class Cell(Value, frozen=True):
    tone: str
    title: str


class Strip(Value, frozen=True):
    """Thirty days of a kind of data; `days` is the table behind it, the latest first."""

    connection: str
    label: str
    cells: tuple[Cell, ...]
    days: tuple[tuple[str, int, int], ...]
    summary: str


class Spark(Value, frozen=True):
    """How long the last runs took, in seconds, the oldest first; `runs` are (when, seconds, calls)."""

    connection: str
    seconds: tuple[float, ...]
    runs: tuple[tuple[str, str, int], ...]


class HistoryView(Value, frozen=True):
    strips: tuple[Strip, ...] = ()
    sparks: tuple[Spark, ...] = ()


@pages.get("")
def index() -> Response:
    if wants_partial():
        return page_or_partial("health/index.html", "health/_board.html", view=_view())
    view, history, ledgers = _view(), _history(), _ledgers()
    return page_or_partial(
        "health/index.html", "health/_board.html", view=view, history=history, ledgers=ledgers
    )


@pages.get("/engine")
def engine() -> str:
    """By itself, below what needs a person: call limits, counts of calls, and the clock."""
    return render_template("health/_engine.html", view=_view())


@pages.get("/missed")
def missed() -> str:
    """By itself, like the history: its table is read at leisure."""
    return render_template("health/_missed.html", ledgers=_ledgers())


@pages.get("/history")
def history() -> str:
    """By itself: it changes slowly, and its tables must not close while somebody reads them."""
    return render_template("health/_history.html", history=_history())


def _view() -> BoardView:
    runtime = current_runtime()
    now = runtime.clock()
    is_admin = the_person().role is not Role.STAFF
    with runtime.reading() as session:
        board = health.board(session, now)
    different = {one.connection.id for one in watching.seen().truths if one.differs}
    return BoardView(
        answer=health_answer.answer(board, _proof(now), has_card=is_admin),
        checker=health_words.checker(board.clock),
        disk=disk_words.disk(disk_space.free_bytes(runtime.settings.data_dir)),
        panels=tuple(
            health_words.panel(one, may_open_log=is_admin, differs=one.view.id in different)
            for one in board.connections
        ),
        errors=tuple(health_words.error_line(group, may_open_log=is_admin) for group in board.errors),
        allowances=tuple(health_words.allowance_line(one) for one in board.allowances),
        hits=board.hits,
        last_hits=tuple(ago(one.last_at) for one in board.hits),
        jobs=health_words.job_lines(board.clock) if is_admin else (),
        owner=_owner(board) if is_admin else "",
        number=board.clock.number,
        heartbeat=ago(board.clock.heartbeat_at),
        is_ticking=board.clock.is_ticking,
        as_of=_seconds(now),
        is_admin=is_admin,
    )


def _proof(now: datetime) -> Proof:
    found = watching.seen()
    one = found.primary
    return Proof(
        is_possible=one is not None,
        is_compared=one is not None and one.speaks_for(now),
        differs=one is not None and one.differs,
        is_quiet=any(sign.is_alarm for sign in found.signs),
    )


def _ledgers() -> tuple[LedgerText, ...]:
    runtime = current_runtime()
    may_open = the_person().role is not Role.STAFF
    with runtime.reading() as session:
        found = missed_views.of_connections(session, runtime.clock())
    return tuple(missed_words.ledger(one, may_open=may_open) for one in found)


def _owner(board: Board) -> str:
    return board.clock.owner or _("nobody")


def _history() -> HistoryView:
    runtime = current_runtime()
    with runtime.reading() as session:
        now = runtime.clock()
        connections = health.names(session)
        strips = health_history.days_of(session, hotel_zone(), now)
        runs = health_history.durations(session)
    return HistoryView(
        strips=tuple(
            _strip(one, connections[one.connection_id]) for one in strips if one.connection_id in connections
        ),
        sparks=tuple(
            _spark(name, runs[key]) for key, name in connections.items() if len(runs.get(key, ())) > 1
        ),
    )


def _strip(one: StreamHistory, name: str) -> Strip:
    label = str(STREAM_LABELS[one.stream])
    good_days = sum(1 for mark in one.days if mark.good and not mark.failed)
    seen_days = sum(1 for mark in one.days if mark.good or mark.failed)
    return Strip(
        connection=name,
        label=label,
        cells=tuple(_cell(mark) for mark in one.days),
        days=tuple(
            (day(mark.day), mark.good, mark.failed) for mark in reversed(one.days) if mark.good or mark.failed
        ),
        summary=_("Days without a failure: %(good)s of %(seen)s") % {"good": good_days, "seen": seen_days},
    )


def _cell(mark: DayMark) -> Cell:
    if not mark.good and not mark.failed:
        return Cell("idle", _("%(day)s: no run") % {"day": day(mark.day)})
    tone = "ok" if not mark.failed else "warn" if mark.good else "bad"
    words = _("%(day)s: %(good)s good runs, %(failed)s failed")
    return Cell(tone, words % {"day": day(mark.day), "good": mark.good, "failed": mark.failed})


def _spark(name: str, runs: tuple[tuple[datetime, float, int], ...]) -> Spark:
    return Spark(
        connection=name,
        seconds=tuple(seconds for _at, seconds, _calls in runs),
        runs=tuple((clock_time(at), f"{seconds:.1f}", calls) for at, seconds, calls in reversed(runs)),
    )


def _seconds(at: datetime) -> str:
    return at.astimezone(hotel_zone()).strftime("%H:%M:%S")
