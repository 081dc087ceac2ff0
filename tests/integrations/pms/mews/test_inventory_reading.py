"""Availability and rates: exact midnights, fallbacks, the budget of price calls, and a set-up that went stale."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.mews.samples import (
    BEST,
    STAY,
    Script,
    identity,
    records,
    sample,
    told,
    window,
)
from tests.integrations.vendor import Reply
from webapp.domain.stream import Mode, Stream
from webapp.integrations.pms.mews.adapter import Adapter
from webapp.integrations.pms.mews.inventory_reading import MOST_PRICE_CALLS
from webapp.integrations.pms.mews.refusals import NotEnabled, Refused


def test_availability_is_asked_by_exact_midnights(script: Script, adapter: Adapter) -> None:
    list(adapter.fetch(Stream.AVAILABILITY, window(days=(0, 40)), None))
    asked = [
        (body["ServiceId"], body["FirstTimeUnitStartUtc"], body["LastTimeUnitStartUtc"])
        for body in script.bodies("services/getAvailability/2024-01-22")
    ]
    assert asked == [
        (STAY, "2026-07-13T23:00:00Z", "2026-08-11T23:00:00Z"),
        (STAY, "2026-08-12T23:00:00Z", "2026-08-21T23:00:00Z"),
    ]


def test_where_exact_counts_are_not_enabled_the_public_ones_serve(script: Script, adapter: Adapter) -> None:
    script.instead["services/getAvailability/2024-01-22"] = told(401)
    found = records(adapter.fetch(Stream.AVAILABILITY, window(days=(0, 2)), None))
    assert [(day.available, day.total) for day in found] == [(5, None), (0, None)]
    script.instead["services/getAvailability"] = told(401)
    with pytest.raises(NotEnabled) as missing:
        list(adapter.fetch(Stream.AVAILABILITY, window(days=(0, 2)), None))
    assert missing.value.params["path"] == "services/getAvailability/2024-01-22"


def test_too_many_days_are_asked_in_halves(script: Script, adapter: Adapter) -> None:
    def answer(body: Any) -> Reply:
        first, last = (
            datetime.fromisoformat(body[name]) for name in ("FirstTimeUnitStartUtc", "LastTimeUnitStartUtc")
        )
        return told(408) if last - first > timedelta(days=1) else Reply(body=sample("pricing"))

    script.instead["rates/getPricing"] = answer
    list(adapter.fetch(Stream.RATES, window(days=(0, 7)), None))
    asked = [
        (body["FirstTimeUnitStartUtc"][8:10], body["LastTimeUnitStartUtc"][8:10])
        for body in script.bodies("rates/getPricing")
        if body["RateId"] == BEST
    ]
    assert asked == [
        ("13", "19"), ("13", "16"), ("13", "14"), ("15", "16"), ("17", "19"), ("17", "18"), ("19", "19"),
    ]  # fmt: skip


def priced(script: Script) -> list[str]:
    """The rates that were asked for since the last look."""
    found = [body["RateId"] for body in script.bodies("rates/getPricing")]
    script.asked.clear()
    return found


def many_rates(script: Script, count: int) -> None:
    """The default rate stands last in the list."""
    document = sample("rates")
    default, template = document["Rates"][2], document["Rates"][1] | {"IsDefault": False}
    document["Rates"] = [
        template | {"Id": f"r{number:03}", "Names": {"en-GB": f"{number:03}"}} for number in range(count)
    ] + [default]
    script.instead["rates/getAll"] = Reply(body=document)


def test_every_rate_is_priced_the_default_one_first(script: Script, adapter: Adapter) -> None:
    pages = list(adapter.fetch(Stream.RATES, window(days=(0, 90)), None))
    public, private = identity("7", 3), identity("7", 1)
    assert [body["RateId"] for body in script.bodies("rates/getPricing")] == [BEST, public, private]
    assert [page.cursor for page in pages] == [f"{public}|2026-07-14", f"{private}|2026-07-14", None]


def test_rates_of_groups_and_those_that_are_switched_off_are_left_out(
    script: Script, adapter: Adapter
) -> None:
    document = sample("rates")
    document["Rates"][0] |= {"Type": "AvailabilityBlock"}
    document["Rates"][1] |= {"IsEnabled": False}
    script.instead["rates/getAll"] = Reply(body=document)
    list(adapter.fetch(Stream.RATES, window(days=(0, 3)), None))
    assert priced(script) == [BEST]


def test_a_hotel_with_hundreds_of_rates_is_read_in_several_walks(
    script: Script, adapter: Adapter, clock: FixedClock
) -> None:
    many_rates(script, 130)
    seen: list[str] = []
    for _ in range(3):
        list(adapter.fetch(Stream.RATES, window(Mode.DELTA, days=(0, 3)), None))
        walk = priced(script)
        assert walk[0] == BEST
        assert len(walk) <= MOST_PRICE_CALLS
        seen += walk[1:]
        clock.advance(minutes=15)
    assert sorted(seen) == [f"r{number:03}" for number in range(130)]
    list(adapter.fetch(Stream.RATES, window(Mode.DELTA, days=(0, 3)), None))
    assert priced(script) == [BEST], "the others are fresh"
    clock.advance(hours=4)
    list(adapter.fetch(Stream.RATES, window(Mode.DELTA, days=(0, 3)), None))
    assert priced(script)[:3] == [BEST, "r000", "r001"], "those that waited longest"


def test_days_that_come_into_sight_make_prices_due(script: Script, adapter: Adapter) -> None:
    list(adapter.fetch(Stream.RATES, window(Mode.DELTA, days=(0, 3)), None))
    assert len(priced(script)) == 3
    list(adapter.fetch(Stream.RATES, window(Mode.DELTA, days=(0, 4)), None))
    assert len(priced(script)) == 3


def test_an_interrupted_walk_goes_on_at_its_rate(script: Script, adapter: Adapter) -> None:
    pages = adapter.fetch(Stream.RATES, window(Mode.DELTA, days=(0, 3)), None)
    cursor = next(pages).cursor
    next(pages)
    next(pages, None)
    priced(script)
    list(adapter.fetch(Stream.RATES, window(Mode.DELTA, days=(0, 3)), cursor))
    assert priced(script) == [identity("7", 3)]


def test_a_rate_that_went_away_makes_the_set_up_be_read_anew(script: Script, adapter: Adapter) -> None:
    list(adapter.fetch(Stream.RATES, window(days=(0, 3)), None))
    left = sample("rates")
    left["Rates"] = [rate for rate in left["Rates"] if rate["Id"] == BEST]
    script.instead |= {
        "rates/getAll": Reply(body=left),
        "rates/getPricing": lambda body: (
            Reply(body=sample("pricing")) if body["RateId"] == BEST else told(400, "Invalid RateId.")
        ),
    }
    assert records(adapter.fetch(Stream.RATES, window(days=(0, 3)), None))
    script.instead["rates/getPricing"] = told(400, "Invalid RateId.")
    with pytest.raises(Refused):
        list(adapter.fetch(Stream.RATES, window(days=(0, 3)), None))
