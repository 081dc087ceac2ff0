"""Reads free rooms and prices: counts of up to 90 days a call, prices of 14 days of one online channel, packages."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec

from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Mode, Stream, Window
from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.contract import Credentials, Page, Skipped
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.spoilt_rows import sift
from webapp.integrations.kit.unreadable import Unreadable

from .asking import Rms, rows_of
from .house import House, Memory
from .inventory_mapping import availability_of, categories_in, category_in, packages_of, rates_of
from .reading import Row, first_second, id_of, whole

GRID, RATE_GRID = "availabilityGrid", "availabilityRateGrid"
PACKAGES = "rates/packages/search"
MOST_DAYS = 89
"""90 are allowed. One more than wanted is asked for, because whether the last day counts is not documented."""
DAYS_A_PAGE = 30
PRICE_DAYS = 13
"""14 are allowed, likewise."""
PRICES_EVERY = timedelta(hours=6)
"""In between only the nearest days are read: prices of 90 days are seven calls."""
NO_CHANNEL = N_("RMS shows no online agent with rates, so that there are no prices to read")
_SOON = timedelta(hours=6)


class Channel(msgspec.Struct, frozen=True):
    """An online agent, and the rates that it sells: name by id."""

    agent_id: int
    rates: dict[str, str]


class Inventory:
    """Raises ProviderError."""

    def __init__(self, rms: Rms, house: House, credentials: Credentials, memory: Memory) -> None:
        self._rms = rms
        self._house = house
        self._memory = memory
        self._agent = credentials.text("online_agent").strip()

    def pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        """The cursor is the first day of the next page, or the word for packages."""
        if stream is Stream.AVAILABILITY:
            return self._availability(window, cursor)
        return self._rates(window, cursor)

    def look(self, stream: Stream, today: date) -> int | None:
        """One day, for the connection test; how many records that gave, None where there is no channel."""
        tomorrow = today + timedelta(1)
        if stream is Stream.AVAILABILITY:
            return len(self._counts(today, tomorrow)[0])
        channel = self._channel()
        return None if channel is None else len(self._prices(channel, today, tomorrow)[0])

    # --- free rooms -------------------------------------------------------------------------------------------------

    def _availability(self, window: Window, cursor: str | None) -> Iterator[Page]:
        begin = _start(cursor, window)
        while begin < window.to_date:
            end = min(begin + timedelta(MOST_DAYS), window.to_date)
            found, skipped = self._counts(begin, end)
            while begin < end:
                until = min(begin + timedelta(DAYS_A_PAGE), end)
                some = [one for one in found if begin <= one.day < until]
                begin = until
                yield Page(some, begin.isoformat() if begin < window.to_date else None, skipped=skipped)
                skipped = []

    def _counts(self, begin: date, end: date) -> tuple[list[AvailabilityDay], list[Skipped]]:
        asked = {
            "propertyId": self._house.hotel.id,
            "dateFrom": first_second(begin),
            "dateTo": first_second(end),
            "availabilityFilter": "house",
        }
        categories, days = self._house.categories, (begin, end)

        def read(row: Row) -> Row:
            availability_of([row], categories, days)
            return row

        rows, skipped = sift(categories_in(self._rms.search(GRID, asked)), read, id_of)
        return availability_of(rows, categories, days), skipped

    # --- prices -----------------------------------------------------------------------------------------------------

    def _rates(self, window: Window, cursor: str | None) -> Iterator[Page]:
        channel = self._channel()
        if channel is None:
            yield Page([], None, skipped=[Skipped("", Sentence(NO_CHANNEL))])
            return
        is_short = cursor is None and window.mode is Mode.DELTA and bool(self._memory.get("prices", bool))
        last = min(window.from_date + timedelta(PRICE_DAYS), window.to_date) if is_short else window.to_date
        begin = window.to_date if cursor == PACKAGES else _start(cursor, window)
        while begin < last:
            end = min(begin + timedelta(PRICE_DAYS), last)
            found, skipped = self._prices(channel, begin, end)
            begin = end
            following = begin.isoformat() if begin < last else None if is_short else PACKAGES
            yield Page(found, following, skipped=skipped)
        if not is_short:
            yield Page(self._packages(channel, window), None)
            self._memory.put("prices", True, PRICES_EVERY)

    def _prices(self, channel: Channel, begin: date, end: date) -> tuple[list[RateDay], list[Skipped]]:
        """What the channel sells, without regard to how many people come."""
        asked = {
            "propertyId": self._house.hotel.id,
            "agentId": channel.agent_id,
            "categoryIds": [item.id for item in self._house.categories.values() if item.is_sold],
            "rateIds": [int(identity) for identity in channel.rates],
            "dateFrom": first_second(begin),
            "dateTo": first_second(end),
        }

        def priced(rows: Sequence[Row]) -> list[RateDay]:
            return rates_of(rows, self._house.categories, channel.rates, (begin, end), self._house.currency)

        def read(row: Row) -> Row:
            priced([row])
            return row

        listed = categories_in(self._rms.search(RATE_GRID, asked))
        rows, skipped = sift(listed, read, category_in)
        return priced(rows), skipped

    def _packages(self, channel: Channel, window: Window) -> list[RateDay]:
        filters = {
            "propertyIds": [self._house.hotel.id],
            "rateIds": [int(identity) for identity in channel.rates],
        }
        rows: Sequence[Row] = self._memory.optional(
            "packages", lambda: rows_of(self._rms.search(PACKAGES, filters))[0], []
        )
        try:
            return packages_of(
                rows, self._house.hotel.id, (window.from_date, window.to_date), self._house.currency
            )
        except Unreadable as error:
            raise ContractBroken(error.sentence) from None

    def _channel(self) -> Channel | None:
        """The one that was typed, or the first that sells something; None when there is none."""
        known = self._memory.get("channel", Channel)
        if known is not None:
            return known if known.rates else None
        found = Channel(0, {})
        for agent_id in self._agents():
            rates = self._rates_of(agent_id)
            if rates:
                found = Channel(agent_id, rates)
                break
        self._memory.put("channel", found, _SOON)
        return found if found.rates else None

    def _agents(self) -> list[int]:
        if self._agent:
            return [int(self._agent)]
        rows = self._rms.every("onlineAgents", {"propertyId": self._house.hotel.id, "modelType": "lite"})
        return sorted(whole(row.get("id")) for row in rows if id_of(row) and row.get("inactive") is not True)

    def _rates_of(self, agent_id: int) -> dict[str, str]:
        rows, _odd = rows_of(self._rms.get(f"agents/{agent_id}/rates"))
        hotel = self._house.hotel
        return {
            id_of(row, "rateId"): text(row.get("rateName"))
            for row in rows
            if id_of(row, "rateId") and whole(row.get("propertyId")) in (0, hotel.id)
        }


def _start(cursor: str | None, window: Window) -> date:
    """The first day of the window for what another version wrote."""
    try:
        begin = date.fromisoformat(cursor) if cursor else window.from_date
    except ValueError:
        return window.from_date
    return begin if window.from_date <= begin < window.to_date else window.from_date
