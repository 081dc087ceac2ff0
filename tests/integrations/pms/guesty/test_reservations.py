"""Walking reservations: both generations, the filter by change and life without it, scope, and the hour's calls."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.guesty.conftest import MakeAdapter
from tests.integrations.pms.guesty.samples import (
    BOOKED,
    GONE,
    HARBOUR,
    MARA,
    MOVED,
    NOW,
    RAVI,
    SEASIDE,
    Script,
    credentials,
    ids_of,
    listed,
    old_row,
    query_of,
    row,
    sample,
    search,
    window,
)
from tests.integrations.vendor import Asked, Reply
from webapp.domain.booking import Booking
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.contract import Missing, Page
from webapp.integrations.kit.errors import ContractBroken, RateLimited
from webapp.integrations.pms.guesty.adapter import Adapter

SINCE = NOW - timedelta(minutes=15)
SEARCH, BY_IDS, OLD, GUESTS = "reservations-v3/search", "reservations-v3", "reservations", "guests-crud"
BAD = Reply(400, {"message": "unknown filter", "code": "VALIDATION_FAILED", "requestId": "r-1"})


def numbered(number: int) -> str:
    return f"{number:024x}"


def bookings(pages: list[Page]) -> dict[str, Booking]:
    return {one.external_id: one for page in pages for one in page.records if isinstance(one, Booking)}


def walk(
    adapter: Adapter, *args: Any, stream: Stream = Stream.BOOKINGS, cursor: str | None = None
) -> list[Page]:
    return list(adapter.fetch(stream, window(*args), cursor))


def test_a_page_is_the_search_and_then_the_rest_of_each(adapter: Adapter, script: Script) -> None:
    (page,) = walk(adapter, Mode.SWEEP)
    found = bookings([page])
    assert set(found) == {BOOKED, MOVED, GONE}
    assert found[MOVED].guests[0].first_name == "Ravi"
    assert (found[BOOKED].total_minor, found[BOOKED].balance_minor) == (42_050, 12_050)
    (asked,) = script.calls(SEARCH)
    assert asked["filter[checkOut][gte]"] == "2026-11-01"
    assert asked["filter[checkIn][lt]"] == "2027-01-01"
    assert "canceled" in asked["filter[status][in]"].split(",")
    assert (asked["sort"], asked["limit"], asked["skip"]) == ("_id", "100", "0")
    (guests,) = script.calls(GUESTS)
    assert json.loads(guests["filters"]) == {"_id": {"@in": [MARA, RAVI]}}


def test_ten_are_asked_for_at_once(adapter: Adapter, script: Script) -> None:
    rows = [row(BOOKED, _id=numbered(number)) for number in range(23)]
    script.answers[SEARCH] = search(*(listed(one["_id"]) for one in rows))
    script.answers[BY_IDS] = lambda asked: [one for one in rows if one["_id"] in ids_of(asked)]
    walk(adapter, Mode.SWEEP)
    sizes = [len(ids_of(asked)) for asked in script.asked if asked.path.startswith("/v1/reservations-v3?")]
    assert sizes == [10, 10, 3]


def test_pages_go_on_while_there_is_more_and_after_a_break(adapter: Adapter, script: Script) -> None:
    def two_pages(asked: Asked) -> Any:
        skip = int(query_of(asked)["skip"])
        return search(listed((BOOKED, MOVED)[skip]), has_more=skip == 0)

    script.answers[SEARCH] = two_pages
    first, second = walk(adapter, Mode.SWEEP)
    assert (set(bookings([first])), set(bookings([second]))) == ({BOOKED}, {MOVED})
    (again,) = walk(adapter, Mode.SWEEP, cursor=first.cursor)
    assert set(bookings([again])) == {MOVED}


def test_a_delta_asks_for_what_changed_a_little_before(adapter: Adapter, script: Script) -> None:
    (page,) = walk(adapter, Mode.DELTA, SINCE)
    (asked,) = script.calls(SEARCH)
    assert asked["filter[lastUpdatedAt][gte]"] == "2026-11-23T09:35:00.000Z"
    assert "filter[checkOut][gte]" not in asked
    # Version 3 tells no stamp of its own, so that the next delta goes on from when this one began.
    assert page.high_water == NOW


def test_a_stamp_that_is_told_is_the_high_water(adapter: Adapter, script: Script) -> None:
    script.answers[SEARCH] = search(listed(BOOKED, lastUpdatedAt="2026-11-23T09:41:00.000Z"))
    (page,) = walk(adapter, Mode.DELTA, SINCE)
    assert page.high_water == datetime(2026, 11, 23, 9, 41, tzinfo=UTC)


@pytest.mark.parametrize("status", [400, 422])
def test_without_a_filter_by_change_open_stays_and_new_ones_are_read(
    make_adapter: MakeAdapter, script: Script, status: int
) -> None:
    def old_account(asked: Asked) -> Any:
        query = query_of(asked)
        if any("lastUpdatedAt" in name for name in query):
            return Reply(status, BAD.body)
        return search(listed(MOVED if "filter[createdAt][gte]" in query else BOOKED))

    script.answers[SEARCH] = old_account
    pages = walk(make_adapter(), Mode.DELTA, SINCE)
    assert set(bookings(pages)) == {BOOKED, MOVED}
    _, stays, created = script.calls(SEARCH)
    assert stays["filter[checkOut][gte]"] == "2026-11-21"
    assert created["filter[createdAt][gte]"] == "2026-11-23T09:35:00.000Z"
    script.asked.clear()
    walk(make_adapter(), Mode.DELTA, SINCE)
    assert len(script.calls(SEARCH)) == 2  # remembered
    (rest,) = walk(make_adapter(), Mode.DELTA, SINCE, cursor=pages[0].cursor)
    assert set(bookings([rest])) == {MOVED}


def test_a_row_that_cannot_be_read_is_skipped_and_the_others_go_on(adapter: Adapter, script: Script) -> None:
    script.answers[BY_IDS] = [row(BOOKED), row(MOVED, stay=[{"checkInDateLocalized": "soon"}])]
    (page,) = walk(adapter, Mode.SWEEP)
    assert set(bookings([page])) == {BOOKED}
    assert sorted(item.external_id for item in page.skipped) == [MOVED, GONE]


def test_when_no_row_can_be_read_guesty_is_not_understood(adapter: Adapter, script: Script) -> None:
    script.answers[BY_IDS] = [{**one, "stay": 5} for one in sample("by_ids")]
    with pytest.raises(ContractBroken):
        walk(adapter, Mode.SWEEP)


def test_words_without_a_meaning_are_counted(adapter: Adapter, script: Script) -> None:
    script.answers[SEARCH] = search(listed(BOOKED))
    script.answers[BY_IDS] = [row(BOOKED, status="pre_approved")]
    (page,) = walk(adapter, Mode.SWEEP)
    assert page.unmapped == {"pre_approved": 1}


def test_bookings_do_without_names_where_guests_may_not_be_read(adapter: Adapter, script: Script) -> None:
    script.answers[GUESTS] = Reply(401)
    (page,) = walk(adapter, Mode.SWEEP)
    assert bookings([page])[BOOKED].guests[0].last_name == ""
    assert script.tokens == 1


def test_bookings_do_without_money_where_the_older_api_does_not_tell_it(
    make_adapter: MakeAdapter, script: Script
) -> None:
    script.answers[OLD] = BAD
    (page,) = walk(make_adapter(), Mode.SWEEP)
    assert bookings([page])[BOOKED].total_minor is None
    walk(make_adapter(), Mode.SWEEP)
    assert len(script.calls(OLD)) == 1  # remembered for a day


def test_the_older_api_is_asked_in_its_own_grammar(make_adapter: MakeAdapter, script: Script) -> None:
    adapter = make_adapter(credentials(reservations_api="legacy"))
    (page,) = walk(adapter, Mode.SWEEP)
    assert bookings([page])[BOOKED].guests[0].last_name == "Lindqvist van Dijk"
    (asked,) = script.calls(OLD)
    filters = {one["field"]: (one["operator"], one["value"]) for one in json.loads(asked["filters"])}
    assert filters["checkOut"] == ("$gt", "2026-10-31T00:00:00.000Z")
    assert filters["checkIn"] == ("$lt", "2027-01-02T00:00:00.000Z")
    assert filters["status"][0] == "$in"
    assert asked["fields"].split(" ")[0] == "status"
    assert (asked["sort"], script.calls(SEARCH), script.calls(GUESTS)) == ("_id", [], [])
    (page,) = walk(adapter, Mode.DELTA, SINCE)
    filters = {one["field"]: one for one in json.loads(script.calls(OLD)[1]["filters"])}
    assert filters["lastUpdatedAt"]["value"] == "2026-11-23T09:35:00.000Z"
    assert page.high_water == datetime(2026, 11, 20, 16, 40, 12, tzinfo=UTC)


def test_an_operator_that_is_not_documented_may_be_refused(make_adapter: MakeAdapter, script: Script) -> None:
    def strict(asked: Asked) -> Any:
        operators = {one["operator"] for one in json.loads(query_of(asked)["filters"])}
        return BAD if "$in" in operators else sample("legacy")

    script.answers[OLD] = strict
    old = credentials(reservations_api="legacy")
    assert set(bookings(walk(make_adapter(old), Mode.SWEEP))) == {BOOKED}
    script.asked.clear()
    walk(make_adapter(old), Mode.SWEEP)
    assert len(script.calls(OLD)) == 1


def test_the_older_api_is_left_when_it_ends(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    clock.now = datetime(2027, 3, 1, tzinfo=UTC)
    (page,) = walk(make_adapter(credentials(reservations_api="legacy")), Mode.SWEEP)
    assert script.calls(OLD) == []
    assert bookings([page])[BOOKED].total_minor is None


def test_a_scope_reads_its_listings_only(make_adapter: MakeAdapter, script: Script) -> None:
    script.answers[SEARCH] = search(listed(BOOKED), listed(GONE))
    adapter = make_adapter(credentials(property_id=HARBOUR))
    (page,) = walk(adapter, Mode.SWEEP)
    assert script.calls(SEARCH)[0]["filter[listingId][in]"] == HARBOUR
    assert set(bookings([page])) == {BOOKED}  # the other came all the same, and is of another listing
    found = adapter.fetch_by_ids(Stream.BOOKINGS, [GONE, BOOKED])
    assert [isinstance(one, Missing) for one in found] == [True, False]
    both = make_adapter(credentials(property_id=f"{HARBOUR}, {SEASIDE.upper()}"))
    assert set(bookings(walk(both, Mode.SWEEP))) == {BOOKED, GONE}


def test_guests_come_with_the_reservations_that_changed_each_once(adapter: Adapter, script: Script) -> None:
    (page,) = walk(adapter, Mode.DELTA, SINCE, stream=Stream.GUESTS)
    assert sorted(one.external_id for one in page.records if not isinstance(one, Missing)) == [MARA, RAVI]
    assert len(script.calls(GUESTS)) == 1


def test_guests_are_asked_for_in_simpler_ways_where_the_first_is_refused(
    make_adapter: MakeAdapter, script: Script
) -> None:
    script.answers[GUESTS] = BAD
    script.answers[f"{GUESTS}/{MARA}"] = sample("guests")["results"][0]
    (page,) = walk(make_adapter(), Mode.SWEEP, stream=Stream.GUESTS)
    assert [getattr(one, "last_name", "") for one in page.records] == ["Lindqvist"]
    _, documented = script.calls(GUESTS)
    assert documented["columns"] == "fullName guestEmail guestPhone address id"
    script.asked.clear()
    walk(make_adapter(), Mode.SWEEP, stream=Stream.GUESTS)
    assert script.calls(GUESTS) == []


@pytest.mark.parametrize(
    "strange",
    [lambda asked: Reply(404), lambda asked: BAD, lambda asked: []],
)
def test_an_id_that_is_not_there_is_missing_however_guesty_says_so(
    adapter: Adapter, script: Script, strange: Callable[[Asked], Any]
) -> None:
    def by_ids(asked: Asked) -> Any:
        wanted = ids_of(asked)
        return strange(asked) if numbered(1) in wanted else [row(one) for one in wanted]

    script.answers[BY_IDS] = by_ids
    asked = [MOVED, numbered(1), "no id at all", BOOKED]
    found = adapter.fetch_by_ids(Stream.BOOKINGS, asked)
    assert [one.external_id for one in found] == asked
    missing = [isinstance(one, Missing) for one in found]
    assert missing[1:3] == [True, True]
    if strange(None) != []:  # type: ignore[arg-type]  # a refusal of all is told apart by halves
        assert missing == [False, True, True, False]


def test_single_records_of_the_older_api_are_read_one_by_one(
    make_adapter: MakeAdapter, script: Script
) -> None:
    script.answers[f"{OLD}/{BOOKED}"] = old_row()
    adapter = make_adapter(credentials(reservations_api="legacy"))
    found = adapter.fetch_by_ids(Stream.BOOKINGS, [BOOKED, MOVED])
    assert [isinstance(one, Missing) for one in found] == [False, True]


def test_a_walk_stops_when_few_calls_of_the_hour_are_left(adapter: Adapter, script: Script) -> None:
    few = {"X-RateLimit-Remaining-Hour": "199"}
    script.answers[SEARCH] = Reply(body=search(listed(BOOKED), has_more=True))
    script.answers[OLD] = Reply(body=sample("legacy"), headers=few)
    pages: list[Page] = []
    with pytest.raises(RateLimited) as limited:
        pages.extend(adapter.fetch(Stream.BOOKINGS, window(Mode.SWEEP), None))
    assert limited.value.retry_after == 900
    pages = []
    for page in adapter.fetch(Stream.BOOKINGS, window(Mode.SWEEP), None):
        pages.append(page)
        break
    assert pages[0].cursor  # what was read is kept, and the next run goes on after it
    assert adapter.fetch_by_ids(Stream.BOOKINGS, [BOOKED])  # a webhook's booking is still read


def test_derived_check_ins_are_those_of_the_moment_of_reading(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    clock.now = datetime(2026, 12, 5, 9, tzinfo=UTC)
    adapter = make_adapter(credentials(derive_check_ins="yes"))
    found = bookings(walk(adapter, Mode.SWEEP))
    assert (found[BOOKED].status.value, found[BOOKED].raw_status) == ("checked_in", "confirmed, derived")
