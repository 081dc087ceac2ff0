"""The words of a booking's history: fields, values, roads and facts as a person reads them."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime

import msgspec

from webapp.domain.booking import BookingStatus
from webapp.domain.event import FactType, Road
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.services.booking_detail import BookingDetail
from webapp.services.booking_history import ChangeView, FactView, FieldChange, FieldGroup

from .formatting import Age, ago, day, instant, money
from .i18n import gettext as _
from .i18n import ngettext

FIELDS = {
    "confirmation_number": N_("Confirmation number"),
    "group_ref": N_("Group"),
    "status": N_("Status"),
    "raw_status": N_("Status at the provider"),
    "holds_room": N_("Room on hold"),
    "source": N_("Source"),
    "currency": N_("Currency"),
    "total_minor": N_("Total"),
    "balance_minor": N_("Balance due"),
    "notes": N_("Notes"),
    "booked_at": N_("Booked"),
    "cancelled_at": N_("Cancelled on"),
    "guests": N_("Guests"),
    "guests_checked_in": N_("Guests checked in"),
    "line": N_("Stay line"),
    "unit": N_("Unit"),
    "arrival": N_("Arrival"),
    "departure": N_("Departure"),
    "room_type_id": N_("Room type code"),
    "room_type": N_("Room type"),
    "room": N_("Room"),
    "adults": N_("Adults"),
    "children": N_("Children"),
    "rate_plan_id": N_("Rate plan code"),
    "rate_plan": N_("Rate plan"),
    "nights": N_("Price per night"),
    "nights_are_spread": N_("Price spread evenly"),
    "checked_in_at": N_("Checked in"),
    "checked_out_at": N_("Checked out"),
    "gone": N_("Deleted at the provider"),
}
GROUPS = {
    FieldGroup.ANY: N_("Everything"),
    FieldGroup.STAY: N_("Dates and rooms"),
    FieldGroup.STATUS: N_("Status"),
    FieldGroup.MONEY: N_("Prices"),
    FieldGroup.PEOPLE: N_("People"),
    FieldGroup.REST: N_("Notes and numbers"),
}
STATUSES = {
    BookingStatus.INQUIRY: N_("Inquiry"),
    BookingStatus.CONFIRMED: N_("Confirmed"),
    BookingStatus.CHECKED_IN: N_("Checked in"),
    BookingStatus.CHECKED_OUT: N_("Checked out"),
    BookingStatus.CANCELLED: N_("Cancelled"),
    BookingStatus.NO_SHOW: N_("No-show"),
}
ROADS = {
    Road.HIT: N_("by webhook"),
    Road.POLL: N_("by sync"),
    Road.SWEEP: N_("by the daily comparison"),
    Road.BACKFILL: N_("with the history"),
    Road.MANUAL: N_("by hand"),
}
FACTS = {
    FactType.BOOKING_CREATED: (N_("Booking made"), "info"),
    FactType.BOOKING_UPDATED: (N_("Booking changed"), "idle"),
    FactType.BOOKING_CANCELLED: (N_("Booking cancelled"), "bad"),
    FactType.GUEST_CHECKIN: (N_("Guest checked in"), "ok"),
    FactType.GUEST_CHECKOUT: (N_("Guest checked out"), "idle"),
}


class Difference(Value, frozen=True):
    """One field, before and after, as texts. `line` names the stay line where a booking has several."""

    label: str
    line: str
    old: str
    new: str


class Moment(Value, frozen=True):
    """An entry of `_ui/timeline.html`: `at` is when it reached the hub, `text` says when it happened and by which road.

    change_id   its first field, to look at the booking just before; None for what is no change
    hit_id      the webhook call that brought it; `evidence_gone` that it is not kept any more
    """

    at: Age | None
    title: str
    text: str
    tone: str
    differences: tuple[Difference, ...] = ()
    told: tuple[str, ...] = ()
    run_id: str | None = None
    trace_id: str | None = None
    hit_id: str | None = None
    evidence_gone: bool = False
    change_id: int | None = None


def history(moments: Iterable[ChangeView], currency: str, *, names_lines: bool) -> tuple[Moment, ...]:
    """In the order given; `names_lines` says of which line a field is."""
    return tuple(_moment(change, currency, names_lines=names_lines) for change in moments)


def happened(booking: BookingDetail) -> tuple[Moment, ...]:
    """What was told to others, newest first."""
    return tuple(_told(fact) for fact in booking.facts)


def _moment(change: ChangeView, currency: str, *, names_lines: bool) -> Moment:
    seen = tuple(
        _difference(field, currency, names_lines=names_lines)
        for field in change.fields
        if field.field != "created"
    )
    is_new = len(seen) < len(change.fields)
    changed_to = {field.new for field in change.fields if field.field == "status"}
    tone = "info" if is_new else "bad" if BookingStatus.CANCELLED in changed_to else "idle"
    labels = list(dict.fromkeys(difference.label for difference in seen))
    title = _("First seen") if is_new else ", ".join(labels[:3])
    if len(labels) > 3:
        title = _("%(fields)s and more") % {"fields": title}
    return Moment(
        at=ago(change.arrived_at),
        title=title,
        text=_came(change),
        tone=tone,
        differences=seen,
        told=tuple(fact_words(fact) for fact in change.facts),
        run_id=change.run_id,
        trace_id=change.trace_id,
        hit_id=change.hit_id,
        evidence_gone=not change.is_hit_kept,
        change_id=None if is_new else change.id,
    )


def _came(change: ChangeView) -> str:
    """When at the provider, when here in hotel time, on which business date, by which road."""
    words = {
        "at": instant(change.provider_at),
        "arrived": instant(change.arrived_at),
        "date": day(change.business_date),
        "how": _(ROADS[change.road]),
    }
    parts = [_("At the provider %(at)s.") % words] if change.provider_at else []
    parts.append(
        _("Here %(arrived)s, business date %(date)s, came %(how)s.") % words
        if change.business_date
        else _("Here %(arrived)s, came %(how)s.") % words
    )
    return " ".join(parts)


def fact_words(fact: FactView) -> str:
    words = _(FACTS[fact.type][0])
    if fact.occurrence > 1 and fact.type is not FactType.BOOKING_UPDATED:
        words = _("%(fact)s, time %(number)s") % {"fact": words, "number": fact.occurrence}
    return words


def _told(fact: FactView) -> Moment:
    tone = FACTS[fact.type][1]
    return Moment(ago(fact.recorded_at), fact_words(fact), _when_and_how(fact.occurred_at, fact.road), tone)


def _when_and_how(provider_at: datetime | None, road: Road) -> str:
    how = _(ROADS[road])
    if provider_at is None:
        return _("Came %(how)s.") % {"how": how}
    return _("At the provider %(at)s; came %(how)s.") % {"at": instant(provider_at), "how": how}


def _difference(change: FieldChange, currency: str, *, names_lines: bool) -> Difference:
    label = _(FIELDS[change.field]) if change.field in FIELDS else change.field
    line = change.stay_line if names_lines else ""
    return Difference(
        label, line, *(value_words(change.field, text, currency) for text in (change.old, change.new))
    )


def value_words(field: str, text: str | None, currency: str) -> str:
    """A stored text as words; one that is not what its field promises is shown as it is."""
    if text is None or text == "":
        return ""
    try:
        return _VALUES[field](text, currency) if field in _VALUES else text
    except (ValueError, msgspec.DecodeError):
        return text


def _nights(text: str, currency: str) -> str:
    nights = msgspec.json.decode(text, type=list[tuple[int, int | None]])
    total = money(sum(gross for gross, _net in nights), currency)
    return ngettext("%(num)s night, %(total)s", "%(num)s nights, %(total)s", len(nights)) % {
        "num": len(nights),
        "total": total,
    }


def _money(text: str, currency: str) -> str:
    return money(int(text), currency)


def _instant(text: str, _currency: str) -> str:
    return instant(datetime.fromisoformat(text))


def _day(text: str, _currency: str) -> str:
    return day(date.fromisoformat(text))


def _status(text: str, _currency: str) -> str:
    return _(STATUSES[BookingStatus(text)])


def _yes_or_no(text: str, _currency: str) -> str:
    return {"yes": _("yes"), "no": _("no")}.get(text, text)


def _line(text: str, _currency: str) -> str:
    """`Double 101 2026-07-14 – 2026-07-16` with its days in words."""
    return _ISO_DAY.sub(lambda found: day(date.fromisoformat(found.group())), text)


_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_VALUES: dict[str, Callable[[str, str], str]] = {
    "status": _status,
    "total_minor": _money,
    "balance_minor": _money,
    "booked_at": _instant,
    "cancelled_at": _instant,
    "checked_in_at": _instant,
    "checked_out_at": _instant,
    "arrival": _day,
    "departure": _day,
    "gone": _yes_or_no,
    "line": _line,
    "holds_room": _yes_or_no,
    "nights_are_spread": _yes_or_no,
    "nights": _nights,
}
