import pytest

from simulator.throttle import Throttle
from simulator.wire import Refusal


class Seconds:
    """A monotonic clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_the_rest_comes_at_the_rate() -> None:
    seconds = Seconds()
    throttle = Throttle(2, burst=3, monotonic=seconds)
    for _ in range(3):
        throttle.admit("ada")
    with pytest.raises(Refusal) as refused:
        throttle.admit("ada")
    assert (refused.value.status, refused.value.headers) == (429, (("Retry-After", "1"),))
    throttle.admit("ian")
    seconds.now += 0.5
    throttle.admit("ada")
    with pytest.raises(Refusal):
        throttle.admit("ada")


def test_a_rate_of_zero_lets_everything_through() -> None:
    throttle = Throttle(0, burst=1)
    refused = 0
    for _ in range(100):
        try:
            throttle.admit("ada")
        except Refusal:
            refused += 1
    assert refused == 0
