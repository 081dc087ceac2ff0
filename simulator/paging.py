"""The ways a vendor hands out a long list: page number, offset, cursor, next link, in body or header."""

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlencode

import msgspec

from simulator.wire import Refusal

_T = TypeVar("_T")

CONTROLS = frozenset({"paging", "page", "pageSize", "offset", "limit", "cursor"})


class PagingKind(StrEnum):
    """Chosen by the query name `paging`."""

    PAGE = "page"
    OFFSET = "offset"
    CURSOR = "cursor"
    HEADER_CURSOR = "headerCursor"
    NEXT_LINK = "nextLink"
    LINK_HEADER = "linkHeader"


class Rows(Protocol):
    """A list in a fixed order, read in parts as encoded JSON objects."""

    @property
    def total(self) -> int: ...

    def part(self, start: int, count: int) -> list[bytes]: ...

    def key(self, position: int) -> str:
        """A text that says where the row at a position stands."""
        ...

    def after(self, key: str) -> int:
        """The position of the first row behind a key; raises ValueError for a text that is no key."""
        ...


class KeyedRows(Generic[_T]):
    """Rows of records that are encoded when read; `keys` are sorted."""

    def __init__(self, keys: Sequence[str], records: Sequence[_T], encode: Callable[[_T], bytes]) -> None:
        self._keys = keys
        self._records = records
        self._encode = encode

    @property
    def total(self) -> int:
        return len(self._records)

    def part(self, start: int, count: int) -> list[bytes]:
        return [self._encode(record) for record in self._records[start : start + count]]

    def key(self, position: int) -> str:
        return self._keys[position]

    def after(self, key: str) -> int:
        return bisect_right(self._keys, key)


@dataclass(frozen=True, slots=True)
class Slice:
    """One page: its rows, the `paging` object of the body, and headers."""

    rows: list[bytes]
    paging: Mapping[str, object]
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page is asked for; `filters` are the other parameters, those of the cursor included."""

    kind: PagingKind
    size: int
    start: int
    after: str | None
    filters: Mapping[str, str]

    @property
    def is_by_cursor(self) -> bool:
        return self.kind not in (PagingKind.PAGE, PagingKind.OFFSET)


def read_turn(params: Mapping[str, str], most: int, freeze: Callable[[], str]) -> Turn:
    """Raises Refusal 422 for a wrong parameter.

    A cursor carries the filters it was made with. A first cursor call without `changedUntil` gets the one
    `freeze` makes, so that a list walked by cursor stands still.
    """
    try:
        kind = PagingKind(params.get("paging", PagingKind.PAGE))
    except ValueError:
        raise invalid("paging", f"one of {', '.join(PagingKind)}") from None
    size_name = "limit" if kind is PagingKind.OFFSET else "pageSize"
    size = whole(params, size_name, 100, 1, most)
    filters = {name: value for name, value in params.items() if name not in CONTROLS}
    if kind is PagingKind.PAGE:
        return Turn(kind, size, (whole(params, "page", 1, 1) - 1) * size, None, filters)
    if kind is PagingKind.OFFSET:
        return Turn(kind, size, whole(params, "offset", 0, 0), None, filters)
    if not (cursor := params.get("cursor")):
        return Turn(kind, size, 0, None, {"changedUntil": freeze(), **filters})
    key, made_with = _opened(cursor)
    if any(made_with.get(name) != value for name, value in filters.items()):
        raise invalid("cursor", "used with the filters it was made with")
    return Turn(kind, size, 0, key, made_with)


def cut(rows: Rows, turn: Turn, link: str) -> Slice:
    """The page of `rows` for a turn; `link` is the address without a query, for next links."""
    start = turn.start
    if turn.after is not None:
        try:
            start = rows.after(turn.after)
        except ValueError:
            raise invalid("cursor", "one that this API gave") from None
    part = rows.part(start, turn.size)
    more = start + len(part) < rows.total
    if turn.kind is PagingKind.PAGE:
        pages = -(-rows.total // turn.size)
        counts = {
            "page": start // turn.size + 1,
            "pageSize": turn.size,
            "totalPages": pages,
            "totalCount": rows.total,
        }
        return Slice(part, counts)
    if turn.kind is PagingKind.OFFSET:
        return Slice(part, {"offset": start, "limit": turn.size, "totalCount": rows.total, "hasMore": more})
    cursor = _sealed(rows.key(start + len(part) - 1), turn.filters) if more and part else None
    if turn.kind is PagingKind.CURSOR:
        return Slice(part, {"pageSize": turn.size, "nextCursor": cursor})
    if turn.kind is PagingKind.HEADER_CURSOR:
        headers = (("X-Next-Cursor", cursor),) if cursor else ()
        return Slice(part, {"pageSize": turn.size}, headers)
    following = None
    if cursor:
        following = f"{link}?" + urlencode(
            {"paging": turn.kind.value, "pageSize": turn.size, "cursor": cursor}
        )
    if turn.kind is PagingKind.NEXT_LINK:
        return Slice(part, {"pageSize": turn.size, "next": following})
    headers = (("Link", f'<{following}>; rel="next"'),) if following else ()
    return Slice(part, {"pageSize": turn.size}, headers)


def whole(params: Mapping[str, str], name: str, otherwise: int, least: int, most: int | None = None) -> int:
    """A whole number within bounds; raises Refusal 422."""
    text = params.get(name)
    if text is None:
        return otherwise
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else -1
    if number < least or (most is not None and number > most):
        bounds = f"from {least}" + (f" to {most}" if most is not None else "")
        raise invalid(name, f"a whole number {bounds}")
    return number


def invalid(name: str, wanted: str) -> Refusal:
    return Refusal(422, "PARAMETER_INVALID", f"The parameter '{name}' must be {wanted}.")


def _sealed(key: str, filters: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([key, filters])).decode().rstrip("=")


def _opened(cursor: str) -> tuple[str, dict[str, str]]:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=tuple[str, dict[str, str]])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise invalid("cursor", "one that this API gave") from None
