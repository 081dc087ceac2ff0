"""All operations, by path and method: importing the modules registers them."""

from . import (
    booking_notes,
    bookings,
    desk,
    endpoints,
    events,
    guests,
    hotel,
    integrations,
    inventory,
    keys,
    tickets,
)
from .operation import OPERATIONS, Operation

MODULES = (
    hotel,
    bookings,
    booking_notes,
    desk,
    guests,
    inventory,
    events,
    tickets,
    integrations,
    endpoints,
    keys,
)
"""The order of the chapters."""


def _in_order() -> tuple[Operation, ...]:
    names = [module.__name__ for module in MODULES]
    return tuple(sorted(OPERATIONS, key=lambda one: names.index(one.view.__module__)))


def _by_path() -> dict[str, dict[str, Operation]]:
    found: dict[str, dict[str, Operation]] = {}
    for one in ALL:
        found.setdefault(one.path, {})[one.method] = one
    return found


ALL = _in_order()
BY_PATH = _by_path()
