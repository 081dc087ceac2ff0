"""Single values as Cloudbeds sends them."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from webapp.integrations.kit.plain_values import amount, first, is_true, text, whole
from webapp.integrations.pms.cloudbeds.reading import Unreadable, day, keyed, listed, moment


@pytest.mark.parametrize(
    ("value", "wanted"), [(" 7 ", "7"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (None, ""), (True, ""), ([], "")]
)
def test_ids_and_names_are_texts_however_they_come(value: Any, wanted: str) -> None:
    assert text(value) == wanted


def test_the_first_value_that_is_not_empty_is_taken() -> None:
    assert first(None, "", 0, 5) == "0"
    assert first(None, "") == ""


@pytest.mark.parametrize(
    ("value", "wanted"), [("2", 2), (2, 2), ("2.0", 2), ("", None), ("x", None), ("inf", None)]
)
def test_counts_may_be_texts(value: Any, wanted: int | None) -> None:
    assert whole(value) == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(True, True), ("true", True), (1, True), ("1", True), (False, False), ("false", False), (None, False)],
)
def test_flags_may_be_texts(value: Any, wanted: bool) -> None:
    assert is_true(value) is wanted


def test_a_time_is_utc_or_in_the_zone_that_is_named() -> None:
    assert moment("2026-07-10 17:40:12", "x") == datetime(2026, 7, 10, 17, 40, 12, tzinfo=UTC)
    stockholm = ZoneInfo("Europe/Stockholm")
    assert moment("2026-07-10 17:40:12", "x", stockholm) == datetime(2026, 7, 10, 15, 40, 12, tzinfo=UTC)
    assert moment("2026-07-10T17:40:12+05:00", "x", stockholm) == datetime(
        2026, 7, 10, 12, 40, 12, tzinfo=UTC
    )
    assert moment("0000-00-00 00:00:00", "x") is None


def test_a_day_may_have_a_time_behind_it() -> None:
    assert day("2026-07-10 15:00:00", "x") == date(2026, 7, 10)
    assert day("0000-00-00", "x") is None
    with pytest.raises(Unreadable):
        day("10/07/2026", "x")


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        (130.05, "EUR", 13005),
        ("84.00", "EUR", 8400),
        (0.1 + 0.2, "EUR", 30),
        (1.005, "KWD", 1005),
        (None, "EUR", None),
        ("", "EUR", None),
    ],
)
def test_amounts_lose_no_cent(value: Any, currency: str, minor: int | None) -> None:
    assert amount(value, currency, "x") == minor


@pytest.mark.parametrize("value", [True, "a lot", "nan", float("inf")])
def test_what_is_no_amount_is_refused(value: Any) -> None:
    with pytest.raises(Unreadable, match="x is not an amount"):
        amount(value, "EUR", "x")


def test_lists_and_maps_stand_for_each_other() -> None:
    assert list(listed({"a": 1, "b": 2})) == [1, 2]
    assert list(listed([1, 2])) == [1, 2]
    assert list(listed(None)) == []
    assert keyed([]) == {}
    assert keyed({"a": 1}) == {"a": 1}
