"""Paths into an answer: all shapes of lists, values at any depth, and a missing path that is not an empty list."""

from typing import Any

import pytest

from webapp.integrations.kit.select import PathMissing, getter, is_path, records, steps

ROW = {"id": 1}


@pytest.mark.parametrize(
    ("body", "path", "found"),
    [
        ([ROW, ROW], "", [ROW, ROW]),
        ([ROW], "$", [ROW]),
        ({"data": [ROW]}, "data", [ROW]),
        ({"data": [ROW]}, "$.data[]", [ROW]),
        ({"data": {"items": [ROW]}}, "data.items", [ROW]),
        ({"data": {"a": ROW, "b": ROW}}, "data.*", [ROW, ROW]),
        ({"hotels": [{"rooms": [ROW]}, {"rooms": [ROW, ROW]}]}, "hotels.*.rooms[]", [ROW, ROW, ROW]),
        ({"hotels": [{"rooms": [ROW]}]}, "hotels.0.rooms", [ROW]),
        ({"hotels": [{"rooms": [ROW]}]}, "hotels[0].rooms", [ROW]),
        (ROW, "", [ROW]),
        ({"data": ROW}, "data", [ROW]),
        ({"data": []}, "data", []),
        ({"data": None}, "data", []),
        ({"data": {}}, "data.*", []),
        ([], "", []),
    ],
)
def test_the_list_is_found(body: Any, path: str, found: list[Any]) -> None:
    assert records(body, path) == found


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"rows": []}, "data"),
        ({"data": {}}, "data.items"),
        ([], "data"),
        ({"data": 3}, "data.items"),
        ("x", "data"),
    ],
)
def test_a_missing_path_is_not_an_empty_list(body: Any, path: str) -> None:
    with pytest.raises(PathMissing) as missing:
        records(body, path)
    assert str(missing.value) == path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", 1),
        ("b.c", 2),
        ("b.d.e", 3),
        ("list[0].x", 4),
        ("list.1.x", 5),
        ("list[].x", [4, 5]),
        ("list.*.x", [4, 5]),
        ("b.missing", None),
        ("a.b.c", None),
        ("list[9].x", None),
        ("null.x", None),
        ("a.*", []),
        ("*.x", []),
    ],
)
def test_a_value_is_found_or_none(path: str, value: Any) -> None:
    record = {"a": 1, "b": {"c": 2, "d": {"e": 3}}, "list": [{"x": 4}, {"x": 5}], "null": None}
    assert getter(path)(record) == value


def test_the_whole_record_has_an_empty_path() -> None:
    assert getter("")(ROW) is ROW


@pytest.mark.parametrize("record", [None, 3, "x", [], [1]])
def test_a_record_of_another_kind_has_no_values(record: Any) -> None:
    for path in ("a", "a.b", "a.b.c", "a.*.b"):
        assert getter(path)(record) in (None, [])


def test_steps_are_keys_numbers_and_stars() -> None:
    assert steps("$.data.items[0].*.x[]") == ("data", "items", 0, "*", "x", "*")


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True),
        ("data.items", True),
        ("data[].x", True),
        ("a-b.c_d", True),
        ("a..b", False),
        (".a", False),
        ("a.", False),
        ("a[x]", False),
        ("a[0", False),
    ],
)
def test_a_path_can_be_told_from_other_text(text: str, good: bool) -> None:
    assert is_path(text) is good
