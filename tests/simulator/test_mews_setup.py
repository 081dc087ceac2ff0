from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import requests

from simulator import pricing
from simulator.hotel import NewReservation, State
from simulator.money import minor_units
from simulator.server import Server
from simulator.world import World
from tests.simulator.conftest import BUSINESS_DATE
from tests.simulator.mews_partner import EVERYTHING, Partner

VENDORS = ("mews",)


@pytest.fixture
def partner(vendor: Server, http: requests.Session) -> Partner:
    return Partner(vendor, http)


def _midnight(world: World, day: date) -> str:
    return f"{datetime.combine(day, time(), tzinfo=world.hotel.zone).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _span(world: World, first: date, last: date) -> dict[str, str]:
    return {
        "FirstTimeUnitStartUtc": _midnight(world, first),
        "LastTimeUnitStartUtc": _midnight(world, last),
    }


def test_one_service_is_bookable_by_the_day(partner: Partner) -> None:
    services = partner.ask("services/getAll", ServiceType="Bookable", **EVERYTHING)["Services"]
    assert [(s["Names"], s["Data"]["Value"]["TimeUnitPeriod"]) for s in services] == [
        ({"en-GB": "Stay"}, "Day")
    ]
    others = partner.ask("services/getAll", ServiceType="Additional", **EVERYTHING)["Services"]
    assert [service["Data"]["Discriminator"] for service in others] == ["Additional"]


def test_every_room_is_in_its_category(partner: Partner, hotel_world: World) -> None:
    categories = partner.ask(
        "resourceCategories/getAll", ServiceIds=[partner.names.stay_service], **EVERYTHING
    )["ResourceCategories"]
    rooms = partner.ask("resources/getAll", Extent={"Resources": True}, **EVERYTHING)["Resources"]
    pairs = partner.ask(
        "resourceCategoryAssignments/getAll", ResourceCategoryIds=[c["Id"] for c in categories], **EVERYTHING
    )["ResourceCategoryAssignments"]
    codes = {c["Id"]: c["ShortNames"]["en-GB"] for c in categories}
    names = {r["Id"]: r["Name"] for r in rooms}
    told = {names[pair["ResourceId"]]: codes[pair["CategoryId"]] for pair in pairs}
    assert told == {room.number: room.room_type for room in hotel_world.hotel.rooms}
    assert partner.ask("resources/getAll", Extent={}, **EVERYTHING)["Resources"] == []


def test_a_room_is_dirty_after_a_departure_until_somebody_moves_in(
    partner: Partner, hotel_world: World
) -> None:
    leaving = next(
        r
        for r in hotel_world.reservations()
        if r.state is State.IN_HOUSE and r.departure == BUSINESS_DATE and len(r.lines) == 1
    )
    room = leaving.lines[0].room

    def state() -> tuple[str, str]:
        (row,) = partner.ask("resources/getAll", Extent={"Resources": True}, Names=[room], **EVERYTHING)[
            "Resources"
        ]
        return row["State"], row["UpdatedUtc"]

    assert state() == ("Inspected", "2024-01-15T08:00:00Z")
    hotel_world.check_out(leaving.number)
    assert state() == ("Dirty", "2026-05-13T07:20:00Z")


def test_rooms_out_of_order_are_blocks_and_say_so_today(partner: Partner) -> None:
    day = {"StartUtc": "2026-05-13T00:00:00Z", "EndUtc": "2026-05-14T00:00:00Z"}
    (block,) = partner.ask("resourceBlocks/getAll", CollidingUtc=day, **EVERYTHING)["ResourceBlocks"]
    assert (block["StartUtc"], block["EndUtc"]) == ("2026-05-11T21:00:00Z", "2026-05-15T21:00:00Z")
    assert (block["Type"], block["AssignedResourceId"]) == ("OutOfOrder", partner.names.id("resource", "104"))
    single = partner.names.id("category", "SGL")
    (told,) = partner.ask("resources/getOccupancyState", ResourceCategoryIds=[single])[
        "ResourceCategoryOccupancyStates"
    ]
    states = {row["ResourceId"]: row["OccupancyState"] for row in told["ResourceOccupancyStates"]}
    assert states[block["AssignedResourceId"]] == "OutOfOrder"
    assert set(states.values()) == {"OutOfOrder", "Reserved", "Vacant"}
    vacant = partner.ask(
        "resources/getOccupancyState", ResourceCategoryIds=[single], OccupancyStates=["Vacant"]
    )["ResourceCategoryOccupancyStates"][0]["ResourceOccupancyStates"]
    assert {row["OccupancyState"] for row in vacant} == {"Vacant"}


def test_free_rooms_are_what_the_hotel_counts(partner: Partner, hotel_world: World) -> None:
    first, last = date(2026, 5, 10), date(2026, 6, 9)
    told = partner.ask(
        "services/getAvailability/2024-01-22",
        ServiceId=partner.names.stay_service,
        Metrics=["UsableResources", "Occupied", "OptionalReservations", "OutOfOrderBlocks"],
        **_span(hotel_world, first, last),
    )
    metrics = {c["ResourceCategoryId"]: c["Metrics"] for c in told["ResourceCategoryAvailabilities"]}
    counted = hotel_world.availability(first, last)
    assert len(told["TimeUnitStartsUtc"]) == 31
    for day in counted:
        place = (day.day - first).days
        found = metrics[partner.names.id("category", day.room_type)]
        assert found["UsableResources"][place] - found["Occupied"][place] == day.available
        assert (found["OptionalReservations"][place], found["OutOfOrderBlocks"][place]) == (
            day.held,
            day.out_of_order,
        )
    old = partner.ask(
        "services/getAvailability",
        ServiceId=partner.names.stay_service,
        **_span(hotel_world, first, last),
    )
    double = next(
        c for c in old["CategoryAvailabilities"] if c["CategoryId"] == partner.names.id("category", "DBL")
    )
    assert double["Availabilities"] == [day.available for day in counted if day.room_type == "DBL"]


@pytest.mark.parametrize(
    ("first", "last", "parameter"),
    [
        ("2026-05-13T00:00:00Z", "2026-05-13T21:00:00Z", "FirstTimeUnitStartUtc"),
        ("2026-05-12T21:00:01Z", "2026-05-13T21:00:00Z", "FirstTimeUnitStartUtc"),
        ("2026-05-12T21:00:00Z", "2026-12-12T21:00:00Z", "LastTimeUnitStartUtc"),
        ("2026-05-12T21:00:00Z", "2026-05-11T21:00:00Z", "LastTimeUnitStartUtc"),
        ("2026-05-12T21:00:00Z", "2027-05-14T21:00:00Z", "LastTimeUnitStartUtc"),
    ],
)
@pytest.mark.parametrize("operation", ["services/getAvailability/2024-01-22", "rates/getPricing"])
def test_only_the_very_start_of_a_day_and_at_most_a_year_is_understood(
    partner: Partner, operation: str, first: str, last: str, parameter: str
) -> None:
    of = (
        {"RateId": partner.names.id("rate", "FLEX")}
        if operation == "rates/getPricing"
        else {"ServiceId": partner.names.stay_service, "Metrics": ["Occupied"]}
    )
    span = {"FirstTimeUnitStartUtc": first, "LastTimeUnitStartUtc": last}
    answer = partner.send(operation, **of, **span)
    assert (answer.status_code, answer.json()["Message"]) == (400, f"Invalid {parameter}.")


def test_days_keep_their_midnight_through_the_change_of_the_clocks(
    partner: Partner, hotel_world: World
) -> None:
    told = partner.ask(
        "services/getAvailability/2024-01-22",
        ServiceId=partner.names.stay_service,
        Metrics=["Occupied"],
        **_span(hotel_world, date(2026, 10, 24), date(2026, 10, 27)),
    )
    assert [at[8:13] for at in told["TimeUnitStartsUtc"]] == ["23T21", "24T21", "25T22", "26T22"]


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"ServiceId": "00000000-0000-4000-8000-000000000000"}, "ServiceId"),
        ({"Metrics": ["Vacancies"]}, "Metrics"),
        ({"Metrics": ["Occupied", "Occupied"]}, "Metrics"),
        ({"Metrics": []}, "Metrics"),
    ],
)
def test_an_unknown_service_or_metric_is_refused(
    partner: Partner, hotel_world: World, body: dict[str, Any], parameter: str
) -> None:
    whole = {
        "ServiceId": partner.names.stay_service,
        "Metrics": ["Occupied"],
        **_span(hotel_world, BUSINESS_DATE, BUSINESS_DATE),
        **body,
    }
    answer = partner.send("services/getAvailability/2024-01-22", **whole)
    assert (answer.status_code, answer.json()["Message"]) == (400, f"Invalid {parameter}.")


def test_prices_are_the_hotel_s(partner: Partner, hotel_world: World) -> None:
    last = BUSINESS_DATE + timedelta(6)
    hotel = hotel_world.hotel
    for plan in hotel.rate_plans:
        told = partner.ask(
            "rates/getPricing",
            RateId=partner.names.id("rate", plan.code),
            **_span(hotel_world, BUSINESS_DATE, last),
        )
        shown = {
            c["CategoryId"]: [p["GrossValue"] for p in c["AmountPrices"]] for c in told["CategoryPrices"]
        }
        for kind in hotel.room_types:
            prices = [
                pricing.price(hotel, plan, kind, BUSINESS_DATE + timedelta(night)) for night in range(7)
            ]
            amounts = shown[partner.names.id("category", kind.code)]
            assert [minor_units(value, "EUR") for value in amounts] == prices


def test_a_reservation_costs_what_its_rate_says(partner: Partner, hotel_world: World) -> None:
    order = NewReservation(
        arrival=BUSINESS_DATE, departure=BUSINESS_DATE + timedelta(1), last="Lind", rate_plan="BB"
    )
    booked = hotel_world.book(order)
    told = partner.ask(
        "rates/getPricing",
        RateId=partner.names.id("rate", "BB"),
        **_span(hotel_world, BUSINESS_DATE, BUSINESS_DATE),
    )
    category = partner.names.id("category", booked.lines[0].room_type)
    (price,) = next(c for c in told["CategoryPrices"] if c["CategoryId"] == category)["AmountPrices"]
    assert minor_units(price["GrossValue"], "EUR") == booked.total


def test_switched_off_and_deleted_rates_are_listed_until_they_are_left_out(partner: Partner) -> None:
    of_stay = {"ServiceIds": [partner.names.stay_service], **EVERYTHING}
    rates = partner.ask("rates/getAll", **of_stay)["Rates"]
    flags = {rate["ShortName"]: (rate["IsActive"], rate["IsEnabled"]) for rate in rates}
    assert flags["FLEX"] == (True, True)
    assert flags["EARLY"] == (True, False)
    assert flags["OPEN24"] == (False, False)
    active = partner.ask("rates/getAll", ActivityStates=["Active"], **of_stay)["Rates"]
    assert {rate["ShortName"] for rate in rates} - {rate["ShortName"] for rate in active} == {"OPEN24"}
    gone = partner.send(
        "rates/getPricing",
        RateId=partner.names.id("rate", "OPEN24"),
        FirstTimeUnitStartUtc="2026-05-12T21:00:00Z",
        LastTimeUnitStartUtc="2026-05-12T21:00:00Z",
    )
    assert (gone.status_code, gone.json()["Message"]) == (400, "Invalid RateId.")


def test_a_package_is_a_rate_whose_rule_adds_a_product(partner: Partner) -> None:
    of_stay = {"ServiceIds": [partner.names.stay_service], **EVERYTHING}
    told = partner.ask("rules/getAll", Extent={"RuleActions": True, "Rates": True}, **of_stay)
    products = {p["Id"]: p for p in partner.ask("products/getAll", **of_stay)["Products"]}
    names = {rate["Id"]: rate["ShortName"] for rate in told["Rates"]}
    added = {action["RuleId"]: action["Data"]["Value"]["ProductId"] for action in told["RuleActions"]}
    packages = {
        names[rule["Conditions"]["RateId"]["Value"]]: products[added[rule["Id"]]]["Names"]["en-GB"]
        for rule in told["Rules"]
    }
    assert packages == {"BB": "Breakfast", "CORP": "Breakfast", "GRP": "Breakfast"}
    assert told["RateGroups"] is None
    breakfast = next(p for p in products.values() if p["Options"]["BillAsPackage"])
    assert (breakfast["ChargingMode"], breakfast["Price"]["GrossValue"]) == ("PerPersonPerTimeUnit", 14)
