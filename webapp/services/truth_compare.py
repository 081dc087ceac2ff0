"""Compares bookings that were just read with what is stored, field by field, and says which differences are faults. Pure."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import msgspec

from webapp.domain.booking import Booking
from webapp.domain.value import Value
from webapp.integrations.kit.contract import Missing, Record

from .applying import is_older
from .applying_bookings import content_of
from .booking_changes import Change, Content, compare, compared_fields
from .masking import DOTS

OF_GUESTS = frozenset({"guests", "guests_checked_in", "notes"})
"""Whose values are shown as dots: names, and what was written about people."""
LONGEST_VALUE = 80
GONE = "gone"


class Finding(msgspec.Struct, frozen=True):
    """One field that differs. `booking` is our public id, `number` what the desk calls it; values as texts, masked.

    `is_underway`: changed at the provider since the last sync, which brings it.
    """

    booking: str
    number: str
    external_id: str
    line: str
    field: str
    ours: str | None
    theirs: str | None
    is_underway: bool


class Stored(Value, frozen=True):
    """A booking as it is stored, read after the provider had answered."""

    public_id: str
    number: str
    updated_at: datetime | None
    changed_at: datetime
    content: Content


class Circle(Value, frozen=True):
    """When the provider was asked, when the last sync was complete, when the last check was, and how long a change may
    take to arrive. `seen_before` are (external id, line, field) that differed in the last check."""

    asked_at: datetime
    synced_at: datetime | None
    patience: timedelta
    checked_at: datetime | None = None
    seen_before: Collection[tuple[str, str, str]] = ()


class Compared(Value, frozen=True):
    """`fields` of `bookings` were compared."""

    bookings: int
    fields: int
    findings: tuple[Finding, ...]

    @property
    def differing(self) -> int:
        return sum(1 for one in self.findings if not one.is_underway)

    @property
    def underway(self) -> int:
        return len(self.findings) - self.differing


def compare_all(
    stored: Mapping[str, Stored], answers: Mapping[str, Record | Missing], circle: Circle
) -> Compared:
    """Bookings that were stored anew while the provider was asked say nothing, and are left out."""
    bookings, fields = 0, 0
    findings: list[Finding] = []
    for key, mine in stored.items():
        answer = answers.get(key)
        if answer is None or mine.changed_at >= circle.asked_at:
            continue
        if isinstance(answer, Booking):
            if is_older(answer.updated_at, mine.updated_at):
                continue  # the provider's own reads lag behind its calls
            theirs = content_of(answer, mine.content)
            findings += _differences(key, mine, theirs, answer.updated_at, circle)
            fields += compared_fields(mine.content)
        elif isinstance(answer, Missing):
            gone = Change("", GONE, "no", "yes")
            findings.append(_finding(key, mine, gone, _is_underway((key, "", GONE), mine, None, circle)))
            fields += 1
        bookings += 1
    return Compared(bookings, fields, tuple(findings))


def _differences(
    key: str, mine: Stored, theirs: Content, stamp: datetime | None, circle: Circle
) -> list[Finding]:
    return [
        _finding(key, mine, change, _is_underway((key, change.stay_line, change.field), mine, stamp, circle))
        for change in compare(mine.content, theirs)
    ]


def _finding(key: str, mine: Stored, change: Change, is_underway: bool) -> Finding:
    return Finding(
        booking=mine.public_id,
        number=mine.number,
        external_id=key,
        line=change.stay_line,
        field=change.field,
        ours=_shown(change.field, change.old),
        theirs=_shown(change.field, change.new),
        is_underway=is_underway,
    )


def _is_underway(what: tuple[str, str, str], mine: Stored, stamp: datetime | None, circle: Circle) -> bool:
    """A newer stamp explains a difference for as long as the next sync may take; a stamp that is the same explains none.
    Without a stamp nobody can tell when it was changed: it is a fault once a sync has gone by since it was first seen."""
    if stamp is not None:
        is_newer = mine.updated_at is None or stamp > mine.updated_at
        return is_newer and circle.asked_at - stamp <= circle.patience
    if what not in circle.seen_before or circle.synced_at is None or circle.checked_at is None:
        return True
    return circle.synced_at <= circle.checked_at


def _shown(field: str, value: str | None) -> str | None:
    if value is None:
        return None
    return (DOTS if value else "") if field in OF_GUESTS else value[:LONGEST_VALUE]
