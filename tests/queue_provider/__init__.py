"""The provider without a network (tests/memory_provider) with a queue of events: a folder, of which reading removes files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

KEY = "queued"
MODULE = "tests.queue_provider"

between: list[Callable[[], None]] = []
"""What happens between the arrival of an answer and its storing, one a time."""


def put(folder: Path, *events: dict[str, Any]) -> None:
    """One answer of these events behind those that wait."""
    folder.mkdir(exist_ok=True)
    (folder / f"{len(list(folder.iterdir())):03}-{len(events)}.json").write_bytes(msgspec.json.encode(events))


def said(number: str, kind: str = "booking.updated", **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": number, **more}
