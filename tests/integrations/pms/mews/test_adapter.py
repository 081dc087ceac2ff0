"""The Mews adapter over a scripted Mews and over the pretend one: walks, re-reads, fallbacks, and the connection test."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from simulator.hotel import NewReservation, State
from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.mews.samples import (
    ANA,
    BEN,
    BEST,
    BOOKED,
    CANCELLED,
    CARL,
    CLEO,
    DUPLICATE,
    ERASED,
    HELD,
    HOTEL,
    HOUSE,
    IN_HOUSE,
    LEFT,
    NOBODY,
    ROOM,
    STAY,
    Script,
    credentials,
    identity,
    sample,
    told,
)
from tests.integrations.providers import BUSINESS_DATE, Running, mews
from tests.integrations.vendor import Reply, Vendor
from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Caches, Missing, Page
from webapp.integrations.kit.errors import ContractBroken, PermissionMissing
from webapp.integrations.pms.mews.adapter import Adapter
from webapp.integrations.pms.mews.inventory_reading import MOST_RATES
from webapp.integrations.pms.mews.refusals import NotEnabled, Refused, TooMuch

TODAY = date(2026, 7, 14)
NOW = datetime(2026, 7, 14, 8, 20, tzinfo=UTC)
RESERVATIONS = "reservations/getAll/2023-06-06"


@pytest.fixture
def script(vendor: Vendor, clock: FixedClock) -> Script:
    clock.now = NOW
    written = Script()
    vendor.answers_by(written)
    return written


@pytest.fixture
def caches(clock: FixedClock) -> Caches:
    return memory_caches(clock)


@pytest.fixture
def adapter(vendor: Vendor, script: Script, make_client: MakeClient, caches: Caches) -> Adapter:
    return Adapter(credentials(vendor.url), make_client(vendor.url, tries=1), caches)


def window(
    mode: Mode = Mode.BACKFILL, since: datetime | None = None, days: tuple[int, int] = (-7, 20)
) -> Window:
    first, last = (TODAY + timedelta(number) for number in days)
    return Window(mode, since, NOW, first, last)


def records(pages: Iterator[Page] | list[Page]) -> list[Any]:
    return [record for page in pages for record in page.records]


def list_of(name: str, field: str, ids: list[str]) -> Reply:
    """A sample with these rows only."""
    document = sample(name)
    document[field] = [row for row in document[field] if row["Id"] in ids]
    return Reply(body=document)


def by_ids(name: str, field: str, asked: str) -> Callable[[Any], Reply]:
    """Answers the rows that are asked for by id, and all when none are."""

    def answer(body: Any) -> Reply:
        every = [row["Id"] for row in sample(name)[field]]
        return list_of(name, field, body.get(asked) or every)

    return answer


# --- bookings -------------------------------------------------------------------------------------------------------


def test_a_history_asks_for_stays_in_slices_of_a_month(script: Script, adapter: Adapter) -> None:
    pages = list(adapter.fetch(Stream.BOOKINGS, window(days=(-7, 60)), None))
    slices = [body["CollidingUtc"] for body in script.bodies(RESERVATIONS)]
    assert slices == [
        {"StartUtc": "2026-07-06T23:00:00Z", "EndUtc": "2026-08-05T23:00:00Z"},
        {"StartUtc": "2026-08-05T23:00:00Z", "EndUtc": "2026-09-04T23:00:00Z"},
        {"StartUtc": "2026-09-04T23:00:00Z", "EndUtc": "2026-09-11T23:00:00Z"},
    ]
    assert [len(page.records) for page in pages] == [
        9,
        0,
        0,
    ]  # each stay comes with the slice in which it begins
    assert all(body["ServiceIds"] == [STAY, identity("4", 3)] for body in script.bodies(RESERVATIONS))


def test_a_stay_that_was_scheduled_earlier_than_it_began_is_not_lost_between_slices(
    script: Script, adapter: Adapter
) -> None:
    """Whichever of its two times Mews filters by."""
    document = sample("reservations")
    late = document["Reservations"][0] | {
        "ScheduledStartUtc": "2026-08-05T14:00:00Z",
        "ActualStartUtc": "2026-08-06T01:00:00Z",
        "ScheduledEndUtc": "2026-08-09T10:00:00Z",
    }
    document["Reservations"] = [late]
    second = "2026-08-05T23:00:00Z"
    script.instead[RESERVATIONS] = lambda body: Reply(
        body=document if body["CollidingUtc"]["StartUtc"] == second else {"Reservations": []}
    )
    assert [
        found.external_id for found in records(adapter.fetch(Stream.BOOKINGS, window(days=(-7, 60)), None))
    ] == [late["Id"]]


def test_a_page_of_bookings_costs_three_more_calls(script: Script, adapter: Adapter) -> None:
    list(adapter.fetch(Stream.BOOKINGS, window(), None))
    script.asked.clear()
    list(adapter.fetch(Stream.BOOKINGS, window(), None))  # the set-up is remembered
    # The fourth asks whom a merged profile became, which the sample's answer has already.
    assert script.operations == [
        RESERVATIONS,
        "orderItems/getAll",
        "companionships/getAll",
        "customers/getAll",
    ]
    assert sorted(script.bodies("customers/getAll")[0]["CustomerIds"]) == sorted(
        [ANA, BEN, CLEO, DUPLICATE, CARL]
    )


def test_a_sweep_leaves_alone_what_cannot_change_any_more(script: Script, adapter: Adapter) -> None:
    list(adapter.fetch(Stream.BOOKINGS, window(Mode.SWEEP, days=(-90, 10)), None))
    assert (
        script.bodies(RESERVATIONS)[0]["CollidingUtc"]["StartUtc"] == "2026-07-05T23:00:00Z"
    )  # 7 days and one


def test_a_delta_asks_by_stamp_with_an_overlap_and_then_for_new_prices(
    script: Script, adapter: Adapter
) -> None:
    since = NOW - timedelta(hours=1)
    script.instead["orderItems/getAll"] = lambda body: (
        list_of("order_items", "OrderItems", ["aaaaaaaa-aaaa-4aaa-8aaa-000000000010"])  # one of LEFT's
        if "UpdatedUtc" in body
        else Reply(body=sample("order_items"))
    )
    script.instead[RESERVATIONS] = lambda body: list_of(
        "reservations", "Reservations", [HELD] if "UpdatedUtc" in body else body["ReservationIds"]
    )
    changed, repriced = list(adapter.fetch(Stream.BOOKINGS, window(Mode.DELTA, since), None))
    asked = {"StartUtc": "2026-07-14T07:10:00Z", "EndUtc": "2026-07-14T08:20:00Z"}
    assert script.bodies(RESERVATIONS)[0]["UpdatedUtc"] == asked
    assert (
        next(body for body in script.bodies("orderItems/getAll") if "UpdatedUtc" in body)["UpdatedUtc"]
        == asked
    )
    assert [found.external_id for found in changed.records] == [HELD]
    assert [found.external_id for found in repriced.records] == [LEFT]
    assert changed.high_water == datetime(2026, 7, 10, 17, 1, 2, tzinfo=UTC)
    (resumed,) = adapter.fetch(Stream.BOOKINGS, window(Mode.DELTA, since), changed.cursor)
    assert resumed.records == repriced.records


def test_what_came_by_its_own_stamp_does_not_come_for_its_price_again(
    script: Script, adapter: Adapter
) -> None:
    since = datetime(2026, 7, 10, 17, tzinfo=UTC)
    changed, repriced = list(adapter.fetch(Stream.BOOKINGS, window(Mode.DELTA, since), None))
    assert len(changed.records) == 9
    assert repriced.records == []


def test_a_long_pause_is_asked_in_parts_shorter_than_three_months(script: Script, adapter: Adapter) -> None:
    list(adapter.fetch(Stream.BOOKINGS, window(Mode.DELTA, NOW - timedelta(days=200)), None))
    stamps = [body["UpdatedUtc"] for body in script.bodies(RESERVATIONS) if "UpdatedUtc" in body]
    assert len(stamps) == 3
    for part, following in pairwise(stamps):
        assert part["EndUtc"] == following["StartUtc"]
        days = datetime.fromisoformat(part["EndUtc"]) - datetime.fromisoformat(part["StartUtc"])
        assert days < timedelta(days=89)


def test_a_slice_with_too_much_is_halved(script: Script, adapter: Adapter) -> None:
    def answer(body: Any) -> Reply:
        part = body["CollidingUtc"]
        length = datetime.fromisoformat(part["EndUtc"]) - datetime.fromisoformat(part["StartUtc"])
        return told(408) if length > timedelta(days=14) else Reply(body=sample("reservations"))

    script.instead[RESERVATIONS] = answer
    found = records(adapter.fetch(Stream.BOOKINGS, window(), None))
    assert len({booking.external_id for booking in found}) == 9
    starts = [body["CollidingUtc"]["StartUtc"] for body in script.bodies(RESERVATIONS)]
    ends = [body["CollidingUtc"]["EndUtc"] for body in script.bodies(RESERVATIONS)]
    assert starts == ["2026-07-06T23:00:00Z", "2026-07-06T23:00:00Z", "2026-07-20T11:00:00Z"]
    assert ends == ["2026-08-02T23:00:00Z", "2026-07-20T11:00:00Z", "2026-08-02T23:00:00Z"]
    script.instead[RESERVATIONS] = told(408)
    with pytest.raises(TooMuch):
        list(adapter.fetch(Stream.BOOKINGS, window(), None))


def test_unknown_states_are_counted_and_stored(script: Script, adapter: Adapter) -> None:
    document = sample("reservations")
    document["Reservations"][0]["State"] = "Teleported"
    script.instead[RESERVATIONS] = Reply(body=document)
    (page,) = adapter.fetch(Stream.BOOKINGS, window(), None)
    assert page.unmapped == {"Teleported": 1}
    assert len(page.records) == 9


def test_a_new_room_makes_the_names_be_read_again_once(script: Script, adapter: Adapter) -> None:
    list(adapter.fetch(Stream.BOOKINGS, window(), None))
    rooms, stays = sample("resources"), sample("reservations")
    rooms["Resources"][0] |= {"Id": identity("b", 7), "Name": "777"}
    stays["Reservations"][0]["AssignedResourceId"] = identity("b", 7)
    script.instead |= {"resources/getAll": Reply(body=rooms), RESERVATIONS: Reply(body=stays)}
    script.asked.clear()
    found = records(adapter.fetch(Stream.BOOKINGS, window(days=(-7, 60)), None))
    assert found[0].stays[0].room == "777"
    assert script.operations.count("resources/getAll") == 1


def test_a_missing_permission_names_the_operation(script: Script, adapter: Adapter) -> None:
    script.instead["companionships/getAll"] = told(401)
    with pytest.raises(PermissionMissing) as missing:
        list(adapter.fetch(Stream.BOOKINGS, window(), None))
    assert missing.value.params["path"] == "companionships/getAll"


# --- single records -------------------------------------------------------------------------------------------------


def test_bookings_are_read_again_in_the_order_asked(script: Script, adapter: Adapter) -> None:
    script.instead[RESERVATIONS] = by_ids("reservations", "Reservations", "ReservationIds")
    found = adapter.fetch_by_ids(Stream.BOOKINGS, [CANCELLED, NOBODY, "no id at all", BOOKED.upper()])
    assert [type(item) for item in found] == [Booking, Missing, Missing, Booking]
    assert [item.external_id for item in found] == [CANCELLED, NOBODY, "no id at all", BOOKED]
    assert script.bodies(RESERVATIONS)[0]["ReservationIds"] == [CANCELLED, NOBODY, BOOKED.upper()]


def test_orders_of_other_services_are_no_bookings(script: Script, adapter: Adapter) -> None:
    document = sample("reservations")
    document["Reservations"] = [{**document["Reservations"][0], "ServiceId": identity("4", 2)}]
    script.instead[RESERVATIONS] = Reply(body=document)
    assert adapter.fetch_by_ids(Stream.BOOKINGS, [BOOKED]) == (Missing(BOOKED),)


def test_nothing_to_ask_is_not_asked(script: Script, adapter: Adapter) -> None:
    assert adapter.fetch_by_ids(Stream.BOOKINGS, []) == ()
    assert adapter.fetch_by_ids(Stream.GUESTS, ["x"]) == (Missing("x"),)
    assert adapter.fetch_by_ids(Stream.AVAILABILITY, [ROOM]) == (Missing(ROOM),)
    assert script.asked == []


def test_guests_are_read_again_unless_they_are_gone_or_somebody_else(
    script: Script, adapter: Adapter
) -> None:
    script.instead["customers/getAll"] = by_ids("customers", "Customers", "CustomerIds")
    found = adapter.fetch_by_ids(Stream.GUESTS, [CLEO, DUPLICATE, ERASED, HOUSE, NOBODY, ANA])
    missing = [Missing(one) for one in (DUPLICATE, ERASED, HOUSE, NOBODY)]
    assert [item for item in found if isinstance(item, Missing)] == missing
    assert [found[0].external_id, found[-1].external_id] == [CLEO, ANA]


# --- guests ---------------------------------------------------------------------------------------------------------


def test_a_history_of_guests_is_that_of_its_bookings(script: Script, adapter: Adapter) -> None:
    script.instead["customers/getAll"] = by_ids("customers", "Customers", "CustomerIds")
    found = [guest.external_id for guest in records(adapter.fetch(Stream.GUESTS, window(), None))]
    assert sorted(found) == sorted([ANA, BEN, CLEO, CARL])  # no duplicate, no house account, no stranger
    assert "orderItems/getAll" not in script.operations


def test_changed_guests_of_sister_hotels_stay_away(script: Script, adapter: Adapter) -> None:
    script.instead |= {
        "customers/getAll": lambda body: (
            Reply(body={"Customers": []})
            if "DeletedUtc" in body
            else by_ids("customers", "Customers", "CustomerIds")(body)
        ),
        "companionships/getAll": list_of(
            "companionships", "Companionships", [identity("e", 0)]
        ),  # Ana stays here
        RESERVATIONS: list_of("reservations", "Reservations", [IN_HOUSE]),  # owned by the duplicate of Cleo
    }
    pages = list(adapter.fetch(Stream.GUESTS, window(Mode.DELTA, NOW - timedelta(hours=1)), None))
    assert sorted(guest.external_id for guest in records(pages)) == sorted([ANA, CLEO])
    assert ANA not in script.bodies(RESERVATIONS)[0]["AccountIds"]
    assert pages[0].high_water == datetime(2026, 7, 1, 10, tzinfo=UTC)  # a stranger's stamp counts too


def test_deleted_guests_are_asked_for_and_emptied(script: Script, adapter: Adapter) -> None:
    script.instead |= {
        "customers/getAll": lambda body: (
            list_of("customers", "Customers", [ERASED])
            if "DeletedUtc" in body
            else Reply(body={"Customers": []})
        ),
        RESERVATIONS: Reply(
            body={"Reservations": [sample("reservations")["Reservations"][0] | {"AccountId": ERASED}]}
        ),
    }
    (guest,) = records(adapter.fetch(Stream.GUESTS, window(Mode.DELTA, NOW - timedelta(hours=1)), None))
    assert (guest.external_id, guest.last_name, guest.email, guest.updated_at) == (ERASED, "", "", None)
    asked = next(body for body in script.bodies("customers/getAll") if "DeletedUtc" in body)
    assert asked["ActivityStates"] == ["Deleted"]


def test_a_quiet_hour_costs_two_calls(script: Script, adapter: Adapter) -> None:
    assert adapter.fetch_by_ids(Stream.BOOKINGS, [BOOKED])  # the set-up is remembered
    script.asked.clear()
    script.instead["customers/getAll"] = Reply(body={"Customers": [], "Cursor": None})
    assert records(adapter.fetch(Stream.GUESTS, window(Mode.DELTA, NOW - timedelta(hours=1)), None)) == []
    assert script.operations == ["customers/getAll", "customers/getAll"]


# --- availability and rates -----------------------------------------------------------------------------------------


def test_availability_is_asked_by_exact_midnights(script: Script, adapter: Adapter) -> None:
    list(adapter.fetch(Stream.AVAILABILITY, window(days=(0, 40)), None))
    asked = [
        (body["ServiceId"], body["FirstTimeUnitStartUtc"], body["LastTimeUnitStartUtc"])
        for body in script.bodies("services/getAvailability/2024-01-22")
    ]
    assert asked == [
        (STAY, "2026-07-13T23:00:00Z", "2026-08-11T23:00:00Z"),
        (STAY, "2026-08-12T23:00:00Z", "2026-08-21T23:00:00Z"),
    ]


def test_where_exact_counts_are_not_enabled_the_public_ones_serve(script: Script, adapter: Adapter) -> None:
    script.instead["services/getAvailability/2024-01-22"] = told(401)
    found = records(adapter.fetch(Stream.AVAILABILITY, window(days=(0, 2)), None))
    assert [(day.available, day.total) for day in found] == [(5, None), (0, None)]
    script.instead["services/getAvailability"] = told(401)
    with pytest.raises(NotEnabled) as missing:
        list(adapter.fetch(Stream.AVAILABILITY, window(days=(0, 2)), None))
    assert missing.value.params["path"] == "services/getAvailability/2024-01-22"


def test_too_many_days_are_asked_in_halves(script: Script, adapter: Adapter) -> None:
    def answer(body: Any) -> Reply:
        first, last = (
            datetime.fromisoformat(body[name]) for name in ("FirstTimeUnitStartUtc", "LastTimeUnitStartUtc")
        )
        return told(408) if last - first > timedelta(days=1) else Reply(body=sample("pricing"))

    script.instead["rates/getPricing"] = answer
    list(adapter.fetch(Stream.RATES, window(days=(0, 7)), None))
    asked = [
        (body["FirstTimeUnitStartUtc"][8:10], body["LastTimeUnitStartUtc"][8:10])
        for body in script.bodies("rates/getPricing")
        if body["RateId"] == BEST
    ]
    assert asked == [
        ("13", "19"), ("13", "16"), ("13", "14"), ("15", "16"), ("17", "19"), ("17", "18"), ("19", "19"),
    ]  # fmt: skip


def test_the_default_rate_is_priced_first_and_private_ones_never(script: Script, adapter: Adapter) -> None:
    pages = list(adapter.fetch(Stream.RATES, window(days=(0, 90)), None))
    assert [body["RateId"] for body in script.bodies("rates/getPricing")] == [BEST, identity("7", 3)]
    assert [page.cursor for page in pages] == [f"{identity('7', 3)}|2026-07-14", None]


def test_rates_beyond_the_cap_are_named(script: Script, adapter: Adapter) -> None:
    document = sample("rates")
    template = document["Rates"][2] | {"IsDefault": False}
    document["Rates"] = [
        template | {"Id": f"r{number:02}", "Names": {"en-GB": f"{number:02}"}} for number in range(23)
    ]
    script.instead["rates/getAll"] = Reply(body=document)
    pages = list(adapter.fetch(Stream.RATES, window(days=(0, 3)), None))
    assert len(pages) == MOST_RATES
    assert [item.external_id for item in pages[-1].skipped] == ["r20", "r21", "r22"]


def test_a_rate_that_went_away_makes_the_set_up_be_read_anew(script: Script, adapter: Adapter) -> None:
    list(adapter.fetch(Stream.RATES, window(days=(0, 3)), None))
    left = sample("rates")
    left["Rates"] = [rate for rate in left["Rates"] if rate["Id"] == BEST]
    script.instead |= {
        "rates/getAll": Reply(body=left),
        "rates/getPricing": lambda body: (
            Reply(body=sample("pricing")) if body["RateId"] == BEST else told(400, "Invalid RateId.")
        ),
    }
    assert records(adapter.fetch(Stream.RATES, window(days=(0, 3)), None))
    script.instead["rates/getPricing"] = told(400, "Invalid RateId.")
    with pytest.raises(Refused):
        list(adapter.fetch(Stream.RATES, window(days=(0, 3)), None))


# --- the connection test --------------------------------------------------------------------------------------------


def test_the_ladder_reads_nothing_from_the_cache(script: Script, adapter: Adapter) -> None:
    assert all(rung.ok for rung in adapter.check(list(Stream)))
    script.asked.clear()
    rungs = {rung.name: rung for rung in adapter.check(list(Stream))}
    assert rungs["property"].account == "Hotel Invented"
    assert rungs["property"].detail == HOTEL
    assert rungs["stream:bookings"].detail == "9"
    assert rungs["stream:availability"].detail == "4"
    assert rungs["stream:rates"].detail == "2"
    assert script.operations.count("configuration/get") == 1
    assert "services/getAll" in script.operations


def test_an_operation_that_is_not_enabled_leaves_the_other_kinds_of_data(
    script: Script, adapter: Adapter
) -> None:
    script.instead["customers/getAll"] = told(401)
    rungs = {rung.name: rung for rung in adapter.check(list(Stream))}
    closed = {name for name, rung in rungs.items() if not rung.ok}
    assert closed == {"stream:guests", "stream:bookings"}  # a booking without a guest's name helps nobody
    fault = rungs["stream:guests"].fault
    assert fault is not None
    assert (fault.code, fault.params["path"]) == ("permission_missing", "customers/getAll")


def test_refused_tokens_hint_at_the_other_environment(script: Script, adapter: Adapter) -> None:
    script.instead["configuration/get"] = told(401)
    fault = list(adapter.check([Stream.BOOKINGS]))[-1].fault
    assert fault is not None
    assert "demo environment" in fault.advice


def test_a_hotel_without_rooms_stops_nothing_but_what_needs_them(script: Script, adapter: Adapter) -> None:
    script.instead["services/getAll"] = Reply(body={"Services": [], "Cursor": None})
    rungs = {rung.name: rung for rung in adapter.check(list(Stream))}
    assert rungs["stream:guests"].ok
    fault = rungs["stream:bookings"].fault
    assert fault is not None
    assert fault.code == "no_rooms"


def test_new_states_are_named_by_the_test(script: Script, adapter: Adapter) -> None:
    document = sample("reservations")
    document["Reservations"][0]["State"] = "Teleported"
    script.instead[RESERVATIONS] = Reply(body=document)
    rungs = {rung.name: rung for rung in adapter.check([Stream.BOOKINGS])}
    assert rungs["stream:bookings"].detail == "9, ? Teleported ×1"


# --- over the pretend Mews ------------------------------------------------------------------------------------------


@pytest.fixture
def running(clock: FixedClock) -> Iterator[Running]:
    with mews() as pretend:
        clock.now = pretend.world.clock.now()
        yield pretend


@pytest.fixture
def live(running: Running, make_client: MakeClient, caches: Caches) -> Adapter:
    return Adapter(running.good, make_client(running.base_url), caches)


def wide(clock: FixedClock) -> Window:
    days = timedelta(days=400)
    return Window(Mode.BACKFILL, None, clock(), BUSINESS_DATE - days, BUSINESS_DATE + days)


def test_rooms_of_one_reservation_arrive_as_a_group(
    running: Running, live: Adapter, clock: FixedClock
) -> None:
    found = {
        booking.external_id: booking for booking in records(live.fetch(Stream.BOOKINGS, wide(clock), None))
    }
    together = [item for item in running.world.reservations() if running.telling.further_ids(item)]
    assert together
    for reservation in together:
        bookings = [
            found[one]
            for one in (
                running.telling.booking_id(reservation.number),
                *running.telling.further_ids(reservation),
            )
        ]
        assert len({booking.group_ref for booking in bookings}) == 1
        assert sum(booking.total_minor or 0 for booking in bookings) == reservation.total
        assert min(booking.arrival for booking in bookings) == reservation.arrival
        assert max(booking.departure for booking in bookings) == reservation.departure


def test_amounts_rooms_and_people_arrive_as_they_are(
    running: Running, live: Adapter, clock: FixedClock
) -> None:
    found = {
        booking.external_id: booking for booking in records(live.fetch(Stream.BOOKINGS, wide(clock), None))
    }
    hotel = running.world.hotel
    plain = [
        item
        for item in running.world.reservations()
        if len(item.lines) == 1
        and item.state in {State.CONFIRMED, State.IN_HOUSE, State.CHECKED_OUT, State.OPTION}
    ]
    assert len(plain) > 100
    for reservation in plain:
        booking = found[running.telling.booking_id(reservation.number)]
        (stay,), (line,) = booking.stays, reservation.lines
        assert booking.total_minor == reservation.total
        assert (stay.adults, stay.children, stay.room or None) == (line.adults, line.children, line.room)
        assert stay.room_type_id == running.telling.room_type_id(line.room_type)
        assert len(booking.guests) == 1 + len(reservation.sharer_ids)
        if not hotel.rate_plan(line.rate_plan).breakfast:  # breakfast is an extra beside the night
            assert tuple(gross for gross, _ in stay.nights) == line.nightly


def test_what_the_front_desk_does_comes_with_the_next_delta(
    running: Running, live: Adapter, clock: FixedClock
) -> None:
    world, since = running.world, clock()
    world.clock.shift(timedelta(hours=1))
    made = world.book(
        NewReservation(arrival=BUSINESS_DATE, departure=BUSINESS_DATE + timedelta(days=2), last="Lind")
    )
    world.check_in(made.number)
    clock.now = world.horizon()
    delta = Window(Mode.DELTA, since, clock(), BUSINESS_DATE, BUSINESS_DATE + timedelta(days=1))
    news = {booking.external_id: booking for booking in records(live.fetch(Stream.BOOKINGS, delta, None))}
    arrived = news[running.telling.booking_id(made.number)]
    assert arrived.status is BookingStatus.CHECKED_IN
    assert arrived.stays[0].checked_in_at is not None
    guests = records(live.fetch(Stream.GUESTS, delta, None))
    assert "Lind" in {guest.last_name for guest in guests}


def test_guests_of_the_chain_that_never_came_stay_away(
    running: Running, live: Adapter, clock: FixedClock
) -> None:
    ours = running.telling.guest_ids(running.world)
    for mode, since in ((Mode.BACKFILL, None), (Mode.DELTA, clock() - timedelta(days=60))):
        asked = Window(mode, since, clock(), BUSINESS_DATE - timedelta(400), BUSINESS_DATE + timedelta(400))
        assert {guest.external_id for guest in records(live.fetch(Stream.GUESTS, asked, None))} <= ours


def test_free_rooms_are_those_of_the_hotel(running: Running, live: Adapter, clock: FixedClock) -> None:
    asked = Window(Mode.BACKFILL, None, clock(), BUSINESS_DATE, BUSINESS_DATE + timedelta(days=20))
    days = records(live.fetch(Stream.AVAILABILITY, asked, None))
    kinds = {running.telling.room_type_id(kind.code): kind for kind in running.world.hotel.room_types}
    assert {day.room_type_id for day in days} == set(kinds)
    for day in days:
        assert day.total == kinds[day.room_type_id].rooms
        assert day.available <= day.total


def test_a_foreign_cursor_starts_at_the_beginning(live: Adapter, clock: FixedClock) -> None:
    asked = Window(Mode.BACKFILL, None, clock(), BUSINESS_DATE, BUSINESS_DATE + timedelta(days=20))
    for stream in Stream:
        assert records(live.fetch(stream, asked, "12|page:3")) == records(live.fetch(stream, asked, None))


def test_an_expired_cursor_is_refused_and_not_taken_for_the_end(live: Adapter, clock: FixedClock) -> None:
    asked = wide(clock)
    place = '{"p":"stays","s":"2026-07-01T00:00:00Z","d":2592000.0,"t":"not-a-cursor"}'
    with pytest.raises(ContractBroken):
        list(live.fetch(Stream.BOOKINGS, asked, place))
