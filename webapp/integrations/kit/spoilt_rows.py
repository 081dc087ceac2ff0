"""Sets spoilt rows aside where several rows together make one thing, such as the days of a grid of prices."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from .contract import Skipped
from .errors import ContractBroken
from .unreadable import Unreadable, reason_of

R = TypeVar("R")
T = TypeVar("T")


def sift(
    rows: Sequence[R], read: Callable[[R], T], name_of: Callable[[R], str]
) -> tuple[list[T], list[Skipped]]:
    """What `read` makes of each row, and those of which it raises Unreadable or ContractBroken, with their ids.

    Raises ContractBroken when none can be read: then the provider is not understood.
    """
    made: list[T] = []
    skipped: list[Skipped] = []
    for row in rows:
        try:
            made.append(read(row))
        except (ContractBroken, Unreadable) as error:
            skipped.append(Skipped(name_of(row), reason_of(error)))
    if skipped and not made:
        raise ContractBroken(skipped[0].reason)
    return made, skipped
