"""Reading over a scripted gateway: forms of searches, single reservations, guests, rates, and the event queue."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.opera_cloud.conftest import MakeAdapter
from tests.integrations.pms.opera_cloud.opera_samples import (
    LIST,
    NOTHING,
    SEARCH,
    error,
    listed,
    query,
    row,
    sample,
)
from tests.integrations.vendor import Reply, Vendor
from webapp.domain.booking import Booking
from webapp.domain.event import FactType
from webapp.domain.guest import Guest
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Hit, Missing
from webapp.integrations.kit.errors import ContractBroken, ProviderError
from webapp.integrations.kit.event_queue import EventQueue
from webapp.integrations.pms.opera_cloud.adapter import Adapter

QUEUE = "/int/v1/externalSystem/HUB/hotels/HTL1/businessEvents"
FRIDAY = date(2026, 12, 4)


def days(clock: FixedClock, count: int = 7) -> Window:
    return Window(Mode.BACKFILL, None, clock(), FRIDAY, FRIDAY + timedelta(days=count))


@pytest.mark.parametrize("status", [404, 405])
def test_a_release_without_post_searches_is_asked_the_old_way_and_remembered(
    make_adapter: MakeAdapter, vendor: Vendor, status: int
) -> None:
    for _ in range(2):
        found = make_adapter({SEARCH: error(status), LIST: listed(row())}).fetch_by_ids(
            Stream.BOOKINGS, ["990017"]
        )
        assert isinstance(found[0], Booking)
    assert [path for path in vendor.paths if path == SEARCH] == [SEARCH]
    asked = query(next(one for one in vendor.asked if one.path.startswith(f"{LIST}?")))
    assert (asked["reservationIdList"], asked["excludePMRooms"]) == (["990017"], ["true"])


def test_what_the_list_does_not_show_is_asked_for_alone_before_it_is_missing(
    make_adapter: MakeAdapter,
) -> None:
    answers = {SEARCH: NOTHING, f"{LIST}/990017": Reply(body=sample("reservation")), f"{LIST}/2": error(404)}
    found = make_adapter(answers).fetch_by_ids(Stream.BOOKINGS, ["2", "990017", "3", "../4"])
    assert [item.external_id for item in found] == ["2", "990017", "3", "../4"]  # type: ignore[union-attr]
    assert [isinstance(item, Missing) for item in found] == [True, False, True, True]


def test_a_whole_walk_asks_who_stays_and_then_week_by_week_who_arrives(
    make_adapter: MakeAdapter, vendor: Vendor, clock: FixedClock
) -> None:
    list(make_adapter().fetch(Stream.BOOKINGS, days(clock, 10), None))
    asked = [msgspec.json.decode(one.body) for one in vendor.asked if one.path == SEARCH]
    assert [
        (one.get("stayOnStartDate"), one.get("arrivalStartDate"), one.get("arrivalEndDate")) for one in asked
    ] == [
        ("2026-12-04", None, None),
        (None, "2026-12-04", "2026-12-10"),
        (None, "2026-12-11", "2026-12-13"),
    ]


def test_posting_masters_and_odd_rows_do_not_spoil_a_page(
    make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    rows = [
        row("1"),
        row("2", roomStay={"pseudoRoom": True}),
        row("3", roomStay={"arrivalDate": "soon"}),
        row("4"),
    ]
    pages = list(make_adapter({SEARCH: listed(*rows)}).fetch(Stream.BOOKINGS, days(clock, 1), None))
    assert [booking.external_id for page in pages for booking in page.records] == ["1", "4"]  # type: ignore[union-attr]
    assert [skipped.external_id for page in pages for skipped in page.skipped] == ["3"]


def test_a_list_of_another_shape_is_no_empty_list(make_adapter: MakeAdapter, clock: FixedClock) -> None:
    with pytest.raises(ContractBroken):
        list(
            make_adapter({SEARCH: Reply(body={"reservations": []})}).fetch(Stream.BOOKINGS, days(clock), None)
        )


def test_guests_are_those_of_reservations_many_a_call(
    make_adapter: MakeAdapter, vendor: Vendor, clock: FixedClock
) -> None:
    answers = {SEARCH: listed(row("1"), row("2")), "/crm/v1/profilesByIds": Reply(body=sample("profiles"))}
    pages = list(make_adapter(answers).fetch(Stream.GUESTS, days(clock, 1), None))
    guests = [guest for page in pages for guest in page.records]
    assert [guest.external_id for guest in guests if isinstance(guest, Guest)] == ["440021"]
    (asked,) = [query(one) for one in vendor.asked if one.path.startswith("/crm/")]
    assert asked["profileIds"] == ["440021", "440022"]


def test_a_batch_that_one_lost_profile_spoils_is_asked_in_parts(make_adapter: MakeAdapter) -> None:
    def by_ids(asked: Any) -> Reply:
        return error(404) if "9" in query(asked)["profileIds"] else Reply(body=sample("profiles"))

    found = make_adapter({"/crm/v1/profilesByIds": by_ids}).fetch_by_ids(Stream.GUESTS, ["9", "440021"])
    assert [isinstance(item, Missing) for item in found] == [True, False]


def test_a_plan_without_schedules_has_no_prices_and_hides_no_other(
    make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    plans = [{"ratePlanCode": "BAR"}, {"ratePlanCode": "DERIVED"}]
    detail = {
        "start": "2026-12-04",
        "end": "2026-12-05",
        "roomTypeList": ["DBLS"],
        "rateAmounts": {"twoPersonRate": 90},
    }
    answers = {
        "/rtp/v1/ratePlans": Reply(body={"ratePlanShortInfoList": {"ratePlanShortInfo": plans, "hasMore": False}}),
        "/rtp/v1/hotels/HTL1/ratePlans/BAR/schedules": Reply(
            body={"ratePlanScheduleList": {"ratePlanSchedule": [{"ratePlanScheduleDetail": detail}]},
                  "ratePlanMasterInfo": {"currencyCode": "EUR"}}
        ),
    }  # fmt: skip
    pages = list(make_adapter(answers).fetch(Stream.RATES, days(clock, 2), None))
    assert [len(page.records) for page in pages] == [2, 0, 0]
    assert [page.cursor for page in pages] == ["plan DERIVED", "packages", None]


def test_availability_is_asked_without_overbooking_unless_it_is_wanted(
    make_adapter: MakeAdapter, vendor: Vendor, clock: FixedClock
) -> None:
    for options in ({}, {"counting": "sellable"}):
        answer = {"/inv/v1/hotels/HTL1/hotelInventory": Reply(body=sample("inventory"))}
        list(make_adapter(answer, **options).fetch(Stream.AVAILABILITY, days(clock, 1), None))
    asked = [query(one)["includeOverbooking"] for one in vendor.asked if one.path.startswith("/inv/")]
    assert asked == [["false"], ["true"]]


# --- the event queue ------------------------------------------------------------------------------------------------


def hit(body: bytes, clock: FixedClock) -> Hit:
    return Hit({}, {}, body, clock())


def test_the_queue_is_read_until_nothing_is_left(make_adapter: MakeAdapter, vendor: Vendor) -> None:
    left = [Reply(body=sample("events")), Reply(body=sample("events")), NOTHING]
    adapter = make_adapter({QUEUE: lambda asked: left.pop(0)}, external_system="HUB")
    assert len(list(adapter.drain())) == 2
    assert vendor.paths[-1] == f"{QUEUE}?limit=20"


def test_a_reading_that_failed_is_not_repeated(
    make_adapter: MakeAdapter, vendor: Vendor, make_client: Any
) -> None:
    adapter = make_adapter({QUEUE: error(502)}, external_system="HUB")
    with pytest.raises(ProviderError):
        list(adapter.drain())
    assert len([path for path in vendor.paths if path.startswith(QUEUE)]) == 1


def test_events_are_told_apart_and_say_what_to_read_again(
    clock: FixedClock, make_adapter: MakeAdapter
) -> None:
    adapter = make_adapter()
    assert isinstance(adapter, EventQueue)
    first, second = (
        event
        for part in Adapter.split(msgspec.json.encode(sample("events")))
        for event in adapter.parse(hit(part, clock))
    )
    assert (first.stream, first.subject, first.fact) == (Stream.BOOKINGS, "990017", FactType.GUEST_CHECKIN)
    assert (second.stream, second.subject, second.fact) == (Stream.GUESTS, "440021", None)
    assert (first.dedupe, second.dedupe) == ("reservation|88123", "profile|88123")
    assert first.account == "HTL1"


@pytest.mark.parametrize(
    ("action", "fact"),
    [
        ("NEW RESERVATION", FactType.BOOKING_CREATED),
        ("UPDATE RESERVATION", FactType.BOOKING_UPDATED),
        ("CANCEL", FactType.BOOKING_CANCELLED),
        ("ROLLBACK CANCEL", FactType.BOOKING_UPDATED),
        ("NO SHOW", FactType.BOOKING_UPDATED),
        ("CHECK IN", FactType.GUEST_CHECKIN),
        ("ADVANCE CHECK IN", FactType.BOOKING_UPDATED),
        ("CHECK OUT", FactType.GUEST_CHECKOUT),
        ("REVERSE CHECK IN", FactType.BOOKING_UPDATED),
        ("REVERSE CHECK OUT", FactType.BOOKING_UPDATED),
        ("SOMETHING NEW", FactType.BOOKING_UPDATED),
    ],
)
def test_every_action_announces_what_it_may(
    clock: FixedClock, make_adapter: MakeAdapter, action: str, fact: FactType
) -> None:
    header = {"moduleName": "RESERVATION", "actionType": action, "actionId": "7", "primaryKey": 990017}
    body = msgspec.json.encode({"businessEventData": [{"businessEvent": {"header": header}}]})
    (event,) = make_adapter().parse(hit(body, clock))
    assert (event.fact, event.subject, event.type) == (fact, "990017", action)


def test_modules_as_numbers_and_those_the_hub_does_not_keep(
    clock: FixedClock, make_adapter: MakeAdapter
) -> None:
    headers = [
        {"moduleName": 3, "actionType": "CHECK OUT", "primaryKey": "1"},
        {"moduleName": "4", "actionType": "UPDATE PROFILE", "primaryKey": "2"},
        {"moduleName": "Housekeeping", "actionType": "ROOM STATUS", "primaryKey": "3"},
        {},
    ]
    body = msgspec.json.encode({"businessEventData": [{"businessEvent": {"header": one}} for one in headers]})
    found = make_adapter().parse(hit(body, clock))
    assert [(event.stream, event.subject) for event in found][:2] == [
        (Stream.BOOKINGS, "1"),
        (Stream.GUESTS, "2"),
    ]
    assert [event.subject for event in found][2:] == ["", ""]
    assert {event.dedupe for event in found} == {None}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"businessEventData":7}', b"\xff\xfe"])
def test_what_is_no_event_stays_whole_and_is_refused(
    clock: FixedClock, make_adapter: MakeAdapter, body: bytes
) -> None:
    assert Adapter.split(body) == (body,)
    with pytest.raises(ContractBroken):
        make_adapter().parse(hit(body, clock))
