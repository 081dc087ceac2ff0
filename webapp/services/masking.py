"""Masks what a payload says of people: the shape stays readable, names, addresses and secrets do not."""

import re
from typing import Any

_SECRET = re.compile(
    r"passw|secret|token|credential|authori|signature|api.?key|cookie|\bpin\b|cvv|card", re.IGNORECASE
)
# Moments, days, short codes in capitals and words that are types or states: useful to a reader, nobody's.
_HARMLESS = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?|[A-Z]{3}|true|false|null|",
    re.ASCII,
)
_TYPE_KEYS = re.compile(r"^(?:event|type|object|kind|status|state|topic|action|currency)$", re.IGNORECASE)
_LONG_NUMBER = 1_000_000_000
_LONGEST_WORD = 40
DOTS = "••••"


def masked(value: Any, *, is_ours: bool = False, key: str = "") -> Any:
    """A copy to show. `is_ours`: written by this hub without guests in it, so only what is called a secret is hidden."""
    if isinstance(value, dict):
        return {name: masked(item, is_ours=is_ours, key=str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, is_ours=is_ours, key=key) for item in value]
    # An audit line says only when such a one was set.
    if _SECRET.search(key) and not key.endswith("(secret)"):
        return DOTS
    if is_ours or value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LONG_NUMBER else DOTS
    text = str(value)
    is_type = _TYPE_KEYS.match(key) and len(text) <= _LONGEST_WORD and "@" not in text and " " not in text
    return text if is_type or _HARMLESS.fullmatch(text) else DOTS
