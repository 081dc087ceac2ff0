"""Who may call the pretend OPERA Cloud: both ways of signing in, counted tokens, and the hotel a call is for."""

import base64
import binascii
import hmac
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl

import msgspec

from simulator.clock import WorldClock
from simulator.pms.opera_calls import given, invalid
from simulator.pms.opera_names import SCOPE, Names
from simulator.pms.opera_switches import Switches
from simulator.throttle import Throttle
from simulator.wire import Answer, Call, Refusal, json_answer

TOKEN_LIFE = timedelta(minutes=60)
PER_SECOND, BURST = 50, 100
_FORM = "application/x-www-form-urlencoded"
_FORBIDDEN_PAGE = b"<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>"


class Access:
    """One application, its two environments' clients, and the tokens given so far."""

    def __init__(
        self, names: Names, clock: WorldClock, switches: Callable[[], Switches], per_second: float
    ) -> None:
        """The vendor's own limit counts, unless `per_second` is 0."""
        self._names = names
        self._clock = clock
        self._switches = switches
        self._throttle = Throttle(PER_SECOND if per_second else 0, BURST)
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._count = 0
        self.app_key = names.app_key()
        self.clients = {
            "ocim": (f"{names.enterprise}_Client", names.secret("ocim")),
            "ssd": (f"{names.enterprise.lower()}-ssd", names.secret("ssd")),
        }
        self.user = (f"WS_{names.code}", names.secret("user")[:16])

    @property
    def tokens_given(self) -> int:
        with self._lock:
            return self._count

    def expire_tokens(self) -> None:
        with self._lock:
            self._tokens = {token: (kind, self._clock.now()) for token, (kind, _) in self._tokens.items()}

    def token(self, call: Call) -> Answer:
        """`POST /oauth/v1/tokens`; raises Refusal."""
        self._open_to_network()
        if not call.headers.get("content-type", "").lower().startswith(_FORM):
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "", "")
        form = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        kind = {"client_credentials": "ocim", "password": "ssd"}.get(form.get("grant_type", ""))
        if kind is None:
            return _oauth_error(400, "unsupported_grant_type")
        if not self._is_own_key(call) or not _is_pair(self.clients[kind], _basic(call)):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "", "")
        refused = self._refused_ocim(call, form) if kind == "ocim" else self._refused_ssd(form)
        if refused is not None:
            return refused
        token = self._new_token(kind)
        seconds = int(TOKEN_LIFE.total_seconds())
        return json_answer({"access_token": token, "expires_in": seconds, "token_type": "Bearer"})

    def admit(self, call: Call, module: str, path_hotel: str | None) -> None:
        """Raises Refusal 401 (without a body), 403 or 429, in the order the gateway looks."""
        self._open_to_network()
        kind = self._kind_of_token(call)
        if kind is None or not self._is_own_key(call):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "", "")
        try:
            self._throttle.admit("gateway")
        except Refusal:
            # The vendor does not say how long to wait.
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "", "") from None
        switches = self._switches()
        if not switches.is_approved or (kind == "ssd" and not switches.has_web_service_role):
            raise _unauthorized_resource()
        hotel = call.headers.get("x-hotelid")
        if hotel is None or hotel not in (self._names.code, self._names.sister):
            raise _unauthorized_resource()
        if path_hotel is not None and path_hotel != hotel:
            raise _unauthorized_resource()
        if module in switches.unsubscribed:
            raise _forbidden("There is no subscribed plan or API for this request.")
        if hotel == self._names.sister:
            raise _forbidden(f"The user may not read data for the resort {hotel}.")

    def _open_to_network(self) -> None:
        if not self._switches().is_allow_listed:
            raise NotListed()

    def _refused_ocim(self, call: Call, form: Mapping[str, str]) -> Answer | None:
        enterprise = call.headers.get("enterpriseid", "")
        if not enterprise:
            raise invalid("GEN00001", "The header enterpriseId is required")
        if not _same(self._names.enterprise, enterprise):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "", "")
        return None if form.get("scope") == SCOPE else _oauth_error(400, "invalid_scope")

    def _refused_ssd(self, form: Mapping[str, str]) -> Answer | None:
        if self._switches().is_migrated:
            raise _forbidden("This environment has been moved to another way of signing in.")
        if not _is_pair(self.user, (form.get("username", ""), form.get("password", ""))):
            return _oauth_error(402, "invalid_grant")
        return None

    def _new_token(self, kind: str) -> str:
        """A signed claim of when it ends, as the vendor's are."""
        until = self._clock.now() + TOKEN_LIFE
        with self._lock:
            self._count += 1
            claims = {"sub": self.clients[kind][0], "exp": int(until.timestamp()), "jti": str(self._count)}
            head = _segment(msgspec.json.encode({"alg": "HS256", "typ": "JWT"}))
            body = f"{head}.{_segment(msgspec.json.encode(claims))}"
            token = f"{body}.{self._names.secret('token', body)}"
            self._tokens[token] = (kind, until)
        return token

    def _kind_of_token(self, call: Call) -> str | None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        with self._lock:
            kind, until = self._tokens.get(token.strip(), (None, None))
        return kind if until is not None and self._clock.now() < until else None

    def _is_own_key(self, call: Call) -> bool:
        return _same(self.app_key, call.headers.get("x-app-key", ""))


class NotListed(Refusal):
    """The hotel's network list does not have the caller: told by the web server before OPERA is asked."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, "", "Forbidden")

    @property
    def page(self) -> Answer:
        return Answer(HTTPStatus.FORBIDDEN, _FORBIDDEN_PAGE, "text/html")


def _unauthorized_resource() -> Refusal:
    return _forbidden("Unauthorized access to the resource.")


def _forbidden(detail: str) -> Refusal:
    return Refusal(HTTPStatus.FORBIDDEN, "GEN00403", detail)


def _oauth_error(status: int, error: str) -> Answer:
    return json_answer(given(error=error), status)


def _basic(call: Call) -> tuple[str, str]:
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _is_pair(expected: tuple[str, str], found: tuple[str, str]) -> bool:
    return _same(expected[0], found[0]) and _same(expected[1], found[1])


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))


def _segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
