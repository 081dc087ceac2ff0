"""How often something happened lately."""

import threading

import pytest
from limits import RateLimitItemPerMinute

from webapp.services.moving_windows import SWEEP_EVERY, MovingWindows

TWO = RateLimitItemPerMinute(2, namespace="two")
OTHER = RateLimitItemPerMinute(2, namespace="other")


class Watch:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 5_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def windows(watch: Watch) -> MovingWindows:
    return MovingWindows(watch)


def test_the_limit_is_reached_and_passes_as_the_window_moves_on(windows: MovingWindows, watch: Watch) -> None:
    told = []
    for seconds in (0, 20, 20, 19, 2):
        watch.now += seconds
        found = windows.count(TWO, "ada")
        told.append((found.is_exceeded, found.remaining, found.resets_in))
    # The third and fourth are refused; the fifth comes 61 seconds after the first, 41 after the second.
    assert told == [(False, 1, 60), (False, 0, 40), (True, 0, 20), (True, 0, 1), (False, 0, 19)]


def test_what_is_refused_makes_nobody_wait_longer(windows: MovingWindows, watch: Watch) -> None:
    for _ in range(50):
        windows.count(TWO, "ada")
    watch.now += 60
    assert not windows.count(TWO, "ada").is_exceeded


def test_keys_and_limits_are_counted_apart_and_one_can_be_cleared(windows: MovingWindows) -> None:
    for _ in range(3):
        windows.count(TWO, "ada")
    assert not windows.count(TWO, "ben").is_exceeded
    assert not windows.count(OTHER, "ada").is_exceeded
    windows.clear(TWO, "ada")
    assert windows.count(TWO, "ada").remaining == 1


def test_who_has_not_come_for_a_window_is_forgotten(windows: MovingWindows, watch: Watch) -> None:
    for number in range(500):
        windows.count(TWO, f"192.0.2.{number}")
    watch.now += SWEEP_EVERY + 1
    windows.count(TWO, "198.51.100.1")
    assert len(windows) == 1


def test_no_more_than_the_limit_pass_at_once_and_no_thread_is_started(windows: MovingWindows) -> None:
    limit = RateLimitItemPerMinute(100, namespace="hundred")
    before, passed = threading.active_count(), []
    workers = [
        threading.Thread(
            target=lambda: passed.extend(not windows.count(limit, "key").is_exceeded for _ in range(50))
        )
        for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert (len(passed), sum(passed)) == (400, 100)
    windows.count(limit, "key")
    assert threading.active_count() == before
