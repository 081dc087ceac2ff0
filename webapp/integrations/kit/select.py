"""Paths into a provider's answer: finding the list of records, and one value inside a record.

A path is dotted keys: `data.items`. `*` takes every value of a map or a list (`data.*` for a map keyed by id);
`[]` after a key says the same of a list; `[0]` or a plain number takes one element; an empty path is the whole.
"""

import re
from collections.abc import Callable
from typing import Any

Getter = Callable[[Any], Any]

_STEP = re.compile(r"[^.\[\]]+|\[\d*\]")
_PATH = re.compile(r"(\$\.?)?((?:[^.\[\]]+|\[\d*\])(?:\[\d*\])*(?:\.[^.\[\]]+(?:\[\d*\])*)*)?")
_ALL = "*"


class PathMissing(LookupError):
    """The path is not in the answer, which is a mistake of set-up and not an empty list."""


def is_path(text: str) -> bool:
    return _PATH.fullmatch(text) is not None


def steps(path: str) -> tuple[str | int, ...]:
    """`"$.data.items[0].*"` -> `("data", "items", 0, "*")`."""
    found: list[str | int] = []
    for step in _STEP.findall(path.removeprefix("$").removeprefix(".")):
        inside = step.strip("[]")
        if step.startswith("["):
            found.append(int(inside) if inside else _ALL)
        else:
            found.append(step)
    return tuple(found)


def getter(path: str) -> Getter:
    """A function from a record to the value at the path; None when it is missing or null. Compiled once, because
    it runs for every field of every record."""
    keys = steps(path)
    if not keys:
        return lambda record: record
    if _ALL in keys or any(isinstance(key, int) or key.isdigit() for key in keys):
        return lambda record: _walk(record, keys)
    if len(keys) == 1:
        return _one(str(keys[0]))
    if len(keys) == 2:
        return _two(str(keys[0]), str(keys[1]))
    return _many(tuple(str(key) for key in keys))


def _one(key: str) -> Getter:
    return lambda record: record.get(key) if type(record) is dict else None


def _two(outer: str, key: str) -> Getter:
    def get(record: Any) -> Any:
        inner = record.get(outer) if type(record) is dict else None
        return inner.get(key) if type(inner) is dict else None

    return get


def _many(keys: tuple[str, ...]) -> Getter:
    def get(record: Any) -> Any:
        for key in keys:
            if type(record) is not dict:
                return None
            record = record.get(key)
        return record

    return get


def _walk(value: Any, keys: tuple[str | int, ...]) -> Any:
    """The slow way, for `*` and numbers: `*` gives a list of what is found below each element."""
    for index, key in enumerate(keys):
        if key == _ALL:
            below = [_walk(item, keys[index + 1 :]) for item in _elements(value)]
            return [item for item in below if item is not None]
        if isinstance(value, list):
            position = key if isinstance(key, int) else int(key) if key.isdigit() else -1
            value = value[position] if 0 <= position < len(value) else None
        elif isinstance(value, dict):
            value = value.get(str(key))
        else:
            return None
    return value


def _elements(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def records(body: Any, path: str) -> list[Any]:
    """The records of an answer. A single object counts as one; null where a list belongs is an empty list.

    Raises PathMissing when a key of the path is not there at all.
    """
    found: list[Any] = [body]
    keys = steps(path)
    for key in keys:
        if key == _ALL:
            found = [item for value in found for item in _elements(value)]
            continue
        below = []
        for value in found:
            if isinstance(value, dict) and str(key) in value:
                below.append(value[str(key)])
            elif isinstance(value, list) and str(key).isdigit() and int(key) < len(value):
                below.append(value[int(key)])
            elif found == [value] or len(found) == 1:
                raise PathMissing(path)
        found = below
    if len(found) == 1 and keys[-1:] != (_ALL,):
        found = found[0] if isinstance(found[0], list) else [item for item in found if item is not None]
    return found
