"""Types made from a recipe, so that the decoder reads only the values that are used, and dates as dates.

A record that does not fit its type is no error: it is read once more from plain JSON, which forgives more.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

import msgspec

from webapp.integrations.kit.select import Getter, getter, steps

from .recipe import Fields, FieldSource
from .values import is_plain, rule_of

_Tree = dict[str, Any]  # key of the API -> a tree below it, or the type of its value


class Untyped(Exception):
    """The recipe reads something that no type can be made for."""


class TypedPaths:
    """One kind of object of an API as a type: `struct` to decode into, and where in it a path's value is.

    `days` names the fields that are dates in ISO form; `lists` holds the types of the lists inside. Raises Untyped.
    """

    def __init__(
        self,
        fields: Fields,
        days: Collection[str] = (),
        lists: Mapping[str, type[msgspec.Struct]] = {},
    ) -> None:
        self._tree: _Tree = {}
        wanted: list[tuple[tuple[str, ...], Any]] = [
            (_plain_keys(path), date if name in days and is_plain(rule_of(source)) else Any)
            for name, source in fields.items()
            for path in _paths_of(source)
        ]
        for path, shape in lists.items():
            if len(_plain_keys(path)) != len(steps(path)):
                raise Untyped(path)
            wanted.append((_plain_keys(path), list[shape]))  # type: ignore[valid-type]
        for keys, kind in sorted(wanted, key=lambda one: len(one[0])):
            _plant(self._tree, keys, kind)
        if any(_leaf(self._tree, steps(path)) is Any for path in lists):
            raise Untyped("a list that is read as a value too")
        self.struct = _struct(self._tree)

    def get(self, path: str) -> Getter:
        return _found(self._tree, steps(path))

    def is_day(self, path: str) -> bool:
        return _leaf(self._tree, steps(path)) is date

    def many(self, paths: Sequence[str]) -> Getter | None:
        names = [_names(self._tree, steps(path)) for path in paths]
        found = [".".join(each) for each in names if each]
        return attrgetter(*found) if len(found) == len(paths) > 1 else None

    def rows(self, path: str) -> Getter:
        get = self.get(path)
        return lambda record: get(record) or []


def _paths_of(source: FieldSource) -> tuple[str, ...]:
    rule = rule_of(source)
    return (*([rule.path] if rule.path is not None else []), *rule.paths)


def _plain_keys(path: str) -> tuple[str, ...]:
    """The keys up to the first step that is no key: what lies behind is read from plain JSON."""
    found: list[str] = []
    for step in steps(path):
        if not isinstance(step, str) or step == "*" or step.isdigit():
            break
        found.append(step)
    if not found:
        raise Untyped(path)
    return tuple(found)


def _plant(tree: _Tree, keys: tuple[str, ...], kind: Any) -> None:
    """Short paths come first; what lies below one of them, or is wanted as two types, stays plain JSON."""
    for key in keys[:-1]:
        below = tree.setdefault(key, {})
        if not isinstance(below, dict):
            tree[key] = Any
            return
        tree = below
    known = tree.setdefault(keys[-1], kind)
    if known != kind:
        tree[keys[-1]] = Any


def _struct(tree: _Tree) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any, Any]] = [
        (
            f"v{place}",
            (_struct(kind) if isinstance(kind, dict) else kind) | None if kind is not Any else Any,
            None,
        )
        for place, kind in enumerate(tree.values())
    ]
    names = {f"v{place}": key for place, key in enumerate(tree)}
    # A module of our own would have `domain.shapes` make it ready beside the thread that makes it.
    return msgspec.defstruct("Record", fields, rename=names, gc=False, module="recipe")


def _leaf(tree: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        if not isinstance(tree, dict):
            return Any
        tree = tree.get(str(key))
    return tree


def _found(tree: _Tree, path: tuple[str | int, ...]) -> Getter:
    """Attributes down to the value, and from there the rest of the path as in plain JSON."""
    names: list[str] = []
    node: Any = tree
    for place, key in enumerate(path):
        if not isinstance(node, dict):
            return _beyond(_attributes(names), path[place:])
        names.append(f"v{list(node).index(str(key))}")
        node = node[str(key)]
    return _attributes(names)


def _names(tree: Any, path: tuple[str | int, ...]) -> list[str]:
    """The attributes to a value; none when the rest of its path is read from plain JSON."""
    names: list[str] = []
    for key in path:
        if not isinstance(tree, dict):
            return []
        names.append(f"v{list(tree).index(str(key))}")
        tree = tree[str(key)]
    return names


def _attributes(names: list[str]) -> Getter:
    if len(names) == 1:
        return attrgetter(names[0])
    outer, last = _attributes(names[:-1]), attrgetter(names[-1])

    def get(record: Any) -> Any:
        inner = outer(record)
        return None if inner is None else last(inner)

    return get


def _beyond(get: Getter, path: tuple[str | int, ...]) -> Getter:
    rest = getter(".".join(f"[{step}]" if isinstance(step, int) else step for step in path))
    return lambda record: rest(get(record))
