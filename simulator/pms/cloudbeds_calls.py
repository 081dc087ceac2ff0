"""How a Cloudbeds call is put: its parameters, the properties it is for, and its pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import TypeVar

from simulator.wire import Refusal

Json = dict[str, object]

_T = TypeVar("_T")


def wrong(message: str) -> Refusal:
    """The vendor says no with status 200."""
    return Refusal(200, "wrong", message)


@dataclass(frozen=True, slots=True)
class Params:
    """Query or form fields; an empty one counts as not given, an unknown one is ignored."""

    values: Mapping[str, str]
    zone: tzinfo

    def text(self, name: str) -> str | None:
        return self.values.get(name) or None

    def required(self, name: str) -> str:
        if (text := self.text(name)) is None:
            raise wrong(f"Parameter {name} is required")
        return text

    def one_of(self, name: str, allowed: Sequence[str]) -> str | None:
        text = self.text(name)
        if text is not None and text not in allowed:
            raise wrong(f"Parameter {name} is not one of {', '.join(allowed)}")
        return text

    def several(self, name: str) -> frozenset[str] | None:
        text = self.text(name)
        return None if text is None else frozenset(part.strip() for part in text.split(","))

    def flag(self, name: str, otherwise: bool = False) -> bool:
        text = self.text(name)
        if text is not None and text.lower() not in ("true", "false", "1", "0"):
            raise wrong(f"Parameter {name} is not a boolean")
        return otherwise if text is None else text.lower() in ("true", "1")

    def whole(self, name: str, otherwise: int, least: int = 0, most: int | None = None) -> int:
        text = self.text(name)
        if text is None:
            return otherwise
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        if number < least or (most is not None and number > most):
            raise wrong(f"Parameter {name} is not valid")
        return number

    def day(self, name: str) -> date | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
        except ValueError:
            raise wrong(f"Parameter {name} is not a valid date") from None

    def moment(self, name: str) -> datetime | None:
        """To the second; a time without zone is read in the zone of these parameters."""
        text = self.text(name)
        if text is None:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise wrong(f"Parameter {name} is not a valid datetime") from None
        at = at.replace(tzinfo=self.zone) if at.tzinfo is None else at
        return at.astimezone(UTC).replace(microsecond=0)

    def days(self, first: str, last: str) -> Callable[[date], bool]:
        """A test whether a date is within two parameters, both included."""
        start, end = self.day(first), self.day(last)
        return lambda day: (start is None or day >= start) and (end is None or day <= end)

    def moments(self, first: str, last: str) -> Callable[[datetime], bool]:
        """A test whether an instant is within two parameters, both included, to the second."""
        start, end = self.moment(first), self.moment(last)
        return lambda at: (
            (start is None or at.replace(microsecond=0) >= start)
            and (end is None or at.replace(microsecond=0) <= end)
        )

    def page(self, rows: Sequence[_T], size: int, most: int | None = None) -> tuple[list[_T], Json]:
        """The rows of the page asked for, and the counts that stand beside them."""
        number = self.whole("pageNumber", 1, 1)
        size = self.whole("pageSize", size, 1, most)
        part = list(rows[(number - 1) * size : number * size])
        return part, {"count": len(part), "total": len(rows)}


@dataclass(frozen=True, slots=True)
class Ask:
    """One call that is let in.

    `properties` are those it is for. `has_data` is False when none of them has any, or a fault has emptied the
    lists. `base_url` is the address that stands for the vendor's host.
    """

    params: Params
    properties: tuple[str, ...]
    has_data: bool
    base_url: str
    owner: str
    scopes: frozenset[str] = field(repr=False)

    def rows(self, rows: Callable[[], list[_T]]) -> list[_T]:
        return rows() if self.has_data else []


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the API; `wants_one` when it answers for a single property only."""

    verb: str
    scope: str | None
    answer: Callable[[Ask], Json]
    wants_one: bool = False


def listed(rows: object, counts: Mapping[str, object]) -> Json:
    return {"success": True, "data": rows, **counts}


def answered(data: object) -> Json:
    return {"success": True, "data": data}
