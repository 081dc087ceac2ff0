"""Whoever listens to the books hears everything, in order."""

from datetime import date

import pytest

from simulator import NewReservation
from simulator.hotel import Guest, Reservation, State
from simulator.register import Change, DayClosed, News, NotPossibleError
from simulator.world import World


@pytest.fixture
def heard(hotel_world: World) -> list[News]:
    news: list[News] = []
    hotel_world.listen(news.append)
    return news


def test_a_booking_is_heard_as_a_new_guest_and_a_new_reservation(
    hotel_world: World, heard: list[News]
) -> None:
    booked = hotel_world.book(
        NewReservation(arrival=date(2026, 5, 13), departure=date(2026, 5, 14), last="Lind")
    )
    assert heard == [Change(None, hotel_world.guest(booked.guest_id)), Change(None, booked)]


def test_a_change_is_heard_with_what_was_before(hotel_world: World, heard: list[News]) -> None:
    before = next(r for r in hotel_world.reservations() if r.state is State.OPTION)
    after = hotel_world.cancel(before.number)
    assert heard == [Change(before, after)]


def test_what_was_not_possible_is_not_heard(hotel_world: World, heard: list[News]) -> None:
    gone = next(r for r in hotel_world.reservations() if r.state is State.CHECKED_OUT)
    with pytest.raises(NotPossibleError):
        hotel_world.check_in(gone.number)
    assert heard == []


def test_a_day_is_heard_with_its_close_and_all_that_happened(hotel_world: World, heard: list[News]) -> None:
    hotel_world.advance()
    (closed,) = (news for news in heard if isinstance(news, DayClosed))
    assert closed.today == date(2026, 5, 14)
    stamps = [news.after.updated_at for news in heard if isinstance(news, Change)]
    assert stamps == sorted(stamps)
    assert {type(news.after) for news in heard if isinstance(news, Change)} == {Guest, Reservation}
