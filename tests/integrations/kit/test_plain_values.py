"""Single values as many providers send them."""

from datetime import date

import pytest

from webapp.integrations.kit.plain_values import amount, day, first, is_true, text, whole
from webapp.integrations.kit.unreadable import Unreadable


@pytest.mark.parametrize(
    ("value", "said"), [(" a ", "a"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (None, ""), (True, ""), ([], "")]
)
def test_texts_come_as_texts_or_numbers(value: object, said: str) -> None:
    assert text(value) == said


def test_the_first_that_says_something_counts() -> None:
    assert first(None, " ", 0, "b") == "0"
    assert first() == ""


@pytest.mark.parametrize(
    ("value", "number"), [("2", 2), (2, 2), ("2.0", 2), ("two", None), (None, None), ("inf", None)]
)
def test_numbers_come_as_texts_too(value: object, number: int | None) -> None:
    assert whole(value) == number


@pytest.mark.parametrize(
    ("value", "is_so"), [(True, True), ("Y", True), (1, True), ("no", False), (None, False)]
)
def test_yes_has_several_words(value: object, is_so: bool) -> None:
    assert is_true(value) is is_so


def test_a_day_is_the_day_of_a_time_as_it_stands() -> None:
    assert day("2026-12-04T23:30:00-08:00", "arrival") == day("2026-12-04", "arrival") == date(2026, 12, 4)
    assert day("", "arrival") is None
    with pytest.raises(Unreadable, match="arrival is not a date"):
        day("04/12/2026", "arrival")


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        (129.5, "EUR", 12950),
        (" 129.50 ", "EUR", 12950),
        (0.1 + 0.2, "EUR", 30),
        (500, "JPY", 500),
        ("1.234", "KWD", 1234),
    ],
)
def test_amounts_are_minor_units_by_currency(value: object, currency: str, minor: int) -> None:
    assert amount(value, currency, "total") == minor


@pytest.mark.parametrize("value", [True, [], {}, "free"])
def test_what_is_no_amount_is_told_by_field_and_never_by_value(value: object) -> None:
    with pytest.raises(Unreadable, match=r"^total is not an amount$"):
        amount(value, "EUR", "total")


def test_no_amount_is_none() -> None:
    assert amount(None, "EUR", "total") is None
    assert amount(" ", "EUR", "total") is None
