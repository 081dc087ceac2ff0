"""Answers: what their JSON becomes."""

import pytest

from webapp.integrations.kit.answer import Answer, Call
from webapp.integrations.kit.errors import ContractBroken


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


def test_what_is_no_json_is_told_with_the_path_that_was_asked() -> None:
    with pytest.raises(ContractBroken) as broken:
        Answer(200, {}, b"<html>", 1, "/v2/guests").json()
    assert (str(broken.value.params["where"]), broken.value.detail) == ("/v2/guests", "not JSON")


def test_a_parameter_is_set_once_and_the_others_stay_as_they_are() -> None:
    call = Call("GET", "https://pms.example/rooms?key=old&floor=&key=older&page=2")
    assert call.with_query("key", "n w").url == "https://pms.example/rooms?floor=&page=2&key=n+w"
