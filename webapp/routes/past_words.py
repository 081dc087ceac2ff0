"""A booking as it looked at a moment, beside today: every field in words, differences marked."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from msgspec.structs import replace

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.services.booking_as_of import AsOf
from webapp.services.booking_changes import LINE, text_of
from webapp.services.booking_past import LINES, PEOPLE, PastBooking
from webapp.services.booking_rows import FIELDS, STAY_FIELDS, Row

from .booking_words import FIELDS as LABELS
from .booking_words import value_words
from .i18n import gettext as _

SHOWN = (
    "confirmation_number", "status", "raw_status", "holds_room", "arrival", "departure", "source", "group_ref",
    "total_minor", "balance_minor", "currency", "booked_at", "cancelled_at", "notes",
)  # fmt: skip
SHOWN_OF_LINE = (
    "unit", "status", "arrival", "departure", "room_type", "room", "adults", "children", "rate_plan", "nights",
    "checked_in_at", "checked_out_at",
)  # fmt: skip
ALWAYS_TODAY = N_(
    "Guests' e-mail, phone and remarks, and the provider's own stamp of its last change, are not kept for the past."
)
GAPS = {
    LINES: N_("Which rooms it had then cannot be told from what was kept: the rooms shown may be wrong."),
    PEOPLE: N_("Who was on it then cannot be told from what was kept: the people shown may be wrong."),
}


class PastRow(Value, frozen=True):
    label: str
    then: str
    now: str
    differs: bool


class PastPart(Value, frozen=True):
    """The booking itself or one of its lines."""

    title: str
    rows: tuple[PastRow, ...]
    is_elsewhere: bool = False  # a line that is there on one side only: told once, not field by field


class PastText(Value, frozen=True):
    """`differences` are fields, and lines that are there on one side only; `gaps` say what is not covered."""

    parts: tuple[PastPart, ...]
    differences: int
    gaps: tuple[str, ...]


def compared(shown: AsOf) -> PastText | None:
    """None when the booking had not been seen yet."""
    then, now = shown.then, shown.now
    if then is None:
        return None
    parts = (_whole(then, now), *_lines(then, now))
    rows = chain.from_iterable(part.rows for part in parts)
    lines = sum(part.is_elsewhere for part in parts)
    gaps = [GAPS[gap] for gap in sorted(then.unknown)]
    return PastText(
        parts, lines + sum(row.differs for row in rows), tuple(_(gap) for gap in (*gaps, ALWAYS_TODAY))
    )


def _whole(then: PastBooking, now: PastBooking) -> PastPart:
    currencies = (_currency(then), _currency(now))
    rows = _rows(SHOWN, FIELDS, (then.booking, now.booking), currencies)
    people = _row(_("Guests"), _names(then), _names(now))
    gone = _row(_(LABELS["gone"]), *(_("yes") if one.is_gone else _("no") for one in (then, now)))
    return PastPart(_("Booking"), (*rows, people, gone))


def _lines(then: PastBooking, now: PastBooking) -> Iterable[PastPart]:
    before, after = ({row[LINE]: row for row in one.stays} for one in (then, now))
    for line in sorted({*before, *after}, key=lambda line: (len(line), line)):
        pair = (before.get(line), after.get(line))
        title = _("Line %(line)s") % {"line": line}
        if pair[0] is None:
            title = _("Line %(line)s, not there then") % {"line": line}
        elif pair[1] is None:
            title = _("Line %(line)s, not there any more") % {"line": line}
        rows = _rows(SHOWN_OF_LINE, STAY_FIELDS, pair, (_currency(then), _currency(now)))
        is_elsewhere = None in pair
        yield PastPart(
            title, tuple(replace(row, differs=row.differs and not is_elsewhere) for row in rows), is_elsewhere
        )


def _rows(
    shown: Sequence[str],
    fields: Sequence[str],
    pair: tuple[Row | None, Row | None],
    currencies: tuple[str, str],
) -> Iterable[PastRow]:
    for name in shown:
        place = fields.index(name)
        then, now = (_words(row, place, name, of) for row, of in zip(pair, currencies, strict=True))
        if then or now:
            yield _row(_(LABELS[name]), then, now)


def _words(row: Row | None, place: int, name: str, currency: str) -> str:
    return "" if row is None else value_words(name, text_of(row[place]), currency)


def _row(label: str, then: str, now: str) -> PastRow:
    return PastRow(label, then or "–", now or "–", then != now)


def _currency(one: PastBooking) -> str:
    found: Any = one.booking[FIELDS.index("currency")]
    return str(found)


def _names(one: PastBooking) -> str:
    return ", ".join(
        f"{name} ({_('checked in')})" if row[5] else name
        for row in one.people
        for name in [" ".join(part for part in row[1:3] if part) or row[0]]
    )
