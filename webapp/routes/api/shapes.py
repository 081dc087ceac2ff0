"""What the REST API takes and gives: the models that check, serialise, and describe each operation."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
NO_NUL = r"^[^\x00]*$"
VISIBLE = r"^[^\x00]*[^\s\x00][^\x00]*$"
ULID = "[0-9A-HJKMNP-TV-Z]{26}"


def _whole(value: Any) -> Any:
    """JSON Schema calls 32.0 an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _counted(value: Any) -> Any:
    """A number of an address, where everything is text."""
    return int(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("a date is written 2026-07-14")
    return date.fromisoformat(value)


def _instant(value: Any) -> Any:
    """In UTC. What lies outside the calendar there is moved to its end."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("an instant is written 2026-07-14T10:30:00Z, with its zone")
    found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value.upper()))
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return _EARLIEST if found.year == 1 else _LATEST


WHOLE = BeforeValidator(_whole)
"""For `Annotated[int, Field(ge=…), WHOLE]`: bounds stand before it, or the document would lose them."""
PageSize = Annotated[int, Field(ge=1, le=100), BeforeValidator(_counted)]
Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]


class Query(BaseModel):
    """Parameters in the address. Unknown ones are refused: a misspelt filter would tell too much."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Body(BaseModel):
    """What is sent. Unknown members are refused, and texts are not taken for numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoQuery(Query):
    pass


Item = TypeVar("Item")


class Listed(Answer, Generic[Item]):
    """A page of a list."""

    data: list[Item]
    has_more: bool
    next_cursor: str | None = Field(description="Of the next page, with the same filters.")


class PageQuery(Query):
    """Of every list."""

    limit: PageSize = Field(default=25, description="Records of a page.")
    cursor: str | None = Field(
        default=None, max_length=600, pattern=NO_NUL, description="The next_cursor of the page before."
    )
    updated_since: Moment | None = Field(
        default=None,
        description="Only what changed at or after this instant, in the order of the changes.",
    )


class Money(Answer):
    """`amount` in minor units of `currency`: 12900 EUR is 129.00."""

    amount: int
    currency: str = Field(min_length=3, max_length=3, description="ISO 4217")


class PersonName(Answer):
    first_name: str
    last_name: str


class Problem(Answer):
    """RFC 9457."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str
    title: str
    status: int
    code: str = Field(description="A stable word for programs.")
    detail: str
    instance: str
    request_id: str
    errors: list["WrongPlace"] = Field(default_factory=list)


class WrongPlace(Answer):
    pointer: str = Field(description="A JSON pointer into the body, or ?name of a parameter.")
    detail: str


def id_pattern(prefix: str) -> str:
    return f"^{prefix}_{ULID}$"


def money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount=amount, currency=currency)
