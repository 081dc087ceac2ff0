"""Instants, dates and money as a person reads them. Pure: language, zone and now are given; filters fill them in."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from flask import Flask

from webapp.domain.money import exponent, to_major
from webapp.domain.value import Value

from .context import current_hotel, current_runtime, hotel_zone
from .i18n import current_locale
from .i18n import gettext as _


class Age(Value, frozen=True):
    """How long ago, for people (`text`, `title`) and for machines (`iso`)."""

    iso: str
    text: str
    title: str

    def __str__(self) -> str:
        return self.text


def format_instant(at: datetime, zone: ZoneInfo, locale: Locale, *, now: datetime | None = None) -> str:
    """`Tue 14 Jul, 12:30`, with the year when it is not the year of `now`."""
    local = at.astimezone(zone)
    with_year = now is None or now.astimezone(zone).year != local.year
    return _minute(local.replace(second=0, microsecond=0, tzinfo=None), locale, with_year=with_year)


def format_day(day: date, locale: Locale, *, today: date | None = None) -> str:
    """`Tue 14 Jul`, with the year when it is not the year of `today`."""
    with_year = today is None or today.year != day.year
    return _day(day, locale, with_year=with_year)


@lru_cache(maxsize=4096)
def format_money(minor: int, currency: str, locale: Locale) -> str:
    """45000, EUR -> `€450.00`; a currency without a sign is written with its code."""
    written: str = _money_pattern(currency, locale).apply(
        to_major(minor, currency), locale, currency=currency, currency_digits=False
    )
    return written


def format_age(at: datetime, now: datetime, zone: ZoneInfo, locale: Locale) -> Age:
    """`4 minutes ago`; the title tells the hotel's time."""
    seconds = round((at - now).total_seconds()) or -1  # nobody says "in 0 seconds"
    if abs(seconds) > _AN_HOUR:  # then the minute is enough, and the text is known from the last time
        seconds -= seconds % 60
    return Age(
        at.isoformat(timespec="seconds"),
        _distance(seconds, locale),
        format_instant(at, zone, locale, now=now),
    )


_AN_HOUR = 3600

# Lists say the same days, minutes, amounts and ages over and over; each of these takes tens of microseconds to write.


@lru_cache(maxsize=4096)
def _minute(local: datetime, locale: Locale, *, with_year: bool) -> str:
    pattern = "EEE d MMM y, HH:mm" if with_year else "EEE d MMM, HH:mm"
    return dates.format_datetime(local, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _day(day: date, locale: Locale, *, with_year: bool) -> str:
    return dates.format_date(day, "EEE d MMM y" if with_year else "EEE d MMM", locale=locale)


@lru_cache(maxsize=4096)
def _distance(seconds: int, locale: Locale) -> str:
    return dates.format_timedelta(
        timedelta(seconds=seconds), add_direction=True, threshold=1.2, locale=locale
    )


@lru_cache
def _money_pattern(currency: str, locale: Locale) -> numbers.NumberPattern:
    digits = exponent(currency)
    pattern = locale.currency_formats["standard"].pattern.replace(".00", "." + "0" * digits if digits else "")
    if numbers.get_currency_symbol(currency, locale)[-1].isalpha():
        pattern = pattern.replace("¤#", "¤\xa0#")  # CHF 450.00, but €450.00
    return numbers.parse_pattern(pattern)


def init_app(app: Flask) -> None:
    """Filters `instant`, `day`, `money(currency)`, `number` and `ago`; None comes out as an empty text or None (`ago`)."""
    filters: dict[str, Callable[..., Any]] = {
        "instant": instant,
        "day": day,
        "money": money,
        "ago": ago,
        "number": number,
    }
    app.jinja_env.filters.update(filters)


def instant(at: datetime | None) -> str:
    """In the hotel's zone."""
    return format_instant(at, hotel_zone(), current_locale(), now=current_runtime().clock()) if at else ""


def day(value: date | None) -> str:
    hotel = current_hotel()
    return format_day(value, current_locale(), today=hotel.business_date if hotel else None) if value else ""


def money(minor: int | None, currency: str) -> str:
    return "" if minor is None else format_money(minor, currency, current_locale())


def number(value: int | None) -> str:
    """`12,345`, as the reader groups thousands."""
    return "" if value is None else _grouped(value, current_locale())


def size(count: int) -> str:
    """Bytes as `412 bytes`, `38 kB`, `1.2 MB`."""
    if count < 1000:
        return _("%(count)s bytes") % {"count": count}
    if count < 999_500:
        return _("%(count)s kB") % {"count": round(count / 1000)}
    return _("%(count)s MB") % {"count": f"{count / 1_000_000:,.1f}"}


@lru_cache(maxsize=4096)
def _grouped(value: int, locale: Locale) -> str:
    return numbers.format_decimal(value, locale=locale)


def ago(at: datetime | None) -> Age | None:
    """For the macros of `_ui/ages.html`."""
    return format_age(at, current_runtime().clock(), hotel_zone(), current_locale()) if at else None
