"""Availability and rates: exact midnights, fallbacks, the cap, and a set-up that went stale."""

from datetime import datetime, timedelta
from typing import Any

import pytest

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
from webapp.domain.stream import Stream
from webapp.integrations.pms.mews.adapter import Adapter
from webapp.integrations.pms.mews.inventory_reading import MOST_RATES
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


def test_the_default_rate_is_priced_first_and_private_ones_never(script: Script, adapter: Adapter) -> None:
    pages = list(adapter.fetch(Stream.RATES, window(days=(0, 90)), None))
    assert [body["RateId"] for body in script.bodies("rates/getPricing")] == [BEST, identity("7", 3)]
    assert [page.cursor for page in pages] == [f"{identity('7', 3)}|2026-07-14", None]


def test_rates_beyond_the_cap_are_named(script: Script, adapter: Adapter) -> None:
    document = sample("rates")
    template = document["Rates"][2] | {"IsDefault": False}
    document["Rates"] = [
        template | {"Id": f"r{number:02}", "Names": {"en-GB": f"{number:02}"}} for number in range(23)
    ]
    script.instead["rates/getAll"] = Reply(body=document)
    pages = list(adapter.fetch(Stream.RATES, window(days=(0, 3)), None))
    assert len(pages) == MOST_RATES
    assert [item.external_id for item in pages[-1].skipped] == ["r20", "r21", "r22"]


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
