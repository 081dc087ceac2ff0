"""The connection test of Mews: name, port, login, clock, hotel, then one rung per kind of data."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Property, Rung
from webapp.integrations.kit.errors import ContractBroken, ProviderError
from webapp.integrations.kit.reach import (
    LABELS,
    broken,
    broken_stream,
    clock_rung,
    ms_since,
    of_address,
    reach,
)

from .asking import interval
from .booking_reading import STAY_SLICE
from .listings import CUSTOMERS, CUSTOMERS_ONLY
from .mapping import STATUSES
from .reading import Reading
from .refusals import HotelUnknown, NoRooms
from .setup import Hotel
from .shapes import Configuration
from .walking import Slice

_FEW = 5  # bookings that are read whole, to see that nothing they need is missing


def climb(reading: Reading, streams: Sequence[Stream]) -> Iterator[Rung]:
    """All rungs until one stops the ladder. `reading` must be a fresh one, which remembers nothing."""
    for rung in reach(reading.mews.client):
        yield rung
        if not rung.ok:
            return
    began = time.monotonic()
    try:
        configuration = reading.mews.configuration()
    except ProviderError as error:
        yield broken("login", LABELS["login"], of_address(reading.mews.client, error), began)
        return
    yield Rung("login", LABELS["login"], True, ms_since(began))
    yield clock_rung(configuration.now_utc, reading.mews.client.clock())
    rung = _property(reading, configuration)
    yield rung
    if not rung.ok:
        return
    for stream in streams:
        rung = _stream(reading, stream)
        yield rung
        if not rung.ok and rung.stops:
            return


def _property(reading: Reading, configuration: Configuration) -> Rung:
    """Names the hotel of the token; an id that was typed must be its own."""
    began = time.monotonic()
    label = LABELS["property"]
    try:
        hotel = reading.setup.know(configuration)
    except HotelUnknown as unknown:
        return Rung(
            "property", label, False, ms_since(began), fault=unknown.fault, properties=unknown.offered
        )
    except ProviderError as error:
        return broken("property", label, error, began)
    return Rung(
        "property",
        label,
        True,
        ms_since(began),
        detail=hotel.id,
        account=hotel.name,
        properties=(Property(hotel.id, hotel.name),),
    )


def _stream(reading: Reading, stream: Stream) -> Rung:
    """Asks what a sync asks, for a little."""
    name = f"stream:{stream.value}"
    began = time.monotonic()
    try:
        detail = _PROBES[stream](reading, reading.setup.hotel)
    except ProviderError as error:
        return broken_stream(stream, error, began, NoRooms)
    return Rung(name, LABELS[name], True, ms_since(began), detail=detail)


def _guests(reading: Reading, _hotel: Hotel) -> str:
    now = reading.mews.client.clock()
    filters = {
        **CUSTOMERS_ONLY,
        "UpdatedUtc": interval(now - timedelta(days=1), now),
        **reading.setup.chain_scope,
    }
    return str(len(reading.mews.page(CUSTOMERS, filters, count=1).rows))


def _bookings(reading: Reading, _hotel: Hotel) -> str:
    """A few bookings with their prices and people, the way a sync reads them."""
    now = reading.mews.client.clock()
    part = Slice(now - timedelta(days=7), now - timedelta(days=7) + STAY_SLICE, is_first=True)
    page = reading.bookings.look(part, count=_FEW)
    if page.skipped and not page.records:
        raise ContractBroken("reservations/getAll", str(page.skipped[0].reason))
    words = [f"{state} ×{times}" for state, times in page.unmapped.items() if state not in STATUSES]
    return f"{len(page.records)}" + (f", ? {', '.join(words)}" if words else "")


def _check_ins(reading: Reading, hotel: Hotel) -> str:
    now = reading.mews.client.clock()
    today = _today(reading, hotel)
    window = Window(Mode.DELTA, None, now, today - timedelta(days=1), today + timedelta(days=2))
    rows, _ = next(iter(reading.bookings.stays(window, None)))
    return str(len(rows.rows))


def _availability(reading: Reading, hotel: Hotel) -> str:
    today = _today(reading, hotel)
    services = reading.setup.sold_services
    if not services:
        raise NoRooms
    return str(len(reading.inventory.availability_days(services[0], today, today)))


def _rates(reading: Reading, hotel: Hotel) -> str:
    plans = reading.inventory.sold_plans()
    if plans:
        today = _today(reading, hotel)
        reading.inventory.rate_days(plans[0], today, today)
    return str(len(plans))


_PROBES: Mapping[Stream, Callable[[Reading, Hotel], str]] = {
    Stream.GUESTS: _guests,
    Stream.BOOKINGS: _bookings,
    Stream.CHECK_INS: _check_ins,
    Stream.AVAILABILITY: _availability,
    Stream.RATES: _rates,
}


def _today(reading: Reading, hotel: Hotel) -> date:
    return reading.mews.client.clock().astimezone(hotel.zone).date()
