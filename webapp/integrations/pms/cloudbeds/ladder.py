"""The connection test of Cloudbeds: name, port, login, clock, property, then one rung per kind of data."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Property, Rung
from webapp.integrations.kit.errors import (
    CredentialsRejected,
    PermissionMissing,
    PropertyUnknown,
    ProviderError,
)
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.reach import (
    LABELS,
    broken,
    broken_stream,
    clock_rung,
    ms_since,
    of_address,
    reach,
)

from .hotel import Hotel
from .inventory import GUEST_LIST, RATES
from .property import PropertyDesk
from .reservations import LIST


def climb(client: ProviderClient, desk: PropertyDesk, streams: Sequence[Stream]) -> Iterator[Rung]:
    """All rungs until one stops the ladder."""
    for rung in reach(client):
        yield rung
        if not rung.ok:
            return
    began = time.monotonic()
    hotel: Hotel | None = None
    wrong: ProviderError | None = None
    try:
        desk.find_server()
        hotel = desk.ask()
    except (PermissionMissing, PropertyUnknown) as error:
        # The key was let in: what it may not see is another matter, told on the next rung.
        wrong = error
    except ProviderError as error:
        yield broken("login", LABELS["login"], of_address(client, error), began)
        return
    if isinstance(wrong, PermissionMissing) and (refused := _refused_altogether(desk)):
        yield broken("login", LABELS["login"], refused, began)
        return
    yield Rung("login", LABELS["login"], True, ms_since(began))
    yield clock_rung(desk.answered_at, client.clock())
    if wrong is not None or hotel is None:
        yield _no_property(desk, wrong or PropertyUnknown(""), began)
        return
    own = (Property(hotel.external_id, hotel.name),)
    name = hotel.name or hotel.external_id
    yield Rung(
        "property",
        LABELS["property"],
        True,
        ms_since(began),
        detail=hotel.external_id,
        account=name,
        properties=own,
    )
    for stream in streams:
        rung = _stream(desk, hotel, stream, client.clock())
        yield rung
        if not rung.ok and rung.stops:
            return


def _refused_altogether(desk: PropertyDesk) -> ProviderError | None:
    """Whether a refusal means the key itself: /userinfo needs no permission."""
    try:
        desk.ask_who()
    except CredentialsRejected as error:
        return error
    except ProviderError:
        return None
    return None


def _no_property(desk: PropertyDesk, error: ProviderError, began: float) -> Rung:
    """With the properties to choose from, when the key may list them."""
    found: tuple[Property, ...] = ()
    if isinstance(error, PropertyUnknown):
        try:
            found = tuple(Property(hotel.external_id, hotel.name) for hotel in desk.all_of_key())
        except ProviderError:
            found = ()
    return Rung(
        "property",
        LABELS["property"],
        False,
        ms_since(began),
        detail=error.detail,
        fault=error.fault,
        properties=found,
    )


def _stream(desk: PropertyDesk, hotel: Hotel, stream: Stream, now: datetime) -> Rung:
    """One call for one record, or for one night."""
    name = f"stream:{stream.value}"
    began = time.monotonic()
    today = now.astimezone(hotel.zone).date()
    tomorrow = (today + timedelta(1)).isoformat()
    method, asked = {
        Stream.GUESTS: (GUEST_LIST, {}),
        Stream.BOOKINGS: (LIST, {}),
        Stream.CHECK_INS: (LIST, {"checkOutFrom": today.isoformat(), "checkInTo": tomorrow}),
        Stream.AVAILABILITY: (RATES, {"startDate": today.isoformat(), "endDate": tomorrow}),
        Stream.RATES: (RATES, {"startDate": today.isoformat(), "endDate": tomorrow}),
    }[stream]
    paging: dict[str, object] = {} if method == RATES else {"pageNumber": 1, "pageSize": 1}
    try:
        answered = desk.asker.list(method, {**asked, **paging})
    except ProviderError as error:
        return broken_stream(stream, error, began)
    count = answered.total if answered.total is not None else len(answered.rows)
    return Rung(name, LABELS[name], True, ms_since(began), detail=str(count))
