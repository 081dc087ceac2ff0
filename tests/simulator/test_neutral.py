import json
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from simulator import neutral
from simulator.generate import build_world
from simulator.hotel import State
from simulator.world import World

EXAMPLE = Path(__file__).parents[3] / "shared" / "assistant-questions" / "dataset.json"

SMALL = {
    "property": {
        "code": "TINY",
        "name": "Tiny Inn",
        "timezone": "Asia/Tokyo",
        "currency": "JPY",
        "business_date": "2026-05-13",
        "now": "2026-05-13T10:20:00+09:00",
        "date_order": "YMD",
        "week_starts": "sunday",
    },
    "room_types": [{"code": "DBL", "name": "Double", "rooms": 1, "max_occupancy": 2}],
    "rooms": [{"number": "1", "room_type": "DBL", "floor": 1}],
    "rate_plans": [{"code": "BAR", "name": "Best Rate", "breakfast": False, "refundable": True}],
    "reservations": [
        {
            "confirmation_number": "4109",
            "guest": {"first": "美咲", "last": "山本", "email": None, "phone": None, "vip": True},
            "room_type": "DBL",
            "room_number": "1",
            "arrival": "2026-05-12",
            "departure": "2026-05-15",
            "status": "checked_in",
            "adults": 2,
            "children": 1,
            "rate_plan": "BAR",
            "total_amount": 40000.0,
            "balance_due": 15000.0,
            "currency": "JPY",
            "source": "Phone",
            "notes": "Tatami",
            "created_at": "2026-05-01T10:00:00Z",
            "updated_at": "2026-05-12T06:00:00Z",
        }
    ],
}


def read(value: object) -> neutral.HotelFile:
    return msgspec.convert(json.loads(json.dumps(value)), neutral.HotelFile)


def test_a_file_becomes_a_world() -> None:
    world = neutral.load(read(SMALL))
    (stay,) = world.reservations()
    assert world.business_date == date(2026, 5, 13)
    assert world.clock.now() == datetime(2026, 5, 13, 1, 20, tzinfo=UTC)
    assert (stay.state, stay.total, stay.balance) == (State.IN_HOUSE, 40000, 15000)
    assert stay.lines[0].nightly == (13334, 13333, 13333)
    assert stay.checked_in_at == datetime(2026, 5, 12, 6, tzinfo=UTC)
    assert world.guest(stay.guest_id).vip
    assert world.availability(world.business_date, world.business_date)[0].available == 0


def test_a_file_comes_back_as_it_went_in() -> None:
    assert msgspec.to_builtins(neutral.export(neutral.load(read(SMALL)))) == SMALL


def test_a_world_from_a_file_lives() -> None:
    world = neutral.load(read(SMALL))
    world.advance(3)
    assert world.reservation("4109").state is State.CHECKED_OUT
    exported = neutral.export(world)
    assert exported.property.business_date == date(2026, 5, 16)
    assert exported.property.now == "2026-05-16T10:20:00+09:00"


def test_the_built_in_world_is_written_and_read_again(hotel_world: World) -> None:
    again = neutral.load(neutral.export(hotel_world))
    before = {r.number: (r.arrival, r.departure, r.total, r.balance) for r in hotel_world.reservations()}
    assert {r.number: (r.arrival, r.departure, r.total, r.balance) for r in again.reservations()} == before
    assert again.hotel.rooms == hotel_world.hotel.rooms


def test_three_decimals_survive() -> None:
    world = build_world(date(2026, 5, 13), currency="KWD")
    again = neutral.load(neutral.export(world))
    assert [r.total for r in again.reservations()] == [r.total for r in world.reservations()]


def test_the_example_hotel_comes_back_as_it_went_in() -> None:
    if not EXAMPLE.exists():
        pytest.skip("the example hotel is not beside this checkout")
    original = json.loads(EXAMPLE.read_text())
    world = neutral.load(neutral.read_file(EXAMPLE))
    assert msgspec.to_builtins(neutral.export(world)) == original
