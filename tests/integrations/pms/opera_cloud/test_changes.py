"""The daily summary as a list of changes: ordered, looked at in a minute's pace, fetched once, never twice too soon."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.opera_cloud.conftest import MakeAdapter
from tests.integrations.pms.opera_cloud.opera_samples import SEARCH, error, listed, query, row
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Page
from webapp.integrations.pms.opera_cloud.adapter import Adapter

ORDER = "/rsv/async/v1/externalSystems/HUB/hotels/HTL1/reservations/dailySummary"


class Desk:
    """Oracle's side of one job after another. `looks` are the answers of HEAD in turn, the last for ever."""

    def __init__(self, *ids: str, looks: tuple[str, ...] = ("done",)) -> None:
        self.ids, self.looks = list(ids), list(looks)
        self.calls: list[str] = []
        self.fetched = 0

    def order(self, asked: Asked) -> Reply:
        self.calls.append("order")
        return Reply(202, b"", {"Location": f"{ORDER}/1"})

    def job(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            self.calls.append("fetch")
            rows = [
                {"hotelId": "HTL1", "reservationIdList": [{"id": key, "type": "Reservation"}]}
                for key in self.ids
            ]
            return Reply(body={"reservations": rows})
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        self.calls.append(f"look: {look}")
        if look == "gone":
            return error(404)
        return (
            Reply(201, b"", {"Location": f"{ORDER}/1"})
            if look == "done"
            else Reply(200, b"", {"Status": look})
        )

    def search(self, asked: Asked) -> Reply:
        wanted = msgspec.json.decode(asked.body).get("reservationIdList", [])
        return listed(*(row(key) for key in wanted))

    @property
    def answers(self) -> dict[str, Any]:
        return {ORDER: self.order, f"{ORDER}/1": self.job, SEARCH: self.search}


def delta(adapter: Adapter, clock: FixedClock) -> list[str]:
    window = Window(
        Mode.DELTA,
        clock() - timedelta(hours=1),
        clock(),
        clock().date() - timedelta(days=30),
        clock().date() + timedelta(days=540),
    )
    pages: list[Page] = list(adapter.fetch(Stream.BOOKINGS, window, None))
    return [booking.external_id for page in pages for booking in page.records]


@pytest.fixture
def adapt(make_adapter: MakeAdapter) -> Any:
    return lambda desk: make_adapter(desk.answers, external_system="HUB")


def test_a_job_that_is_done_brings_its_reservations_once_whatever_their_stamps(
    adapt: Any, clock: FixedClock, caches: Any
) -> None:
    desk = Desk("1", "2")
    adapter = adapt(desk)
    assert delta(adapter, clock) == ["1", "2"]
    assert desk.calls == ["order", "look: done", "fetch"]
    clock.advance(minutes=15)
    assert delta(adapter, clock) == []
    assert desk.calls == ["order", "look: done", "fetch"], "not before half an hour is over"
    clock.advance(minutes=16)
    delta(adapter, clock)
    assert desk.calls[3:] == ["order", "look: done", "fetch"]


def test_a_job_that_runs_is_looked_at_once_a_minute(adapt: Any, clock: FixedClock, caches: Any) -> None:
    desk = Desk("1", looks=("Processing", "Processing", "done"))
    adapter = adapt(desk)
    for seconds in (0, 20, 41, 30, 31):
        clock.advance(seconds=seconds)
        delta(adapter, clock)
    assert desk.calls == ["order", "look: Processing", "look: Processing", "look: done", "fetch"]


@pytest.mark.parametrize("look", ["Invalid", "gone"])
def test_a_job_that_came_to_nothing_is_ordered_again_after_three_hours(
    adapt: Any, clock: FixedClock, look: str, caches: Any
) -> None:
    desk = Desk("1", looks=(look, "done"))
    adapter = adapt(desk)
    delta(adapter, clock)
    clock.advance(hours=2)
    delta(adapter, clock)
    assert desk.calls == ["order", f"look: {look}"]
    clock.advance(hours=1)
    delta(adapter, clock)
    assert desk.calls[2:] == ["order", "look: done", "fetch"]


def test_the_next_job_covers_what_a_lost_one_would_have(
    adapt: Any, clock: FixedClock, vendor: Vendor, caches: Any
) -> None:
    adapter = adapt(Desk(looks=("gone", "done")))
    delta(adapter, clock)
    clock.advance(hours=3)
    delta(adapter, clock)
    spans = [
        msgspec.json.decode(asked.body)["criteria"]["lastModifiedDate"]
        for asked in vendor.asked
        if asked.path == ORDER
    ]
    assert [span["startLastModifiedDate"] for span in spans] == [
        "2026-12-04T10:50:00Z",
        "2026-12-04T10:40:00Z",
    ]
    assert [span["endLastModifiedDate"] for span in spans] == ["2026-12-04T12:00:00Z", "2026-12-04T15:00:00Z"]


def test_a_hotel_without_these_jobs_is_swept_around_today(
    adapt: Any, clock: FixedClock, vendor: Vendor, caches: Any
) -> None:
    desk = Desk()
    desk.order = lambda asked: error(403, "no subscribed plan or API")  # type: ignore[method-assign]
    adapter = adapt(desk)
    delta(adapter, clock)
    delta(adapter, clock)
    assert [asked.path for asked in vendor.asked].count(ORDER) == 1, "remembered for a day"
    asked = [msgspec.json.decode(one.body) for one in vendor.asked if one.path == SEARCH]
    assert [one["arrivalStartDate"] for one in asked if "arrivalStartDate" in one][:2] == [
        "2026-12-02",
        "2026-12-09",
    ]
    assert {"cancelledOn", "createdOnStartDate", "stayOnStartDate"} <= {name for one in asked for name in one}


def test_a_location_that_leads_away_is_refused(
    adapt: Any, clock: FixedClock, vendor: Vendor, caches: Any
) -> None:
    desk = Desk()
    desk.order = lambda asked: Reply(202, b"", {"Location": "https://elsewhere.example/job/1"})  # type: ignore[method-assign]
    with pytest.raises(Exception, match="unexpected next link"):
        delta(adapt(desk), clock)
    assert query(vendor.asked[0]) == {}
