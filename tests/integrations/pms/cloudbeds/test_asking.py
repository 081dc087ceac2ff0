"""Calls to Cloudbeds: the envelope, the property in every call, forms, and pages by number."""

from typing import Any

import pytest

from tests.integrations.conftest import MakeClient
from tests.integrations.pms.cloudbeds.cloudbeds_samples import answering, method_of, query_of
from tests.integrations.vendor import Reply, Vendor
from webapp.integrations.kit.errors import ContractBroken, NotFound, PropertyUnknown, ProviderError
from webapp.integrations.kit.paging import Seen
from webapp.integrations.pms.cloudbeds.asking import PAGE, Asker, Numbered


def asker(vendor: Vendor, make_client: MakeClient, property_id: str = "901234") -> Asker:
    return Asker(make_client(f"{vendor.url}/api/v1.3", tries=1), property_id)


def rows(count: int, begin: int = 0) -> list[dict[str, int]]:
    return [{"id": number} for number in range(begin, begin + count)]


def test_every_call_names_the_property_in_the_query_and_in_a_header(
    vendor: Vendor, make_client: MakeClient
) -> None:
    vendor.answers_by(answering({}))
    asking = asker(vendor, make_client)
    asking.list("getReservations", {"includeAllRooms": True})
    asking.list("getGuestList")
    assert [query_of(asked) for asked in vendor.asked] == [
        {"propertyID": "901234", "includeAllRooms": "true"},
        {"propertyIDs": "901234"},
    ]
    assert {asked.headers["x-property-id"] for asked in vendor.asked} == {"901234"}


def test_without_a_property_nothing_is_named(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers_by(answering({}))
    asker(vendor, make_client, "").get("getHotels")
    assert query_of(vendor.asked[0]) == {}
    assert "x-property-id" not in vendor.asked[0].headers


@pytest.mark.parametrize("data", [[{"id": 1}, {"id": 2}], {"1": {"id": 1}, "2": {"id": 2}}])
def test_records_come_as_a_list_or_as_a_map(vendor: Vendor, make_client: MakeClient, data: Any) -> None:
    vendor.answers(Reply(body={"success": True, "data": data}))
    answered = asker(vendor, make_client).list("getGuestList")
    assert [bytes(row) for row in answered.rows] == [b'{"id":1}', b'{"id":2}']


@pytest.mark.parametrize("data", [[], {}, None])
def test_nothing_has_three_forms(vendor: Vendor, make_client: MakeClient, data: Any) -> None:
    vendor.answers(Reply(body={"success": True, "data": data}))
    assert list(asker(vendor, make_client).list("getGuestList").rows) == []


@pytest.mark.parametrize(
    "body", [{"success": True}, {"success": True, "data": "soon"}, {"reservations": []}, {}]
)
def test_an_answer_without_data_is_no_empty_list(vendor: Vendor, make_client: MakeClient, body: Any) -> None:
    vendor.answers(Reply(body=body))
    with pytest.raises(ContractBroken):
        asker(vendor, make_client).list("getGuestList")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"success": False, "message": "None of the included property id's match"}, PropertyUnknown),
        ({"success": "false", "message": "Reservation not found"}, NotFound),
        ({"success": False}, ContractBroken),
    ],
)
def test_a_200_that_says_no_is_a_refusal(
    vendor: Vendor, make_client: MakeClient, body: Any, error: type[ProviderError]
) -> None:
    vendor.answers(Reply(body=body, headers={"X-Request-ID": "req-9"}))
    with pytest.raises(error) as raised:
        asker(vendor, make_client).list("getReservations")
    assert "req-9" in raised.value.detail


def test_what_is_written_is_a_form_and_is_sent_once(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(503))
    asking = Asker(make_client(f"{vendor.url}/api/v1.3", tries=3), "901234")
    with pytest.raises(ProviderError):
        asking.post("postWebhook", {"object": "reservation", "action": "created"})
    (asked,) = vendor.asked
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.body == b"propertyID=901234&object=reservation&action=created"


def test_removing_uses_the_query(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers(Reply(body={"success": True}))
    asker(vendor, make_client).delete("deleteWebhook", {"subscriptionID": "7"})
    assert (vendor.asked[0].method, query_of(vendor.asked[0])) == (
        "DELETE",
        {"propertyIDs": "901234", "subscriptionID": "7"},
    )


# --- pages ----------------------------------------------------------------------------------------------------------


def pages(
    vendor: Vendor, make_client: MakeClient, answers: Any, state: str | None = None
) -> tuple[list[int], list[str | None]]:
    """How many records each page had, and the states that followed."""
    vendor.answers_by(answering({"getReservations": answers}))
    walked = list(asker(vendor, make_client).pages("getReservations", {}, state))
    return [len(answered.rows) for answered, _ in walked], [following for _, following in walked]


def by_number(total: int, cap: int = PAGE, tells: bool = True) -> Any:
    def answer(query: dict[str, str]) -> Any:
        size = min(int(query["pageSize"]), cap)
        begin = (int(query["pageNumber"]) - 1) * size
        data = rows(max(min(size, total - begin), 0), begin)
        return {"success": True, "data": data, **({"total": total} if tells else {})}

    return answer


def test_pages_follow_each_other_by_number(vendor: Vendor, make_client: MakeClient) -> None:
    sizes, states = pages(vendor, make_client, by_number(230))
    assert sizes == [100, 100, 30]
    assert states[-1] is None
    assert [query_of(asked)["pageNumber"] for asked in vendor.asked] == ["1", "2", "3"]


def test_a_walk_goes_on_from_a_state(vendor: Vendor, make_client: MakeClient) -> None:
    _, states = pages(vendor, make_client, by_number(230))
    vendor.asked.clear()
    sizes, _ = pages(vendor, make_client, by_number(230), states[0])
    assert sizes == [100, 30]


def test_a_state_of_another_version_begins_at_the_front(vendor: Vendor, make_client: MakeClient) -> None:
    assert pages(vendor, make_client, by_number(30), "page:x")[0] == [30]
    assert pages(vendor, make_client, by_number(30), "cursor:abc")[0] == [30]


def test_a_server_that_gives_fewer_than_asked_loses_nothing(vendor: Vendor, make_client: MakeClient) -> None:
    sizes, _ = pages(vendor, make_client, by_number(45, cap=20))
    assert sizes == [20, 20, 5]


def test_without_a_total_a_page_that_is_not_full_is_the_last(vendor: Vendor, make_client: MakeClient) -> None:
    assert pages(vendor, make_client, by_number(130, tells=False))[0] == [100, 30]


def test_a_full_last_page_ends_the_walk(vendor: Vendor, make_client: MakeClient) -> None:
    assert pages(vendor, make_client, by_number(200))[0] == [100, 100]
    assert pages(vendor, make_client, by_number(0))[0] == [0]


def test_a_server_that_ignores_the_page_number_is_noticed(vendor: Vendor, make_client: MakeClient) -> None:
    answer = {"success": True, "data": rows(100), "total": 300}
    with pytest.raises(ContractBroken, match="the same page came twice"):
        pages(vendor, make_client, answer)


def test_records_that_leave_the_list_while_it_is_walked_take_none_with_them(
    vendor: Vendor, make_client: MakeClient
) -> None:
    """Ten of the first page go away after it was read: the next ten move up onto it."""
    everything = rows(250)
    asked: list[int] = []

    def answer(query: dict[str, str]) -> Any:
        number = int(query["pageNumber"])
        if asked == [1]:
            del everything[:10]
        asked.append(number)
        begin = (number - 1) * PAGE
        return {"success": True, "data": everything[begin : begin + PAGE], "total": len(everything)}

    vendor.answers_by(answering({"getReservations": answer}))
    walked = list(asker(vendor, make_client).pages("getReservations", {}, None))
    seen = {bytes(row) for answered, _ in walked for row in answered.rows}
    assert len(seen) == 250
    assert asked == [1, 2, 1, 2, 3]


def test_turning_back_twice_is_no_circle() -> None:
    pager = Numbered()

    def after(state: str, total: int) -> str:
        found = pager.after(state.partition(":")[2], Seen({"total": total}, {}, PAGE))
        assert found is not None
        return found

    states = ["page:2,100,250,0"]
    for total in (249, 250, 249, 250):
        states.append(after(states[-1], total))
    assert len(set(states)) == len(states)


def test_methods_are_asked_below_the_base_address(vendor: Vendor, make_client: MakeClient) -> None:
    vendor.answers_by(answering({}))
    asker(vendor, make_client).get("oauth/metadata")
    assert method_of(vendor.asked[0]) == "oauth/metadata"
