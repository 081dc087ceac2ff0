"""Turning one raw value of an answer into a value of the hub: compiled once per field, run for every record."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from webapp.domain.money import BadAmount, exponent, to_minor
from webapp.integrations.kit.select import Getter
from webapp.integrations.kit.unreadable import NO_AMOUNT, NO_MINOR_UNITS, NO_MOMENT, Unreadable

from .paths import IN_JSON, Paths
from .recipe import DateFormat, FieldRule, Fields, FieldSource
from .templates import DATE_PATTERNS

Reader = Callable[[Any], Any]

_DOTNET = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_YES = frozenset({"true", "yes", "y", "1", "on", "t"})
_ISO_DAY = 10  # characters of 2026-05-13
_MILLISECONDS = 100_000_000_000  # a unix time this big counts milliseconds


def rule_of(source: FieldSource) -> FieldRule:
    """The long form of a short one: a path, or a list of paths."""
    if isinstance(source, FieldRule):
        return source
    return FieldRule(path=source) if isinstance(source, str) else FieldRule(paths=source)


def is_plain(rule: FieldRule) -> bool:
    """Whether it is one path and nothing else."""
    return rule.path is not None and rule == FieldRule(path=rule.path)


def raw(rule: FieldRule, paths: Paths = IN_JSON) -> Getter:
    """The value before conversion: first non-empty path, mapped by the table, transformed. None when missing."""
    get = _found(rule, paths)
    if rule.map:
        get = _looked_up(get, {key.casefold(): value for key, value in rule.map.items()})
    for name in (rule.transform,) if isinstance(rule.transform, str) else rule.transform:
        if name in _TRANSFORMS:
            get = _transformed(get, _TRANSFORMS[name])
    return get


def text(rule: FieldRule, paths: Paths = IN_JSON) -> Reader:
    """Trimmed text; empty when missing."""
    get = raw(rule, paths)

    def read(record: Any) -> str:
        value = get(record)
        if type(value) is str:
            return value.strip()
        return "" if value is None else as_text(value)

    return read


def number(rule: FieldRule, paths: Paths = IN_JSON) -> Reader:
    """A whole number; None when missing or not a number."""
    get = raw(rule, paths)

    def read(record: Any) -> int | None:
        value = get(record)
        if type(value) is int:
            return value
        try:
            return None if value is None else int(float(value))
        except (TypeError, ValueError, OverflowError):
            return None

    return read


def flag(rule: FieldRule, paths: Paths = IN_JSON) -> Reader:
    """True or False; None when missing."""
    get = raw(rule, paths)

    def read(record: Any) -> bool | None:
        value = get(record)
        return value if value is None or value is True or value is False else as_flag(value)

    return read


def day(
    rule: FieldRule, name: str, formats: Sequence[DateFormat], zone: ZoneInfo, paths: Paths = IN_JSON
) -> Reader:
    """A date; None when missing. An instant with an offset is a day in the hotel's zone. Raises Unreadable."""
    if rule.path is not None and paths.is_day(rule.path):
        return paths.get(rule.path)
    get = raw(rule, paths)
    patterns = [DATE_PATTERNS[form] for form in ([rule.format] if rule.format else formats)]
    is_iso = patterns[:1] == ["%Y-%m-%d"]

    def read(record: Any) -> date | None:
        value = get(record)
        if is_iso and type(value) is str and len(value) == _ISO_DAY:
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        return None if value is None or value == "" else _day(value, patterns, zone, name)

    return read


def instant(rule: FieldRule, name: str, zone: ZoneInfo, paths: Paths = IN_JSON) -> Reader:
    """An aware UTC instant; None when missing. Without an offset it is the recipe's zone. Raises Unreadable."""
    get = raw(rule, paths)

    def read(record: Any) -> datetime | None:
        value = get(record)
        if value is None or value == "":
            return None
        try:
            at = datetime.fromisoformat(value) if type(value) is str else _from_number(value)
        except (ValueError, TypeError, OverflowError, OSError):
            at = _odd_instant(value, name)
        if at.tzinfo is UTC:
            return at
        return at.replace(tzinfo=zone).astimezone(UTC) if at.tzinfo is None else at.astimezone(UTC)

    return read


def amount(rule: FieldRule, name: str, paths: Paths = IN_JSON) -> Callable[[Any, str], int | None]:
    """Minor units of the record's currency; None when missing. Raises Unreadable."""
    get = raw(rule, paths)
    is_minor = "from_minor_units" in (
        (rule.transform,) if isinstance(rule.transform, str) else rule.transform
    )

    def read(record: Any, currency: str) -> int | None:
        value = get(record)
        if value is None or value == "":
            return None
        return minor(value, currency, name, is_minor=is_minor)

    return read


def currency(fields: Fields, otherwise: str, paths: Paths = IN_JSON) -> Reader:
    """The record's own currency, else the recipe's."""
    if "currency" not in fields:
        return lambda _record: otherwise
    read = text(rule_of(fields["currency"]), paths)

    def find(record: Any) -> str:
        found: str = read(record)
        return found.upper() or otherwise

    return find


def minor(value: Any, currency: str, name: str, *, is_minor: bool) -> int:
    """Minor units out of a number or text. The usual spelling, `450.00`, takes no Decimal: it is most of a sync."""
    kind = type(value)
    if is_minor:
        if kind is int:
            return int(value)
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            raise Unreadable(NO_MINOR_UNITS, field=name) from None
    if kind is str:
        whole, _, fraction = value.partition(".")
        if (
            len(fraction) == exponent(currency)
            and value.isascii()
            and (whole.removeprefix("-") + fraction).isdigit()
        ):
            return int(whole + fraction)
    if kind is bool:
        raise Unreadable(NO_AMOUNT, field=name)
    try:
        return to_minor(value, currency)
    except (BadAmount, ValueError, OverflowError):
        raise Unreadable(NO_AMOUNT, field=name) from None


def as_text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def as_flag(value: Any) -> bool:
    return value.strip().lower() in _YES if isinstance(value, str) else bool(value)


def _found(rule: FieldRule, paths: Paths) -> Getter:
    if rule.const is not None:
        constant = rule.const
        return lambda _record: constant
    gets = [paths.get(path) for path in (*([rule.path] if rule.path is not None else []), *rule.paths)]
    if len(gets) == 1:
        return gets[0]

    def first(record: Any) -> Any:
        for get in gets:
            value = get(record)
            if value is not None and value != "":
                return value
        return None

    return first


def _looked_up(get: Getter, table: dict[str, Any]) -> Getter:
    def read(record: Any) -> Any:
        value = get(record)
        return None if value is None else table.get(as_text(value).casefold(), value)

    return read


def _transformed(get: Getter, change: Callable[[Any], Any]) -> Getter:
    def read(record: Any) -> Any:
        value = get(record)
        return None if value is None else change(value)

    return read


def _split_first(value: Any) -> str:
    """`Ada Lovelace` and `Lovelace, Ada` -> `Ada`."""
    family, comma, given = as_text(value).partition(",")
    return given.strip() if comma else family.rpartition(" ")[0].strip()


def _split_last(value: Any) -> str:
    family, comma, _given = as_text(value).partition(",")
    return family.strip() if comma else family.rpartition(" ")[2].strip()


def _decimal_comma(value: Any) -> Any:
    """`1.234,50` -> `1234.50`; numbers stay."""
    if not isinstance(value, str):
        return value
    return value.replace(" ", "").replace("\u00a0", "").replace("'", "").replace(".", "").replace(",", ".")


_TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "text": as_text,
    "trim": as_text,
    "upper": lambda value: as_text(value).upper(),
    "lower": lambda value: as_text(value).lower(),
    "split_first": _split_first,
    "split_last": _split_last,
    "decimal_comma": _decimal_comma,
    "bool": as_flag,
}


def _day(value: Any, patterns: Sequence[str], zone: ZoneInfo, name: str) -> date:
    if isinstance(value, str):
        for pattern in patterns:
            try:
                return datetime.strptime(value.strip(), pattern).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else _from_number(value)
    except (ValueError, TypeError, OverflowError, OSError):
        at = _odd_instant(value, name)
    return at.date() if at.tzinfo is None else at.astimezone(zone).date()


def _from_number(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a time")
    return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS else value, UTC)


def _odd_instant(value: Any, name: str) -> datetime:
    """Unix times as text and the form of older .NET services."""
    if isinstance(value, str):
        dotnet = _DOTNET.fullmatch(value.strip())
        digits = dotnet[1] if dotnet else value.strip()
        try:
            return _from_number(int(digits))
        except (ValueError, OverflowError, OSError):
            pass
    raise Unreadable(NO_MOMENT, field=name)
