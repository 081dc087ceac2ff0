"""Walks of bookings: slices, deltas, new prices, too much at once, and what a page costs."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.integrations.pms.mews.samples import (
    ANA,
    BEN,
    CARL,
    CLEO,
    DUPLICATE,
    HELD,
    LEFT,
    NOW,
    STAY,
    Script,
    identity,
    list_of,
    records,
    sample,
    told,
    window,
)
from tests.integrations.vendor import Reply
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.errors import PermissionMissing
from webapp.integrations.pms.mews.adapter import Adapter
from webapp.integrations.pms.mews.refusals import TooMuch

RESERVATIONS = "reservations/getAll/2023-06-06"


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
    # 7 days and one.
    assert script.bodies(RESERVATIONS)[0]["CollidingUtc"]["StartUtc"] == "2026-07-05T23:00:00Z"


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
