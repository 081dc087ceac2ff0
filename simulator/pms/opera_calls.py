"""How a call to the pretend OPERA Cloud is put and refused: its criteria, its pages, its ways of writing values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import msgspec

from simulator.money import major_number
from simulator.wire import Answer, Call, Refusal, json_answer

Json = dict[str, Any]
LANGUAGE = (("Content-Language", "en"),)

_T = TypeVar("_T")


def empty_answer(status: int, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An answer without a body and without a content type."""
    return Answer(status, b"", "", headers)


def document(body: object) -> Answer:
    return json_answer(body, headers=LANGUAGE)


def invalid(code: str, detail: str) -> Refusal:
    """A business error, told in the body."""
    return Refusal(HTTPStatus.BAD_REQUEST, code, detail)


def problem(refusal: Refusal, path: str) -> Answer:
    """The error body; 401 and a wrong address have none."""
    status = HTTPStatus(refusal.status)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS) or not refusal.code:
        return empty_answer(status, refusal.headers)
    body = {
        "type": f"https://docs.example/opera/errors/{refusal.code}",
        "title": status.phrase,
        "status": status.value,
        "detail": refusal.message,
        "instance": path,
        "o:errorCode": refusal.code,
        "o:errorDetails": [
            {"type": "about:blank", "title": refusal.message, "o:errorCode": refusal.code},
        ],
    }
    return json_answer(body, status, (*LANGUAGE, *refusal.headers))


def given(**members: object) -> Json:
    """An object without the members that are unknown: this vendor sends no nulls."""
    return {name: value for name, value in members.items() if value is not None}


def text_day(day: date) -> str:
    return day.isoformat()


def amount(minor: int, currency: str) -> Json:
    return {"amount": major_number(minor, currency), "currencyCode": currency}


def utc_text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_text(at: datetime, zone: tzinfo, is_rfc3339: bool = False) -> str:
    """The hotel's wall clock with a blank and one decimal, as the documents show it, or as they promise it."""
    wall = at.astimezone(zone)
    return wall.isoformat(timespec="seconds") if is_rfc3339 else wall.strftime("%Y-%m-%d %H:%M:%S.0")


@dataclass(frozen=True, slots=True)
class Criteria:
    """The filters of a call, whether they came in a query or in a JSON body; unknown ones are ignored."""

    values: Mapping[str, Sequence[str]]

    @classmethod
    def of_query(cls, call: Call) -> "Criteria":
        found: dict[str, list[str]] = {}
        for name, value in call.pairs or tuple(call.query.items()):
            found.setdefault(name, []).append(value)
        return cls(found)

    @classmethod
    def of_body(cls, call: Call) -> "Criteria":
        """Raises Refusal 400 for a body that is no JSON object."""
        return cls({name: _texts(value) for name, value in json_object(call).items() if value is not None})

    def without(self, *names: str) -> "Criteria":
        return Criteria({name: value for name, value in self.values.items() if name not in names})

    def text(self, name: str) -> str | None:
        found = [value for value in self.values.get(name, ()) if value]
        return found[-1] if found else None

    def required(self, name: str) -> str:
        if (text := self.text(name)) is None:
            raise invalid("GEN00001", f"{name} is required")
        return text

    def several(self, *names: str) -> frozenset[str] | None:
        """All values of any of the names; None when none was given."""
        found = frozenset(value for name in names for value in self.values.get(name, ()) if value)
        return found or None

    def words(self, name: str, allowed: Iterable[str]) -> frozenset[str] | None:
        found = self.several(name)
        if found is not None and not found <= set(allowed):
            raise invalid("GEN00003", f"{name} has a value that is not one of its enumeration")
        return found

    def flag(self, name: str, otherwise: bool = False) -> bool:
        text = self.text(name)
        if text is not None and text.lower() not in ("true", "false"):
            raise invalid("GEN00002", f"{name} is not a boolean")
        return otherwise if text is None else text.lower() == "true"

    def whole(self, name: str, otherwise: int, most: int | None = None, least: int = 0) -> int:
        text = self.text(name)
        if text is None:
            return otherwise
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        if number < least or (most is not None and number > most):
            raise invalid("GEN00002", f"{name} is not valid")
        return number

    def day(self, name: str) -> date | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise invalid("GEN00002", f"{name} is not a date") from None

    def days(self, first: str, last: str, most: int) -> tuple[date, date]:
        """Two required dates, both included, at most `most` days apart."""
        start, end = self.day(first), self.day(last)
        if start is None or end is None:
            raise invalid("GEN00001", f"{first} and {last} are required")
        if end < start or (end - start).days > most:
            raise invalid("GEN00004", f"{first} to {last} must be a range of at most {most} days")
        return start, end

    def within(self, first: str, last: str) -> Callable[[date], bool]:
        start, end = self.day(first), self.day(last)
        return lambda day: (start is None or day >= start) and (end is None or day <= end)


@dataclass(frozen=True, slots=True)
class Ask:
    """A call that was let in: the parts of its path, its criteria, and what the vendor does today.

    With `is_empty` every list has no records.
    """

    call: Call
    parts: Mapping[str, str]
    criteria: Criteria
    is_empty: bool


def json_object(call: Call) -> Json:
    """The body; raises Refusal 400."""
    try:
        return msgspec.json.decode(call.body or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid("GEN00005", "The request body is not a JSON object") from None


@dataclass(frozen=True, slots=True)
class Slice(Generic[_T]):
    """One page of rows, and the members that tell of it; `rows` is empty past the end."""

    rows: Sequence[_T]
    offset: int
    limit: int
    total: int

    @property
    def has_more(self) -> bool:
        return self.offset + len(self.rows) < self.total

    def told(self, *, pages: bool = True, place: bool = True, most_told: int | None = None) -> Json:
        """`totalPages`, `offset` and `limit` stand beside some lists only."""
        total = self.total if most_told is None else min(self.total, most_told)
        return given(
            totalPages=-(-total // self.limit) if pages else None,
            offset=self.offset if place else None,
            limit=self.limit if place else None,
            hasMore=self.has_more,
            totalResults=total,
            count=len(self.rows),
        )


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if isinstance(value, bool):
        return [str(value).lower()]
    return [str(value)]
