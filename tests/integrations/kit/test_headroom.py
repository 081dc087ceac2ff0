"""What is left of a call limit, by whichever headers a provider sends."""

import pytest

from tests.conftest import NOW
from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.headroom import Headroom, headroom


def read(headers: dict[str, str], status: int = 200) -> Headroom | None:
    return headroom(Answer(status, headers, b"", 1), NOW)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (
            {"ratelimit-limit": "100", "ratelimit-remaining": "40", "ratelimit-reset": "30"},
            Headroom(100, 40, 30),
        ),
        ({"x-ratelimit-limit": "100", "x-ratelimit-remaining": "0"}, Headroom(100, 0, None)),
        ({"x-rate-limit-limit": "5, 5;w=1", "x-rate-limit-remaining": "4"}, Headroom(5, 4, None)),
        ({"ratelimit": "limit=100, remaining=50, reset=30"}, Headroom(100, 50, 30)),
        (
            {"ratelimit": '"default";r=50;t=30', "ratelimit-policy": '"default";q=100;w=60'},
            Headroom(100, 50, 30),
        ),
        (
            {"x-ratelimit-remaining": "7", "x-ratelimit-reset": str(int(NOW.timestamp()) + 60)},
            Headroom(None, 7, 60),
        ),
    ],
)
def test_each_way_of_telling_is_understood(headers: dict[str, str], told: Headroom) -> None:
    assert read(headers) == told


def test_a_refusal_for_too_many_calls_leaves_none() -> None:
    assert read({"retry-after": "20"}, 429) == Headroom(None, 0, 20)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ratelimit-limit": "many"},
        {"ratelimit-remaining": "-3"},
        {"ratelimit": "r=", "x-ratelimit-limit": "٣"},
    ],
)
def test_nothing_and_nonsense_say_nothing(headers: dict[str, str]) -> None:
    assert read(headers) is None


def test_a_huge_number_is_cut() -> None:
    assert read({"ratelimit-remaining": "9999999999", "ratelimit-reset": "999999999"}) == Headroom(
        None, 1_000_000_000, 400 * 24 * 3600.0
    )
