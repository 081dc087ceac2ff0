"""What a provider announces, in its own words: statuses apart from what is ordered, and a recipe before the manifest."""

from typing import Any

import msgspec
import pytest

from webapp.domain.event import FactType
from webapp.models import Connection
from webapp.services import announcements


def connection(provider: str, recipe: Any = None) -> Connection:
    options = {} if recipe is None else {"recipe": msgspec.json.encode(recipe).decode()}
    return Connection(provider=provider, options=options)


def test_a_status_is_no_word_of_its_own() -> None:
    words = announcements.words_of(connection("cloudbeds"))
    assert "reservation/status_changed" in words[FactType.GUEST_CHECKIN]
    assert not any("=" in word for found in words.values() for word in found)


def test_a_recipe_says_its_own_words_and_leaves_out_what_it_does_not_map() -> None:
    recipe = {"webhook": {"events": {"made": "reservation.created", "who": "guest.updated"}}}
    assert announcements.words_of(connection("custom_rest", recipe)) == {
        FactType.BOOKING_CREATED: frozenset({"made"})
    }


@pytest.mark.parametrize("recipe", [{}, {"webhook": {"events": []}}, [], {"webhook": None}])
def test_a_recipe_without_webhooks_announces_nothing(recipe: Any) -> None:
    assert announcements.words_of(connection("custom_rest", recipe)) == {}


@pytest.mark.parametrize("provider", ["opera_cloud", "of an older version"])
def test_who_calls_nobody_announces_nothing(provider: str) -> None:
    assert announcements.words_of(connection(provider)) == {}
    assert announcements.spec_of(provider) is None
    assert announcements.silent_fields(provider) == frozenset()
