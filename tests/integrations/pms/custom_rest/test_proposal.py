"""Proposals: a pasted answer becomes a recipe that reads it."""

from typing import Any

import msgspec
import pytest

from tests.integrations.conftest import MakeClient
from tests.integrations.providers import Running, custom_rest
from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.kit.select import records
from webapp.integrations.pms.custom_rest.mapping import Mapper
from webapp.integrations.pms.custom_rest.problems import all_problems, read
from webapp.integrations.pms.custom_rest.proposal import propose
from webapp.integrations.pms.custom_rest.recipe import FieldRule, StreamRecipe, dump

FLAT = {
    "reservationId": "R1",
    "status": "CONFIRMED",
    "checkIn": "2026-07-14",
    "checkOut": "2026-07-16",
    "firstName": "Zoë",
    "lastName": "Okafor",
    "email": "zoe@example.org",
    "roomTypeName": "Double",
    "numberOfAdults": 2,
    "balanceCents": 4500,
    "currencyCode": "EUR",
    "lastModified": "2026-07-01T10:00:00Z",
}


def proposed(sample: Any) -> StreamRecipe:
    recipe = propose(msgspec.json.encode(sample))
    assert all_problems(dump(recipe)) == ()
    return recipe.streams[Stream.BOOKINGS]


@pytest.mark.parametrize(
    ("sample", "select"),
    [
        ([FLAT], ""),
        ({"data": [FLAT]}, "data"),
        ({"ok": True, "result": {"items": [FLAT]}}, "result.items"),
        ({"warnings": [{"text": "slow"}], "rows": [FLAT, FLAT]}, "rows"),
        ({"bookings": {"R1": FLAT, "R2": FLAT}}, "bookings.*"),
    ],
)
def test_the_list_is_found(sample: Any, select: str) -> None:
    assert proposed(sample).select == select


def test_flat_keys_are_understood() -> None:
    fields = proposed([FLAT]).fields
    assert fields["external_id"] == "reservationId"
    assert (fields["arrival"], fields["departure"]) == ("checkIn", "checkOut")
    assert (fields["guest_first_name"], fields["guest_last_name"]) == ("firstName", "lastName")
    assert fields["room_type"] == "roomTypeName"
    assert fields["adults"] == "numberOfAdults"
    assert fields["balance_amount"] == FieldRule(path="balanceCents", transform="from_minor_units")
    assert fields["updated_at"] == "lastModified"


def test_what_is_proposed_reads_the_sample() -> None:
    sample = {"data": [FLAT, FLAT | {"reservationId": "R2", "status": "Cancelled"}]}
    recipe = propose(msgspec.json.encode(sample))
    mapped = Mapper(recipe, Stream.BOOKINGS).page(records(sample, "data"))
    assert mapped.unmapped == {}
    bookings = [record for record in mapped.records if isinstance(record, Booking)]
    assert [booking.status for booking in bookings] == [BookingStatus.CONFIRMED, BookingStatus.CANCELLED]
    assert bookings[0].guests[0].last_name == "Okafor"
    assert bookings[0].balance_minor == 4500


def test_lines_inside_a_booking_become_stays() -> None:
    line = {"roomType": {"code": "DBL"}, "from": "2026-07-14", "to": "2026-07-16", "room": "12"}
    stays = proposed(
        [{"id": 1, "status": "open", "from": "2026-07-14", "to": "2026-07-16", "rooms": [line]}]
    ).stays
    assert stays is not None
    assert stays.select == "rooms"
    assert stays.fields == {
        "arrival": "from",
        "departure": "to",
        "room_type_id": "roomType.code",
        "room": "room",
    }


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        ({}, {"kind": "none"}),
        ({"next": "https://api.example/x?page=2"}, {"kind": "next_link_body", "path": "next"}),
        ({"meta": {"nextCursor": "abc"}}, {"kind": "cursor", "path": "meta.nextCursor", "param": "cursor"}),
        (
            {"offset": 0, "limit": 50, "total": 90},
            {"kind": "offset", "param": "offset", "size_param": "limit", "total_path": "total"},
        ),
        ({"hasMore": True}, {"kind": "offset", "has_more_path": "hasMore"}),
        (
            {"paging": {"page": 1, "pageSize": 20, "totalPages": 4}},
            {
                "kind": "page",
                "param": "page",
                "size_param": "pageSize",
                "total_pages_path": "paging.totalPages",
            },
        ),
    ],
)
def test_signs_of_paging_are_read(beside: dict[str, Any], expected: dict[str, Any]) -> None:
    paging = proposed({"data": [FLAT], **beside}).pagination
    assert {name: getattr(paging, name) for name in expected} == expected


@pytest.mark.parametrize("sample", ["", "not json", "{}", "[]", '{"data": [1, 2]}', '"text"', "null"])
def test_a_sample_without_a_list_is_told(sample: str) -> None:
    with pytest.raises(RecipeWrong) as wrong:
        propose(sample)
    assert wrong.value.params["where"] == "sample"


@pytest.mark.parametrize(("sample", "place"), [({"a": [{"b": []}]}, "a"), ([{"": {"": 1}}], "")])
def test_records_without_a_known_field_are_found_and_nothing_is_proposed_for_them(
    sample: object, place: str
) -> None:
    source = propose(msgspec.json.encode(sample)).streams[Stream.BOOKINGS]
    assert (source.select, source.fields) == (place, {})


@pytest.mark.parametrize("sample", [[[{"id": 1}]], {"x": {"y": {"z": {"a": {"b": {"c": [{"id": 1}]}}}}}}])
def test_a_list_in_a_list_or_too_deep_inside_is_none(sample: object) -> None:
    with pytest.raises(RecipeWrong) as wrong:
        propose(msgspec.json.encode(sample))
    assert wrong.value.params["where"] == "sample"


def test_an_answer_of_the_simulator_is_understood(make_client: MakeClient) -> None:
    with custom_rest() as running:
        answer = _answer_of(running, make_client)
    recipe = read(dump(propose(answer)))
    source = recipe.streams[Stream.BOOKINGS]
    assert source.select == "reservations"
    assert source.pagination.total_pages_path == "paging.totalPages"
    mapped = Mapper(recipe, Stream.BOOKINGS).page(records(msgspec.json.decode(answer), source.select))
    assert len(mapped.records) == 20
    assert not mapped.skipped


def _answer_of(running: Running, make_client: MakeClient) -> bytes:
    key = running.good.secret("api_key").reveal()
    path = f"/properties/{running.server.property_id}/reservations?pageSize=20"
    return make_client(running.base_url).get(path, headers={"X-Api-Key": key}).body
