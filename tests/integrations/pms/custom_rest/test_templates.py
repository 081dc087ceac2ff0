"""Placeholders: filled from a closed list, never evaluated, left out when there is nothing to fill in."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from webapp.domain.stream import Mode, Window
from webapp.integrations.pms.custom_rest.templates import (
    NAMES,
    NoValue,
    fill,
    fill_path,
    instant_text,
    unknown_places,
    window_values,
)

VALUES = {"property_id": "12", "since": None, "id": "A/1 ?x"}
ZURICH = ZoneInfo("Europe/Zurich")


def test_texts_are_filled_and_other_values_kept() -> None:
    assert fill({"hotel": "H-{{property_id}}", "n": 3, "b": True}, VALUES) == {
        "hotel": "H-12",
        "n": 3,
        "b": True,
    }


def test_a_pair_without_a_value_is_left_out() -> None:
    assert fill({"hotel": "{{property_id}}", "since": "{{since}}", "deep": {"x": "{{until}}"}}, VALUES) == {
        "hotel": "12",
        "deep": {},
    }
    assert fill(["{{property_id}}", "{{since}}"], VALUES) == ["12"]


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{int:property_id}}", 12),
        (" {{ int:property_id }} ", 12),
        ("{{property_id}}", "12"),
        ("x{{int:property_id}}", "x12"),
        ("{{int:id}}", "A/1 ?x"),
    ],
)
def test_a_whole_number_placeholder_keeps_its_type(template: str, value: object) -> None:
    assert fill(template, VALUES) == value


def test_a_value_stays_one_segment_of_a_path() -> None:
    assert fill_path("/bookings/{{id}}", VALUES) == "/bookings/A%2F1%20%3Fx"
    with pytest.raises(NoValue):
        fill_path("/bookings/{{until}}", VALUES)


def test_a_value_is_not_filled_again() -> None:
    assert fill("{{id}}", {"id": "{{property_id}}", "property_id": "12"}) == "{{property_id}}"


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("{{since}} {{property_id}}", []),
        ("{{int:property_id}}", []),
        ("{{secret.api_key}}", ["secret.api_key"]),
        ("{{ 7 * 7 }}", ["7 * 7"]),
        ("{{}}", [""]),
    ],
)
def test_what_is_not_on_the_list_is_found(text: str, unknown: list[str]) -> None:
    assert unknown_places(text, NAMES) == unknown


def test_a_window_in_the_words_of_the_api() -> None:
    window = Window(
        Mode.DELTA,
        datetime(2026, 7, 14, 10, 0, tzinfo=UTC),
        datetime(2026, 7, 14, 10, 30, tzinfo=UTC),
        date(2026, 7, 13),
        date(2026, 8, 1),
    )
    assert window_values(window, ZURICH, "DD.MM.YYYY", "local", 10) == {
        "since": "2026-07-14 11:50:00",
        "until": "2026-07-14 12:30:00",
        "from_date": "13.07.2026",
        "to_date": "01.08.2026",
        "last_date": "31.07.2026",
    }


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("iso", "2026-07-14T22:30:00.000Z"),
        ("local", "2026-07-15 00:30:00"),
        ("date", "2026-07-15"),
        ("epoch", "1784068200"),
        ("epoch_ms", "1784068200000"),
    ],
)
def test_an_instant_in_every_spelling(form: str, text: str) -> None:
    assert instant_text(datetime(2026, 7, 14, 22, 30, tzinfo=UTC), form, ZURICH) == text  # type: ignore[arg-type]
