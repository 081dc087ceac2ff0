"""Recipes and mappers are made once for a text, and another text is another recipe at once."""

import msgspec
import pytest

from webapp.domain.stream import Stream
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.pms.custom_rest.compiled import mapper_of, recipe_of, text_of

RECIPE = {
    "version": 1,
    "timezone": "Europe/Zurich",
    "currency": "EUR",
    "streams": {
        "bookings": {
            "path": "/x",
            "fields": {"external_id": "id", "status": "state", "arrival": "from", "departure": "to"},
        }
    },
}


def test_the_same_text_gives_the_same_mapper_and_each_stream_its_own() -> None:
    text = text_of(RECIPE)
    assert mapper_of(text, Stream.BOOKINGS) is mapper_of(text_of(text), Stream.BOOKINGS)
    assert mapper_of(text, Stream.CHECK_INS) is not mapper_of(text, Stream.BOOKINGS)


def test_an_edited_recipe_counts_at_once() -> None:
    before, after = text_of(RECIPE), text_of(RECIPE | {"currency": "CHF"})
    assert (recipe_of(before).currency, recipe_of(after).currency) == ("EUR", "CHF")
    assert mapper_of(before, Stream.BOOKINGS) is not mapper_of(after, Stream.BOOKINGS)


def test_a_recipe_that_is_wrong_is_refused_each_time() -> None:
    text = msgspec.json.encode(RECIPE | {"timezone": "Europe/Nowhere"}).decode()
    for _ in range(2):
        with pytest.raises(RecipeWrong):
            recipe_of(text)
