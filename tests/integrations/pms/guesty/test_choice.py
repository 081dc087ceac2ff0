"""Which generation is read: version 3, unless it leaves out stays that the older one lists."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.guesty.conftest import MakeAdapter
from tests.integrations.pms.guesty.samples import (
    BOOKED,
    MOVED,
    Script,
    credentials,
    listed,
    old_row,
    query_of,
    search,
    window,
)
from tests.integrations.vendor import Asked, Reply
from webapp.domain.fault import Actor
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.contract import Page, Rung
from webapp.integrations.pms.guesty.adapter import Adapter

SEARCH, OLD = "reservations-v3/search", "reservations"


def history(adapter: Adapter) -> list[Page]:
    return list(adapter.fetch(Stream.BOOKINGS, window(Mode.BACKFILL), None))


def rung(adapter: Adapter, name: str = "reservations_api") -> Rung | None:
    return next((one for one in adapter.check([Stream.BOOKINGS]) if one.name == name), None)


@pytest.fixture
def short(script: Script) -> Script:
    """An account of which version 3 does not list every stay."""
    script.answers[OLD] = {"results": [old_row(), old_row(_id=MOVED)], "count": 2, "limit": 100, "skip": 0}
    script.answers[SEARCH] = search(listed(BOOKED))
    return script


def test_before_the_first_history_both_are_compared_over_the_same_stays(
    make_adapter: MakeAdapter, script: Script
) -> None:
    pages = history(make_adapter())
    assert [page.skipped for page in pages] == [[]]
    older, newer = script.calls(OLD)[0], script.calls(SEARCH)[0]
    assert '"$eq","value":"confirmed"' in older["filters"]
    assert newer["filter[status][in]"] == "confirmed"
    assert (newer["filter[checkOut][gte]"], newer["filter[checkIn][lt]"]) == ("2026-11-20", "2026-12-23")
    script.asked.clear()
    history(make_adapter())
    assert len(script.calls(SEARCH)) == 1  # compared once


def test_a_short_version_3_is_left_with_a_warning_in_the_log_and_the_test(
    make_adapter: MakeAdapter, short: Script
) -> None:
    (page,) = history(make_adapter())
    (notice,) = page.skipped
    assert "left out 1 of 2 confirmed stays" in str(notice.reason)
    assert {getattr(one, "external_id", "") for one in page.records} == {BOOKED, MOVED}
    (delta,) = make_adapter().fetch(Stream.BOOKINGS, window(Mode.DELTA), None)
    assert (len(delta.records), delta.skipped) == (2, [])
    warned = rung(make_adapter())
    assert warned is not None
    assert warned.fault is not None
    assert (warned.ok, warned.stops, warned.fault.code, warned.fault.actor) == (
        False,
        False,
        "v3_short",
        Actor.VENDOR,
    )


def test_the_comparison_is_made_again_after_a_month_and_forgotten_when_the_older_one_ends(
    make_adapter: MakeAdapter, short: Script, clock: FixedClock
) -> None:
    history(make_adapter())
    clock.advance(days=31)
    short.answers[SEARCH] = search(listed(BOOKED), listed(MOVED))
    history(make_adapter())
    assert rung(make_adapter()) is None
    short.answers[SEARCH] = search(listed(BOOKED))
    clock.now = datetime(2027, 3, 2, tzinfo=UTC)
    (page,) = history(make_adapter())
    assert {getattr(one, "external_id", "") for one in page.records} == {BOOKED}


@pytest.mark.parametrize("answer", [Reply(400), Reply(403), Reply(404)])
def test_an_account_without_the_older_one_has_nothing_to_compare(
    make_adapter: MakeAdapter, script: Script, answer: Reply
) -> None:
    script.answers[OLD] = answer
    (page,) = history(make_adapter())
    assert (len(page.records), page.skipped) == (3, [])


def test_many_pages_are_compared_whole(make_adapter: MakeAdapter, script: Script) -> None:
    ids = [f"{number:024x}" for number in range(250)]

    def older(asked: Asked) -> Any:
        skip = int(query_of(asked)["skip"])
        rows = [old_row(_id=one) for one in ids[skip : skip + 100]]
        return {"results": rows, "count": 250, "limit": 100, "skip": skip}

    def newer(asked: Asked) -> Any:
        skip = int(query_of(asked)["skip"])
        return search(*(listed(one) for one in ids[skip : skip + 100]), has_more=skip < 200)

    script.answers |= {OLD: older, SEARCH: newer, "reservations-v3": []}
    adapter = make_adapter()
    compared = adapter._desk().choice.compare(())
    assert compared is not None
    assert (compared.missing, compared.total) == (0, 250)


def test_the_switch_is_obeyed_and_its_end_is_told_as_it_nears(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    old = credentials(reservations_api="legacy")
    clock.now = datetime(2026, 7, 14, tzinfo=UTC)
    far = rung(make_adapter(old))
    assert far is not None
    assert (far.ok, far.detail, far.fault) == (True, "2027-03-01", None)
    clock.now = datetime(2027, 3, 1, tzinfo=UTC) - timedelta(days=120)
    near = rung(make_adapter(old))
    assert near is not None
    assert near.fault is not None
    assert (near.ok, near.stops, near.fault.code, near.fault.params["day"]) == (
        False,
        False,
        "legacy_ends",
        "2027-03-01",
    )
    assert rung(make_adapter()) is None
