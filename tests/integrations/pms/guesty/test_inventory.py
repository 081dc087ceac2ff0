"""Calendars and rate plans as availability and prices."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.guesty.conftest import MakeAdapter
from tests.integrations.pms.guesty.samples import (
    HARBOUR,
    NOW,
    SEASIDE,
    Places,
    Script,
    credentials,
    query_of,
    sample,
)
from tests.integrations.vendor import Asked, Reply
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.pms.guesty.adapter import Adapter
from webapp.integrations.pms.guesty.inventory_mapping import days_of, plan_rates_of

CALENDAR, PLANS = "availability-pricing/api/calendar/listings", "rm-rate-plans-ext/rate-plans"
DAYS = Window(Mode.DELTA, None, NOW, date(2026, 12, 4), date(2026, 12, 6))
ROWS = sample("calendar")["data"]["days"]
PLAN = {"_id": "66f0c0ffee0000000000d001", "name": "Non refundable", "active": True}


def read(adapter: Adapter, stream: Stream, window: Window = DAYS) -> list[Any]:
    return [record for page in adapter.fetch(stream, window, None) for record in page.records]


def test_an_allotment_counts_units_and_without_one_the_status_tells(adapter: Adapter, script: Script) -> None:
    found = read(adapter, Stream.AVAILABILITY)
    assert found == [
        AvailabilityDay(HARBOUR, date(2026, 12, 4), 3, "Harbour rooms"),
        AvailabilityDay(HARBOUR, date(2026, 12, 5), 0, "Harbour rooms"),
        AvailabilityDay(SEASIDE, date(2026, 12, 4), 0, "Seaside 4", total=1),
        AvailabilityDay(SEASIDE, date(2026, 12, 5), 1, "Seaside 4", total=1),
    ]
    (asked,) = script.calls(CALENDAR)
    assert asked == {
        "listingIds": f"{HARBOUR},{SEASIDE}",
        "startDate": "2026-12-04",
        "endDate": "2026-12-05",
        "includeAllotment": "true",
    }


@pytest.mark.parametrize(
    "body",
    [ROWS, {"days": ROWS}, {"data": {"days": ROWS}}, {"data": ROWS}, {"days": {"calendar": ROWS}}],
)
def test_all_envelopes_are_opened(body: Any) -> None:
    assert days_of(body, "calendar") == ROWS


def test_a_single_day_without_an_envelope_is_one_day() -> None:
    assert days_of(ROWS[0], "calendar") == [ROWS[0]]


@pytest.mark.parametrize("body", [{}, {"data": None}, "no", 5, None, {"data": {"days": "many"}}])
def test_what_is_no_calendar_is_told_so(body: Any) -> None:
    with pytest.raises(ContractBroken):
        days_of(body, "calendar")


def test_an_account_without_plans_has_the_standard_one_by_the_calendar(
    adapter: Adapter, script: Script
) -> None:
    first, *others = read(adapter, Stream.RATES)
    assert first == RateDay(
        "standard",
        date(2026, 12, 4),
        13_050,
        "EUR",
        room_type_id=HARBOUR,
        rate_plan="Standard",
        room_type="Harbour rooms",
        min_stay=2,
        closed_to_departure=True,
    )
    assert [(one.price_minor, one.currency) for one in others] == [
        (12_000, "EUR"),
        (20_000, "JPY"),
        (21_000, "JPY"),
    ]
    assert others[0].closed_to_arrival


@pytest.mark.parametrize(
    "answer", [Reply(403), Reply(404), Reply(400), {"ratePlans": []}, {"requestId": "r"}]
)
def test_whether_there_are_plans_is_asked_once_a_day(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock, answer: Any
) -> None:
    script.answers[PLANS] = answer
    for _ in range(2):
        assert len(read(make_adapter(), Stream.RATES)) == 4
    (asked,) = script.calls(PLANS)
    assert set(asked) == {"skip", "limit", "sort", "channelId"}  # all four are required
    clock.advance(hours=23)  # within the life of the token
    read(make_adapter(), Stream.RATES)
    assert len(script.calls(PLANS)) == 1


def test_plans_come_with_their_own_prices_for_the_listings_that_have_them(
    adapter: Adapter, script: Script
) -> None:
    script.answers[PLANS] = {"ratePlans": [PLAN, {**PLAN, "_id": "e" * 24, "active": False}]}
    path = f"rm-rate-plans-ext/ari-calendar/listing/{HARBOUR}/ratePlan/{PLAN['_id']}"
    script.answers[path] = {
        "listingId": HARBOUR,
        "days": [
            {"date": "2026-12-04", "price": 99, "minNights": 3, "cta": True, "closed": False},
            {"date": "2026-12-05", "price": 99, "minNights": 3, "closed": True},
        ],
    }
    found = [one for one in read(adapter, Stream.RATES) if one.rate_plan_id != "standard"]
    assert [(one.rate_plan, one.price_minor, one.min_stay, one.closed_to_arrival) for one in found] == [
        ("Non refundable", 9_900, 3, True)
    ]
    assert script.calls(path) == [{"fromDate": "2026-12-04", "toDate": "2026-12-05"}]


def test_a_price_may_be_an_object() -> None:
    listing = Places().listing(HARBOUR)
    assert listing is not None
    rows = [{"date": "2026-12-04", "price": {"amount": 88.5, "currency": "EUR"}}]
    (found,) = plan_rates_of(rows, listing, ("p", "Plan"), (date(2026, 12, 4), date(2026, 12, 5)))
    assert found.price_minor == 8_850


def test_long_windows_and_many_listings_are_asked_for_in_parts(adapter: Adapter, script: Script) -> None:
    rows = [{"_id": f"{number:024x}", "title": f"L{number}", "active": True} for number in range(12)]
    script.answers["listings"] = lambda asked: {
        "results": rows if query_of(asked)["active"] == "true" else [],
        "count": 12,
    }

    def calendar(asked: Asked) -> Any:
        query = query_of(asked)
        return {
            "data": {
                "days": [
                    {"date": query["startDate"], "listingId": query["listingIds"][:24], "status": "booked"}
                ]
            }
        }

    script.answers[CALENDAR] = calendar
    longer = Window(Mode.DELTA, None, NOW, date(2026, 12, 1), date(2026, 12, 1) + timedelta(70))
    pages = list(adapter.fetch(Stream.AVAILABILITY, longer, None))
    asked = script.calls(CALENDAR)
    assert [len(one["listingIds"].split(",")) for one in asked] == [10, 10, 10, 2, 2, 2]
    assert asked[0]["endDate"] == "2026-12-30"
    rest = list(adapter.fetch(Stream.AVAILABILITY, longer, pages[3].cursor))
    assert [page.records for page in rest] == [page.records for page in pages[4:]]


def test_a_scope_has_its_own_calendar_only(make_adapter: MakeAdapter, script: Script) -> None:
    read(make_adapter(credentials(property_id=SEASIDE)), Stream.AVAILABILITY)
    assert script.calls(CALENDAR)[0]["listingIds"] == SEASIDE


def test_an_account_without_listings_has_no_days(adapter: Adapter, script: Script) -> None:
    script.answers["listings"] = {"results": [], "count": 0}
    assert read(adapter, Stream.AVAILABILITY) == []
    assert script.calls(CALENDAR) == []


def test_listings_may_come_as_a_bare_array(adapter: Adapter, script: Script) -> None:
    script.answers["listings"] = lambda asked: (
        sample("listings")["results"] if query_of(asked)["active"] == "true" else []
    )
    assert len(read(adapter, Stream.AVAILABILITY)) == 4


def test_amounts_that_are_none_are_not_understood(adapter: Adapter, script: Script) -> None:
    script.answers[CALENDAR] = {"days": [{**ROWS[0], "price": True}]}
    with pytest.raises(ContractBroken):
        read(adapter, Stream.RATES)
