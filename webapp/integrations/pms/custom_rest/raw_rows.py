"""Takes an answer apart without decoding its records: the part that paging looks at, and each record's own bytes."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from webapp.integrations.kit.answer import Answer, without_nul
from webapp.integrations.kit.select import PathMissing, records, steps

_level = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_any = msgspec.json.Decoder().decode

Split = tuple[Any, list[msgspec.Raw]]


class Splitter:
    """Takes the answers of one list apart, the first with `split`; those after it look alike, and a type made from
    its keys reads them in one pass instead of two."""

    def __init__(self, select: str) -> None:
        self._select = select
        self._alike: Callable[[bytes], Split] | None = None

    def split(self, answer: Answer) -> Split:
        """As the function `split`."""
        if self._alike is not None:
            try:
                return self._alike(without_nul(answer.body))
            except (msgspec.DecodeError, UnicodeDecodeError):
                self._alike = None  # it looks different
        rest, rows = split(answer, self._select)
        keys = _plain(self._select)
        if keys:
            self._alike = _reader(keys, _others(rest, keys))
        return rest, rows


def split(answer: Answer, select: str) -> Split:
    """The answer with an empty list where its records stood, and the records.

    Raises ContractBroken or AnswerTruncated for what is no JSON, PathMissing as `records` does.
    """
    keys = _plain(select)
    if keys is not None:
        try:
            return _split(without_nul(answer.body), keys)
        except (msgspec.DecodeError, UnicodeDecodeError, PathMissing):
            pass  # no list there, or no JSON at all: judged below
    body = answer.json()
    return body, [msgspec.Raw(msgspec.json.encode(row)) for row in records(body, select)]


def _split(body: bytes | msgspec.Raw, keys: tuple[str, ...]) -> Split:
    if not keys:
        return [], _list(body)
    level = _level(body)
    inside = level.pop(keys[0], None)
    if inside is None:
        raise PathMissing(keys[0])
    below, rows = _split(inside, keys[1:])
    rest: dict[str, Any] = {key: _any(value) for key, value in level.items()}
    rest[keys[0]] = below
    return rest, rows


def _plain(select: str) -> tuple[str, ...] | None:
    """The path as keys, None when it has steps of another kind."""
    keys = steps(select)
    is_plain = all(isinstance(key, str) and key != "*" and not key.isdigit() for key in keys)
    return tuple(str(key) for key in keys) if is_plain else None


def _others(rest: Any, keys: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Level by level, the keys beside the way to the list."""
    found = []
    for key in keys:
        level = rest if isinstance(rest, dict) else {}
        found.append(tuple(sorted(name for name in level if name != key)))
        rest = level.get(key)
    return tuple(found)


@lru_cache(maxsize=32)
def _reader(keys: tuple[str, ...], others: tuple[tuple[str, ...], ...]) -> Callable[[bytes], Split]:
    """Reads an answer with these keys at most; raises ValidationError for any other."""
    inner: Any = list[msgspec.Raw]
    for key, names in zip(reversed(keys), reversed(others), strict=True):
        fields: list[tuple[str, Any, Any]] = [("v0", inner, msgspec.NODEFAULT)]
        fields += [(f"v{place}", Any, msgspec.UNSET) for place in range(1, len(names) + 1)]
        rename = {f"v{place}": name for place, name in enumerate((key, *names))}
        # A module of our own would have `domain.shapes` make it ready beside the thread that makes it.
        inner = msgspec.defstruct(
            "Level", fields, rename=rename, forbid_unknown_fields=True, gc=False, module="recipe"
        )
    decode = msgspec.json.Decoder(inner).decode
    return lambda body: _taken(decode(body), keys, others)


def _taken(level: Any, keys: tuple[str, ...], others: tuple[tuple[str, ...], ...]) -> Split:
    if not keys:
        return [], level
    below, rows = _taken(level.v0, keys[1:], others[1:])
    values = ((name, getattr(level, f"v{place}")) for place, name in enumerate(others[0], 1))
    return {name: value for name, value in values if value is not msgspec.UNSET} | {keys[0]: below}, rows
