"""The connection test of RMS Cloud: name, port, login, clock, property with zone and currency, then each kind of data."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Credentials, Property, Rung
from webapp.integrations.kit.errors import N_, ProviderError
from webapp.integrations.kit.reach import LABELS, broken, broken_stream, clock_rung, ms_since, reach

from .desk import Desk
from .guests import SEARCH
from .manifest import TRAINING
from .reading import id_of, number_of
from .refusals import CurrencyUnknown, HotelUnknown, TrainingNeverCalls, ZoneUnknown

OWN_LABELS: Mapping[str, str] = {
    "training": N_("Database"),
    "time_zone": N_("Time zone"),
    "currency": N_("Currency"),
}
_LOOKED_AT = 5


def climb(desk: Desk, credentials: Credentials, streams: Sequence[Stream]) -> Iterator[Rung]:
    """All rungs until one stops the ladder. `desk` must be one that a person asks."""
    for rung in reach(desk.rms.client):
        yield rung
        if not rung.ok:
            return
    began = time.monotonic()
    unknown: HotelUnknown | None = None
    try:
        # The list of properties is the cheapest question that needs a token, so both rungs stand on it.
        hotel = desk.house.hotel
    except HotelUnknown as error:
        unknown = error
    except ProviderError as error:
        yield broken("login", LABELS["login"], error, began)
        return
    yield Rung("login", LABELS["login"], True, ms_since(began))
    yield clock_rung(desk.rms.answered_at, desk.rms.now)
    if credentials.text("training") == TRAINING:
        yield Rung("training", OWN_LABELS["training"], False, fault=TrainingNeverCalls().fault, stops=False)
    label = LABELS["property"]
    if unknown is not None:
        yield Rung("property", label, False, fault=unknown.fault, properties=unknown.offered)
        return
    own = (Property(str(hotel.id), hotel.name),)
    yield Rung(
        "property", label, True, detail=str(hotel.id), account=hotel.name or str(hotel.id), properties=own
    )
    for rung in _frame(desk):
        yield rung
        if not rung.ok:
            return
    for stream in streams:
        rung = _stream(desk, stream)
        yield rung
        if not rung.ok and rung.stops:
            return


def _frame(desk: Desk) -> Iterator[Rung]:
    """Without zone and currency no time and no amount means anything."""
    questions: tuple[tuple[str, Callable[[], str]], ...] = (
        ("time_zone", lambda: desk.house.zone.key),
        ("currency", lambda: desk.house.currency),
    )
    for name, ask in questions:
        began = time.monotonic()
        try:
            detail = ask()
        except (ZoneUnknown, CurrencyUnknown) as error:
            yield broken(name, OWN_LABELS[name], error, began)
            return
        except ProviderError as error:
            yield broken(name, OWN_LABELS[name], error, began)
            return
        yield Rung(name, OWN_LABELS[name], True, ms_since(began), detail=detail)


def _stream(desk: Desk, stream: Stream) -> Rung:
    """Asks what a sync asks, for a little."""
    name = f"stream:{stream.value}"
    began = time.monotonic()
    try:
        detail = _PROBES[stream](desk, desk.house.today)
    except ProviderError as error:
        return broken_stream(stream, error, began)
    return Rung(name, LABELS[name], True, ms_since(began), detail=detail)


def _guests(desk: Desk, today: date) -> str:
    rows = desk.reservations.look(_window(desk, today, 1))
    numbers = [number for row in rows if (number := number_of(id_of(row, "guestId")))]
    if numbers:
        return str(len(desk.guests.rows(numbers[:_LOOKED_AT])))
    # An empty house still has to tell whether guests may be read.
    desk.rms.search(SEARCH, {"ids": [1]}, {"modelType": "lite", "limit": 1, "offset": 0})
    return "0"


def _bookings(desk: Desk, today: date) -> str:
    return str(len(desk.reservations.look(_window(desk, today, 30))))


def _check_ins(desk: Desk, today: date) -> str:
    return str(len(desk.reservations.look(_window(desk, today, 2))))


def _availability(desk: Desk, today: date) -> str:
    return str(desk.inventory.look(Stream.AVAILABILITY, today))


def _rates(desk: Desk, today: date) -> str:
    found = desk.inventory.look(Stream.RATES, today)
    return "0" if found is None else str(found)


_PROBES: Mapping[Stream, Callable[[Desk, date], str]] = {
    Stream.GUESTS: _guests,
    Stream.BOOKINGS: _bookings,
    Stream.CHECK_INS: _check_ins,
    Stream.AVAILABILITY: _availability,
    Stream.RATES: _rates,
}


def _window(desk: Desk, today: date, days: int) -> Window:
    return Window(Mode.DELTA, None, desk.rms.now, today - timedelta(days=1), today + timedelta(days=days))
