"""Instants, dates and money as people read them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from flask import Flask, render_template_string

from tests.conftest import NOW
from webapp.routes.formatting import format_age, format_day, format_instant, format_money, size

ZURICH, ENGLISH, GERMAN = ZoneInfo("Europe/Zurich"), Locale("en", "GB"), Locale("de")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW, "Tue 14 Jul, 12:30"),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), "Thu 31 Dec, 23:59"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "Fri 1 Jan 2027, 00:00"),
    ],
)
def test_an_instant_is_told_in_the_hotels_zone_with_another_years_number(at: datetime, expected: str) -> None:
    assert format_instant(at, ZURICH, ENGLISH, now=NOW) == expected


def test_a_day_has_no_zone() -> None:
    assert format_day(date(2026, 7, 4), ENGLISH, today=date(2026, 1, 1)) == "Sat 4 Jul"
    assert format_day(date(2027, 7, 4), ENGLISH, today=date(2026, 1, 1)) == "Sun 4 Jul 2027"


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (45000, "EUR", "€450.00"),
        (-123456, "EUR", "-€1,234.56"),
        (45000, "JPY", "JP¥45,000"),
        (45000, "KWD", "KWD\xa045.000"),
        (45000, "ISK", "ISK\xa045,000"),
        (0, "CHF", "CHF\xa00.00"),
    ],
)
def test_money_has_as_many_digits_as_its_currency(minor: int, currency: str, expected: str) -> None:
    assert format_money(minor, currency, ENGLISH) == expected


def test_money_is_written_as_the_reader_does() -> None:
    assert format_money(123456, "EUR", GERMAN) == "1.234,56\xa0€"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=20), "20 seconds ago"),
        (timedelta(0), "1 second ago"),
        (timedelta(minutes=4), "4 minutes ago"),
        (timedelta(hours=30), "1 day ago"),
        (-timedelta(hours=2), "in 2 hours"),
    ],
)
def test_an_age_is_for_people_and_machines(before: timedelta, text: str) -> None:
    age = format_age(NOW - before, NOW, ZURICH, ENGLISH)
    assert str(age) == text
    assert datetime.fromisoformat(age.iso) == NOW - before
    assert age.title.endswith(format_instant(NOW - before, ZURICH, ENGLISH, now=NOW))


def test_templates_fill_in_the_hotel(app: Flask) -> None:
    with app.test_request_context():
        text = render_template_string(
            "{{ at|instant }} · {{ on|day }} · {{ 45000|money('EUR') }} · {{ at|ago }} · {{ none|day }}{{ none|money('EUR') }}",
            at=NOW - timedelta(minutes=4),
            on=date(2026, 7, 15),
        )
    assert text == "Tue 14 Jul, 12:26 · Wed 15 Jul · €450.00 · 4 minutes ago · "


def test_large_numbers_are_grouped_as_the_reader_does(app: Flask) -> None:
    with app.test_request_context():
        assert render_template_string("{{ 12345|number }} {{ 0|number }}{{ none|number }}") == "12,345 0"


def test_a_size_has_the_unit_in_which_it_is_no_zero(app: Flask) -> None:
    with app.test_request_context():
        told = [size(count) for count in (0, 999, 1_000, 38_400, 999_499, 999_500, 1_250_000_000)]
    assert told == ["0 bytes", "999 bytes", "1 kB", "38 kB", "999 kB", "1.0 MB", "1,250.0 MB"]


def test_an_age_beyond_an_hour_is_counted_in_minutes() -> None:
    ages = {str(format_age(NOW - timedelta(hours=5, seconds=s), NOW, ZURICH, ENGLISH)) for s in range(60)}
    assert ages == {"5 hours ago"}
