"""Where in a record the parts of a booking are read: in plain JSON, or in types made from the recipe."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from .paths import IN_JSON, Paths
from .recipe import Recipe, StreamRecipe
from .typed_records import TypedPaths, Untyped


@dataclass(frozen=True, slots=True)
class Places:
    """How values are found in bookings, in their stays, and in their guests: in plain JSON, or in types."""

    booking: Paths = IN_JSON
    stay: Paths = IN_JSON
    guest: Paths = IN_JSON


class Typed(NamedTuple):
    """What decodes a whole booking and where its parts are then; and what decodes its id alone."""

    places: Places
    decode: Callable[[msgspec.Raw], Any]
    id_paths: Paths
    decode_id: Callable[[msgspec.Raw], Any]


_MOST = 32
_lock = threading.Lock()
_made: OrderedDict[bytes, Typed] = OrderedDict()


def typed_places(source: StreamRecipe, recipe: Recipe) -> Typed:
    """Types for these bookings, and what decodes into them; made once per mapping and kept. Raises Untyped.

    One thread makes them and their decoder at a time: msgspec does not bear two that meet a type at once.
    """
    is_iso = recipe.date_formats[:1] == ("YYYY-MM-DD",)
    key = msgspec.json.encode((is_iso, source.fields, source.stays, source.guests))
    with _lock:
        if key not in _made:
            _made[key] = _make(source, is_iso=is_iso)
            if len(_made) > _MOST:
                _made.popitem(last=False)
        return _made[key]


def _make(source: StreamRecipe, *, is_iso: bool) -> Typed:
    if source.stays and source.guests and source.stays.select == source.guests.select:
        raise Untyped("one list is read as stays and as guests")
    days = ("arrival", "departure") if is_iso else ()
    inner = {
        nested.select: TypedPaths(nested.fields, days)
        for nested in (source.stays, source.guests)
        if nested is not None
    }
    booking = TypedPaths(source.fields, days, {path: paths.struct for path, paths in inner.items()})
    stay, guest = (
        inner[nested.select] if nested is not None else booking for nested in (source.stays, source.guests)
    )
    alone = TypedPaths({"external_id": source.fields["external_id"]})
    decode, decode_id = (msgspec.json.Decoder(paths.struct).decode for paths in (booking, alone))
    return Typed(Places(booking, stay, guest), decode, alone, decode_id)
