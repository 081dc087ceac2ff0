"""Spoils one record of an answer: a field of it is lost, or holds what its vendor never documented."""

from collections.abc import Iterator
from typing import Any

import msgspec

from simulator.wire import JSON, Answer


def spoilt(answer: Answer, field: str, value: object, row: int) -> Answer:
    """The answer with `field` of the record `row` replaced by `value`, taken away where that is None.

    `field` is a path from the record with dots, numbers count list items; the records are the first list (or map) whose items have
    that field. An answer without one is left as it is.
    """
    if not field or answer.status != 200 or not answer.content_type.startswith(JSON):
        return answer
    body = msgspec.json.decode(answer.body)
    for rows in _lists(body):
        if row < len(rows) and _put(rows[row], field.split("."), value):
            return Answer(answer.status, msgspec.json.encode(body), answer.content_type, answer.headers)
    return answer


def _lists(body: object) -> Iterator[list[Any]]:
    """Every list of the answer, the outer ones first; a map of records counts as one."""
    level = [body]
    while level:
        for found in level:
            if isinstance(found, list):
                yield found
            elif isinstance(found, dict) and all(isinstance(each, dict) for each in found.values()):
                yield list(found.values())
        level = [inner for found in level for inner in _inside(found)]


def _inside(found: object) -> list[Any]:
    if isinstance(found, dict):
        return list(found.values())
    return found if isinstance(found, list) else []


def _put(record: Any, path: list[str], value: object) -> bool:
    """Whether the record had the field."""
    *way, last = (int(part) if part.isdigit() else part for part in path)
    try:
        for part in way:
            record = record[part]
        record[last]
    except (KeyError, IndexError, TypeError):
        return False
    if value is None:
        del record[last]
    else:
        record[last] = value
    return True
