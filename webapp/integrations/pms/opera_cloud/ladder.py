"""The connection test of OPERA Cloud: name, port, sign-in, clock, hotel, then one rung per kind of data.

The event queue is never tried: reading it removes events.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Property, Rung
from webapp.integrations.kit.errors import PermissionMissing, PropertyUnknown, ProviderError
from webapp.integrations.kit.reach import (
    LABELS,
    broken,
    broken_stream,
    clock_rung,
    ms_since,
    of_address,
    reach,
)

from .asking import Ohip
from .hotel import Hotel, HotelDesk
from .inventory import Inventory
from .profiles import Profiles
from .refusals import NotApproved, NotApprovedHere
from .reservations import Booked

PING = "rsv/v1/services/reservations/status"


def climb(ohip: Ohip, desk: HotelDesk, streams: Sequence[Stream]) -> Iterator[Rung]:
    """All rungs until one stops the ladder."""
    for rung in reach(ohip.client):
        yield rung
        if not rung.ok:
            return
    login, sent_at, wrong = _login(ohip)
    yield login
    if not login.ok:
        return
    yield clock_rung(sent_at, ohip.client.clock())
    began = time.monotonic()
    try:
        if wrong is not None:
            raise wrong
        hotel = desk.ask()
    except ProviderError as error:
        yield broken("property", LABELS["property"], error, began)
        return
    yield _found(hotel, began)
    for stream in streams:
        rung = _stream(ohip, hotel, stream)
        yield rung
        if not rung.ok and rung.stops:
            return


def _login(ohip: Ohip) -> tuple[Rung, datetime | None, ProviderError | None]:
    """The rung, the gateway's time, and what the token may not see: it was given, so that the next rung tells that."""
    began = time.monotonic()
    wrong: ProviderError | None = None
    sent_at, release = None, ""
    try:
        answer = ohip.client.get(PING, headers=ohip.headers())
        sent_at, release = answer.sent_at, _release(answer.body)
    except (PermissionMissing, PropertyUnknown) as error:
        wrong = NotApprovedHere(ohip.hotel_id, error.detail) if isinstance(error, NotApproved) else error
    except ProviderError as error:
        return broken("login", LABELS["login"], of_address(ohip.client, error), began), None, None
    return Rung("login", LABELS["login"], True, ms_since(began), detail=release), sent_at, wrong


def _found(hotel: Hotel, began: float) -> Rung:
    name = hotel.name or hotel.external_id
    own = (Property(hotel.external_id, name),)
    return Rung(
        "property",
        LABELS["property"],
        True,
        ms_since(began),
        detail=hotel.external_id,
        account=name,
        properties=own,
    )


def _stream(ohip: Ohip, hotel: Hotel, stream: Stream) -> Rung:
    """The cheapest question of the kind that the sync asks."""
    name = f"stream:{stream.value}"
    began = time.monotonic()
    today = hotel.business_date or ohip.client.clock().astimezone(hotel.zone).date()
    booked, inventory = Booked(ohip, hotel), Inventory(ohip, hotel, with_overbooking=False)
    probes: dict[Stream, Callable[[], int | None]] = {
        Stream.GUESTS: lambda: Profiles(ohip, hotel).probe(),
        Stream.BOOKINGS: booked.probe,
        Stream.CHECK_INS: lambda: booked.probe(today),
        Stream.AVAILABILITY: lambda: inventory.probe_availability(today + timedelta(days=1)),
        Stream.RATES: lambda: len(inventory.plans()),
    }
    try:
        count = probes[stream]()
    except ProviderError as error:
        return broken_stream(stream, error, began)
    return Rung(name, LABELS[name], True, ms_since(began), detail="" if count is None else str(count))


def _release(body: bytes) -> str:
    """`{"operaVersion": "26.2.0.1"}` -> `26.2.0.1`."""
    text = body.decode(errors="replace")
    version = text.partition('"operaVersion"')[2].partition('"')[2].partition('"')[0]
    return version if len(version) <= 40 and version.isprintable() else ""
