"""One HTTP call and its answer, as the dialects and the control desk see them."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """A request; header names are lower case, a repeated query name keeps its last value.

    `pairs` has the query as it was sent, repeated names included.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response.

    With `cut_at` only that many bytes of the announced body are sent, then the line drops; with `is_dropped`
    nothing is sent at all.
    """

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    cut_at: int | None = None
    is_dropped: bool = False


class Refusal(Exception):
    """The vendor answers no: a status, a code and a sentence, perhaps with headers."""

    def __init__(
        self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def json_answer(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status, msgspec.json.encode(value), headers=headers)


def refused(refusal: Refusal) -> Answer:
    """The error body of the vendor's document."""
    body = {"error": {"code": refusal.code, "message": refusal.message, "status": refusal.status}}
    return json_answer(body, refusal.status, refusal.headers)
