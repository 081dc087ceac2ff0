from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.rms_cloud.conftest import MakeAdapter
from tests.integrations.pms.rms_cloud.samples import (
    NOW,
    Script,
    body_of,
    credentials,
    path_of,
    query_of,
    row,
    sample,
    window,
)
from tests.integrations.vendor import Asked, Reply
from webapp.domain.booking import Booking
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Missing, Page
from webapp.integrations.pms.rms_cloud.adapter import Adapter
from webapp.integrations.pms.rms_cloud.asking import PAGE

SEARCH = "reservations/search"


class Book:
    """A list of bookings that is searched page by page and may change meanwhile."""

    def __init__(self, *ids: int, cap: int = PAGE) -> None:
        self.ids = list(ids)
        self.cap = cap
        self.leaves_after: dict[int, list[int]] = {}
        self.asked = 0

    def __call__(self, asked: Asked) -> Reply:
        query = query_of(asked)
        begin, size = int(query["offset"]), min(int(query["limit"]), self.cap)
        rows = [row(id=number) for number in sorted(self.ids)[begin : begin + size]]
        self.asked += 1
        for gone in self.leaves_after.get(self.asked, ()):
            self.ids.remove(gone)
        return Reply(200, rows)


def ids(pages: list[Page]) -> list[str]:
    return [record.external_id for page in pages for record in page.records if isinstance(record, Booking)]


def read(adapter: Adapter, asked: Window | None = None, stream: Stream = Stream.BOOKINGS) -> list[Page]:
    return list(adapter.fetch(stream, asked or window(), None))


@pytest.mark.parametrize("cap", [100, 50, 20])
def test_all_pages_are_read_whatever_the_largest_is(adapter: Adapter, script: Script, cap: int) -> None:
    script.replies[SEARCH] = Book(*range(1, 251), cap=cap)
    assert ids(read(adapter)) == [str(number) for number in range(1, 251)]


@pytest.mark.parametrize("gone", [[5], [100], [99, 100], [3, 4, 5]])
def test_a_booking_that_leaves_the_list_takes_no_other_with_it(
    adapter: Adapter, script: Script, gone: list[int]
) -> None:
    book = Book(*range(1, 231))
    book.leaves_after = {1: gone}
    script.replies[SEARCH] = book
    assert ids(read(adapter)) == [str(number) for number in range(1, 231)]


def test_a_list_that_repeats_itself_ends(adapter: Adapter, script: Script) -> None:
    rows = [row(id=number) for number in range(1, 101)]
    script.replies[SEARCH] = Reply(200, rows)
    with pytest.raises(Exception, match="the same page came twice"):
        read(adapter)


def test_changes_are_asked_for_with_an_overlap_and_without_an_end(adapter: Adapter, script: Script) -> None:
    since = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    read(adapter, window(Mode.DELTA, since))
    assert script.bodies(SEARCH) == [{"propertyIds": [1], "modifiedFrom": "2026-11-23 18:45:00"}]
    (asked,) = [asked for asked in script.asked if path_of(asked) == SEARCH]
    assert query_of(asked) == {"modelType": "full", "limit": "100", "offset": "0", "sort": "id"}


@pytest.mark.parametrize("mode", list(Mode))
def test_stays_are_asked_for_with_both_ends(adapter: Adapter, script: Script, mode: Mode) -> None:
    read(adapter, window(mode))
    assert script.bodies(SEARCH) == [
        {"propertyIds": [1], "departFrom": "2026-11-01 00:00:00", "arriveTo": "2026-12-31 23:59:59"}
    ]


def test_prices_and_accounts_come_for_fifty_bookings_a_call(adapter: Adapter, script: Script) -> None:
    script.replies[SEARCH] = Book(*range(1, 81))
    read(adapter)
    for path in ("reservations/dailyRates/search", "reservations/actualAccount/search"):
        assert [len(body["ids"]) for body in script.bodies(path)] == [50, 30]
        assert all(type(number) is int for body in script.bodies(path) for number in body["ids"])


def test_prices_that_the_module_leaves_out_are_asked_for_once_a_day(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    path = "reservations/dailyRates/search"
    script.replies[path] = Reply(403, {})
    for _ in range(3):
        assert ids(read(make_adapter())) == ["48213", "48214"]
    assert script.paths().count(path) == 1
    clock.now += timedelta(hours=25)
    read(make_adapter())
    assert script.paths().count(path) == 2


def test_the_trail_is_read_once_a_cycle_and_goes_on_where_it_stopped(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    script.replies[SEARCH] = Reply(200, [row(status="Arrived")])
    clock.now = datetime(2026, 12, 4, 5, 0, tzinfo=UTC)
    for stream in (Stream.BOOKINGS, Stream.CHECK_INS):
        (page,) = read(make_adapter(), window(Mode.DELTA, NOW), stream)
        (booking,) = page.records
        assert isinstance(booking, Booking)
        assert booking.stays[0].checked_in_at == datetime(2026, 12, 4, 4, 12, 40, tzinfo=UTC)
    first = {"dateFrom": "2026-12-02 00:00:00", "dateTo": "2026-12-05 23:59:59"}
    asked = {"fieldModified": "Status", "propertyIds": [1], **first}
    assert script.bodies("auditTrail/search") == [asked]
    clock.now += timedelta(minutes=5)
    script.replies["auditTrail/search"] = Reply(200, [])
    (page,) = read(make_adapter(), window(Mode.DELTA, NOW), Stream.CHECK_INS)
    assert script.bodies("auditTrail/search")[1] == {**asked, "auditTrailIdFrom": 990121}
    (booking,) = page.records
    assert isinstance(booking, Booking)
    assert booking.stays[0].checked_in_at is not None


def trail(*moves: tuple[int, str, str, str]) -> Reply:
    rows = [
        {
            **sample("audit_trail")[0],
            "id": number,
            "oldValue": old,
            "newValue": new,
            "createdDate": f"2026-12-04 {at}",
        }
        for number, old, new, at in moves
    ]
    return Reply(200, rows)


@pytest.mark.parametrize(
    ("status", "moves", "hours"),
    [
        ("Arrived", [(1, "Confirmed", "Arrived", "15:00:00")], (4, None)),
        (
            "Departed",
            [(2, "Arrived", "Departed", "17:00:00"), (1, "Confirmed", "Arrived", "15:00:00")],
            (4, 6),
        ),
        (
            "Arrived",
            [
                (1, "Confirmed", "Arrived", "15:00:00"),
                (2, "Arrived", "Confirmed", "15:05:00"),
                (3, "Confirmed", "Arrived", "18:00:00"),
            ],
            (7, None),
        ),
        (
            "Arrived",
            [
                (1, "Confirmed", "Arrived", "15:00:00"),
                (2, "Arrived", "Departed", "16:00:00"),
                (3, "Departed", "Arrived", "16:05:00"),
            ],
            (4, None),
        ),
        (
            "Confirmed",
            [(1, "Confirmed", "Arrived", "15:00:00"), (2, "Arrived", "Confirmed", "15:05:00")],
            (None, None),
        ),
    ],
)
def test_moves_are_told_in_the_order_in_which_they_happened(
    adapter: Adapter,
    script: Script,
    status: str,
    moves: list[tuple[int, str, str, str]],
    hours: tuple[int | None, int | None],
) -> None:
    script.replies[SEARCH] = Reply(200, [row(status=status)])
    script.replies["auditTrail/search"] = trail(*moves)
    (booking,) = adapter.fetch_by_ids(Stream.BOOKINGS, ["48213"])
    assert isinstance(booking, Booking)
    (stay,) = booking.stays
    assert tuple(at.hour if at else None for at in (stay.checked_in_at, stay.checked_out_at)) == hours


def test_single_bookings_of_this_property_only(adapter: Adapter, script: Script) -> None:
    asked = ["48215", "48213", "abc", "99999999999", "48300"]
    found = adapter.fetch_by_ids(Stream.BOOKINGS, asked)
    assert [item.external_id for item in found if not isinstance(item, Missing)] == ["48213"]
    assert [item.external_id for item in found] == asked  # type: ignore[union-attr]
    assert script.bodies(SEARCH) == [{"propertyIds": [1], "reservationIds": [48215, 48213, 48300]}]


def test_guests_of_a_sister_hotel_are_left_out(adapter: Adapter, script: Script) -> None:
    rows = [{**sample("guests")[1], "id": number, "propertyId": number} for number in (1, 2)]
    script.replies["guests/search"] = Reply(200, rows)
    (page,) = read(adapter, window(Mode.DELTA, NOW), Stream.GUESTS)
    assert [record.external_id for record in page.records] == ["1"]  # type: ignore[union-attr]
    assert script.bodies("guests/search")[0]["propertyIds"] == [1]


def test_a_hotel_alone_in_its_database_reads_all_changed_guests(adapter: Adapter, script: Script) -> None:
    script.replies["properties"] = Reply(200, sample("properties")[:1])
    read(adapter, window(Mode.DELTA, NOW), Stream.GUESTS)
    assert script.bodies("guests/search") == [{"modifiedFrom": "2026-11-23 19:45:00"}]


def test_overbooked_rooms_are_none(adapter: Adapter, script: Script) -> None:
    pages = read(adapter, window(), Stream.AVAILABILITY)
    found = [one for page in pages for one in page.records if isinstance(one, AvailabilityDay)]
    assert [(one.day.day, one.available, one.total) for one in found] == [(4, 3, 8), (5, 0, 8), (6, 2, 8)]
    (body,) = script.bodies("availabilityGrid")
    assert (body["dateFrom"], body["dateTo"]) == ("2026-11-01 00:00:00", "2027-01-01 00:00:00")


@pytest.mark.parametrize("path", ["availabilityGrid", "availabilityRateGrid"])
@pytest.mark.parametrize("days", [1, 13, 14, 89, 90, 200])
def test_no_grid_is_asked_for_more_days_than_rms_allows(
    adapter: Adapter, script: Script, path: str, days: int
) -> None:
    first = date(2026, 11, 1)
    asked = Window(Mode.BACKFILL, None, NOW, first, first + timedelta(days))
    read(adapter, asked, Stream.AVAILABILITY if path == "availabilityGrid" else Stream.RATES)
    spans = [
        tuple(date.fromisoformat(body[name][:10]) for name in ("dateFrom", "dateTo"))
        for body in script.bodies(path)
    ]
    assert all(1 <= (end - begin).days < (90 if path == "availabilityGrid" else 14) for begin, end in spans)
    assert [spans[0][0], spans[-1][1]] == [asked.from_date, asked.to_date]
    assert [end for _, end in spans[:-1]] == [begin for begin, _ in spans[1:]]


def test_prices_of_the_first_channel_and_packages(adapter: Adapter, script: Script) -> None:
    pages = read(adapter, window(), Stream.RATES)
    found = [one for page in pages for one in page.records if isinstance(one, RateDay)]
    assert found[0] == RateDay(
        "12",
        date(2026, 12, 4),
        13_000,
        "AUD",
        room_type_id="3",
        rate_plan="Flexible",
        room_type="Double",
        min_stay=2,
        closed_to_departure=True,
    )
    packages = [one for one in found if one.rate_plan_id == "package 41"]
    assert (len(found), len(packages), packages[0].price_minor) == (62, 61, 3_000)
    assert script.bodies("availabilityRateGrid")[0] | {"dateFrom": "", "dateTo": ""} == {
        "propertyId": 1,
        "agentId": 4,
        "categoryIds": [3],
        "rateIds": [12],
        "dateFrom": "",
        "dateTo": "",
    }


def test_far_prices_are_read_a_few_times_a_day(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    path = "availabilityRateGrid"
    read(make_adapter(), window(), Stream.RATES)
    whole = script.paths().count(path)
    clock.now += timedelta(minutes=5)
    read(make_adapter(), window(Mode.DELTA), Stream.RATES)
    assert (whole, script.paths().count(path)) == (5, 6)
    clock.now += timedelta(hours=6)
    read(make_adapter(), window(Mode.DELTA), Stream.RATES)
    assert script.paths().count(path) == 11


def test_a_hotel_without_a_channel_has_no_prices_and_says_why(adapter: Adapter, script: Script) -> None:
    script.replies["onlineAgents"] = Reply(200, [])
    (page,) = read(adapter, window(), Stream.RATES)
    assert (list(page.records), page.cursor, len(page.skipped)) == ([], None, 1)


def test_the_channel_can_be_chosen(make_adapter: MakeAdapter, script: Script) -> None:
    script.replies["agents/9/rates"] = Reply(200, [{"rateId": 77, "rateName": "Web", "propertyId": 1}])
    read(make_adapter(credentials(online_agent="9")), window(), Stream.RATES)
    assert "onlineAgents" not in script.paths()
    assert {body["agentId"] for body in script.bodies("availabilityRateGrid")} == {9}


# --- the connection test --------------------------------------------------------------------------------------------


def rungs(adapter: Adapter) -> dict[str, Any]:
    return {rung.name: rung for rung in adapter.check([Stream.BOOKINGS])}


def test_a_client_number_in_the_place_of_the_property_is_named(make_adapter: MakeAdapter) -> None:
    found = rungs(make_adapter(credentials(property_id="69731")))
    last = found["property"]
    assert list(found)[-1] == "property"
    assert (last.fault.code, last.fault.params) == ("property_unknown", {"property": "69731"})
    assert [(one.external_id, one.name) for one in last.properties] == [
        ("1", "Hotel Aurora"),
        ("2", "Aurora Lodge"),
    ]


def test_the_training_database_warns_and_goes_on(make_adapter: MakeAdapter) -> None:
    found = rungs(make_adapter(credentials(training="yes")))
    assert (found["training"].ok, found["training"].stops) == (False, False)
    assert found["stream:bookings"].ok


def test_a_zone_that_nobody_knows_can_be_typed(make_adapter: MakeAdapter, script: Script) -> None:
    script.replies["properties"] = Reply(
        200, [{**sample("properties")[0], "timeZoneId": "Moon Standard Time"}]
    )
    found = rungs(make_adapter())
    assert list(found)[-1] == "time_zone"
    assert found["time_zone"].fault.params == {"zone": "Moon Standard Time"}
    assert (
        rungs(make_adapter(credentials(time_zone="Australia/Perth")))["time_zone"].detail == "Australia/Perth"
    )


def test_a_currency_that_is_only_a_sign_can_be_typed(make_adapter: MakeAdapter, script: Script) -> None:
    script.replies["properties/1/currency"] = Reply(
        200, [{"primaryCurrencyName": "Dollar", "primaryCurrencySymbol": "$"}]
    )
    found = rungs(make_adapter())
    assert list(found)[-1] == "currency"
    assert found["currency"].fault.code == "currency_unknown"
    assert rungs(make_adapter(credentials(currency="nzd")))["currency"].detail == "NZD"


def test_bodies_are_never_texts_where_rms_wants_numbers(adapter: Adapter, script: Script) -> None:
    for stream in Stream:
        read(adapter, window(Mode.DELTA, NOW), stream)
    for asked in script.asked:
        if asked.body and path_of(asked) != "authToken":
            for value in body_of(asked).values():
                assert not any(isinstance(item, str) for item in (value if isinstance(value, list) else ()))
