"""Recipes of a Custom PMS as the editor sees them: rows over the JSON document, which stays the one truth."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.errors import RecipeWrong

from .connection_entry import recipe_keeper
from .recipe_words import FIELDS, PAGING_FIELDS, REQUIRED, SEVERAL, TARGETS, TRANSFORMS


class FieldRow(Value, frozen=True):
    """`source` is a path, several paths separated by commas, or `=text` for a fixed value."""

    name: str
    label: str
    source: str
    transform: str = ""
    is_required: bool = False
    has_more: bool = False  # a table of words or a date format, kept and edited in the JSON
    problem: Sentence | None = None


class StatusRow(Value, frozen=True):
    word: str
    target: str


class RecipeProblem(Value, frozen=True):
    """`where` is a place in the document."""

    where: str
    problem: Sentence


@dataclass(frozen=True, slots=True)
class RecipeView:
    """What the editor shows. When the JSON cannot be read, only `document` and `problems` are filled."""

    document: str
    digest: str
    problems: tuple[RecipeProblem, ...]
    is_readable: bool = True
    path: str = ""
    select: str = ""
    paging: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[FieldRow, ...] = ()
    addable: tuple[str, ...] = ()
    statuses: tuple[StatusRow, ...] = ()
    streams: tuple[Stream, ...] = ()
    stays_at: str = ""


class Edits(Value, frozen=True):
    """What the rows of the editor say: fields as (name, source, transform), statuses as (word, target)."""

    path: str
    select: str
    paging: Mapping[str, str]
    fields: Sequence[tuple[str, str, str]]
    statuses: Sequence[tuple[str, str]]


def view(provider: str, document: str) -> RecipeView:
    """The document and everything that is wrong with it."""
    problems = _problems(provider, document)
    recipe = _decoded(document)
    if recipe is None:
        return RecipeView(document, digest_of(document), problems, is_readable=False)
    bookings = _part(_part(recipe, "streams"), "bookings")
    fields = _part(bookings, "fields")
    stays = _part(bookings, "stays")
    in_stays = set(_part(stays, "fields"))
    by_place = {one.where: one.problem for one in problems}
    required = [name for name in REQUIRED if not (name in ("arrival", "departure") and in_stays)]
    names = [name for name in FIELDS if name in fields or name in required]
    names += [name for name in fields if name not in FIELDS]
    paging = _part(bookings, "pagination")
    return RecipeView(
        document=document,
        digest=digest_of(document),
        problems=problems,
        path=str(bookings.get("path", "")),
        select=str(bookings.get("select", "")),
        paging={
            "kind": str(paging.get("kind", "none")),
            **{name: str(paging[name]) for name in PAGING_FIELDS if name in paging},
        },
        rows=tuple(
            _row(name, fields.get(name), name in required, by_place.get(f"streams.bookings.fields.{name}"))
            for name in names
        ),
        addable=tuple(name for name in FIELDS if name not in names),
        statuses=tuple(StatusRow(str(word), str(to)) for word, to in _part(bookings, "status_map").items()),
        streams=tuple(stream for stream in Stream if stream.value in _part(recipe, "streams")),
        stays_at=str(stays.get("select", "")),
    )


def digest_of(document: str) -> str:
    """Tells whether somebody edited the JSON since it was shown; line ends, which browsers change, do not count."""
    return hashlib.blake2b(_unix(document).encode(), digest_size=8).hexdigest()


def merged(document: str, shown: str, edits: Edits) -> str:
    """The document as it is wanted: edited JSON goes first, otherwise the rows are written into it."""
    document = _unix(document)
    recipe = _decoded(document)
    if recipe is None or digest_of(document) != shown:
        return document
    bookings = _open(_open(recipe, "streams"), "bookings")
    _put(bookings, "path", edits.path.strip())
    _put(bookings, "select", edits.select.strip())
    _put(bookings, "pagination", _paging(_part(bookings, "pagination"), edits.paging))
    before = _part(bookings, "fields")
    bookings["fields"] = {
        name: _rule(before.get(name), source.strip(), transform)
        for name, source, transform in edits.fields
        if source.strip()
    }
    _put(
        bookings,
        "status_map",
        {word.strip(): to for word, to in edits.statuses if word.strip() and to in TARGETS},
    )
    return _pretty(recipe)


def with_field(document: str, name: str) -> str:
    """A row for another field, its source still to be written."""
    recipe = _decoded(document)
    if recipe is None or name not in FIELDS:
        return document
    _open(_open(_open(recipe, "streams"), "bookings"), "fields").setdefault(name, "")
    return _pretty(recipe)


def with_status(document: str, word: str, target: str) -> str:
    """The provider's word gets a meaning."""
    recipe = _decoded(document)
    if recipe is None or target not in TARGETS or not word:
        return document
    _open(_open(_open(recipe, "streams"), "bookings"), "status_map")[word] = target
    return _pretty(recipe)


def blank(provider: str) -> str:
    keeper = recipe_keeper(provider)
    return keeper.blank_recipe() if keeper else "{}"


def proposed(provider: str, sample: str) -> str:
    """A recipe for a pasted answer. Raises RecipeWrong."""
    keeper = recipe_keeper(provider)
    return keeper.proposed_recipe(sample) if keeper else "{}"


def imported(document: str) -> str:
    """A pasted or uploaded recipe, made pretty; what does not fit is for `view` to tell. Raises RecipeWrong."""
    recipe = _decoded(document.removeprefix("\ufeff"))
    if recipe is None:
        raise RecipeWrong("recipe", N_("This is not a recipe: a JSON object was expected."))
    return _pretty(recipe)


def _problems(provider: str, document: str) -> tuple[RecipeProblem, ...]:
    keeper = recipe_keeper(provider)
    found: Collection[RecipeWrong] = keeper.recipe_problems(document) if keeper else ()
    return tuple(RecipeProblem(error.where, error.problem) for error in found)


def _row(name: str, rule: Any, is_required: bool, problem: Sentence | None) -> FieldRow:
    label = FIELDS.get(name, name)
    if not isinstance(rule, dict):
        source = ", ".join(map(str, rule)) if isinstance(rule, list) else str(rule or "")
        return FieldRow(name, label, source, is_required=is_required, problem=problem)
    if "const" in rule and "path" not in rule and "paths" not in rule:
        source = f"={rule['const']}"
    else:
        source = ", ".join(
            [*([rule["path"]] if rule.get("path") else []), *map(str, rule.get("paths") or ())]
        )
    transform = rule.get("transform") or ""
    if isinstance(transform, list):
        transform = str(transform[0]) if len(transform) == 1 else SEVERAL
    has_more = bool(rule.get("map") or rule.get("format"))
    return FieldRow(name, label, source, str(transform), is_required, has_more, problem)


def _rule(before: Any, source: str, transform: str) -> Any:
    """The shortest way to write it; a table of words or a date format of the old rule stays."""
    old = before if isinstance(before, dict) else {}
    rule: dict[str, Any] = {}
    if source.startswith("="):
        same = str(old.get("const")) == source[1:] and "const" in old
        rule["const"] = old["const"] if same else source[1:].strip()
    else:
        paths = [path.strip() for path in source.split(",") if path.strip()]
        if len(paths) == 1:
            rule["path"] = paths[0]
        else:
            rule["paths"] = paths
    if transform == SEVERAL and "transform" in old:
        rule["transform"] = old["transform"]
    elif transform in TRANSFORMS and transform:
        rule["transform"] = transform
    rule |= {key: old[key] for key in ("map", "format") if key in old}
    if set(rule) == {"path"}:
        return rule["path"]
    return rule["paths"] if set(rule) == {"paths"} else rule


def _paging(before: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, Any]:
    kind = wanted.get("kind", "none")
    if kind == "none":
        return {}
    paging: dict[str, Any] = {key: value for key, value in before.items() if key not in PAGING_FIELDS}
    paging["kind"] = kind
    for name in PAGING_FIELDS:
        text = wanted.get(name, "").strip()
        if text:
            paging[name] = int(text) if name == "size" and text.isdecimal() else text
    return paging


def _part(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = whole.get(name)
    return found if isinstance(found, dict) else {}


def _open(whole: dict[str, Any], name: str) -> dict[str, Any]:
    """The part to write into, made when it is missing."""
    if not isinstance(whole.get(name), dict):
        whole[name] = {}
    part: dict[str, Any] = whole[name]
    return part


def _put(whole: dict[str, Any], name: str, value: Any) -> None:
    if value:
        whole[name] = value
    else:
        whole.pop(name, None)


def _decoded(document: str) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _pretty(recipe: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(recipe), indent=2).decode()


def _unix(document: str) -> str:
    return document.replace("\r\n", "\n").strip()
