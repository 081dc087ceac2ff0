"""Each fact about a booking is told once, whichever road brought it first and whichever bring it again."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import NOW, FixedClock
from tests.hook_stage import HookStage, event, hooked_provider
from tests.sync_stage import booking
from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.outgoing import EXAMPLES, OutgoingType
from webapp.domain.stream import Mode
from webapp.models import Delivery, Fact, OutboxEvent
from webapp.runtime import Runtime
from webapp.services import endpoints

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")

BEFORE, IN_HOUSE = booking(), booking(status=BookingStatus.CHECKED_IN)
LATER = 36 * 60  # minutes after the first stamp: after the hub began to watch
FACTS = {
    OutgoingType.BOOKING_CREATED: (BEFORE, booking("R2", created_at=NOW, updated_at=NOW)),
    OutgoingType.BOOKING_UPDATED: (BEFORE, booking(minutes=LATER, total_minor=30000)),
    OutgoingType.BOOKING_CANCELLED: (BEFORE, booking(minutes=LATER, status=BookingStatus.CANCELLED)),
    OutgoingType.GUEST_CHECKIN: (BEFORE, booking(minutes=LATER, status=BookingStatus.CHECKED_IN)),
    OutgoingType.GUEST_CHECKOUT: (IN_HOUSE, booking(minutes=LATER, status=BookingStatus.CHECKED_OUT)),
}
ROADS = ("hit poll sweep", "poll sweep hit", "sweep hit poll")


def go(stage: HookStage, clock: FixedClock, road: str, now: Booking) -> None:
    if road == "hit":
        stage.answers(now)
        stage.call(event(number=now.external_id))
        stage.process()
        return
    is_sweep = road == "sweep"
    clock.advance(hours=24 if is_sweep else 0, minutes=15)
    stage.edit(next_sweep_at=clock.now + timedelta(hours=0 if is_sweep else 12))
    assert (stage.sync_of(now).mode is Mode.SWEEP) is is_sweep


def told(hub: Runtime) -> list[tuple[str, str]]:
    with hub.reading() as session:
        rows = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all()
        assert len(session.scalars(select(Delivery)).all()) == len(rows)
    assert [json.loads(row.body)["id"] for row in rows] == [row.public_id for row in rows]
    return [(row.type, row.public_id) for row in rows]


@pytest.mark.parametrize("order", ROADS)
@pytest.mark.parametrize("kind", FACTS)
def test_a_fact_is_told_once_whichever_road_comes_first(
    hub: Runtime, clock: FixedClock, kind: OutgoingType, order: str
) -> None:
    before, now = FACTS[kind]
    stage = HookStage(hub)
    stage.sync_of(before, full=True)
    endpoints.add(hub, url="http://127.0.0.1:8099/", events=list(FACTS), actor="test")
    for road in order.split():
        go(stage, clock, road, now)
    facts = [(row.type, row.public_id) for row in stage.all(Fact, Fact.id)]
    assert [name for name, _ in facts].count(kind) == 1
    assert told(hub) == facts


def test_a_first_load_tells_nothing(hub: Runtime) -> None:
    stage = HookStage(hub)
    endpoints.add(hub, url="http://127.0.0.1:8099/", events=list(FACTS), actor="test")
    stage.sync_of(*(booking(f"R{number}") for number in range(5)), full=True)
    assert told(hub) == []


@pytest.mark.parametrize("kind", FACTS)
def test_what_is_told_of_a_booking_has_the_fields_of_the_example(
    hub: Runtime, clock: FixedClock, kind: OutgoingType
) -> None:
    """Programs are written after the example in the documents; the values are the booking's own."""
    before, now = FACTS[kind]
    stage = HookStage(hub)
    stage.sync_of(before, full=True)
    endpoints.add(hub, url="http://127.0.0.1:8099/", events=[kind], actor="test")
    go(stage, clock, "poll", now)
    (event_row,) = stage.all(OutboxEvent, OutboxEvent.id)
    data, row = json.loads(event_row.body)["data"], stage.bookings()[now.external_id]
    assert set(data) == set(EXAMPLES[kind])
    assert data["booking_id"] == event_row.subject == row.public_id
    if "arrival" in data:
        assert (data["arrival"], data["departure"]) == (row.arrival.isoformat(), row.departure.isoformat())
        assert (data["confirmation_number"], data["room_type"]) == (row.confirmation_number, "Double")
        assert set(data["guests"]) == set(EXAMPLES[kind]["guests"])
