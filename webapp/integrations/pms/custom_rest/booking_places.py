"""Where in a record the parts of a booking are read: in plain JSON, or in types made from the recipe."""

from dataclasses import dataclass

import msgspec

from .paths import IN_JSON, Paths
from .recipe import Fields, Recipe, StreamRecipe
from .typed_records import TypedPaths, Untyped


@dataclass(frozen=True, slots=True)
class Places:
    """How values are found in bookings, in their stays, and in their guests: in plain JSON, or in types."""

    booking: Paths = IN_JSON
    stay: Paths = IN_JSON
    guest: Paths = IN_JSON


def typed_places(source: StreamRecipe, recipe: Recipe) -> tuple[Places, type[msgspec.Struct]]:
    """Types for these bookings, and the one to decode into. Raises Untyped."""
    is_iso = recipe.date_formats[:1] == ("YYYY-MM-DD",)
    if source.stays and source.guests and source.stays.select == source.guests.select:
        raise Untyped("one list is read as stays and as guests")
    inner: dict[str, TypedPaths] = {}
    for nested in (source.stays, source.guests):
        if nested is not None:
            inner[nested.select] = _typed(nested.fields, {}, is_iso=is_iso)
    booking = _typed(source.fields, {path: paths.struct for path, paths in inner.items()}, is_iso=is_iso)
    stay, guest = (
        inner[nested.select] if nested is not None else booking for nested in (source.stays, source.guests)
    )
    return Places(booking, stay, guest), booking.struct


def _typed(fields: Fields, lists: dict[str, type[msgspec.Struct]], *, is_iso: bool) -> TypedPaths:
    return TypedPaths(fields, ("arrival", "departure") if is_iso else (), lists)
