"""The connection test of Guesty: name, port, login, clock, tokens left, account and listings, then each kind of data."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta

from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Property, Rung
from webapp.integrations.kit.errors import N_, ProviderError
from webapp.integrations.kit.reach import (
    LABELS,
    broken,
    broken_stream,
    clock_rung,
    ms_since,
    of_address,
    reach,
)
from webapp.integrations.kit.scarce_tokens import MOMENT

from .desk import Desk
from .house import Account
from .manifest import LEGACY_ENDS
from .reading import zone_of
from .refusals import LegacyEnds, ListingUnknown, V3Short

OWN_LABELS: Mapping[str, str] = {
    "tokens": N_("Access tokens left today"),
    "reservations_api": N_("Reservations API"),
}
WARNED_BEFORE = timedelta(days=120)


def climb(desk: Desk, streams: Sequence[Stream]) -> Iterator[Rung]:
    """All rungs until one stops the ladder. `desk` must be a fresh one, which remembers nothing of the account."""
    for rung in reach(desk.guesty.client):
        yield rung
        if not rung.ok:
            return
    began = time.monotonic()
    try:
        account = desk.house.account
    except ProviderError as error:
        yield broken("login", LABELS["login"], of_address(desk.guesty.client, error), began)
        return
    yield Rung("login", LABELS["login"], True, ms_since(began))
    yield clock_rung(desk.guesty.answered_at, desk.guesty.client.clock())
    yield _tokens(desk)
    rung = _property(desk, account)
    yield rung
    if not rung.ok:
        return
    generation = _generation(desk)
    if generation is not None:
        yield generation
    for stream in streams:
        rung = _stream(desk, stream)
        yield rung
        if not rung.ok and rung.stops:
            return


def _tokens(desk: Desk) -> Rung:
    """Asks nobody: the ledger counts."""
    budget = desk.guesty.ledger.budget(desk.guesty.owner)
    detail = f"{budget.left}/{budget.allowed}"
    if budget.next_at is not None:
        detail += f" (+1: {budget.next_at.strftime(MOMENT)})"
    return Rung("tokens", OWN_LABELS["tokens"], True, detail=detail)


def _property(desk: Desk, account: Account) -> Rung:
    """An account without listings is a valid one, with nothing to read yet."""
    began = time.monotonic()
    label = LABELS["property"]
    try:
        scope = desk.house.scope
        offered = desk.house.offered()
    except ListingUnknown as unknown:
        return Rung(
            "property", label, False, ms_since(began), fault=unknown.fault, properties=unknown.offered
        )
    except ProviderError as error:
        return broken("property", label, error, began)
    chosen = tuple(item for item in offered if item.external_id in scope)
    own = chosen or (Property(account.id, account.name),)
    detail = ", ".join(scope) or account.id
    name = account.name or account.id
    return Rung("property", label, True, ms_since(began), detail=detail, account=name, properties=own)


def _generation(desk: Desk) -> Rung | None:
    """Only where the older API is read: why, and how long it goes on."""
    name, label = "reservations_api", OWN_LABELS["reservations_api"]
    compared = desk.choice.comparison
    if compared is not None and compared.missing:
        return Rung(name, label, False, fault=V3Short(compared.missing, compared.total).fault, stops=False)
    if not desk.choice.is_by_hand:
        return None
    is_near = desk.guesty.client.clock().date() >= LEGACY_ENDS - WARNED_BEFORE
    fault = LegacyEnds().fault if is_near else None
    return Rung(name, label, not is_near, detail=LEGACY_ENDS.isoformat(), fault=fault, stops=False)


def _stream(desk: Desk, stream: Stream) -> Rung:
    """Asks what a sync asks, for a little."""
    name = f"stream:{stream.value}"
    began = time.monotonic()
    try:
        detail = _PROBES[stream](desk, _today(desk))
    except ProviderError as error:
        return broken_stream(stream, error, began)
    return Rung(name, LABELS[name], True, ms_since(began), detail=detail)


def _guests(desk: Desk, today: date) -> str:
    return str(len(desk.reservations.guests_of(_window(desk, today, 1))))


def _bookings(desk: Desk, today: date) -> str:
    return str(desk.reservations.look(_window(desk, today, 30)).count)


def _check_ins(desk: Desk, today: date) -> str:
    return str(desk.reservations.look(_window(desk, today, 2)).count)


def _availability(desk: Desk, today: date) -> str:
    return str(desk.inventory.look(Stream.AVAILABILITY, today))


def _rates(desk: Desk, today: date) -> str:
    return str(desk.inventory.look(Stream.RATES, today))


_PROBES: Mapping[Stream, Callable[[Desk, date], str]] = {
    Stream.GUESTS: _guests,
    Stream.BOOKINGS: _bookings,
    Stream.CHECK_INS: _check_ins,
    Stream.AVAILABILITY: _availability,
    Stream.RATES: _rates,
}


def _window(desk: Desk, today: date, days: int) -> Window:
    now = desk.guesty.client.clock()
    return Window(Mode.DELTA, None, now, today - timedelta(days=1), today + timedelta(days=days))


def _today(desk: Desk) -> date:
    zone = zone_of(desk.house.account.zone_name) or UTC
    return desk.guesty.client.clock().astimezone(zone).date()
