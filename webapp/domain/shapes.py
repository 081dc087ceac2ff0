"""Makes msgspec's types ready before threads meet them.

msgspec (0.22) works out how to read a Struct when it is first decoded. When two threads do that at the same moment, one
may use what the other has half filled, and the whole process dies with a segmentation fault (tests/chaos/test_shapes.py).
"""

import threading
from collections.abc import Iterator

import msgspec

from .value import Value

_lock = threading.Lock()
_ready: set[type[msgspec.Struct]] = set()


def make_ready() -> None:
    """Every Struct that was imported so far and is read from outside; nothing for those that are ready.

    Whoever loads a module when it is needed first calls this before using it.
    """
    with _lock:
        for shape in set(_all(msgspec.Struct)) - _ready:
            try:
                msgspec.json.Decoder(shape)
            except NameError:  # its module is being loaded by another thread, which will come here too
                continue
            _ready.add(shape)


def _all(parent: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for shape in parent.__subclasses__():
        if shape is Value:
            continue
        if shape.__module__.startswith("webapp."):
            yield shape
        yield from _all(shape)
