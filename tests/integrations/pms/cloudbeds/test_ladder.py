"""The connection test of Cloudbeds: what its answers mean for the person who looks on."""

from typing import Any

import pytest

from tests.integrations.pms.cloudbeds.cloudbeds_samples import HOTELS, credentials, method_of, query_of
from tests.integrations.pms.cloudbeds.conftest import MakeAdapter
from tests.integrations.vendor import Reply, Vendor
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Rung

FORBIDDEN = Reply(403, {"error": "forbidden"})
DENIED = Reply(401, {"error": "access_denied", "message": "The resource owner denied the request."})


def climbed(make_adapter: MakeAdapter, answers: Any, *streams: Stream, **options: Any) -> dict[str, Rung]:
    adapter = make_adapter(answers, credentials(**options))
    return {rung.name: rung for rung in adapter.check(streams)}


def code(rung: Rung) -> str:
    assert rung.fault is not None
    return rung.fault.code


def test_a_good_key_climbs_to_the_hotel_and_its_data(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    rungs = climbed(make_adapter, {"getReservations": {"success": True, "data": [{}], "total": 812}}, *Stream)
    assert all(rung.ok for rung in rungs.values() if rung.name != "clock")
    assert (rungs["property"].account, rungs["property"].detail) == ("Hotel Solbacken", "901234")
    assert rungs["stream:bookings"].detail == "812"
    probes = [
        query_of(asked).get("pageSize") for asked in vendor.asked if method_of(asked) == "getReservations"
    ]
    assert probes == ["1", "1"]


def test_a_refused_key_stops_at_the_login(make_adapter: MakeAdapter) -> None:
    rungs = climbed(make_adapter, {"getHotels": DENIED}, Stream.BOOKINGS)
    assert list(rungs)[-1] == "login"
    assert code(rungs["login"]) == "credentials_rejected"


def test_a_key_that_may_not_read_hotels_is_told_apart_from_a_bad_one(make_adapter: MakeAdapter) -> None:
    rungs = climbed(make_adapter, {"getHotels": FORBIDDEN, "userinfo": {"user_id": "7"}}, Stream.BOOKINGS)
    assert rungs["login"].ok
    fault = rungs["property"].fault
    assert fault is not None
    assert (fault.code, fault.params["scope"]) == ("permission_missing", "read:hotel")
    assert list(rungs)[-1] == "property"
    rungs = climbed(make_adapter, {"getHotels": FORBIDDEN, "userinfo": DENIED}, Stream.BOOKINGS)
    assert code(rungs["login"]) == "credentials_rejected"


def test_a_wrong_number_lists_the_hotels_of_the_key(make_adapter: MakeAdapter) -> None:
    def answer(query: dict[str, str]) -> Any:
        if "propertyIDs" in query:
            return {"success": False, "message": "None of the included property id's match the property"}
        return HOTELS

    rungs = climbed(make_adapter, {"getHotels": answer}, Stream.BOOKINGS, property_id="5")
    assert rungs["login"].ok
    assert code(rungs["property"]) == "property_unknown"
    assert [(item.external_id, item.name) for item in rungs["property"].properties] == [
        ("901234", "Hotel Solbacken")
    ]
    assert list(rungs)[-1] == "property"


def test_a_key_of_several_hotels_asks_for_a_choice(make_adapter: MakeAdapter) -> None:
    several = {
        "success": True,
        "data": [HOTELS["data"][0], HOTELS["data"][0] | {"propertyID": "2"}],
        "total": 2,
    }  # type: ignore[index]  # the sample has one
    rungs = climbed(make_adapter, {"getHotels": several}, Stream.BOOKINGS, property_id="")
    fault = rungs["property"].fault
    assert fault is not None
    assert "none is chosen" in fault.message
    assert [item.external_id for item in rungs["property"].properties] == ["901234", "2"]


def test_a_missing_permission_for_one_kind_of_data_leaves_the_others(make_adapter: MakeAdapter) -> None:
    rungs = climbed(make_adapter, {"getGuestList": FORBIDDEN}, Stream.GUESTS, Stream.BOOKINGS)
    guests = rungs["stream:guests"]
    assert (guests.ok, guests.stops, code(guests)) == (False, False, "permission_missing")
    assert rungs["stream:bookings"].ok


def test_trouble_of_the_vendor_stops_the_ladder(make_adapter: MakeAdapter) -> None:
    rungs = climbed(make_adapter, {"getGuestList": Reply(503)}, Stream.GUESTS, Stream.BOOKINGS)
    assert list(rungs)[-1] == "stream:guests"
    assert code(rungs["stream:guests"]) == "provider_unavailable"


@pytest.mark.parametrize(
    ("message", "name", "wanted"),
    [
        ("The user who approved this connection is not active", "login", "credentials_rejected"),
        ("The property has an invalid status: canceled", "property", "property_unknown"),
    ],
)
def test_a_200_that_says_no_is_a_broken_rung(
    make_adapter: MakeAdapter, message: str, name: str, wanted: str
) -> None:
    rungs = climbed(make_adapter, {"getHotels": {"success": False, "message": message}}, Stream.BOOKINGS)
    assert list(rungs)[-1] == name
    assert code(rungs[name]) == wanted


def test_nothing_at_the_address_is_a_wrong_address(make_adapter: MakeAdapter) -> None:
    rungs = climbed(make_adapter, {"oauth/metadata": Reply(404), "getHotels": Reply(404)}, Stream.BOOKINGS)
    assert code(rungs["login"]) == "address_wrong"


def test_the_test_asks_anew_although_the_hotel_is_known(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    climbed(make_adapter, {})
    climbed(make_adapter, {})
    assert [method_of(asked) for asked in vendor.asked].count("getHotels") == 2
