"""Who may call the pretend vendor: keys of every kind, their scopes, and tokens that expire."""

import base64
import binascii
import hmac
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from simulator.clock import WorldClock
from simulator.wire import Answer, Call, Refusal, json_answer

API_KEY_HEADER = "x-api-key"
API_KEY_PARAM = "apiKey"
SESSION_HEADER = "x-session"
SECRET_PARAMS = frozenset({API_KEY_PARAM})
SCOPES = frozenset({"reservations", "guests", "availability", "rates", "movements"})


class AuthKind(StrEnum):
    """How a credential is presented; one issued for one kind is not accepted as another."""

    API_KEY_HEADER = "api_key_header"
    API_KEY_QUERY = "api_key_query"
    BASIC = "basic"
    BEARER = "bearer"
    CLIENT_CREDENTIALS = "oauth2_client_credentials"
    LOGIN = "login_token"


@dataclass(frozen=True, slots=True)
class Credential:
    """`name` is the user or client id of the kinds that have one."""

    kind: AuthKind
    name: str
    secret: str = field(repr=False)
    scopes: frozenset[str] = SCOPES


class Keyring:
    """Issues credentials and recognises them in calls; tokens live `lifetime` on the world's clock."""

    def __init__(self, clock: WorldClock, lifetime: timedelta = timedelta(hours=1)) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._lock = threading.Lock()
        self._issued: list[Credential] = []
        self._tokens: dict[str, tuple[Credential, datetime]] = {}
        self.tokens_given = 0

    def issue(self, kind: AuthKind, scopes: Iterable[str] = SCOPES) -> Credential:
        name = f"{kind.value.split('_')[0]}-{secrets.token_hex(4)}"
        issued = Credential(kind, name, secrets.token_urlsafe(24), frozenset(scopes))
        with self._lock:
            self._issued.append(issued)
        return issued

    def first(self, kind: AuthKind) -> Credential:
        """The oldest credential of a kind; raises LookupError when none was issued."""
        with self._lock:
            for issued in self._issued:
                if issued.kind is kind:
                    return issued
        raise LookupError(kind)

    def revoke(self, credential: Credential) -> None:
        """From now on neither it nor its tokens are accepted."""
        with self._lock:
            self._issued = [issued for issued in self._issued if issued is not credential]
            self._tokens = {t: entry for t, entry in self._tokens.items() if entry[0].name != credential.name}

    def expire_tokens(self) -> None:
        with self._lock:
            self._tokens = {t: (owner, self._clock.now()) for t, (owner, _) in self._tokens.items()}

    def identify(self, call: Call) -> Credential:
        """The credential a call carries; raises Refusal 401."""
        scheme, _, rest = call.headers.get("authorization", "").partition(" ")
        if key := call.headers.get(API_KEY_HEADER):
            return self._by_secret(AuthKind.API_KEY_HEADER, key)
        if key := call.query.get(API_KEY_PARAM):
            return self._by_secret(AuthKind.API_KEY_QUERY, key)
        if token := call.headers.get(SESSION_HEADER):
            return self._by_token(token, AuthKind.LOGIN)
        if scheme.lower() == "basic":
            name, password = _basic_pair(rest)
            return self._by_name(AuthKind.BASIC, name, password)
        if scheme.lower() == "bearer":
            try:
                return self._by_secret(AuthKind.BEARER, rest.strip())
            except Refusal:
                return self._by_token(rest.strip(), AuthKind.CLIENT_CREDENTIALS)
        raise _unauthorized("CREDENTIALS_MISSING", "The call carries no credentials.")

    def oauth_token(self, call: Call) -> Answer:
        """`POST /oauth/token`: client credentials in the form body or in a Basic header."""
        try:
            form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
        except UnicodeDecodeError:
            form = {}
        if form.get("grant_type") != "client_credentials":
            return json_answer({"error": "unsupported_grant_type"}, 400)
        name, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, rest = call.headers.get("authorization", "").partition(" ")
        try:
            if scheme.lower() == "basic":
                name, secret = (unquote_plus(part) for part in _basic_pair(rest))
            owner = self._by_name(AuthKind.CLIENT_CREDENTIALS, name, secret)
        except Refusal as refusal:
            return json_answer({"error": "invalid_client", "error_description": refusal.message}, 401)
        wanted = frozenset(form.get("scope", "").split())
        if not wanted <= owner.scopes:
            return json_answer({"error": "invalid_scope"}, 400)
        granted = Credential(owner.kind, owner.name, owner.secret, wanted or owner.scopes)
        return json_answer(
            {
                "access_token": self._new_token(granted),
                "token_type": "Bearer",
                "expires_in": int(self._lifetime.total_seconds()),
                "scope": " ".join(sorted(granted.scopes)),
            }
        )

    def login(self, call: Call) -> Answer:
        """`POST /v2/session`: user and password in a JSON body, answered with a session token."""
        try:
            body = msgspec.json.decode(call.body, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refusal(400, "BODY_NOT_JSON", "The body is not a JSON object.") from None
        owner = self._by_name(AuthKind.LOGIN, str(body.get("user", "")), str(body.get("password", "")))
        seconds = int(self._lifetime.total_seconds())
        return json_answer({"session": {"token": self._new_token(owner), "expiresIn": seconds}})

    def _new_token(self, owner: Credential) -> str:
        token = secrets.token_urlsafe(32)
        with self._lock:
            self.tokens_given += 1
            self._tokens[token] = (owner, self._clock.now() + self._lifetime)
        return token

    def _by_secret(self, kind: AuthKind, secret: str) -> Credential:
        with self._lock:
            for issued in self._issued:
                if issued.kind is kind and _same(issued.secret, secret):
                    return issued
        raise _unauthorized("KEY_UNKNOWN", "The API key is not known.")

    def _by_name(self, kind: AuthKind, name: str, secret: str) -> Credential:
        with self._lock:
            for issued in self._issued:
                if issued.kind is kind and issued.name == name and _same(issued.secret, secret):
                    return issued
        raise _unauthorized("LOGIN_REJECTED", "The user or client is not known, or the secret is wrong.")

    def _by_token(self, token: str, kind: AuthKind) -> Credential:
        with self._lock:
            owner, until = self._tokens.get(token, (None, None))
        if owner is None or until is None or owner.kind is not kind:
            raise _unauthorized("TOKEN_UNKNOWN", "The access token is not known.")
        if until <= self._clock.now():
            raise _unauthorized("TOKEN_EXPIRED", "The access token has expired.")
        return owner

    def sheet(self, base_url: str) -> Mapping[str, Mapping[str, str]]:
        """One credential of every kind with the words a form needs; shown only to whoever started the server."""
        basic, client = self.first(AuthKind.BASIC), self.first(AuthKind.CLIENT_CREDENTIALS)
        login = self.first(AuthKind.LOGIN)
        return {
            AuthKind.API_KEY_HEADER: {
                "header": "X-Api-Key",
                "value": self.first(AuthKind.API_KEY_HEADER).secret,
            },
            AuthKind.API_KEY_QUERY: {
                "param": API_KEY_PARAM,
                "value": self.first(AuthKind.API_KEY_QUERY).secret,
            },
            AuthKind.BASIC: {"username": basic.name, "password": basic.secret},
            AuthKind.BEARER: {"token": self.first(AuthKind.BEARER).secret},
            AuthKind.CLIENT_CREDENTIALS: {
                "token_url": f"{base_url}/oauth/token",
                "client_id": client.name,
                "client_secret": client.secret,
                "scope": " ".join(sorted(client.scopes)),
            },
            AuthKind.LOGIN: {
                "login_url": f"{base_url}/v2/session",
                "header": "X-Session",
                "username": login.name,
                "password": login.secret,
            },
        }


def full_keyring(clock: WorldClock, lifetime: timedelta = timedelta(hours=1)) -> Keyring:
    """A keyring with one credential of every kind, each with every scope."""
    keyring = Keyring(clock, lifetime)
    for kind in AuthKind:
        keyring.issue(kind)
    return keyring


def _basic_pair(encoded: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise _unauthorized("LOGIN_REJECTED", "The Basic credentials cannot be read.") from None
    return name, password


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))


def _unauthorized(code: str, message: str) -> Refusal:
    return Refusal(401, code, message, (("WWW-Authenticate", 'Bearer realm="Aurora PMS"'),))
