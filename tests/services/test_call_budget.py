"""The calls that a sync frequency costs."""

import pytest

from webapp.integrations import registry
from webapp.services.call_budget import per_hour

CUSTOM = registry.manifest("custom_rest")


@pytest.mark.parametrize(("minutes", "calls"), [(5, 24), (15, 8), (30, 4), (60, 2)])
def test_each_kind_of_data_is_a_call_of_each_run(minutes: int, calls: int) -> None:
    assert per_hour(CUSTOM, {}, ("guests", "bookings"), minutes).calls == calls


@pytest.mark.parametrize(
    ("recipe", "allowed"),
    [
        (None, 7200),
        ('{"limits": {"per_second": 10}}', 36000),
        ('{"limits": {"per_second": 10, "per_minute": 60}}', 3600),
        ('{"limits": {"per_second": 0}}', 7200),
        ("no json", 7200),
        ('{"limits": {"per_second": "many"}}', 7200),
    ],
)
def test_a_recipes_own_limit_goes_before_the_providers(recipe: str | None, allowed: int) -> None:
    assert per_hour(CUSTOM, {"recipe": recipe}, ("bookings",), 15).allowed == allowed
