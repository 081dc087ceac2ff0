"""One booking: what is known of it, what happened to it, and how it looked at a moment of the past."""

from datetime import datetime
from typing import Any

from flask import Response, abort, request, url_for

from webapp.domain.value import Value
from webapp.domain.wall_time import readings
from webapp.routes import booking_words, past_words
from webapp.routes.booking_words import Moment
from webapp.routes.context import current_runtime, hotel_zone
from webapp.routes.filtered_list import Chip
from webapp.routes.formatting import instant
from webapp.routes.i18n import gettext as _
from webapp.routes.past_words import PastText
from webapp.routes.respond import invalid, page_or_partial
from webapp.routes.standing import as_of_words, settings_url, verdict
from webapp.services import booking_as_of, booking_history, booking_notes, bookings, freshness
from webapp.services.booking_detail import BookingDetail
from webapp.services.booking_history import FieldGroup
from webapp.services.booking_notes import NoteView
from webapp.services.freshness import ConnectionView

from .bookings import pages as shared

pages = shared  # the same blueprint: one address below the other

PAGE = "bookings/show.html"
LONGEST_KEY = 18


class HistoryView(Value, frozen=True):
    """What `bookings/_history.html` shows. `connection_url` is empty for who may not see logs and settings."""

    public_id: str
    moments: tuple[Moment, ...]
    groups: tuple[Chip, ...]
    is_narrowed: bool
    older_url: str | None
    newest_url: str | None
    connection_url: str


class PastView(Value, frozen=True):
    """What `bookings/_past.html` shows. `at` is what stands in the field; `questions` are the instants that it may mean."""

    public_id: str
    picks: tuple[Chip, ...]
    at: str = ""
    moment: str = ""
    problem: str = ""
    questions: tuple[Chip, ...] = ()
    is_unseen: bool = False
    first_seen: str = ""
    text: PastText | None = None


class _Asked(Value, frozen=True):
    """The moment that was asked for; else why there is none, or the instants to choose from."""

    at: datetime | None = None
    problem: str = ""
    choices: tuple[datetime, ...] = ()


@pages.get("/bookings/<public_id>")
def show(public_id: str) -> Response:
    booking, connection = _find(public_id)
    return _answer(booking, connection, _Asked(), PAGE)


@pages.get("/bookings/<public_id>/history")
def history(public_id: str) -> Response:
    booking, connection = _find(public_id)
    return _answer(booking, connection, _Asked(), "bookings/_history.html")


@pages.get("/bookings/<public_id>/as-of")
def as_of(public_id: str) -> Response:
    """The booking at `at` (hotel time), at a `pick`, or just before the change `before`."""
    booking, connection = _find(public_id)
    return _answer(booking, connection, _asked(public_id), "bookings/_past.html")


def _answer(booking: BookingDetail, connection: ConnectionView, asked: _Asked, part: str) -> Response:
    """The whole page, or `part` of it where htmx asks for that."""
    past = _past(booking.public_id, asked)
    view: dict[str, Any] = {
        "booking": booking,
        "connection": connection,
        "as_of": as_of_words(connection),
        "connection_url": settings_url(connection),
        "verdict": verdict(connection),
        "history": _history(booking, connection),
        "past": past,
        "happened": booking_words.happened(booking),
        "house_notes": _house_notes(booking.public_id),
    }
    if past.problem:
        return invalid(PAGE, part, **view)
    return page_or_partial(PAGE, part, **view)


def _house_notes(public_id: str) -> tuple[NoteView, ...]:
    with current_runtime().reading() as session:
        return booking_notes.of_booking(session, public_id)


def _find(public_id: str) -> tuple[BookingDetail, ConnectionView]:
    runtime = current_runtime()
    with runtime.reading() as session:
        booking = bookings.detail(session, public_id) or abort(404)
        connections = freshness.connections(session, runtime.clock())
    return booking, next(one for one in connections if one.id == booking.connection_id)


def _history(booking: BookingDetail, connection: ConnectionView) -> HistoryView:
    asked = request.args.get("group", "")
    group = next((one for one in FieldGroup if one.value == asked), FieldGroup.ANY)
    before = _key("after")
    with current_runtime().reading() as session:
        page = booking_history.history(session, booking.id, group, before)
    names_lines = sum(len(unit.lines) for unit in booking.units) > 1

    def address(**changes: str | int | None) -> str:
        return url_for("bookings.history", public_id=booking.public_id, **changes)  # type: ignore[arg-type]

    return HistoryView(
        public_id=booking.public_id,
        moments=booking_words.history(page.moments, booking.currency, names_lines=names_lines),
        groups=tuple(
            Chip(_(words), address(group=one.value or None), one is group)
            for one, words in booking_words.GROUPS.items()
        ),
        is_narrowed=group is not FieldGroup.ANY,
        older_url=address(group=group.value or None, after=page.older) if page.older else None,
        newest_url=address(group=group.value or None) if before is not None else None,
        connection_url=settings_url(connection),
    )


def _asked(public_id: str) -> _Asked:
    zone, now = hotel_zone(), current_runtime().clock()
    change = _key("before")
    if change is not None:
        with current_runtime().reading() as session:
            found = booking_as_of.before_change(session, public_id, change)
        return _Asked(found) if found else abort(404)
    try:
        wall = datetime.fromisoformat(request.args.get("at", ""))
        found_at = readings(wall, zone) if wall.tzinfo is None else (wall,)
    except (ValueError, OverflowError):
        return _Asked(problem=_("This is not a moment; write it like 2026-07-14T12:30."))
    which = request.args.get("which", "")
    if not found_at:
        return _Asked(problem=_("The hotel's clock skipped this time: it was put forward."))
    if len(found_at) > 1 and which not in ("1", "2"):
        return _Asked(choices=found_at)
    at = found_at[int(which) - 1] if len(found_at) > 1 else found_at[0]
    return _Asked(problem=_("This moment is still to come.")) if at > now else _Asked(at)


def _past(public_id: str, asked: _Asked) -> PastView:
    zone, now = hotel_zone(), current_runtime().clock()
    with current_runtime().reading() as session:
        picks = booking_as_of.quick_picks(session, public_id, zone, now) or abort(404)
        shown = booking_as_of.as_of(session, public_id, asked.at) if asked.at else None
    offered = (
        (_("Yesterday 18:00"), picks.yesterday),
        (_("Before the last change"), picks.last_change),
        (_("At arrival"), picks.arrival),
    )
    return PastView(
        public_id=public_id,
        picks=tuple(
            Chip(label, _moment_url(public_id, at), at == asked.at) for label, at in offered if at is not None
        ),
        at=_typed(asked),
        moment=instant(asked.at),
        problem=asked.problem,
        questions=tuple(
            Chip(
                f"{at.astimezone(zone):%H:%M} {at.astimezone(zone):%Z} (UTC{at.astimezone(zone):%z})",
                url_for("bookings.as_of", public_id=public_id, at=request.args["at"], which=place),
            )
            for place, at in enumerate(asked.choices, start=1)
        ),
        is_unseen=shown is not None and shown.then is None,
        first_seen=instant(picks.first_seen_at),
        text=past_words.compared(shown) if shown else None,
    )


def _moment_url(public_id: str, at: datetime) -> str:
    return url_for("bookings.as_of", public_id=public_id, at=at.isoformat())


def _typed(asked: _Asked) -> str:
    """For the field: what was typed, or the moment that a link asked for, in hotel time."""
    if asked.at is not None:
        return f"{asked.at.astimezone(hotel_zone()):%Y-%m-%dT%H:%M}"
    typed = request.args.get("at", "")
    return typed[:16] if asked.problem or asked.choices else ""


def _key(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= LONGEST_KEY else None
