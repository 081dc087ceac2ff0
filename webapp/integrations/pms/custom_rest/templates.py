"""Placeholders in a recipe: a closed list, filled without evaluating anything."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from webapp.domain.stream import Window

from .recipe import DateFormat, InstantFormat

NAMES = frozenset(
    {
        "property_id",
        "since",
        "until",
        "from_date",
        "to_date",
        "last_date",
        "id",
        "ids",
        "username",
        "client_id",
    }
)
SECRETS = frozenset({"secret.api_key", "secret.api_secret"})
_PLACE = re.compile(r"\{\{\s*(int:)?\s*([a-z_.]+)\s*\}\}")
_ANY = re.compile(r"\{\{(.*?)\}\}")

Values = Mapping[str, str | None]

DATE_PATTERNS: Mapping[DateFormat, str] = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYYMMDD": "%Y%m%d",
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "DD-MM-YYYY": "%d-%m-%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
}


class NoValue(Exception):
    """A placeholder that has no value in this request: the pair it stands in is left out."""


def unknown_places(text: str, allowed: frozenset[str]) -> list[str]:
    """The placeholders of a text that are not allowed there."""
    return [
        inside.strip() for inside in _ANY.findall(text) if inside.replace("int:", "").strip() not in allowed
    ]


def fill(template: Any, values: Values) -> Any:
    """Fills texts anywhere inside JSON. A text that is one `{{int:…}}` becomes a number; a pair of a mapping or
    an element of a list without a value is left out. Raises NoValue for a bare text without a value."""
    if isinstance(template, str):
        return _fill_text(template, values)
    if isinstance(template, dict):
        return {
            key: filled for key, value in template.items() if (filled := _or_none(value, values)) is not None
        }
    if isinstance(template, list):
        return [filled for value in template if (filled := _or_none(value, values)) is not None]
    return template


def fill_path(template: str, values: Values) -> str:
    """Fills a path, with every value escaped so that it stays one segment. Raises NoValue."""
    return _PLACE.sub(lambda match: quote(_value(match[2], values), safe=""), template)


def _or_none(template: Any, values: Values) -> Any:
    try:
        return fill(template, values)
    except NoValue:
        return None


def _fill_text(template: str, values: Values) -> str | int:
    whole = _PLACE.fullmatch(template.strip())
    if whole is not None and whole[1]:
        value = _value(whole[2], values)
        return int(value) if value.strip().lstrip("-").isdigit() else value
    return _PLACE.sub(lambda match: _value(match[2], values), template)


def _value(name: str, values: Values) -> str:
    value = values.get(name)
    if value is None:
        raise NoValue(name)
    return value


def window_values(
    window: Window, zone: ZoneInfo, dates: DateFormat, instants: InstantFormat, overlap_minutes: int
) -> dict[str, str | None]:
    """What a window says for the placeholders; `since` reaches back by the overlap."""
    since = None if window.since is None else window.since - timedelta(minutes=overlap_minutes)
    return {
        "since": None if since is None else instant_text(since, instants, zone),
        "until": instant_text(window.until, instants, zone),
        "from_date": day_text(window.from_date, dates),
        "to_date": day_text(window.to_date, dates),
        "last_date": day_text(max(window.from_date, window.to_date - timedelta(days=1)), dates),
    }


def day_text(day: date, form: DateFormat) -> str:
    return day.strftime(DATE_PATTERNS[form])


def instant_text(at: datetime, form: InstantFormat, zone: ZoneInfo) -> str:
    if form == "epoch":
        return str(int(at.timestamp()))
    if form == "epoch_ms":
        return str(int(at.timestamp() * 1000))
    if form == "local":
        return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if form == "date":
        return at.astimezone(zone).strftime("%Y-%m-%d")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
