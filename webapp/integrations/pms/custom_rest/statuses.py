"""The recipe's words for a booking's status, and what the hub calls them."""

import threading
from collections import Counter
from collections.abc import Callable

from webapp.domain.booking import BookingStatus

from .recipe import StreamRecipe

_OWN_WORDS = {status.value: (status, False) for status in BookingStatus}
_HOLD = (BookingStatus.INQUIRY, True)

StatusOf = Callable[[str], tuple[BookingStatus, bool] | None]


class UnknownWords(threading.local):
    """How often words came that the table lacks; each thread counts its own, because a mapper may serve several."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()


def status_table(source: StreamRecipe, unknown: UnknownWords) -> StatusOf:
    """Raw word -> status and whether it holds a room; None for `ignore`. An unknown word is an inquiry and counted."""
    table: dict[str, tuple[BookingStatus, bool] | None] = dict(_OWN_WORDS)
    for word, target in source.status_map.items():
        if target == "ignore":
            table[word.strip().casefold()] = None
        else:
            table[word.strip().casefold()] = _HOLD if target == "hold" else (BookingStatus(target), False)

    def status_of(raw: str) -> tuple[BookingStatus, bool] | None:
        word = raw.casefold()
        if word in table:
            return table[word]
        unknown.counts[raw] += 1
        return BookingStatus.INQUIRY, False

    return status_of
