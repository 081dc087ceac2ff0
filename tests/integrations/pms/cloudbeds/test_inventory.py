"""Reading guests, rates and availability."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.integrations.pms.cloudbeds.cloudbeds_samples import method_of, query_of, sample
from tests.integrations.pms.cloudbeds.conftest import MakeAdapter
from tests.integrations.vendor import Vendor
from webapp.domain.guest import Guest
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Missing
from webapp.integrations.kit.errors import ContractBroken, PermissionMissing

NOW = datetime(2026, 7, 14, 10, 30, tzinfo=UTC)
DAYS = Window(Mode.DELTA, None, NOW, date(2026, 7, 14), date(2026, 10, 12))


def asked_for(vendor: Vendor, method: str) -> list[dict[str, str]]:
    return [query_of(asked) for asked in vendor.asked if method_of(asked) == method]


@pytest.mark.parametrize(("name", "count"), [("guests_as_map", 4), ("guests_as_list", 1)])
def test_guests_come_as_a_map_or_as_a_list(make_adapter: MakeAdapter, name: str, count: int) -> None:
    (page,) = make_adapter({"getGuestList": sample(name)}).fetch(Stream.GUESTS, DAYS, None)
    found = [record for record in page.records if isinstance(record, Guest)]
    assert (len(found), page.total, page.cursor) == (count, count, None)
    assert (found[0].external_id, found[0].last_name, found[0].country) == ("55120", "Lindqvist", "SE")


def test_guests_are_asked_by_change_or_by_days(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    since = datetime(2026, 7, 14, 9, 0, tzinfo=UTC)
    changed = Window(Mode.DELTA, since, NOW, DAYS.from_date, DAYS.to_date)
    for window in (changed, DAYS):
        list(make_adapter().fetch(Stream.GUESTS, window, None))
    by_change, by_days = asked_for(vendor, "getGuestList")
    assert by_change["resultsFrom"] == "2026-07-14 08:50:00"
    assert "checkOutFrom" not in by_change
    assert (by_days["checkOutFrom"], by_days["checkInTo"]) == ("2026-07-14", "2026-10-11")
    assert by_days["includeGuestInfo"] == "true"


def test_an_odd_guest_is_told_and_the_others_are_read(make_adapter: MakeAdapter) -> None:
    answer = sample("guests_as_map")
    answer["data"]["55130"]["guestEmail"] = {}
    answer["data"]["55150"]["dateModified"] = "soon"
    (page,) = make_adapter({"getGuestList": answer}).fetch(Stream.GUESTS, DAYS, None)
    assert len(page.records) == 2
    assert [(item.external_id, str(item.reason)) for item in page.skipped] == [
        ("55130", "getGuestList: guestEmail is missing or unexpected"),
        ("55150", "dateModified is not a time"),
    ]


def test_guests_of_which_none_can_be_read_are_a_broken_contract(make_adapter: MakeAdapter) -> None:
    answer = sample("guests_as_map")
    for row in answer["data"].values():
        row["guestID"] = None
    with pytest.raises(ContractBroken, match="guestID is missing"):
        list(make_adapter({"getGuestList": answer}).fetch(Stream.GUESTS, DAYS, None))


def test_single_guests_are_asked_one_by_one(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    def answer(query: dict[str, str]) -> dict[str, Any]:
        if query["guestID"] == "9":
            return {"success": False, "message": "Guest not found"}
        return {"success": True, "data": {"firstName": "Mara", "lastName": "Lindqvist"}}

    found = make_adapter({"getGuest": answer}).fetch_by_ids(Stream.GUESTS, ["55120", "9", "55120"])
    assert found == (Guest("55120", "Mara", "Lindqvist"), Missing("9"), Guest("55120", "Mara", "Lindqvist"))
    assert len(asked_for(vendor, "getGuest")) == 2


def test_days_have_no_ids(make_adapter: MakeAdapter) -> None:
    assert make_adapter().fetch_by_ids(Stream.RATES, ["1"]) == (Missing("1"),)


@pytest.mark.parametrize("stream", [Stream.RATES, Stream.AVAILABILITY])
def test_nights_are_asked_a_month_at_a_time(
    vendor: Vendor, make_adapter: MakeAdapter, stream: Stream
) -> None:
    pages = list(make_adapter().fetch(stream, DAYS, None))
    assert [page.cursor for page in pages] == ["2026-08-13", "2026-09-12", None]
    assert [(asked["startDate"], asked["endDate"]) for asked in asked_for(vendor, "getRatePlans")] == [
        ("2026-07-14", "2026-08-13"),
        ("2026-08-13", "2026-09-12"),
        ("2026-09-12", "2026-10-12"),
    ]
    vendor.asked.clear()
    assert len(list(make_adapter().fetch(stream, DAYS, "2026-08-13"))) == 2
    assert len(list(make_adapter().fetch(stream, DAYS, "2020-01-01"))) == 3


def test_a_row_of_another_property_is_left_out(make_adapter: MakeAdapter) -> None:
    answer = sample("rate_plans")
    for row in answer["data"]:
        row["propertyID"] = "5"
    window = Window(Mode.DELTA, None, NOW, date(2026, 7, 20), date(2026, 7, 23))
    (page,) = make_adapter({"getRatePlans": answer}).fetch(Stream.RATES, window, None)
    assert page.records == ()


def test_availability_needs_no_permission_for_rooms(make_adapter: MakeAdapter) -> None:
    refused = {"success": False, "message": "Insufficient scope"}
    window = Window(Mode.DELTA, None, NOW, date(2026, 7, 20), date(2026, 7, 23))
    answers = {"getRatePlans": sample("rate_plans"), "getRooms": refused}
    (page,) = make_adapter(answers).fetch(Stream.AVAILABILITY, window, None)
    assert len(page.records) == 3
    with pytest.raises(PermissionMissing):
        list(make_adapter({"getRatePlans": refused}).fetch(Stream.AVAILABILITY, window, None))


def test_a_row_whose_price_is_none_is_set_aside_and_nothing_else_is_a_broken_contract(
    make_adapter: MakeAdapter,
) -> None:
    answer = sample("rate_plans")
    window = Window(Mode.DELTA, None, NOW, date(2026, 7, 20), date(2026, 7, 23))
    answer["data"][0]["roomRateDetailed"][0]["totalRate"] = "dear"
    (page,) = make_adapter({"getRatePlans": answer}).fetch(Stream.RATES, window, None)
    assert [str(one.reason) for one in page.skipped] == ["totalRate is not an amount"]
    assert page.records
    answer["data"] = answer["data"][:1]
    with pytest.raises(ContractBroken, match="totalRate is not an amount"):
        list(make_adapter({"getRatePlans": answer}).fetch(Stream.RATES, window, None))
