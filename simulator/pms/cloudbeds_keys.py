"""Who may call the pretend Cloudbeds: API keys, the OAuth code flow, and keys that die of idleness."""

import hmac
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from simulator.clock import WorldClock
from simulator.hotel import Reservation
from simulator.pms.cloudbeds_calls import Json
from simulator.wire import Answer, Call, Refusal, json_answer

SCOPES = frozenset(
    f"read:{name}"
    for name in "currency dashboard group guest hotel housekeeping item package rate reservation room roomblock "
    "taxesAndFees user".split()
)
KEY_GRANT = "urn:ietf:params:oauth:grant-type:api-key"
IDLE = timedelta(days=30)
TOKEN_LIFE = timedelta(hours=8)
CODE_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=365)
REDIRECT_URI = "https://hub.example/cloudbeds/connected"


@dataclass(slots=True)
class Key:
    """A key or an access token; `until` is None for a key, which dies unused instead."""

    secret: str = field(repr=False)
    owner: str
    properties: tuple[str, ...]
    scopes: frozenset[str]
    used_at: datetime
    until: datetime | None = None


class Keys:
    """Issues secrets that are the same for the same hotel, and recognises them in calls."""

    def __init__(
        self, clock: WorldClock, records: Iterable[Reservation], code: str, property_id: str, sister_id: str
    ) -> None:
        seed = blake2b(code.encode(), digest_size=16)
        for record in records:
            seed.update(f"{record.number}:{record.created_at.isoformat()};".encode())
        self._seed = seed.digest()
        self._clock = clock
        self._lock = threading.Lock()
        self._count = 0
        self._keys: dict[str, Key] = {}
        self._codes: dict[str, datetime] = {}
        self.redirect_uri = REDIRECT_URI  # as the app's page of the partner account has it
        self._refresh: dict[str, datetime] = {}
        self._property, self._sister = property_id, sister_id
        self.client_id = f"client-{self._fresh()[:12]}"
        self.client_secret = self._fresh()
        self.first = self.issue()

    def issue(self, scopes: Iterable[str] = SCOPES, organization: bool = False) -> Key:
        """A further key; one of an organization covers a second property, which has no data."""
        properties = (self._property, self._sister) if organization else (self._property,)
        with self._lock:
            return self._keep(f"cbat_{self._fresh()}", properties, frozenset(scopes))

    def code(self) -> str:
        """What the hotel's approval hands to an app: good once, for ten minutes."""
        with self._lock:
            code = self._fresh()
            self._codes[code] = self._clock.now() + CODE_LIFE
            return code

    def revoke_all(self) -> None:
        with self._lock:
            self._keys.clear()
            self._refresh.clear()

    def expire_tokens(self) -> None:
        with self._lock:
            for key in self._keys.values():
                key.until = self._clock.now() if key.until is not None else None

    def identify(self, call: Call) -> Key:
        """The key of a call, in either of its two headers; raises Refusal 401."""
        scheme, _, rest = call.headers.get("authorization", "").partition(" ")
        given = call.headers.get("x-api-key") or (rest.strip() if scheme.lower() == "bearer" else "")
        now = self._clock.now()
        with self._lock:
            key = next((key for secret, key in self._keys.items() if _same(secret, given)), None)
            if key is None or (key.until is not None and key.until <= now):
                raise _denied()
            if key.until is None and now - key.used_at > IDLE:
                raise _denied()
            key.used_at = now
            return key

    def exchange(self, form: Mapping[str, str]) -> Answer:
        """`POST /access_token`: a code or a refresh token for a token, or for a key."""
        if form.get("client_id") != self.client_id or not _same(
            self.client_secret, form.get("client_secret", "")
        ):
            return _refused("server_error", "Client authentication failed.", 401)
        grant = form.get("grant_type", "")
        with self._lock:
            if grant in ("authorization_code", KEY_GRANT):
                until = self._codes.pop(form.get("code", ""), None)
                if (
                    until is None
                    or until <= self._clock.now()
                    or form.get("redirect_uri") != self.redirect_uri
                ):
                    return _refused("server_error", "The authorization code is not valid.", 401)
            elif grant in ("refresh_token", "refresh_token_exchange"):
                # Each refresh token is good once, so two refreshes at the same time race.
                until = self._refresh.pop(form.get("refresh_token", ""), None)
                if until is None or until <= self._clock.now():
                    return _refused("invalid_request", "The refresh token is invalid.", 400)
            else:
                return _refused("unsupported_grant_type", "The grant type is not supported.", 400)
            return json_answer(self._granted(grant))

    def _granted(self, grant: str) -> Json:
        resources = [{"type": "property", "id": self._property}]
        if grant in (KEY_GRANT, "refresh_token_exchange"):
            key = self._keep(f"cbat_{self._fresh()}", (self._property,), SCOPES)
            return {"access_token": key.secret, "token_type": "x-api-key", "resources": resources}
        until = self._clock.now() + TOKEN_LIFE
        key = self._keep(self._fresh(), (self._property,), SCOPES, until)
        refresh = self._fresh()
        self._refresh[refresh] = self._clock.now() + REFRESH_LIFE
        return {
            "access_token": key.secret,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "refresh_token": refresh,
            "resources": resources,
        }

    def _keep(
        self, secret: str, properties: tuple[str, ...], scopes: frozenset[str], until: datetime | None = None
    ) -> Key:
        owner = f"key-{len(self._keys) + 1}"
        key = self._keys[secret] = Key(secret, owner, properties, scopes, self._clock.now(), until)
        return key

    def _fresh(self) -> str:
        self._count += 1
        return blake2b(str(self._count).encode(), key=self._seed, digest_size=20).hexdigest()


def _denied() -> Refusal:
    return Refusal(401, "access_denied", "The resource owner or authorization server denied the request.")


def _refused(error: str, description: str, status: int) -> Answer:
    return json_answer({"error": error, "error_description": description}, status)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))
