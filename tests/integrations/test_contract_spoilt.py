"""One record of a page is damaged, at every provider: the others arrive as they are, and the damaged one is named.

What is damaged is a field that the vendor's documents promise: it is lost, or holds another type.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest

from simulator.faults import FaultKind
from tests.conftest import FixedClock
from tests.integrations.conftest import MakeClient
from tests.integrations.every_provider import PROVIDERS
from tests.integrations.providers import Running
from tests.integrations.stage import OURS, MakeAdapter, adapters_of, after_the_last_change, records, window
from webapp.domain.stream import Stream
from webapp.integrations import registry
from webapp.integrations.kit.contract import Page, Skipped
from webapp.integrations.kit.errors import ContractBroken


class Damage(NamedTuple):
    """`field` of the second record of each answer whose address holds `call` becomes `value`; None takes it away."""

    provider: str
    stream: Stream
    call: str
    field: str
    value: Any = None

    def __str__(self) -> str:
        return f"{self.provider}-{self.field}-{'lost' if self.value is None else 'wrong'}"


BOOKINGS, GUESTS, AVAILABILITY, RATES = Stream.BOOKINGS, Stream.GUESTS, Stream.AVAILABILITY, Stream.RATES
LOST = (
    Damage("custom_rest", BOOKINGS, "/reservations", "reservationNo"),
    Damage("custom_rest", BOOKINGS, "/reservations", "stays.0.from", "soon"),
    Damage("custom_rest", GUESTS, "/guests", "id"),
    Damage("custom_rest", AVAILABILITY, "/availability", "date", "soon"),
    Damage("custom_rest", RATES, "/rates", "price", "much"),
    Damage("cloudbeds", BOOKINGS, "getReservations", "reservationID"),
    Damage("cloudbeds", BOOKINGS, "getReservationsWithRateDetails", "reservationCheckOut", "soon"),
    Damage("cloudbeds", BOOKINGS, "getReservationsWithRateDetails", "rooms", 7),
    Damage("cloudbeds", GUESTS, "getGuestList", "guestID"),
    Damage("cloudbeds", RATES, "getRatePlans", "roomRateDetailed", 7),
    Damage("guesty", BOOKINGS, "reservations-v3/search", "reservationId"),
    Damage("guesty", BOOKINGS, "reservations-v3", "createdAt", "soon"),
    Damage("guesty", GUESTS, "reservations-v3/search", "reservationId"),
    Damage("guesty", AVAILABILITY, "calendar/listings", "listingId"),
    Damage("guesty", AVAILABILITY, "calendar/listings", "date", "soon"),
    Damage("guesty", RATES, "ari-calendar", "price", "much"),
    Damage("mews", BOOKINGS, "reservations/getAll", "Id"),
    Damage("mews", BOOKINGS, "reservations/getAll", "ScheduledStartUtc", "soon"),
    Damage("mews", GUESTS, "customers/getAll", "FirstName", 7),
    Damage("mews", GUESTS, "reservations/getAll", "Id"),
    Damage("mews", RATES, "rates/getAll", "Id"),
    Damage("opera_cloud", BOOKINGS, "reservations/searches", "reservationIdList"),
    Damage("opera_cloud", BOOKINGS, "reservations/searches", "roomStay.arrivalDate", "soon"),
    Damage("opera_cloud", GUESTS, "profilesByIds", "profileIdList"),
    Damage("opera_cloud", GUESTS, "profilesByIds", "profile", 7),
    Damage("opera_cloud", GUESTS, "reservations/searches", "reservationGuest", 7),
    Damage("opera_cloud", RATES, "v1/ratePlans", "ratePlanCode"),
    Damage("opera_cloud", RATES, "ratePlans/FLEX/schedules", "ratePlanScheduleDetail", 7),
    Damage("rms_cloud", BOOKINGS, "reservations/search", "id"),
    Damage("rms_cloud", BOOKINGS, "reservations/search", "arrivalDate", "soon"),
    Damage("rms_cloud", GUESTS, "guests/search", "modifiedDate", "soon"),
    Damage("rms_cloud", AVAILABILITY, "availabilityGrid", "id"),
    Damage("rms_cloud", RATES, "availabilityRateGrid", "categoryId"),
    Damage("rms_cloud", RATES, "availabilityRateGrid", "rates", 7),
)
POORER = (
    Damage("mews", BOOKINGS, "orderItems/getAll", "Amount", 7),
    Damage("mews", BOOKINGS, "companionships/getAll", "CustomerId"),
    Damage("mews", BOOKINGS, "customers/getAll", "Id"),
    Damage("rms_cloud", BOOKINGS, "guests/search", "id"),
    Damage("cloudbeds", AVAILABILITY, "getRatePlans", "roomTypeID"),
)
"""Of what a record is put together from: it arrives, and what it lacks is named."""
WHOLE = (
    Damage("mews", AVAILABILITY, "getAvailability", "Metrics", 7),
    Damage("opera_cloud", AVAILABILITY, "hotelInventory", "inventoryCounts.0.startDate", "soon"),
)
"""An answer that is one grid, and makes sense as a whole only: nothing of it is stored."""


def test_every_provider_is_damaged_here() -> None:
    assert {one.provider for one in LOST} == set(OURS)
    for key in OURS:
        damaged = {one.stream for one in (*LOST, *POORER, *WHOLE) if one.provider == key}
        assert damaged == set(registry.manifest(key).streams) - {Stream.CHECK_INS}  # which are bookings


@pytest.fixture
def damage(request: pytest.FixtureRequest) -> Damage:
    found: Damage = request.param
    return found


class Vendors:
    """One for each stream, since a fault that is over leaves nothing behind and some give few tokens a day; and what
    that stream is without a fault."""

    def __init__(self, keep: ExitStack) -> None:
        self._keep = keep
        self._running: dict[tuple[str, Stream], Running] = {}
        self.whole: dict[tuple[str, Stream], list[Any]] = {}

    def of(self, key: str, stream: Stream) -> Running:
        place = key, stream
        if place not in self._running:
            self._running[place] = self._keep.enter_context(PROVIDERS[key]())
        return self._running[place]


@pytest.fixture(scope="module")
def vendors() -> Iterator[Vendors]:
    with ExitStack() as keep:
        yield Vendors(keep)


@pytest.fixture
def running(damage: Damage, vendors: Vendors, clock: FixedClock) -> Iterator[Running]:
    pretend = vendors.of(damage.provider, damage.stream)
    clock.now = after_the_last_change(pretend)
    yield pretend
    pretend.server.faults.clear()


class Walks(NamedTuple):
    whole: list[Any]
    pages: list[Page]

    @property
    def named(self) -> list[Skipped]:
        return [one for page in self.pages for one in page.skipped]


@pytest.fixture
def make_adapter(damage: Damage, running: Running, make_client: MakeClient, clock: FixedClock) -> MakeAdapter:
    return adapters_of(damage.provider, running, make_client, clock)


@pytest.fixture
def whole(damage: Damage, vendors: Vendors, make_adapter: MakeAdapter, clock: FixedClock) -> list[Any]:
    """The stream before the damage."""
    key = damage.provider, damage.stream
    if key not in vendors.whole:
        vendors.whole[key] = records(make_adapter().fetch(damage.stream, window(clock), None))
    return vendors.whole[key]


@pytest.fixture
def spoil(damage: Damage, running: Running, whole: list[Any]) -> Callable[[], None]:
    def switch_on() -> None:
        assert whole
        running.fault(FaultKind.SPOILT_ROW, match=damage.call, field=damage.field, value=damage.value, row=1)

    return switch_on


@pytest.fixture
def walks(
    damage: Damage, whole: list[Any], spoil: Callable[[], None], make_adapter: MakeAdapter, clock: FixedClock
) -> Walks:
    """Before and after the damage."""
    spoil()
    return Walks(whole, list(make_adapter().fetch(damage.stream, window(clock), None)))


@pytest.mark.parametrize("damage", LOST, indirect=True, ids=str)
def test_the_others_arrive_as_they_are_and_the_damaged_one_is_named(damage: Damage, walks: Walks) -> None:
    rest = records(walks.pages)
    assert len(rest) < len(walks.whole)
    assert {repr(record) for record in rest} <= {repr(record) for record in walks.whole}
    assert walks.named
    assert all(one.external_id or damage.field.split(".")[0] in reason_of(one) for one in walks.named)
    if damage.stream is BOOKINGS:
        gone = {record.external_id for record in walks.whole} - {record.external_id for record in rest}
        assert len(walks.named) >= len(gone)
        if damage.value is not None:
            assert {one.external_id for one in walks.named} >= gone


def reason_of(one: Skipped) -> str:
    """The recipe of a Custom PMS has names of its own for the fields."""
    return str(one.reason).replace("external_id", "reservationNo id")


@pytest.mark.parametrize("damage", POORER, indirect=True, ids=str)
def test_what_a_record_lacks_because_of_a_damaged_part_is_named(damage: Damage, walks: Walks) -> None:
    assert len(records(walks.pages)) == len(walks.whole)
    assert walks.named
    assert all(damage.field in str(one.reason) for one in walks.named)


@pytest.mark.parametrize("damage", WHOLE, indirect=True, ids=str)
def test_a_grid_that_is_damaged_is_refused_with_its_place(
    damage: Damage, spoil: Callable[[], None], make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    spoil()
    with pytest.raises(ContractBroken) as refused:
        list(make_adapter().fetch(damage.stream, window(clock), None))
    assert damage.field.rsplit(".", maxsplit=1)[-1].lower() in str(refused.value).lower()
