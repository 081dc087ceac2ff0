"""The API as people read it: each operation with its fields, an example call and what can go wrong."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from webapp.domain.value import Value
from webapp.models import Scope

from . import catalogue, openapi
from .operation import Operation
from .problems import KINDS

ULID = "01JEXAMPLE0000000000000000"


class FieldLine(Value, frozen=True):
    """A parameter, a member of a body, or a member of an answer. `type` is as the document words it."""

    name: str
    type: str
    text: str
    is_required: bool = False


class Refusal(Value, frozen=True):
    status: int
    code: str
    title: str


class Entry(Value, frozen=True):
    """One operation. `curl` is without the hub's address in front of `path`; `words` are searched, in small letters."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    scope: Scope
    status: int
    answer: str
    parameters: tuple[FieldLine, ...]
    members: tuple[FieldLine, ...]
    answered: tuple[FieldLine, ...]
    refusals: tuple[Refusal, ...]
    sample_path: str
    sample_body: str
    words: str


class Chapter(Value, frozen=True):
    title: str
    entries: tuple[Entry, ...]


@lru_cache(maxsize=1)
def chapters() -> tuple[Chapter, ...]:
    """In the order of the document."""
    document = openapi.document()
    found: dict[str, list[Entry]] = {}
    for one in catalogue.ALL:
        found.setdefault(one.group, []).append(_entry(one, document))
    return tuple(Chapter(title, tuple(entries)) for title, entries in found.items())


def matching(text: str) -> tuple[Chapter, ...]:
    """Chapters with the operations in which every word of `text` occurs."""
    words = text.lower().split()
    kept = (
        Chapter(
            chapter.title,
            tuple(entry for entry in chapter.entries if all(word in entry.words for word in words)),
        )
        for chapter in chapters()
    )
    return tuple(chapter for chapter in kept if chapter.entries)


def _entry(one: Operation, document: Mapping[str, Any]) -> Entry:
    described = document["paths"][one.path][one.method.lower()]
    schemas = document["components"]["schemas"]
    parameters = tuple(
        FieldLine(
            given["name"],
            _type(given["schema"]),
            given.get("description", ""),
            is_required=given["required"],
        )
        for given in described["parameters"]
    )
    members = tuple(_members(schemas, one.body.__name__)) if one.body else ()
    answered = tuple(_members(schemas, _inner(schemas, one.answer.__name__)))
    refusals = tuple(
        Refusal(KINDS[code].status, code, KINDS[code].title) for code in openapi.problems_of(one)
    )
    fields = " ".join(line.name for line in (*parameters, *members, *answered))
    return Entry(
        anchor=one.name.replace("_", "-"),
        method=one.method,
        path=one.path,
        summary=one.summary,
        text=one.description,
        scope=one.scope,
        status=one.status,
        answer=one.answer.__name__,
        parameters=parameters,
        members=members,
        answered=answered,
        refusals=refusals,
        sample_path=_sample_path(one),
        sample_body=json.dumps(_sample(schemas, one.body.__name__)) if one.body else "",
        words=f"{one.method} {one.path} {one.group} {one.summary} {one.description} {fields}".lower(),
    )


def _inner(schemas: Mapping[str, Any], name: str) -> str:
    """Of a list the shape of its records."""
    data = schemas[name].get("properties", {}).get("data")
    return _name(data["items"]["$ref"]) if data else name


def _members(schemas: Mapping[str, Any], name: str, before: str = "", depth: int = 0) -> Iterable[FieldLine]:
    """With the members of members, written `guest.first_name` and `stays[].room`."""
    shape = schemas[name]
    for member, given in shape.get("properties", {}).items():
        where = f"{before}{member}"
        yield FieldLine(
            where, _type(given), given.get("description", ""), is_required=member in shape.get("required", ())
        )
        reference, is_list = _reference(given)
        if reference and "properties" in schemas[reference] and depth < 2:
            yield from _members(schemas, reference, f"{where}{'[]' if is_list else ''}.", depth + 1)


def _reference(given: Mapping[str, Any]) -> tuple[str | None, bool]:
    for kind in given.get("anyOf", [given]):
        if "$ref" in kind:
            return _name(kind["$ref"]), False
        if "$ref" in kind.get("items", {}):
            return _name(kind["items"]["$ref"]), True
    return None, False


def _type(given: Mapping[str, Any]) -> str:
    if "anyOf" in given:
        return " | ".join(_type(kind) for kind in given["anyOf"])
    if "$ref" in given:
        return _name(given["$ref"])
    if "enum" in given:
        return " | ".join(str(value) for value in given["enum"] if value != "")
    kind = given.get("type", "any")
    if kind == "array":
        return f"{_type(given.get('items', {}))}[]"
    return str(given.get("format", kind))


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _sample_path(one: Operation) -> str:
    path = one.path
    for name, prefix in one.ids.items():
        path = path.replace(f"{{{name}}}", f"{prefix}_{ULID}")
    asks = "limit" in one.query.model_fields
    return f"{path}?limit=5" if asks else path


def _sample(schemas: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A body with what is needed, and something to change where nothing is."""
    shape = schemas[name]
    needed = shape.get("required", ()) or list(shape["properties"])[:1]
    return {member: _value(schemas, member, shape["properties"][member]) for member in needed}


def _value(schemas: Mapping[str, Any], member: str, given: Mapping[str, Any]) -> Any:
    found = next((kind for kind in given.get("anyOf", [given]) if kind.get("type") != "null"), given)
    if "$ref" in found:
        found = schemas[_name(found["$ref"])]
    if "enum" in found:
        return found["enum"][0]
    if found.get("type") == "array":
        return [_value(schemas, member, found["items"])]
    if "url" in member:
        return "https://example.com/hooks"
    return {"integer": 4, "boolean": False}.get(found.get("type", ""), "Late arrival, after 23:00")
