"""Reading guests, rates and availability."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from webapp.domain.guest import Guest
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Missing, Page, Record, Skipped
from webapp.integrations.kit.errors import ContractBroken, NotFound
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.unreadable import Unreadable, at_place, reason_of

from .asking import Asker, any_of, decoded
from .hotel import Hotel, RoomType
from .mapping import availability_of, guest_of, rates_of, single_guest
from .payloads import GuestRow, RateRow, SingleGuest
from .reservations import stamp, stay_days

GUEST_LIST = "getGuestList"
RATES = "getRatePlans"
DAYS_A_CALL = 30
"""Nights of prices in one answer: every plan on every room type has one each."""


def guest_pages(asker: Asker, hotel: Hotel, window: Window, cursor: str | None) -> Iterator[Page]:
    """By change where the window says since when, else whose stay touches it."""
    by_change = window.mode is Mode.DELTA and window.since is not None
    filters = {"resultsFrom": stamp(window.since, hotel)} if by_change and window.since else stay_days(window)
    asked = {**filters, "includeGuestInfo": True, "sortBy": "modification"}
    for answered, following in asker.pages(GUEST_LIST, asked, cursor):
        records: list[Guest] = []
        skipped: list[Skipped] = []
        for raw in answered.rows:
            try:
                records.append(guest_of(decoded(raw, GuestRow, GUEST_LIST), hotel))
            except (ContractBroken, Unreadable) as error:
                skipped.append(Skipped(text(any_of(raw, "guestID")), reason_of(error)))
        if len(skipped) > 2 and not records:
            raise ContractBroken(at_place(GUEST_LIST, skipped[0].reason))
        stamps = [record.updated_at for record in records if record.updated_at]
        yield Page(
            tuple(records),
            following,
            high_water=max(stamps, default=None),
            skipped=tuple(skipped),
            total=answered.total,
        )


def guests_by_ids(asker: Asker, ids: Sequence[str]) -> tuple[Guest | Missing, ...]:
    """One call each: there is no list by ids."""
    found: dict[str, Guest | Missing] = {}
    for identity in dict.fromkeys(ids):
        try:
            answered = asker.get("getGuest", {"guestID": identity})
        except NotFound:
            found[identity] = Missing(identity)
        else:
            found[identity] = single_guest(identity, decoded(answered.data, SingleGuest, "getGuest"))
    return tuple(found[identity] for identity in ids)


def night_pages(
    asker: Asker,
    hotel: Hotel,
    window: Window,
    cursor: str | None,
    *,
    stream: Stream,
    types: Mapping[str, RoomType],
) -> Iterator[Page]:
    """RATES or AVAILABILITY in steps of days; the cursor is the first day of the step. One grid tells both."""
    begin = _resumed(cursor, window)
    while True:
        end = min(begin + timedelta(DAYS_A_CALL), window.to_date)
        rows = ask_rates(asker, hotel, begin, max(end, begin + timedelta(1)))
        try:
            records: Sequence[Record] = (
                rates_of(rows, hotel, begin, end)
                if stream is Stream.RATES
                else availability_of(rows, types, begin, end)
            )
        except Unreadable as error:
            raise ContractBroken(at_place(RATES, error.sentence)) from None
        is_last = end >= window.to_date
        yield Page(tuple(records), None if is_last else end.isoformat())
        if is_last:
            return
        begin = end


def ask_rates(asker: Asker, hotel: Hotel, begin: date, end: date) -> list[RateRow]:
    """The grid of the nights from `begin` to before `end`."""
    asked = {"startDate": begin.isoformat(), "endDate": end.isoformat(), "detailedRates": True}
    rows = [decoded(raw, RateRow, RATES) for raw in asker.list(RATES, asked).rows]
    return [row for row in rows if text(row.propertyID) in ("", hotel.external_id)]


def _resumed(cursor: str | None, window: Window) -> date:
    try:
        begin = date.fromisoformat(cursor or "")
    except ValueError:
        return window.from_date
    return begin if window.from_date <= begin < window.to_date else window.from_date
