"""Bookings as the texts of a list. Fifty rows say the same few things, so each is translated and formatted once per page."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import current_app, url_for
from markupsafe import Markup, escape

from webapp.domain.booking import BookingStatus
from webapp.domain.value import Value
from webapp.services.booking_views import BookingRow
from webapp.services.stay_metrics import DeskStay

from .booking_words import STATUSES
from .context import current_runtime, hotel_zone, the_hotel
from .formatting import format_age, format_day, format_money
from .i18n import current_language, current_locale, ngettext
from .i18n import gettext as _

TONES = {
    BookingStatus.INQUIRY: "idle",
    BookingStatus.CONFIRMED: "info",
    BookingStatus.CHECKED_IN: "ok",
    BookingStatus.CHECKED_OUT: "idle",
    BookingStatus.CANCELLED: "bad",
    BookingStatus.NO_SHOW: "warn",
}


class BookingLine(Value, frozen=True):
    """One row, ready to print. `is_over` strikes the name through; `owes` is False where nothing is due,
    `is_new` marks what was booked within the last day. `under` is number and origin, `party` nights and people,
    `changed` a time element."""

    url: str
    guest: str
    is_over: bool
    is_new: bool
    number: str
    under: str
    stay: str
    nights: str
    people: str
    party: str
    rooms: str
    room_types: str
    tone: str
    status: str
    due: str
    owes: bool
    changed: Markup


class DeskLine(Value, frozen=True):
    """A visit in one of today's lists. `under` is room, room type and nights; `key` is the booking's id."""

    key: str
    url: str
    guest: str
    under: str
    tone: str
    status: str
    due: str


def lines(rows: Iterable[BookingRow]) -> tuple[BookingLine, ...]:
    """In the order given."""
    say = _Sayings()
    return tuple(_line(row, say) for row in rows)


def rows(of: Iterable[BookingLine]) -> Markup:
    """The rows of the list's table. One that says what it said before is not written again: writing fifty takes a fifth
    of a page's time."""
    language = current_language()
    return Markup("".join([_row(line, language) for line in of]))  # noqa: S704  # joined from markup


@lru_cache(maxsize=1000)
def _row(line: BookingLine, _language: str) -> Markup:
    macros: Any = current_app.jinja_env.get_template("bookings/row.html").module
    written: Markup = macros.row_of(line)
    return written


def desk_lines(visits: Iterable[DeskStay]) -> tuple[DeskLine, ...]:
    """In the order given."""
    say = _Sayings()
    return tuple(_desk_line(visit, say) for visit in visits)


class _Sayings:
    """What repeats from row to row, each said once."""

    def __init__(self) -> None:
        self._locale, self._zone = current_locale(), hotel_zone()
        self._now, self._today = current_runtime().clock(), the_hotel().business_date
        self.day: Callable[[date], str] = lru_cache(self._day)
        self.changed: Callable[[datetime], Markup] = lru_cache(self._changed)
        self.nights: Callable[[int], str] = lru_cache(nights)
        self.people: Callable[[int, int], str] = lru_cache(people)
        self.statuses = {status: _(word) for status, word in STATUSES.items()}
        self.gone, self.held = _("Deleted in the PMS"), _("room held")
        self.unassigned, self.nobody = _("not assigned"), _("No name")
        self.paid, self.group = _("paid"), _("group %(name)s")
        self.credit, self.owed = _("%(amount)s credit"), _("%(amount)s due")
        self.no_room = _("no room yet")
        self.yesterday = self._now - timedelta(days=1)
        self.address = url_for("bookings.show", public_id="-")[:-1]

    def money(self, minor: int, currency: str) -> str:
        return format_money(minor, currency, self._locale)

    def _day(self, day: date) -> str:
        return format_day(day, self._locale, today=self._today)

    def _changed(self, at: datetime) -> Markup:
        age = format_age(at, self._now, self._zone, self._locale)
        # Not by Markup.format, which takes as long as all the rest of a line.
        return Markup(f'<time datetime="{age.iso}" title="{escape(age.title)}">{escape(age.text)}</time>')  # noqa: S704


def guest_name(row: BookingRow | DeskStay, nobody: str) -> str:
    """Last name first, as at a front desk."""
    return ", ".join(part for part in (row.guest_last, row.guest_first) if part) or nobody


def nights(count: int) -> str:
    return ngettext("%(num)s night", "%(num)s nights", count) % {"num": count} if count else _("day use")


def people(adults: int, children: int) -> str:
    words = ngettext("%(num)s adult", "%(num)s adults", adults) % {"num": adults}
    if not children:
        return words
    return f"{words}, {ngettext('%(num)s child', '%(num)s children', children) % {'num': children}}"


def _line(row: BookingRow, say: _Sayings) -> BookingLine:
    tone, status = ("bad", say.gone) if row.is_gone else (TONES[row.status], say.statuses[row.status])
    if row.holds_room and row.status is BookingStatus.INQUIRY:
        status = f"{status}, {say.held}"
    number = row.confirmation_number or row.external_id
    group = say.group % {"name": row.group_ref} if row.group_ref else ""
    nights, people = say.nights(row.nights), say.people(row.adults, row.children)
    return BookingLine(
        url=say.address + row.public_id,
        guest=guest_name(row, say.nobody),
        is_over=row.is_gone or row.status is BookingStatus.CANCELLED,
        is_new=row.announced_at is not None and row.announced_at > say.yesterday,
        number=number,
        under=" · ".join(part for part in (number, row.source, group) if part),
        stay=f"{say.day(row.arrival)} – {say.day(row.departure)}",
        nights=nights,
        people=people,
        party=f"{nights}, {people}",
        # One unit moves from room to room; several have them side by side.
        rooms=(" → " if row.units == 1 else ", ").join(row.rooms) or say.unassigned,
        room_types=", ".join(row.room_types),
        tone=tone,
        status=status,
        due=_due(row.balance_minor, row.currency, say),
        owes=bool(row.balance_minor),
        changed=say.changed(row.changed_at),
    )


def _desk_line(visit: DeskStay, say: _Sayings) -> DeskLine:
    due = _due(visit.balance_minor, visit.currency, say)
    under = (visit.room or say.no_room, visit.room_type, say.nights(visit.nights))
    return DeskLine(
        key=visit.public_id,
        url=say.address + visit.public_id,
        guest=guest_name(visit, say.nobody),
        under=" · ".join(part for part in under if part),
        tone=TONES[visit.status],
        status=say.statuses[visit.status],
        due=say.owed % {"amount": due} if (visit.balance_minor or 0) > 0 else due,
    )


def _due(minor: int | None, currency: str, say: _Sayings) -> str:
    if minor is None:
        return "–"
    if minor < 0:
        return say.credit % {"amount": say.money(-minor, currency)}
    return say.money(minor, currency) if minor else say.paid
