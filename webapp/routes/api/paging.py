"""Pages of a list: opaque cursors that fit their filters only, and the Link header that leads on."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from webapp.services.feeds import After, Follow

from .operation import Call
from .problems import ApiProblem
from .shapes import PageQuery

Shown = TypeVar("Shown")
Found = TypeVar("Found")


class _Cursor(msgspec.Struct, frozen=True, array_like=True):
    filters: str
    place: list[str | int]


def place_of(call: Call[Any, Any]) -> list[str | int] | None:
    """Where the page begins: the place in the cursor, None on the first page. Raises ApiProblem (bad_cursor)."""
    query: PageQuery = call.query
    if query.cursor is None:
        return None
    try:
        plain = base64.b64decode(query.cursor + "=" * (-len(query.cursor) % 4), b"-_", validate=True)
        cursor = msgspec.json.decode(plain, type=_Cursor)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise ApiProblem("bad_cursor") from None
    if cursor.filters != _filters(call):
        raise ApiProblem("bad_cursor")
    return cursor.place


def answered(
    call: Call[Any, Any],
    shape: Callable[..., Shown],
    data: Sequence[Any],
    onward: Sequence[str | int] | None,
) -> Shown:
    """The list as it is answered; tells the call where the next page is."""
    cursor = None
    if onward is not None:
        plain = msgspec.json.encode(_Cursor(_filters(call), list(onward)))
        cursor = base64.urlsafe_b64encode(plain).decode().rstrip("=")
        sent = {**call.sent, "cursor": cursor}
        call.headers["Link"] = f'<{call.url}?{urlencode(sent)}>; rel="next"'
    return shape(data=list(data), has_more=cursor is not None, next_cursor=cursor)


def follow_of(call: Call[Any, Any]) -> Follow:
    """For feeds. Raises ApiProblem (bad_cursor)."""
    query: PageQuery = call.query
    place = place_of(call)
    return Follow(query.limit, query.updated_since, None if place is None else _after(query, place))


def place_after(after: After | None) -> list[str | int] | None:
    if after is None:
        return None
    return [after.id] if after.at is None else [after.id, after.at.isoformat()]


def all_in_memory(
    call: Call[Any, Any],
    shape: Callable[..., Shown],
    found: Sequence[Found],
    *,
    key: Callable[[Found], str],
    show: Callable[[Found], Any],
    changed_at: Callable[[Found], datetime | None] | None = None,
) -> Shown:
    """A page of a list that is small enough to be read whole; ordered by `key`, which no two share."""
    query = call.query
    since: datetime | None = getattr(query, "updated_since", None)  # not every list has it
    place = place_of(call)
    if place is not None and not (len(place) == 1 and isinstance(place[0], str)):
        raise ApiProblem("bad_cursor")
    kept = [one for one in found if since is None or changed_at is None or _is_since(changed_at(one), since)]
    ordered = sorted((one for one in kept if place is None or key(one) > str(place[0])), key=key)
    page = ordered[: query.limit]
    onward = [key(page[-1])] if len(ordered) > len(page) else None
    return answered(call, shape, [show(one) for one in page], onward)


def _is_since(at: datetime | None, since: datetime) -> bool:
    return at is not None and at >= since


def _after(query: PageQuery, place: list[str | int]) -> After:
    try:
        number = place[0]
        if not isinstance(number, int) or not 0 <= number < 2**62:
            raise ApiProblem("bad_cursor")
        if query.updated_since is None:
            return After(number)
        at = datetime.fromisoformat(str(place[1]))
        if at.tzinfo is None:
            raise ApiProblem("bad_cursor")
        return After(number, at)
    except (IndexError, ValueError):
        raise ApiProblem("bad_cursor") from None


def _filters(call: Call[Any, Any]) -> str:
    """A short digest of the list and its filters; the page's size may change on the way."""
    asked = sorted((name, value) for name, value in call.sent.items() if name not in ("cursor", "limit"))
    return hashlib.blake2b(repr((call.path, asked)).encode(), digest_size=6).hexdigest()
