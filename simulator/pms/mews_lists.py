"""A page of a list as Mews hands it out: newest first, and a cursor that is the id of the page's last row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from simulator.pms.mews_requests import Limitation, invalid
from simulator.wire import Refusal


class Listable(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def created_at(self) -> datetime: ...


_T = TypeVar("_T", bound=Listable)


@dataclass(frozen=True)
class Found(Generic[_T]):
    """What an operation found, before it is cut into pages.

    `population` is everything of the kind, so that a cursor keeps its place when its own row no longer
    matches. `beside` makes what stands next to the list from the rows of the page.
    """

    name: str
    population: Sequence[_T]
    matches: Callable[[_T], bool]
    row: Callable[[_T], Mapping[str, object]]
    beside: Callable[[Sequence[_T]], Mapping[str, object]] = lambda _: {}

    def page(self, limitation: Limitation, most: int | None, empty: bool) -> tuple[int, dict[str, object]]:
        """How many rows, and the answer.

        Raises Refusal 400 for an unknown cursor, and 408 when more than `most` rows match altogether.
        """
        newest_first = sorted(self.population, key=lambda row: (row.created_at, row.id), reverse=True)
        if most is not None and sum(map(self.matches, newest_first)) > most:
            raise Refusal(408, "TIMEOUT", "The request took too long. Ask for less data at once.")
        rest = newest_first[_start(newest_first, limitation.cursor) :]
        rows = [] if empty else list(islice(filter(self.matches, rest), limitation.count))
        answer = {
            self.name: [self.row(row) for row in rows],
            **self.beside(rows),
            # A full last page has one too; only a page without rows has none.
            "Cursor": rows[-1].id if rows else None,
        }
        return len(rows), answer


def _start(rows: Sequence[Listable], cursor: UUID | None) -> int:
    if cursor is None:
        return 0
    for place, row in enumerate(rows):
        if row.id == str(cursor):
            return place + 1
    raise invalid("Cursor")


def among(value: str | None, wanted: frozenset[str] | None) -> bool:
    """Whether a value passes a filter of ids or words; no filter lets everything pass."""
    return wanted is None or value in wanted
