"""How calls prove who we are: keys and passwords as they stand, and tokens that a login gives."""

import base64
import hashlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal
from urllib.parse import urlencode

import msgspec

from webapp.vault import Secret

from .answer import Answer, Call
from .contract import TokenCache
from .errors import ContractBroken, CredentialsRejected
from .select import getter
from .statuses import error_for

Flow = Generator[Call, Answer, None]

RENEW_AT = 0.9  # of a token's life
LOGIN_PAUSE = timedelta(seconds=60)  # some providers give five tokens a day
DEFAULT_LIFETIME = 3600.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key or token travels: a header with a prefix, the query, or the JSON body of a POST."""

    where: Literal["header", "query", "body"] = "header"
    name: str = "Authorization"
    prefix: str = ""

    @property
    def secret_query(self) -> frozenset[str]:
        return frozenset({self.name}) if self.where == "query" else frozenset()

    def put(self, call: Call, value: Secret) -> Call:
        if not value:
            raise CredentialsRejected("no key is given")
        text = self.prefix + value.reveal().strip()
        if self.where == "query":
            return call.with_query(self.name, text)
        if self.where == "body":
            return self._put_in_body(call, text)
        try:
            text.encode("latin-1")
        except UnicodeEncodeError:
            raise CredentialsRejected("the key holds a character that no header can carry") from None
        if not text.isprintable():
            raise CredentialsRejected("the key holds a line break or another invisible character")
        return call.with_header(self.name, text)

    def _put_in_body(self, call: Call, text: str) -> Call:
        body = msgspec.json.decode(call.body) if call.body else None
        if not isinstance(body, dict):
            raise CredentialsRejected("the key travels in a JSON body, and this request has none")
        return replace(call, body=msgspec.json.encode({**body, self.name: text}))


class KeyAuth:
    """An API key or a bearer token, as it stands."""

    def __init__(self, value: Secret, place: Place) -> None:
        self._value = value
        self._place = place
        self.secret_query = place.secret_query

    def flow(self, call: Call, _now: datetime) -> Flow:
        yield self._place.put(call, self._value)


def bearer(token: Secret) -> KeyAuth:
    return KeyAuth(token, Place(prefix="Bearer "))


class BasicAuth:
    """User name and password in every call."""

    secret_query: frozenset[str] = frozenset()

    def __init__(self, username: str, password: Secret) -> None:
        self._username = username
        self._password = password

    def flow(self, call: Call, _now: datetime) -> Flow:
        if not self._username:
            raise CredentialsRejected("no user name is given")
        yield call.with_header("Authorization", basic_header(self._username, self._password))


def basic_header(username: str, password: Secret) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password.reveal()}".encode()).decode()


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """Where a login's answer holds the token and its life in seconds; `lifetime` is used when it does not say."""

    token_path: str = "access_token"  # noqa: S105 - a path, not a token
    expires_path: str = "expires_in"
    lifetime: float = DEFAULT_LIFETIME


class LoginAuth:
    """Logs in, keeps the token in the shared cache, renews it at 90 % of its life and once after a 401.

    Of several threads and processes one logs in while the others wait for its token: a refresh token is good once.
    A refused login is remembered for a minute and not asked again: providers lock accounts that keep trying.
    `keep` is shown every answer that gave a token, for what else is in it (the next refresh token).
    """

    def __init__(
        self,
        login: Callable[[], Call],
        tokens: TokenCache,
        *,
        fingerprint: str,
        answer: TokenAnswer = TokenAnswer(),
        place: Place = Place(prefix="Bearer "),
        keep: Callable[[Answer], None] = lambda answer: None,
    ) -> None:
        self._login = login
        self._keep = keep
        self._tokens = tokens
        self._answer = answer
        self._place = place
        self._token_name = f"token:{fingerprint}"
        self._mark_name = f"login:{fingerprint}"
        self.secret_query = place.secret_query

    def flow(self, call: Call, now: datetime) -> Flow:
        token = self._tokens.get(self._token_name)
        if token is not None:
            answer = yield self._place.put(call, token)
            if answer.status != HTTPStatus.UNAUTHORIZED:
                return
            self._forget(token)
        token = yield from self._take_turn(now)
        answer = yield self._place.put(call, token)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._forget(token)

    def _forget(self, token: Secret) -> None:
        """Unless somebody else has a newer one by now."""
        if self._tokens.get(self._token_name) == token:
            self._tokens.drop(self._token_name)

    def _take_turn(self, now: datetime) -> Generator[Call, Answer, Secret]:
        with self._tokens.turn(self._token_name):
            meanwhile = self._tokens.get(self._token_name)
            return meanwhile if meanwhile is not None else (yield from self._log_in(now))

    def _log_in(self, now: datetime) -> Generator[Call, Answer, Secret]:
        if self._tokens.get(self._mark_name) is not None:
            raise CredentialsRejected("the last login was less than a minute ago")
        answer = yield self._login()
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            meanwhile = self._tokens.get(self._token_name)
            if meanwhile is not None:  # two refreshes race, and only the first is answered
                return meanwhile
            self._tokens.put(self._mark_name, Secret("refused"), now + LOGIN_PAUSE)
            raise CredentialsRejected(f"login: status {answer.status}")
        error = error_for(answer, now)
        if error is not None:
            raise error
        token, lifetime = self._read(answer)
        self._keep(answer)
        renew_at = now + timedelta(seconds=lifetime * RENEW_AT)
        self._tokens.put(self._token_name, token, renew_at)
        self._tokens.put(self._mark_name, Secret("done"), min(now + LOGIN_PAUSE, renew_at))
        return token

    def _read(self, answer: Answer) -> tuple[Secret, float]:
        body = answer.json()
        token = getter(self._answer.token_path)(body)
        if not isinstance(token, str) or not token:
            raise ContractBroken(f"login: {self._answer.token_path}")
        told = getter(self._answer.expires_path)(body) if self._answer.expires_path else None
        try:
            lifetime = float(told) if told is not None else self._answer.lifetime
        except (TypeError, ValueError):
            lifetime = self._answer.lifetime
        return Secret(token), lifetime if 0 < lifetime < float("inf") else self._answer.lifetime


def client_credentials(
    token_url: str,
    client_id: str,
    client_secret: Secret,
    tokens: TokenCache,
    *,
    client_auth: Literal["body", "basic"] = "body",
    scope: str = "",
    extra: Mapping[str, str] | None = None,
    answer: TokenAnswer = TokenAnswer(),
    place: Place = Place(prefix="Bearer "),
) -> LoginAuth:
    """OAuth 2 client credentials. `token_url` passes the same address guard as every call."""

    def login() -> Call:
        form = {"grant_type": "client_credentials", **({"scope": scope} if scope else {}), **(extra or {})}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if client_auth == "basic":
            headers["Authorization"] = basic_header(client_id, client_secret)
        else:
            form |= {"client_id": client_id, "client_secret": client_secret.reveal().strip()}
        return Call("POST", token_url, headers, urlencode(form).encode(), is_safe=False, is_login=True)

    return LoginAuth(
        login,
        tokens,
        fingerprint=fingerprint(token_url, client_id, client_secret),
        answer=answer,
        place=place,
    )


def fingerprint(*parts: str | Secret) -> str:
    """Tells one set of credentials from another, so that changed ones never meet an old token. Too short to
    find a secret by."""
    text = "\n".join(part.reveal() if isinstance(part, Secret) else part for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
