"""Guesty's calls: where they lie, how an id, a filter and a page are asked for, and when the hub stops for the hour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from webapp.integrations.kit.answer import Answer, Call
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.kit.errors import ContractBroken, CredentialsRejected
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.links import Params
from webapp.integrations.kit.plain_values import whole
from webapp.integrations.kit.scarce_login import ScarceAuth
from webapp.integrations.kit.scarce_tokens import TokenLedger, TokenOwner, owner_of

from .manifest import MANIFEST
from .refusals import STATUS_ERRORS, FewCallsLeft

PAGE = 100
"""Records a page, the most that Guesty gives."""
CALLS_KEPT = 200
HOUR_WAIT = 900.0
MOST_PAGES = 1000
ME = "accounts/me"
_REMAINING = "x-ratelimit-remaining-hour"
_TOKEN_LIFE = timedelta(hours=24)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """`rows` as they came; `has_more` when another page follows; `answer` for its headers."""

    rows: Sequence[msgspec.Raw]
    has_more: bool
    total: int | None = None


class Guesty:
    """The one way to ask. Raises ProviderError."""

    def __init__(self, client: ProviderClient, credentials: Credentials, ledger: TokenLedger) -> None:
        self.client = client
        client.status_errors = STATUS_ERRORS
        # The API lies below /v1, the token beside it; an address without /v1 is completed.
        has_version = client.base_url.endswith("/v1")
        self._prefix = "" if has_version else "v1/"
        self._token_url = client.base_url.removesuffix("/v1") + "/oauth2/token"
        self.ledger = ledger
        self._owner = owner_of(MANIFEST, credentials.options, credentials.secrets)
        self._left: int | None = None  # calls of this hour
        self.answered_at: datetime | None = None  # by Guesty's clock
        if self._owner is not None:
            client.auth = self._auth(self._owner)

    def _auth(self, owner: TokenOwner) -> ScarceAuth:
        return ScarceAuth(
            owner,
            self.ledger,
            login=self._login,
            proof=lambda: Call("GET", self._url(ME)),
            clock=self.client.clock,
            lifetime=_TOKEN_LIFE,
        )

    @property
    def owner(self) -> TokenOwner:
        """Raises CredentialsRejected where a key is missing."""
        if self._owner is None:
            raise CredentialsRejected("no client id or no client secret is given")
        return self._owner

    def get(self, path: str, params: Params = ()) -> Answer:
        return self.send(Call("GET", self._url(path, params)))

    def send(self, call: Call) -> Answer:
        self.owner  # noqa: B018 - without credentials nothing is asked
        answer = self.client.send(call)
        self.answered_at = answer.sent_at or self.answered_at
        self._left = _left(answer)
        return answer

    def call(self, method: str, path: str, body: object = None) -> Answer:
        """A change of a subscription. Sent once."""
        raw = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        return self.send(Call(method, self._url(path), headers, raw, is_safe=False))

    def renew(self, path: str, lasting: datetime) -> None:
        """Fetches a token while one is alive that ends before `lasting`, and proves it at `path`."""
        usual = self.client.auth
        self.client.auth = self._auth(self.owner).renewing(lasting)
        try:
            self.get(path)
        finally:
            self.client.auth = usual

    def mind_the_hour(self) -> None:
        """Before the next page of a walk. Raises FewCallsLeft."""
        if self._left is not None and self._left < CALLS_KEPT:
            raise FewCallsLeft(CALLS_KEPT, HOUR_WAIT)

    def results(self, path: str, params: Sequence[tuple[str, object]], skip: int, limit: int = PAGE) -> Rows:
        """One page of a list that comes as `results`."""
        answer = self.get(path, [*params, ("limit", limit), ("skip", skip)])
        body = _Results(answer.json(list[msgspec.Raw])) if _is_bare(answer) else answer.json(_Results)
        rows = body.results if body.results is not None else ()
        total = whole(body.count) if body.count is not None else whole(body.total)
        if body.pagination is not None and isinstance(body.pagination.hasMore, bool):
            has_more = body.pagination.hasMore and len(rows) > 0
        elif total is not None:
            has_more = bool(rows) and skip + len(rows) < total
        else:
            has_more = len(rows) >= limit
        return Rows(rows, has_more, total)

    def every(self, path: str, params: Sequence[tuple[str, object]]) -> Iterator[msgspec.Raw]:
        """All rows of a list."""
        skip = 0
        for _ in range(MOST_PAGES):
            found = self.results(path, params, skip)
            yield from found.rows
            skip += len(found.rows)
            if not found.has_more:
                return
        raise ContractBroken(path, f"more than {MOST_PAGES} pages")

    def _url(self, path: str, params: Params = ()) -> str:
        return self.client.url(self._prefix + path, params)

    def _login(self) -> Call:
        form = {
            "grant_type": "client_credentials",
            "scope": "open-api",
            "client_id": self.owner.client_id,
            "client_secret": self.owner.secret.reveal(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return Call("POST", self._token_url, headers, _form(form), is_safe=False, is_login=True)


class _Paging(msgspec.Struct):
    hasMore: Any = None


class _Results(msgspec.Struct):
    results: list[msgspec.Raw] | None
    count: Any = None
    total: Any = None
    pagination: _Paging | None = None


_row = msgspec.json.Decoder(Row)


def row_of(raw: msgspec.Raw) -> Row | None:
    """None for what is no object."""
    try:
        return _row.decode(raw)
    except msgspec.DecodeError:
        return None


def rows_of(raws: Sequence[msgspec.Raw]) -> list[Row]:
    return [row for raw in raws if (row := row_of(raw)) is not None]


def batches(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    wanted = list(dict.fromkeys(ids))
    for begin in range(0, len(wanted), size):
        yield wanted[begin : begin + size]


def _is_bare(answer: Answer) -> bool:
    """Listings come as a bare array from some accounts."""
    return answer.body[:64].lstrip()[:1] == b"["


def _left(answer: Answer) -> int | None:
    given = answer.headers.get(_REMAINING, "").strip()
    return int(given) if given.isascii() and given.isdigit() else None


def _form(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()
