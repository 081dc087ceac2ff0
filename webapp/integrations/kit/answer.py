"""One call and one answer, as plain values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar, overload
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from .errors import AnswerTruncated, ContractBroken

T = TypeVar("T")

# An even run of backslashes before it belongs to the text; an odd one would make it the letters u0000.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)(?:\\u0000)+")

# Values that tell a reader of the log which page or day was asked for, and can hardly be a key or a person.
_HARMLESS = frozenset("0123456789-:.TZ+")
_HARMLESS_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Call:
    """A request before it is sent. `is_safe`: asking twice does no harm, so it may be retried.
    `is_login`: a refusal is judged by the auth flow. Printing one shows no header, query or body."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    is_safe: bool = True
    is_login: bool = False

    def __repr__(self) -> str:
        return f"Call({self.method} {urlsplit(self.url).path})"

    def with_header(self, name: str, value: str) -> "Call":
        return replace(self, headers={**self.headers, name: value})

    def with_query(self, name: str, value: str) -> "Call":
        """Sets one query parameter, replacing what it was."""
        parts = urlsplit(self.url)
        pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
        return replace(self, url=urlunsplit(parts._replace(query=urlencode([*pairs, (name, value)]))))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in small letters, the body whole, `ms` from sending to the last byte."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    ms: int
    path: str = ""

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_redirect(self) -> bool:
        return HTTPStatus.MULTIPLE_CHOICES <= self.status < HTTPStatus.BAD_REQUEST

    @property
    def is_refusal(self) -> bool:
        """The provider understood and says no: neither "later" nor "broken"."""
        later = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
        return (
            HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR
            and self.status not in later
        )

    @overload
    def json(self) -> Any: ...
    @overload
    def json(self, shape: type[T]) -> T: ...
    def json(self, shape: Any = Any) -> Any:
        """Decoded by msgspec. Raises AnswerTruncated, or ContractBroken naming the place that did not fit."""
        try:
            return msgspec.json.decode(without_nul(self.body), type=shape)
        except msgspec.ValidationError as error:
            raise ContractBroken(place_of(error) or self.path, "unexpected shape") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if not self.body or "truncated" in str(error):
                raise AnswerTruncated(f"{self.path}: {len(self.body)} bytes") from None
            raise ContractBroken(self.path, "not JSON") from None

    @property
    def sent_at(self) -> datetime | None:
        """The provider's clock, by its Date header."""
        return http_date(self.headers.get("date", ""))


def without_nul(body: bytes) -> bytes:
    """JSON without escaped NUL characters: they mean nothing in a text, and PostgreSQL stores no text that has one."""
    # Most answers hold no backslash at all, and one letter is found much faster than six.
    return _NUL.sub(rb"\1", body) if b"\\" in body and b"\\u0000" in body else body


def place_of(error: msgspec.ValidationError) -> str:
    """`data[0].id` out of a message that ends with "- at `$.data[0].id`"; empty when it names no place."""
    return str(error).rpartition("`$.")[2].rstrip("`") if "`$." in str(error) else ""


def http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def loggable(url: str, secret_names: frozenset[str] = frozenset()) -> str:
    """Path and query of an address for the log: of parameters only the name, unless the value is a date or a number."""
    parts = urlsplit(url)
    shown = [
        f"{name}={value}"
        if name not in secret_names and len(value) <= _HARMLESS_LENGTH and set(value) <= _HARMLESS
        else f"{name}=…"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return parts.path + ("?" + "&".join(shown) if shown else "")
