from datetime import timedelta
from typing import Any

import pytest
import requests

from simulator import pricing
from simulator.hotel import NewReservation, State
from simulator.server import Server
from tests.simulator.opera_partner import Partner

VENDORS = ("opera_cloud",)
INVENTORY = "/inv/v1/hotels/{hotel}/hotelInventory"
STATISTICS = "/inv/v1/hotels/{hotel}/inventoryStatistics"
ROOMS = "/fof/v1/hotels/{hotel}/rooms"
NIGHT = {"dateRangeStart": "2026-05-14", "dateRangeEnd": "2026-05-14", "roomCountRequested": 1}


@pytest.fixture
def partner(vendor: Server, http: requests.Session) -> Partner:
    return Partner(vendor, http)


def counts(partner: Partner, **query: Any) -> dict[str, Any]:
    (told,) = partner.get(INVENTORY, **{**NIGHT, **query})["hotelInventories"]
    found = {row["code"]: row["inventoryCounts"] for row in told["roomTypeInventories"]}
    return {**found, "house": told["houseInventory"]}


def test_physical_rooms_are_what_the_hotel_has_left(partner: Partner) -> None:
    day = partner.world.business_date + timedelta(1)
    left = {row.room_type: row.available for row in partner.world.availability(day, day)}
    found = counts(partner, includeOverbooking="false")
    assert {code: rows[0]["availableCount"] for code, rows in found.items() if code in left} == left
    assert found["house"][0]["availableCount"] == sum(left.values())


def test_overbooking_is_counted_unless_it_is_left_out(partner: Partner) -> None:
    plain = counts(partner, includeOverbooking="false")["DBL"][0]["availableCount"]
    assert counts(partner)["DBL"][0]["availableCount"] == plain + 1
    partner.switch(overbooking=4)
    assert counts(partner)["DBL"][0]["availableCount"] == plain + 4


def test_posting_masters_are_a_room_type_but_no_room_of_the_house(partner: Partner) -> None:
    found = counts(partner, includeOverbooking="false")
    kinds = [rows[0]["availableCount"] for code, rows in found.items() if code not in ("PM", "house")]
    assert "PM" in found
    assert found["house"][0]["availableCount"] == sum(kinds)
    assert set(counts(partner, roomTypes=["DBL", "STE"])) == {"DBL", "STE", "house"}


def test_days_come_one_by_one_or_as_the_least_of_all(partner: Partner) -> None:
    span = {"dateRangeStart": "2026-05-14", "dateRangeEnd": "2026-05-20"}
    daily = counts(partner, dailyInventory="true", **span)["DBL"]
    (whole,) = counts(partner, **span)["DBL"]
    assert len(daily) == 7
    assert whole["availableCount"] == min(row["availableCount"] for row in daily)
    assert (whole["startDate"], whole["endDate"]) == ("2026-05-14", "2026-05-20")


def test_a_sale_and_a_hold_take_a_room(partner: Partner) -> None:
    day = partner.world.business_date + timedelta(1)
    before = counts(partner)["DBL"][0]
    for state in (State.CONFIRMED, State.OPTION):
        partner.world.book(
            NewReservation(
                arrival=day, departure=day + timedelta(1), room_type="DBL", last="Lind", state=state
            )
        )
    after = counts(partner)["DBL"][0]
    assert after["availableCount"] == before["availableCount"] - 2
    assert after["availableTentativeCount"] == before["availableTentativeCount"] + 1


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (INVENTORY, {**NIGHT, "dateRangeEnd": "2026-08-13"}),
        (INVENTORY, {"dateRangeStart": "2026-05-14", "dateRangeEnd": "2026-05-14"}),
        (INVENTORY, {"dateRangeStart": "2026-05-14", "roomCountRequested": 1}),
        (
            STATISTICS,
            {"dateRangeStart": "2026-05-14", "dateRangeEnd": "2026-07-16", "reportCode": "SellLimitSummary"},
        ),
        (STATISTICS, {"dateRangeStart": "2026-05-14", "dateRangeEnd": "2026-05-15", "reportCode": "Another"}),
        (STATISTICS, {"dateRangeStart": "2026-05-14", "dateRangeEnd": "2026-05-15"}),
        ("/rtp/v1/ratePlans", {}),
        (
            "/rtp/v1/hotels/{hotel}/ratePlans/BB/schedules",
            {"startDate": "2026-05-14", "endDate": "2027-05-15"},
        ),
        ("/crm/v1/profilesByIds", {}),
        ("/crm/v1/profilesByIds", {"profileIds": [str(n) for n in range(201)]}),
        (ROOMS, {"hotelRoomStartDate": "2026-05-14", "hotelRoomEndDate": "2026-12-14"}),
    ],
)
def test_more_than_the_limits_or_less_than_required_is_refused(
    partner: Partner, path: str, query: dict[str, Any]
) -> None:
    assert partner.call("GET", path, **query).status_code == 400


def test_statistics_are_texts_for_the_house_and_each_type(partner: Partner) -> None:
    span = {"dateRangeStart": "2026-05-13", "dateRangeEnd": "2026-05-14"}
    (told,) = partner.get(STATISTICS, reportCode="RoomsAvailabilitySummary", **span)
    assert [row["statCode"] for row in told["statistics"]] == [
        "AUR1",
        "SGL",
        "TWN",
        "DBL",
        "SUP",
        "FAM",
        "STE",
    ]
    values = {each["code"]: each["value"] for each in told["statistics"][0]["statisticDate"][0]["inventory"]}
    assert (values["PhysicalRooms"], values["OutOfOrderRooms"]) == ("60", "1")


def test_a_room_is_occupied_while_somebody_is_in_it(partner: Partner) -> None:
    world = partner.world
    rooms = {row["roomId"]: row for row in partner.get(ROOMS, limit=200)["hotelRoomsDetails"]["room"]}
    slept_in = [line.room for r in world.reservations() for line in r.lines if line.state is State.IN_HOUSE]
    occupied = {
        room
        for room, row in rooms.items()
        if row["housekeeping"]["roomStatus"]["frontOfficeStatus"] == "Occupied"
    }
    assert occupied == set(slept_in)
    assert rooms["104"]["housekeeping"]["roomStatus"]["roomStatus"] == "OutOfOrder"
    leaving = next(
        s
        for s in partner.stays(State.IN_HOUSE)
        if s.departure == world.business_date and slept_in.count(s.lines[-1].room) == 1
    )
    world.check_out(leaving.number)
    told = partner.get(ROOMS, limit=200, hotelRoomStatus=["Dirty"], hotelFORoomStatus="Vacant")
    assert leaving.lines[-1].room in {row["roomId"] for row in told["hotelRoomsDetails"]["room"]}


def test_schedules_give_the_hotels_prices_for_every_day(partner: Partner) -> None:
    span = {"startDate": "2026-05-13", "endDate": "2026-05-20"}
    told = partner.get("/rtp/v1/hotels/{hotel}/ratePlans/BB/schedules", limit=500, **span)
    hotel, found = partner.world.hotel, {}
    for row in told["ratePlanScheduleList"]["ratePlanSchedule"]:
        detail = row["ratePlanScheduleDetail"]
        day = partner.world.business_date
        while day.isoformat() <= detail["end"]:
            if day.isoformat() >= detail["start"]:
                found[detail["roomTypeList"][0], day] = detail["rateAmounts"]
            day += timedelta(1)
    assert len(found) == 8 * len(hotel.room_types)
    for (code, day), amounts in found.items():
        price = pricing.price(hotel, hotel.rate_plan("BB"), hotel.room_type(code), day) / 100
        assert amounts.get("twoPersonRate", amounts["onePersonRate"]) == price
    assert told["ratePlanMasterInfo"]["currencyCode"] == "EUR"


def test_a_derived_plan_has_no_schedules_of_its_own(partner: Partner) -> None:
    partner.switch(derived_plans=frozenset({"NREF"}))
    assert partner.call("GET", "/rtp/v1/hotels/{hotel}/ratePlans/NREF/schedules").status_code == 204
    (plan,) = partner.get("/rtp/v1/hotels/{hotel}/ratePlans/NREF")["ratePlans"]
    assert plan["ratePlanBasedOnRates"][0]["baseRate"]["basedOnRatePlan"] == "FLEX"


def test_breakfast_is_a_package_priced_when_asked(partner: Partner) -> None:
    asked = {"hotelId": partner.hotel, "adults": 2}
    (hotel,) = partner.get("/rtp/v1/packages", **asked)["packageCodesList"]["packageCodes"]
    assert "calculatedPrice" not in hotel["packageCodeShortInfo"][0]["postingAttributes"]
    told = partner.get("/rtp/v1/packages", fetchInstructions=["Header", "CalculatedPrice"], **asked)
    (row,) = told["packageCodesList"]["packageCodes"][0]["packageCodeShortInfo"]
    assert (row["code"], row["postingAttributes"]["calculatedPrice"]) == ("BRKF", 28.0)


def test_a_profile_tells_how_to_reach_somebody_only_when_asked(partner: Partner) -> None:
    guest = next(g for g in partner.world.guests() if g.email and g.country)
    profile = partner.vendor.tenant.names.profile(guest.id)
    assert "emails" not in partner.get(f"/crm/v1/profiles/{profile}")["profileDetails"]
    wanted = ["Profile", "Address", "Communication"]
    told = partner.get(f"/crm/v1/profiles/{profile}", fetchInstructions=wanted)["profileDetails"]
    assert told["emails"]["emailInfo"][0]["email"]["emailAddress"] == guest.email
    assert told["addresses"]["addressInfo"][0]["address"]["country"]["code"] == guest.country
    assert partner.call("GET", "/crm/v1/profiles/1").status_code == 204


def test_a_search_nests_profiles_otherwise_and_finds_by_name(partner: Partner) -> None:
    told = partner.call("POST", "/crm/v1/profiles/searches", {"profileName": "Sukarno"}).json()
    (row,) = told["profileSummaries"]["profileInfo"]
    assert row["profile"]["formerName"] == {
        "name": "Sukarnoputro",
        "fullName": "Sukarnoputro",
        "nameType": "Primary",
        "language": "ID",
    }
    assert partner.call("GET", "/crm/v1/profiles", profileName="Nobody at all").status_code == 204


def test_a_merged_profile_is_gone_and_its_reservations_are_the_others(partner: Partner) -> None:
    first, other = partner.stays(State.CONFIRMED)[:2]
    names = partner.vendor.tenant.names
    partner.vendor.tenant.profiles.merge(first.guest.id, other.guest.id)
    assert partner.call("GET", f"/crm/v1/profiles/{names.profile(first.guest.id)}").status_code == 204
    assert partner.listed(first.id)["reservationGuest"]["id"] == names.profile(other.guest.id)


def test_somebody_anonymized_and_somebody_inactive_are_marked(
    vendor: Server, partner: Partner, http: requests.Session
) -> None:
    base, key = f"{vendor.url}/_control/opera_cloud", {"x-simulator-token": vendor.control_token}
    guest = partner.stays(State.CONFIRMED)[0].guest
    for act in ("anonymize", "inactivate"):
        told = http.post(f"{base}/{act}", json={"guest_id": guest.id}, headers=key).json()
    details = partner.get(f"/crm/v1/profiles/{told['profile_id']}")["profileDetails"]
    assert details["customer"]["anonymization"]["anonymizationStatus"] == "Anonymized"
    assert details["customer"]["personName"][0]["surname"] == "Anonymized"
    assert details["statusCode"] == "Inactive"
    assert partner.heads() == [("UPDATE PROFILE", told["profile_id"])] * 2
