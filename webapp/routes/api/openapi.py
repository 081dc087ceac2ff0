"""The document of the API, OpenAPI 3.1: made of the same models and operations that answer, once for each process."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from flask import Response, request
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from . import catalogue, problems
from .operation import IDEMPOTENCY_KEY, IF_MATCH, Operation
from .problems import KINDS
from .shapes import Problem, id_pattern

REFERENCE = "#/components/schemas/{model}"
EVERYWHERE = ("no_key", "insufficient_scope", "not_acceptable", "invalid", "quota_exceeded", "internal_error")
ABOUT = """The hotel's own data, as the hub knows them: bookings, guests, rooms, rates, events, integrations and tickets.

Send a key from Settings > API Access as `Authorization: Bearer …`. Lists are paged: follow `next_cursor` (or the Link
header) while `has_more`. To keep up, ask with `updated_since`, an overlap of a minute, and take what you have already
as the same. Every POST takes an `Idempotency-Key`. Instants are UTC, dates are the hotel's, money is in minor units."""
_RATE = {
    "RateLimit-Policy": "Quota and window, as a structured field.",
    "RateLimit": "What is left, and seconds until more.",
    "X-Request-Id": "The caller's own, or a new one.",
}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Paths below `/api/v1`."""
    answers: set[type[BaseModel]] = {Problem, *(one.answer for one in catalogue.ALL)}
    shapes = sorted(answers, key=lambda model: model.__name__)
    bodies = sorted({one.body for one in catalogue.ALL if one.body}, key=lambda model: model.__name__)
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "serialization") for model in shapes]
    wanted += [(model, "validation") for model in bodies]
    _, schemas = models_json_schema(wanted, ref_template=REFERENCE)
    groups = dict.fromkeys(one.group for one in catalogue.ALL)
    return {
        "openapi": "3.1.0",
        "info": {"title": "AI Hotel Assistant", "version": "1", "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"key": []}],
        "tags": [{"name": name} for name in groups],
        "paths": {
            path: {method.lower(): _operation(one) for method, one in by_method.items()}
            for path, by_method in catalogue.BY_PATH.items()
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "aiha_…"}},
        },
    }


@lru_cache(maxsize=1)
def _written() -> tuple[bytes, str]:
    text = msgspec.json.encode(document())
    return text, hashlib.blake2b(text, digest_size=12).hexdigest()


def served() -> Response:
    """The document, open to everybody: it says nothing about this hotel."""
    text, etag = _written()
    if request.if_none_match.contains_weak(etag):
        return Response(status=304, headers={"ETag": f'"{etag}"'})
    return Response(text, headers={"ETag": f'"{etag}"'}, content_type="application/json")


def problems_of(operation: Operation) -> list[str]:
    """Codes that a call may be answered with, in the order of their statuses."""
    codes = {*EVERYWHERE, "key_in_address", "invalid_key", "expired_key", "address_not_allowed"}
    codes.update(operation.problems)
    if operation.ids:
        codes.add("not_found")
    if operation.method != "GET":
        codes.update(("malformed_json", "too_large", "unsupported_media_type"))
    if operation.is_repeatable:
        codes.update(("bad_idempotency_key", "in_progress", "idempotency_mismatch"))
    if operation.takes_if_match:
        codes.update(("bad_etag", "changed_meanwhile"))
    return sorted(codes, key=lambda code: (KINDS[code].status, code))


def _operation(one: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.group],
        "summary": one.summary,
        "description": " ".join(filter(None, (one.description, f"Needs a key with `{one.scope}`."))),
        "parameters": [*_ids(one), *_query(one), *_headers(one)],
        "responses": {str(one.status): _answer(one), **_refusals(problems_of(one))},
    }
    if one.has_etag and one.method == "GET":
        found["responses"]["304"] = {"description": "It is what If-None-Match says."}
    if one.body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(one.body)}}}
    return found


def _ids(one: Operation) -> Iterable[dict[str, Any]]:
    for name, prefix in one.ids.items():
        schema = {"type": "string", "pattern": id_pattern(prefix)}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query(one: Operation) -> Iterable[dict[str, Any]]:
    schema = one.query.model_json_schema()
    shared = schema.get("$defs", {})
    for name, given in schema.get("properties", {}).items():
        found = {key: value for key, value in given.items() if key not in ("title", "description")}
        if "anyOf" in found:  # a parameter is left out, never null
            found |= next(kind for kind in found.pop("anyOf") if kind.get("type") != "null")
            found.pop("default", None)
        if "$ref" in found:
            found |= {
                key: value
                for key, value in shared[found.pop("$ref").rpartition("/")[2]].items()
                if key in ("type", "enum")
            }
        parameter = {"name": name, "in": "query", "required": False, "schema": found}
        if "description" in given:
            parameter["description"] = given["description"]
        yield parameter


def _headers(one: Operation) -> Iterable[dict[str, Any]]:
    if one.is_repeatable:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "A name of your own for this call: repeated within a day it is answered, not done again.",
            "schema": {"type": "string", "pattern": IDEMPOTENCY_KEY},
        }
    if one.takes_if_match:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "description": "The ETag that you read.",
            "schema": {"type": "string", "pattern": IF_MATCH},
        }


def _answer(one: Operation) -> dict[str, Any]:
    names = [*_RATE, *(["ETag"] if one.has_etag else [])]
    return {
        "description": one.answer.__doc__.split("\n")[0] if one.answer.__doc__ else one.answer.__name__,
        "headers": {
            name: {"description": _RATE.get(name, "Of what is answered."), "schema": {"type": "string"}}
            for name in names
        },
        "content": {"application/json": {"schema": _ref(one.answer)}},
    }


def _refusals(codes: Iterable[str]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(KINDS[code].status, []).append(code)
    return {
        str(status): {
            "description": ", ".join(f"`{name}`" for name in names),
            "content": {problems.MEDIA_TYPE: {"schema": _ref(Problem)}},
        }
        for status, names in by_status.items()
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=model.__name__)}
