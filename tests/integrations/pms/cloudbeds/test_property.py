"""The property of a connection: its server, its zone and currency, its rooms."""

from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.conftest import MakeClient
from tests.integrations.pms.cloudbeds.cloudbeds_samples import (
    HOTEL,
    HOTELS,
    answering,
    credentials,
    method_of,
    query_of,
)
from tests.integrations.vendor import Reply, Vendor
from webapp.integrations.kit.contract import Caches
from webapp.integrations.kit.errors import ContractBroken, CredentialsRejected, PropertyUnknown, RateLimited
from webapp.integrations.pms.cloudbeds.hotel import Hotel, RoomType
from webapp.integrations.pms.cloudbeds.property import PropertyDesk, on_server
from webapp.integrations.pms.cloudbeds.refusals import STATUS_ERRORS

BASE = "https://api.cloudbeds.com/api/v1.3"


class Desks:
    def __init__(self, vendor: Vendor, make_client: MakeClient, caches: Caches) -> None:
        self._vendor, self._make_client, self._caches = vendor, make_client, caches

    def __call__(self, answers: Any = {}, **options: Any) -> PropertyDesk:  # noqa: B006
        self._vendor.answers_by(answering(answers))
        client = self._make_client(f"{self._vendor.url}/api/v1.3", tries=1)
        client.status_errors = STATUS_ERRORS
        return PropertyDesk(client, credentials(**options), self._caches.setup)


@pytest.fixture
def desk_of(vendor: Vendor, make_client: MakeClient, caches: Caches) -> Desks:
    return Desks(vendor, make_client, caches)


def hotels(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"success": True, "data": list(rows), "total": len(rows)}


def hotel_row(number: str, **change: Any) -> dict[str, Any]:
    return HOTELS["data"][0] | {"propertyID": number} | change  # type: ignore[index]  # the sample has one


# --- the server -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "moved"),
    [
        ("https://api-eu.cloudbeds.com", "https://api-eu.cloudbeds.com/api/v1.3"),
        ("https://api-eu.cloudbeds.com/api/v1.2/", "https://api-eu.cloudbeds.com/api/v1.3"),
        ("api-eu.cloudbeds.com", "https://api-eu.cloudbeds.com/api/v1.3"),
        ("https://api.cloudbeds.com/", BASE),
        ("", BASE),
        ("http://api-eu.cloudbeds.com", BASE),
        ("https://cloudbeds.com.evil.example", BASE),
        ("https://evilcloudbeds.com", BASE),
        ("https://user:secret@api-eu.cloudbeds.com", BASE),
        ("https://api-eu.cloudbeds.com:8443", BASE),
        ("https://api-eu.cloudbeds.com:x", BASE),
        ("https://169.254.169.254", BASE),
    ],
)
def test_the_key_follows_to_the_vendors_own_servers_only(named: str, moved: str) -> None:
    assert on_server(BASE, named) == moved


def test_a_stand_in_is_never_left_for_the_vendor() -> None:
    assert (
        on_server("http://127.0.0.1:9/cb/api/v1.3", "https://api-eu.cloudbeds.com")
        == "http://127.0.0.1:9/cb/api/v1.3"
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"success": False, "message": "Property not found"},
        {"success": "true", "data": []},
        {"success": "true"},
        Reply(404),
        Reply(403),
        Reply(body=b"<html>", headers={"Content-Type": "text/html"}),
    ],
)
def test_a_server_that_is_not_told_is_the_usual_one(desk_of: Desks, answer: Any) -> None:
    assert desk_of({"oauth/metadata": answer}).hotel() == HOTEL


def test_trouble_while_asking_for_the_server_is_not_passed_over(desk_of: Desks) -> None:
    with pytest.raises(RateLimited):
        desk_of({"oauth/metadata": Reply(429)}).hotel()
    with pytest.raises(CredentialsRejected):
        desk_of({"oauth/metadata": Reply(401)}).hotel()


# --- the hotel --------------------------------------------------------------------------------------------------------


def test_the_hotel_is_asked_for_once_a_day(desk_of: Desks, vendor: Vendor, clock: FixedClock) -> None:
    assert desk_of().hotel() == desk_of().hotel() == HOTEL
    assert [method_of(asked) for asked in vendor.asked] == ["oauth/metadata", "getHotels"]
    clock.advance(hours=25)
    desk_of().hotel()
    assert len(vendor.asked) == 4


def test_another_property_or_key_is_never_answered_from_the_cache(desk_of: Desks, vendor: Vendor) -> None:
    desk_of().hotel()
    with pytest.raises(PropertyUnknown):
        desk_of(property_id="902").hotel()


@pytest.mark.parametrize("currency", [{"currencyCode": "EUR"}, [{"currencyCode": "eur"}], "EUR"])
def test_the_currency_is_an_object_a_list_or_a_code(desk_of: Desks, currency: Any) -> None:
    assert desk_of({"getHotels": hotels(hotel_row("901234", propertyCurrency=currency))}).hotel() == HOTEL


def test_a_key_of_one_property_needs_no_number(desk_of: Desks, vendor: Vendor) -> None:
    desk = desk_of(property_id="")
    assert desk.hotel() == HOTEL
    desk.asker.list("getReservations")
    assert query_of(vendor.asked[-1])["propertyID"] == "901234"


def test_a_key_of_several_properties_needs_one(desk_of: Desks) -> None:
    several = {"getHotels": hotels(hotel_row("1"), hotel_row("2"))}
    with pytest.raises(PropertyUnknown) as raised:
        desk_of(several, property_id="").hotel()
    assert "none is chosen" in raised.value.message


def test_an_answer_about_other_properties_is_no_answer(desk_of: Desks) -> None:
    with pytest.raises(PropertyUnknown):
        desk_of({"getHotels": hotels(hotel_row("1"))}).hotel()


def test_an_unknown_time_zone_is_named_instead_of_shifting_every_stamp(desk_of: Desks) -> None:
    with pytest.raises(ContractBroken, match="propertyTimezone"):
        desk_of({"getHotels": hotels(hotel_row("901234", propertyTimezone="Mars/Olympus"))}).hotel()
    with pytest.raises(ContractBroken, match="propertyTimezone"):
        desk_of({"getHotels": hotels(hotel_row("901234", propertyTimezone=""))}).hotel()


# --- rooms ------------------------------------------------------------------------------------------------------------


def room(number: int, kind: str = "301", **change: Any) -> dict[str, Any]:
    return {"roomID": f"{kind}-{number}", "roomTypeID": kind, "roomTypeName": f"Type {kind}", **change}


def rooms_by_room(count: int) -> Any:
    """Pages count rooms."""

    def answer(query: dict[str, str]) -> Any:
        begin = (int(query["pageNumber"]) - 1) * 100
        found = [room(number) for number in range(begin, min(begin + 100, count))]
        return {"success": True, "data": [{"propertyID": "901234", "rooms": found}], "total": count}

    return answer


def rooms_by_property(count: int) -> Any:
    """Pages count properties, and there is one, again and again."""
    found = [room(number) for number in range(count)]
    return lambda _query: {"success": True, "data": [{"propertyID": "901234", "rooms": found}], "total": 1}


@pytest.mark.parametrize("answer", [rooms_by_room(250), rooms_by_property(250)])
def test_rooms_are_counted_whichever_way_the_pages_count(desk_of: Desks, answer: Any) -> None:
    desk = desk_of({"getRooms": answer})
    desk.hotel()
    assert desk.room_types() == {"301": RoomType("Type 301", 250)}


def test_virtual_rooms_and_other_properties_are_not_counted(desk_of: Desks) -> None:
    data = [
        {"propertyID": "901234", "rooms": [room(1), room(2, isVirtual=True), room(1, "302")]},
        {"propertyID": "5", "rooms": [room(9)]},
    ]
    desk = desk_of({"getRooms": {"success": True, "data": data}})
    desk.hotel()
    assert desk.room_types() == {"301": RoomType("Type 301", 1), "302": RoomType("Type 302", 1)}


def test_rooms_are_kept_for_a_day_and_a_missing_permission_costs_only_the_totals(
    desk_of: Desks, vendor: Vendor
) -> None:
    desk = desk_of({"getRooms": Reply(403)})
    desk.hotel()
    assert desk.room_types() == {}
    desk = desk_of({"getRooms": rooms_by_room(3)})
    desk.hotel()
    assert desk.room_types() == desk.room_types() == {"301": RoomType("Type 301", 3)}
    assert [method_of(asked) for asked in vendor.asked].count("getRooms") == 2


def test_a_hotel_knows_its_zone() -> None:
    assert Hotel("1", "", "Europe/Stockholm", "SEK").zone.key == "Europe/Stockholm"


def test_a_hotel_without_a_currency_is_named_instead_of_guessing_prices(desk_of: Desks) -> None:
    with pytest.raises(ContractBroken, match="propertyCurrency"):
        desk_of({"getHotels": hotels(hotel_row("901234", propertyCurrency=[]))}).hotel()
