from datetime import timedelta

import pytest

from simulator.hotel import NewReservation, Reservation, State
from simulator.register import NotPossibleError
from simulator.world import World


def booked(world: World, days: int = 0, nights: int = 2) -> Reservation:
    arrival = world.business_date + timedelta(days)
    return world.book(NewReservation(arrival=arrival, departure=arrival + timedelta(nights), last="Lind"))


def test_a_reinstated_stay_is_sold_again_and_owes_its_price(hotel_world: World) -> None:
    before = booked(hotel_world)
    hotel_world.cancel(before.number)
    again = hotel_world.reinstate(before.number)
    assert (again.state, again.cancelled_at, again.balance) == (State.CONFIRMED, None, before.total)
    assert hotel_world.check_in(before.number).lines[0].room is not None


def test_a_no_show_that_came_after_all_can_be_reinstated(hotel_world: World) -> None:
    number = booked(hotel_world).number
    hotel_world.mark_no_show(number)
    assert hotel_world.reinstate(number).state is State.CONFIRMED


def test_a_stay_is_not_reinstated_into_a_full_house(hotel_world: World) -> None:
    arrival = hotel_world.business_date + timedelta(200)
    span = {"arrival": arrival, "departure": arrival + timedelta(1), "room_type": "STE"}
    first, *_ = [hotel_world.book(NewReservation(last="Lind", **span)) for _ in range(4)]
    hotel_world.cancel(first.number)
    hotel_world.book(NewReservation(last="Berg", **span))
    with pytest.raises(NotPossibleError):
        hotel_world.reinstate(first.number)
    assert hotel_world.reservation(first.number).state is State.CANCELLED


def test_a_stay_that_would_be_over_is_not_reinstated(hotel_world: World) -> None:
    number = booked(hotel_world, days=1, nights=1).number
    hotel_world.cancel(number)
    hotel_world.advance(2)
    with pytest.raises(NotPossibleError):
        hotel_world.reinstate(number)


def test_a_check_out_of_today_can_be_undone_and_one_of_yesterday_cannot(hotel_world: World) -> None:
    today = hotel_world.business_date
    found = next(r for r in hotel_world.reservations() if r.state is State.IN_HOUSE and r.departure == today)
    hotel_world.check_out(found.number)
    back = hotel_world.reverse_check_out(found.number)
    assert (back.state, back.checked_out_at, back.departure) == (State.IN_HOUSE, None, today)
    hotel_world.check_out(found.number)
    hotel_world.advance(1)
    with pytest.raises(NotPossibleError):
        hotel_world.reverse_check_out(found.number)
