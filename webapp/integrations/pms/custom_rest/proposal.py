"""Proposes a recipe from a pasted answer: where the list is, how it is paged, and what its keys may mean."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

import msgspec

from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.integrations.kit.errors import RecipeWrong

from .recipe import FieldRule, Fields, FieldSource, Nested, Paging, Recipe, StreamRecipe, Target
from .vocabulary import FIELD_WORDS, STATUS_WORDS

_DEEP = 4
_SURE = 0.86  # similarity of two words from which a guess is worth showing

_MINOR = re.compile(r"(cents?|minor|pence)$")


def blank() -> Recipe:
    """A plain API: bookings at /reservations, a list in `data`, numbered pages."""
    return Recipe(
        version=1,
        timezone="Europe/Zurich",
        currency="EUR",
        streams={
            Stream.BOOKINGS: StreamRecipe(
                path="/reservations",
                query={"hotel": "{{property_id}}"},
                delta_query={"changed_since": "{{since}}"},
                stay_query={"from": "{{from_date}}", "to": "{{to_date}}"},
                select="data",
                pagination=Paging(kind="page", param="page", size_param="per_page", size=100),
                fields={
                    "external_id": "id",
                    "status": "status",
                    "arrival": "arrival",
                    "departure": "departure",
                    "guest_first_name": "guest.first_name",
                    "guest_last_name": "guest.last_name",
                    "total_amount": "total",
                    "updated_at": "updated_at",
                },
                status_map={"CONFIRMED": "confirmed", "CANCELLED": "cancelled"},
            )
        },
    )


def propose(sample: str | bytes) -> Recipe:
    """Raises RecipeWrong when the sample is not JSON or holds no list of records."""
    try:
        body = msgspec.json.decode(sample)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RecipeWrong("sample", N_("This is not JSON. Paste a whole answer of the API.")) from None
    lists = sorted(_lists(body, "", 0), key=lambda found: (-len(found[1]), len(found[0])))
    if not lists:
        raise RecipeWrong(
            "sample", N_("There is no list of records in it. Paste the answer that lists bookings.")
        )
    select, rows = lists[0]
    record = _merged(rows)
    fields = _fields(record)
    stays = _stays(record, fields)
    words = {word for row in rows if isinstance(row, dict) and (word := _status_word(row, fields))}
    source = StreamRecipe(
        path="/reservations",
        select=select,
        pagination=_paging(body),
        fields=fields,
        stays=stays,
        status_map={word: target for word in sorted(words) if (target := _target(word)) is not None},
    )
    return msgspec.structs.replace(blank(), streams={Stream.BOOKINGS: source})


def _lists(value: Any, path: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    """Lists of objects, and maps of objects keyed by id, not those inside a record."""
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            yield path, value
        return
    if not isinstance(value, dict) or depth > _DEEP:
        return
    if (
        path
        and len(value) > 1
        and all(isinstance(item, dict) and len(item) > _DEEP for item in value.values())
    ):
        yield f"{path}.*", list(value.values())
        return
    for key, item in value.items():
        if "." not in key and "[" not in key:
            yield from _lists(item, f"{path}.{key}" if path else key, depth + 1)


def _merged(rows: list[Any]) -> dict[str, Any]:
    """One record with every key that any of the first rows has."""
    merged: dict[str, Any] = {}
    for row in rows[:20]:
        for key, value in row.items() if isinstance(row, dict) else ():
            if merged.get(key) is None:
                merged[key] = value
    return merged


def _fields(record: dict[str, Any]) -> Fields:
    leaves = dict(_leaves(record, "", 0))
    fields: Fields = {}
    taken: set[str] = set()
    for name, words in FIELD_WORDS.items():
        path = _best(words, [leaf for leaf in leaves if leaf not in taken])
        if path is not None:
            # A reference may well be the id, too; everything else is used once.
            taken |= {path} if name != "external_id" else set()
            fields[name] = _source(name, path)
    return fields


def _source(name: str, path: str) -> FieldSource:
    is_minor = name in {"total_amount", "balance_amount"} and _MINOR.search(path.lower())
    return FieldRule(path=path, transform="from_minor_units") if is_minor else path


def _leaves(value: dict[str, Any], path: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, item in value.items():
        here = f"{path}.{key}" if path else key
        if isinstance(item, dict) and depth < 2:
            yield from _leaves(item, here, depth + 1)
        elif not isinstance(item, list | dict):
            yield here, item


def _best(words: tuple[str, ...], paths: list[str]) -> str | None:
    """The path whose key says one of the words: exactly, at the end of a path, or nearly."""
    plain = {path: re.sub(r"[^a-z0-9.]", "", path.lower()) for path in paths}
    for word in words:
        for path, text in plain.items():
            if text == word:
                return path
    for word in words:
        for path, text in plain.items():
            if "." not in word and text.rpartition(".")[2] == word and len(word) > 2:
                return path
    scored = [
        (SequenceMatcher(None, word, text).ratio(), path)
        for word in words
        if len(word) > _DEEP
        for path, text in plain.items()
    ]
    score, path = max(scored, default=(0.0, ""))
    return path if score >= _SURE else None


def _stays(record: dict[str, Any], fields: Fields) -> Nested | None:
    """A list inside the record whose rows have an arrival and a departure."""
    for key, value in record.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found = _fields(_merged(value))
            if "arrival" in found and "departure" in found:
                names = {
                    "room_type_id",
                    "room_type",
                    "room",
                    "adults",
                    "children",
                    "rate_plan_id",
                    "rate_plan",
                }
                kept = {
                    name: path
                    for name, path in found.items()
                    if name in names | {"arrival", "departure", "status"}
                }
                return Nested(select=key, fields=kept)
    return None


def _paging(body: Any) -> Paging:
    """Signs of paging beside the list: totals, a cursor, a next link. Parameters are often named like the signs."""
    if not isinstance(body, dict):
        return Paging()
    leaves = dict(_leaves(body, "", 0))
    plain = {re.sub(r"[^a-z]", "", path.rpartition(".")[2].lower()): path for path in leaves}

    def path_of(*names: str) -> str:
        return next((plain[name] for name in names if name in plain), "")

    def param_of(otherwise: str, *names: str) -> str:
        return path_of(*names).rpartition(".")[2] or otherwise

    link = path_of("next", "nextlink", "nexturl", "nextpageurl", "nextpage")
    if isinstance(leaves.get(link), str) and "/" in str(leaves[link]):
        return Paging(kind="next_link_body", path=link)
    cursor = path_of("nextcursor", "cursor", "nexttoken", "nextpagetoken", "continuation")
    if cursor:
        return Paging(kind="cursor", param="cursor", path=cursor)
    total = path_of("totalcount", "total", "count", "totalrecords", "totalitems")
    more = path_of("hasmore")
    if path_of("offset", "skip") or more:
        return Paging(
            kind="offset",
            param=param_of("offset", "offset", "skip"),
            size_param=param_of("limit", "limit", "pagesize", "take"),
            total_path=total,
            has_more_path=more,
        )
    pages = path_of("totalpages", "pages", "pagecount", "lastpage")
    if not (pages or total or path_of("page", "currentpage")):
        return Paging()
    return Paging(
        kind="page",
        param=param_of("page", "page"),
        size_param=param_of("per_page", "pagesize", "perpage", "limit", "size"),
        total_pages_path=pages,
        total_path=total,
    )


def _status_word(row: dict[str, Any], fields: Fields) -> str:
    path = fields.get("status")
    value: Any = row
    for key in path.split(".") if isinstance(path, str) else ():
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _target(word: str) -> Target | None:
    plain = re.sub(r"[^a-z]", "", word.lower())
    return next((target for target, words in STATUS_WORDS.items() if plain in words), None)
