"""An answer that is clicked through: cut to a few records, and kept sealed in the page instead of the database."""

import zlib
from typing import Any

import msgspec

from webapp.runtime import Runtime
from webapp.vault import VaultError

MOST_RECORDS = 5
MOST_ITEMS = 40
LONGEST_TEXT = 400
DEEPEST = 12
LARGEST = 120_000
"""Bytes of JSON after cutting; what is larger is shown, but cannot be clicked through."""
_MARK = b"sample of an answer\n"


def seal(runtime: Runtime, answer: bytes) -> str:
    """Text for a hidden field, which only this hub can open; "" for what is no JSON or too large."""
    short = cut(answer)
    return runtime.vault.seal(_MARK + zlib.compress(short)).decode("ascii") if short else ""


def opened(runtime: Runtime, text: str) -> bytes:
    """The cut answer; b"" for anything that `seal` did not make."""
    if not text:
        return b""
    try:
        plain = runtime.vault.open(text.encode("ascii", "replace"))
    except VaultError:
        return b""
    return zlib.decompress(plain.removeprefix(_MARK)) if plain.startswith(_MARK) else b""


def cut(answer: bytes) -> bytes:
    """A few records of each list and the beginning of long texts, as JSON; b"" when that is no JSON or too large."""
    try:
        short = msgspec.json.encode(_cut(msgspec.json.decode(answer), 0))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return b""
    return short if len(short) <= LARGEST else b""


def _cut(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value[:LONGEST_TEXT]
    if isinstance(value, list):
        return [_cut(item, depth + 1) for item in value[:MOST_RECORDS]] if depth < DEEPEST else []
    if isinstance(value, dict):
        if depth >= DEEPEST:
            return {}
        is_map_of_records = len(value) > MOST_RECORDS and all(
            isinstance(item, dict) for item in value.values()
        )
        most = MOST_RECORDS if is_map_of_records else MOST_ITEMS * 2
        return {key: _cut(item, depth + 1) for key, item in list(value.items())[:most]}
    return value
