"""Reading guests, rates and availability."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from webapp.domain.guest import Guest
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Missing, Page, Record, Skipped
from webapp.integrations.kit.errors import ContractBroken, NotFound
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.spoilt_rows import sift
from webapp.integrations.kit.unreadable import MISSING, Unreadable, at_place, reason_of

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
        raws = _rate_rows(asker, begin, max(end, begin + timedelta(1)))
        rows, skipped = sift(raws, lambda raw: _fit(raw, hotel), _name_of)
        mine = _of_hotel(rows, hotel)
        records: Sequence[Record] = (
            rates_of(mine, hotel, begin, end)
            if stream is Stream.RATES
            else availability_of(mine, types, begin, end)
        )
        is_last = end >= window.to_date
        yield Page(tuple(records), None if is_last else end.isoformat(), skipped=skipped)
        if is_last:
            return
        begin = end


def ask_rates(asker: Asker, hotel: Hotel, begin: date, end: date) -> list[RateRow]:
    """The grid of the nights from `begin` to before `end`. Raises ContractBroken for a row of another shape."""
    return _of_hotel([decoded(raw, RateRow, RATES) for raw in _rate_rows(asker, begin, end)], hotel)


def _rate_rows(asker: Asker, begin: date, end: date) -> Sequence[msgspec.Raw]:
    asked = {"startDate": begin.isoformat(), "endDate": end.isoformat(), "detailedRates": True}
    return asker.list(RATES, asked).rows


def _of_hotel(rows: Sequence[RateRow], hotel: Hotel) -> list[RateRow]:
    return [row for row in rows if text(row.propertyID) in ("", hotel.external_id)]


def _fit(raw: msgspec.Raw, hotel: Hotel) -> RateRow:
    """A row whose nights and prices can be read. Raises ContractBroken, Unreadable."""
    row = decoded(raw, RateRow, RATES)
    if not text(row.roomTypeID):
        raise Unreadable(MISSING, field="roomTypeID")
    rates_of([row], hotel, date.min, date.max)
    return row


def _name_of(raw: msgspec.Raw) -> str:
    return text(any_of(raw, "rateID"))


def _resumed(cursor: str | None, window: Window) -> date:
    try:
        begin = date.fromisoformat(cursor or "")
    except ValueError:
        return window.from_date
    return begin if window.from_date <= begin < window.to_date else window.from_date
