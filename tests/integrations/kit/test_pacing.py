"""Pacing: no period ever holds more calls than the provider allows."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.integrations.kit.manifest import Limit
from webapp.integrations.kit.pacing import Pace, pace_for


def test_the_first_calls_do_not_wait() -> None:
    pace = Pace(Limit(3, 10.0))
    assert [pace.reserve(100.0) for _ in range(4)] == [0, 0, 0, 10.0]


def test_time_that_passes_is_not_waited_again() -> None:
    pace = Pace(Limit(1, 10.0))
    assert pace.reserve(100.0) == 0
    assert pace.reserve(104.0) == 6.0
    assert pace.reserve(200.0) == 0


def test_a_hold_delays_everybody() -> None:
    pace = Pace(Limit(5, 1.0))
    pace.hold(130.0)
    assert pace.reserve(100.0) == 30.0
    assert pace.reserve(131.0) == 0


@given(
    st.integers(1, 5),
    st.floats(0.1, 60),
    st.lists(st.floats(0, 5), min_size=2, max_size=40),
)
def test_no_period_holds_too_many(calls: int, seconds: float, gaps: list[float]) -> None:
    pace = Pace(Limit(calls, seconds))
    now = 0.0
    turns = []
    for gap in gaps:
        now += gap
        turns.append(now + pace.reserve(now))
    for index in range(len(turns) - calls):
        assert turns[index + calls] - turns[index] >= seconds - 1e-6


def test_clients_of_one_host_and_limit_share_a_pace() -> None:
    limit = Limit(7, 7.0)
    assert pace_for("a.example", limit) is pace_for("a.example", Limit(7, 7.0))
    assert pace_for("a.example", limit) is not pace_for("b.example", limit)
