"""What one recipe says differently from another, part by part, so that a page can tell it in words."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from webapp.domain.value import Value

from .recipe_words import PAGING_FIELDS


class Part(StrEnum):
    """What a difference is about; `name` of a Difference is read by it."""

    FIELD = "field"  # name: a field of the hub, `recipe_words.FIELDS`
    STATUS = "status"  # name: the API's word
    STREAM = "stream"  # name: a kind of data, described or not any more
    PATH = "path"
    SELECT = "select"
    PAGING = "paging"
    TIMEZONE = "timezone"
    CURRENCY = "currency"
    OTHER = "other"  # name: a place in the document


class Difference(Value, frozen=True):
    """`before` and `after` are texts of the recipe, "" when there was or is nothing. `stream` is "" for the whole API."""

    part: Part
    name: str
    before: str
    after: str
    stream: str = ""


_WHOLE = {"timezone": Part.TIMEZONE, "currency": Part.CURRENCY}
_SOURCE = {"path": Part.PATH, "select": Part.SELECT}
_LONGEST = 120


def between(older: str, newer: str) -> tuple[Difference, ...]:
    """In the order of the editor; empty when both say the same. What is no JSON object counts as an empty recipe."""
    return tuple(_recipes(_decoded(older), _decoded(newer)))


def _recipes(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Iterator[Difference]:
    for name, part in _WHOLE.items():
        yield from _one(part, name, older.get(name), newer.get(name))
    before, after = _part(older, "streams"), _part(newer, "streams")
    for name in _keys(before, after):
        if name not in before or name not in after:
            yield Difference(
                Part.STREAM, name, *("" if name not in side else name for side in (before, after))
            )
        else:
            yield from _streams(name, _part(before, name), _part(after, name))
    yield from _others(older, newer, ("streams", *_WHOLE), "")


def _streams(stream: str, older: Mapping[str, Any], newer: Mapping[str, Any]) -> Iterator[Difference]:
    for name, part in _SOURCE.items():
        yield from _one(part, name, older.get(name), newer.get(name), stream)
    yield from _one(
        Part.PAGING,
        "pagination",
        _paging(_part(older, "pagination")),
        _paging(_part(newer, "pagination")),
        stream,
    )
    for key, part in (("fields", Part.FIELD), ("status_map", Part.STATUS)):
        before, after = _part(older, key), _part(newer, key)
        for name in _keys(before, after):
            yield from _one(part, name, before.get(name), after.get(name), stream)
    nested = ("stays", "guests")
    for key in nested:
        inner = (_part(older, key), _part(newer, key))
        yield from _one(Part.OTHER, f"{key}.select", inner[0].get("select"), inner[1].get("select"), stream)
        rules = (_part(inner[0], "fields"), _part(inner[1], "fields"))
        for name in _keys(*rules):
            yield from _one(
                Part.OTHER, f"{key}.fields.{name}", rules[0].get(name), rules[1].get(name), stream
            )
    known = (*_SOURCE, "pagination", "fields", "status_map", *nested)
    yield from _others(older, newer, known, stream)


def _others(
    older: Mapping[str, Any], newer: Mapping[str, Any], known: tuple[str, ...], stream: str
) -> Iterator[Difference]:
    for name in _keys(older, newer):
        if name not in known:
            yield from _one(Part.OTHER, name, older.get(name), newer.get(name), stream)


def _one(part: Part, name: str, before: Any, after: Any, stream: str = "") -> Iterator[Difference]:
    if (before or None) != (after or None):
        yield Difference(part, name, _text(before), _text(after), stream)


def _text(rule: Any) -> str:
    """Short, as the editor writes it: a path, several paths, `=text`; whatever is longer as JSON."""
    if rule is None or rule in ("", {}, []):
        return ""
    if isinstance(rule, str):
        return rule
    if isinstance(rule, list) and all(isinstance(item, str) for item in rule):
        return ", ".join(rule)
    if isinstance(rule, dict) and "path" in rule and set(rule) <= {"path", "transform"}:
        transform = rule["transform"]
        return f"{rule['path']} ({transform if isinstance(transform, str) else ', '.join(transform)})"
    if isinstance(rule, dict) and set(rule) == {"const"}:
        return f"={rule['const']}"
    text = msgspec.json.encode(rule).decode()
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _paging(paging: Mapping[str, Any]) -> str:
    kind = str(paging.get("kind", "none"))
    told = [f"{name}={paging[name]}" for name in (*PAGING_FIELDS, "first", "place") if name in paging]
    return " ".join(["" if kind == "none" else kind, *told]).strip()


def _keys(older: Mapping[str, Any], newer: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys((*older, *newer)))


def _part(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = whole.get(name)
    return found if isinstance(found, dict) else {}


def _decoded(document: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
