"""The sample answer as a tree to click through: its lists, and each value of a booking with the fields it fits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from webapp.domain.value import Value
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.kit.select import PathMissing, records

from .connection_entry import recipe_keeper
from .masking import DOTS, masked
from .recipe_shapes import Fit, Shape, fits, look
from .recipe_words import REQUIRED

MOST_KEYS = 40
MOST_LEAVES = 150
MOST_LISTS = 12
LONGEST_SHOWN = 40
LONGEST_PATH = 200
DEEPEST = 6
WISHED = ("guest_last_name", "room_type", "total_amount", "currency", "updated_at")
"""Fields that a hotel misses soon, beside the required ones."""


class ListChoice(Value, frozen=True):
    """A list of the answer that may hold the bookings; `path` is "" when the answer itself is the list."""

    path: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a booking, or what holds some. `path` is "" for what no path can name; `shown` is masked.
    With `is_proposed` the first of `fits` is told by the key's name, and not by the value's look alone."""

    key: str
    path: str
    children: tuple["Node", ...] = ()
    is_list: bool = False
    shape: Shape = Shape.EMPTY
    shown: tuple[str, ...] = ()
    used_as: tuple[str, ...] = ()
    fits: tuple[Fit, ...] = ()
    is_proposed: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """`nodes` are empty when there are no records where the recipe looks for the bookings."""

    lists: tuple[ListChoice, ...]
    nodes: tuple[Node, ...]
    missing: tuple[str, ...]
    wished: tuple[str, ...]


def grown(provider: str, document: str, answer: bytes) -> Tree | None:
    """None when there is no answer, or the recipe cannot be read."""
    recipe, body = _decoded(document.encode()), _decoded(answer)
    if not isinstance(recipe, dict) or not isinstance(body, dict | list):
        return None
    bookings = _part(_part(recipe, "streams"), "bookings")
    select = str(bookings.get("select", ""))
    try:
        rows = [row for row in records(body, select) if isinstance(row, dict)]
    except PathMissing:
        rows = []
    grower = _Grower(_uses(bookings), _proposals(provider, answer, select))
    missing, wished = _missing(recipe, bookings)
    return Tree(
        lists=tuple(ListChoice(path, count, path == select) for path, count in _lists(body)),
        nodes=grower.children("", rows, 0),
        missing=missing,
        wished=wished,
    )


class _Grower:
    """Walks the first records at once, so that a value which one of them lacks is there all the same."""

    def __init__(self, uses: Mapping[str, list[str]], proposals: Mapping[str, Fit]) -> None:
        self._uses = uses
        self._proposals = proposals
        self._leaves = 0

    def children(self, path: str, rows: Sequence[dict[str, Any]], depth: int) -> tuple[Node, ...]:
        keys = list(dict.fromkeys(key for row in rows for key in row))[:MOST_KEYS]
        nodes = (self._node(key, path, [row.get(key) for row in rows], depth) for key in keys)
        return tuple(node for node in nodes if node is not None)

    def _node(self, key: str, above: str, values: list[Any], depth: int) -> Node | None:
        path = _joined(above, key) if above or depth == 0 else ""
        is_list = any(isinstance(value, list) for value in values)
        if is_list:
            values = [value[0] for value in values if isinstance(value, list) and value]
            path = f"{path}[0]" if path else ""
        objects = [value for value in values if isinstance(value, dict)]
        if objects and depth < DEEPEST:
            return Node(key, path, self.children(path, objects, depth + 1), is_list)
        self._leaves += 1
        return self._leaf(key, path, values, is_list=is_list) if self._leaves <= MOST_LEAVES else None

    def _leaf(self, key: str, path: str, values: list[Any], *, is_list: bool) -> Node:
        plain = [value for value in values if not isinstance(value, dict | list)]
        found = look(key, plain)
        proposed = self._proposals.get(path)
        offered = dict.fromkeys([*([proposed] if proposed else []), *fits(found)])
        shown = dict.fromkeys(_shown(key, value) for value in plain if value not in (None, ""))
        return Node(
            key,
            path,
            is_list=is_list,
            shape=found.shape,
            shown=tuple(shown)[:3],
            used_as=tuple(self._uses.get(path, ())),
            fits=tuple(offered),
            is_proposed=proposed is not None,
        )


def _shown(key: str, value: Any) -> str:
    """As guests' data are shown everywhere: moments, days, numbers and types as they are, all else hidden."""
    hidden = masked(value, key=key)
    text = hidden if isinstance(hidden, str) else msgspec.json.encode(hidden).decode()
    if text == DOTS:
        return f"{DOTS} ({len(str(value))})"
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _joined(above: str, key: str) -> str:
    """ "" for a key that a path cannot name."""
    path = f"{above}.{key}" if above else key
    is_nameable = bool(key) and not any(letter in key for letter in ".[]*:") and not key.startswith("$")
    return path if is_nameable and len(path) <= LONGEST_PATH else ""


def _lists(body: Any) -> list[tuple[str, int]]:
    """Places of lists of objects and of maps of objects, from the outside in."""
    return list(_walked(body, "", 0))[:MOST_LISTS]


def _walked(value: Any, path: str, depth: int) -> Iterator[tuple[str, int]]:
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            yield path, len(value)
    elif isinstance(value, dict) and depth < DEEPEST:
        if path and len(value) > 1 and all(isinstance(item, dict) for item in value.values()):
            yield f"{path}.*", len(value)
        for key, item in value.items():
            below = _joined(path, key)
            if below:
                yield from _walked(item, below, depth + 1)


def _uses(bookings: Mapping[str, Any]) -> dict[str, list[str]]:
    """Path -> fields of the hub that read it; those of stays under the path of the first stay."""
    found: dict[str, list[str]] = {}
    stays = _part(bookings, "stays")
    for prefix, fields in (
        ("", _part(bookings, "fields")),
        (f"{stays.get('select', '')}[0].", _part(stays, "fields")),
    ):
        for name, rule in fields.items():
            for path in _paths(rule):
                found.setdefault(f"{prefix}{path}", []).append(name)
    return found


def _paths(rule: Any) -> list[str]:
    if isinstance(rule, str):
        return [rule]
    if isinstance(rule, list):
        return [str(path) for path in rule]
    if isinstance(rule, dict):
        return [str(path) for path in (rule.get("path"), *(rule.get("paths") or ())) if path]
    return []


def _proposals(provider: str, answer: bytes, select: str) -> dict[str, Fit]:
    """Path -> what the provider's own vocabulary takes it for, when it found the same list."""
    keeper = recipe_keeper(provider)
    try:
        proposed = _decoded(keeper.proposed_recipe(answer).encode()) if keeper else None
    except RecipeWrong:
        return {}
    bookings = _part(_part(proposed, "streams"), "bookings") if isinstance(proposed, dict) else {}
    if str(bookings.get("select", "")) != select:
        return {}
    found: dict[str, Fit] = {}
    for name, rule in _part(bookings, "fields").items():
        transform = rule.get("transform", "") if isinstance(rule, dict) else ""
        for path in _paths(rule):
            found.setdefault(path, Fit(name, transform if isinstance(transform, str) else ""))
    return found


def _missing(
    recipe: Mapping[str, Any], bookings: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Required fields without a source, then those that are only wished for."""
    known = {name for name, rule in _part(bookings, "fields").items() if rule}
    # A booking has a status of its own, whatever its stays say.
    known |= {name for name, rule in _part(_part(bookings, "stays"), "fields").items() if rule} - {"status"}
    if recipe.get("currency"):
        known.add("currency")
    if _part(bookings, "guests"):
        known.add("guest_last_name")
    return (
        tuple(name for name in REQUIRED if name not in known),
        tuple(name for name in WISHED if name not in known),
    )


def _part(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = whole.get(name)
    return found if isinstance(found, dict) else {}


def _decoded(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
