"""Asking Mews: always POST, both tokens in the body, lists by cursor, long lists of ids in parts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import msgspec

from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.answer import Answer, place_of
from webapp.integrations.kit.contract import Credentials, Skipped
from webapp.integrations.kit.errors import ContractBroken, CredentialsRejected
from webapp.integrations.kit.http import USER_AGENT, ProviderClient, Timeouts
from webapp.integrations.kit.unreadable import UNEXPECTED, at_place
from webapp.vault import Secret

from .listings import CONFIGURATION, Listing
from .refusals import NotEnabled, TokenRefused, TooMuch, refusals
from .shapes import Configuration, Row, decoder

T = TypeVar("T")
R = TypeVar("R", bound=Row)

CLIENT = USER_AGENT.replace("-", " ").replace("/", " ")
MOST_ROWS = 1000
"""The most that `Limitation.Count` takes, and the most ids in one filter."""
PATIENCE = Timeouts(read=70.0, total=90.0)
"""Mews takes tens of seconds before it says that a question asks for too much (408)."""
_PATH = "/api/connector/v1/"
_MOST_PAGES = 1000
_ALL_WRONG = 3  # rows of one page that all fail mean that we do not understand Mews; fewer may be odd records

_MISSING = re.compile(r"missing required field `(\w+)`")

_rows = msgspec.json.Decoder(list[msgspec.Raw])
_text_or_none = msgspec.json.Decoder(str | None)
_id_of = msgspec.json.Decoder(Row)


@dataclass(frozen=True, slots=True)
class Rows(Generic[R]):
    """One page of a list; `cursor` is None after the last."""

    rows: list[R]
    skipped: list[Skipped]
    cursor: str | None


class Mews:
    """The one way to ask. Raises ProviderError; a 401 is told apart into refused tokens and a missing permission."""

    def __init__(self, client: ProviderClient, credentials: Credentials) -> None:
        self.client = client
        self._left_out: list[Skipped] = []
        self._client_token = credentials.secret("api_secret")
        self._access_token = credentials.secret("api_key")
        client.status_errors = refusals((self._client_token, self._access_token))
        if client.timeouts.read >= Timeouts().read:  # a connection test keeps its short ones
            client.timeouts = PATIENCE

    def configuration(self, **fields: object) -> Configuration:
        """Whom the tokens belong to: the cheapest question, and the only one that every token may ask."""
        return self.ask(CONFIGURATION, fields).json(Configuration)

    def ask(self, operation: str, fields: dict[str, Any]) -> Answer:
        """One question; what is None is left out of it."""
        proof = {
            "ClientToken": _plain(self._client_token, "client token"),
            "AccessToken": _plain(self._access_token, "access token"),
            "Client": CLIENT,
        }
        asked = {name: value for name, value in fields.items() if value is not None}
        try:
            return self.client.post(_PATH + operation, json={**proof, **asked}, is_safe=True)
        except TokenRefused as refused:
            if operation == CONFIGURATION:
                raise
            self.configuration()  # raises TokenRefused itself when the tokens are no good
            raise NotEnabled(operation, refused.detail) from None

    def page(
        self,
        listing: Listing[R],
        filters: dict[str, Any],
        *,
        cursor: str | None = None,
        count: int = MOST_ROWS,
    ) -> Rows[R]:
        """One page of a list, newest first. The filters must stay the same until its end."""
        limitation = {"Count": count, "Cursor": cursor}
        answer = self.ask(listing.operation, {**filters, "Limitation": limitation})
        if answer.status == HTTPStatus.NO_CONTENT:  # how Mews may say "none"
            return Rows([], [], None)
        raw, token = _read(answer, listing)
        rows, skipped = _shaped(raw, listing)
        # A full last page has a cursor too; the question after it costs a call and is answered by no rows.
        following = token if token and len(raw) >= count else None
        if following is not None and following == cursor:
            raise ContractBroken(at_place(listing.operation, Sentence(N_("the same cursor came twice"))))
        return Rows(rows, skipped, following)

    def every(self, listing: Listing[R], filters: dict[str, Any]) -> list[R]:
        """All rows of a list, each id once; unreadable ones are left out and kept for `left_out`."""
        found: dict[str, R] = {}
        for rows in self._pages(listing, filters):
            found |= {row.id: row for row in rows}
        return list(found.values())

    def every_of(
        self, listing: Listing[R], name: str, ids: Sequence[str], filters: dict[str, Any] | None = None
    ) -> list[R]:
        """All rows that belong to `ids`, asked by the filter `name` in as few calls as Mews bears."""
        wanted = list(dict.fromkeys(ids))
        found: list[R] = []
        for begin in range(0, len(wanted), MOST_ROWS):
            found += self._of_part(listing, name, wanted[begin : begin + MOST_ROWS], filters or {})
        return found

    def left_out(self) -> list[Skipped]:
        """Rows that could not be read since this was asked last, each of which something lacks now."""
        found, self._left_out = self._left_out, []
        return found

    def _of_part(self, listing: Listing[R], name: str, ids: list[str], filters: dict[str, Any]) -> list[R]:
        try:
            return self.every(listing, {**filters, name: ids})
        except TooMuch:
            if len(ids) == 1:
                raise
        half = len(ids) // 2
        return self._of_part(listing, name, ids[:half], filters) + self._of_part(
            listing, name, ids[half:], filters
        )

    def _pages(self, listing: Listing[R], filters: dict[str, Any]) -> Iterator[list[R]]:
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = self.page(listing, filters, cursor=cursor)
            self._left_out += page.skipped
            yield page.rows
            cursor = page.cursor
            if cursor is None:
                return
        too_many = Sentence(N_("more than %(count)s pages"), {"count": str(_MOST_PAGES)})
        raise ContractBroken(at_place(listing.operation, too_many))


def _plain(token: Secret, name: str) -> str:
    text = token.reveal().strip()
    if not text:
        raise CredentialsRejected(f"no {name} is given")
    return text


def instant(moment: datetime) -> str:
    """`2026-12-04T23:00:00Z`; milliseconds only where there are some, because time units must fit exactly."""
    exact = moment.astimezone(UTC).replace(tzinfo=None)
    return exact.isoformat(timespec="milliseconds" if exact.microsecond else "seconds") + "Z"


def interval(start: datetime, end: datetime) -> dict[str, str]:
    return {"StartUtc": instant(start), "EndUtc": instant(end)}


def _read(answer: Answer, listing: Listing[R]) -> tuple[list[msgspec.Raw], str | None]:
    body = answer.json(dict[str, msgspec.Raw])
    where = f"{listing.operation}: {listing.field}"
    if listing.field not in body:
        raise ContractBroken(where, "it is missing")
    try:
        raw = body[listing.field]
        rows = [] if bytes(raw) == b"null" else _rows.decode(raw)
        return rows, _text_or_none.decode(body.get("Cursor", b"null"))
    except msgspec.ValidationError:
        raise ContractBroken(where, "unexpected shape") from None


def _shaped(raw: list[msgspec.Raw], listing: Listing[R]) -> tuple[list[R], list[Skipped]]:
    """Rows in their shape. Single odd ones are skipped; when none can be read, Mews has changed."""
    read = decoder(listing.shape)
    rows: list[R] = []
    skipped: list[Skipped] = []
    for part in raw:
        try:
            rows.append(read.decode(part))
        except msgspec.ValidationError as error:
            skipped.append(Skipped(_id(part), Sentence(UNEXPECTED, {"field": _field_of(error)})))
    if len(raw) >= _ALL_WRONG and not rows:
        raise ContractBroken(f"{listing.operation}: {listing.field}", str(skipped[0].reason))
    return rows, skipped


def _field_of(error: msgspec.ValidationError) -> str:
    missing = _MISSING.search(str(error))
    return missing[1] if missing else place_of(error) or "a field"


def _id(raw: msgspec.Raw) -> str:
    try:
        return _id_of.decode(raw).id
    except msgspec.ValidationError:
        return ""
