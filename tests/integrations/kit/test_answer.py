"""Answers: what their JSON becomes."""

import pytest

from webapp.integrations.kit.answer import Answer


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb'"Ada"', "Ada"),
        (rb'"A\u0000da"', "Ada"),
        (rb'"\u0000\u0000"', ""),
        (rb'"back\\u0000slash"', r"back\u0000slash"),
        (rb'"both\\\u0000"', "both\\"),
    ],
)
def test_a_text_loses_the_character_that_no_database_keeps(body: bytes, text: str) -> None:
    assert Answer(200, {}, body, 1).json() == text
