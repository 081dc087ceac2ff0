"""Who may ask the pretend Mews what, and how often."""

import hmac
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus

from simulator.pms.mews_hooks import Action
from simulator.pms.mews_names import Names
from simulator.pms.mews_requests import invalid
from simulator.wire import Refusal

MOST_CALLS = 200
WINDOW_SECONDS = 30.0
_ENDING = frozenset({Action.DISABLED, Action.CANCELED, Action.DELETED})
_BEGINNING = frozenset({Action.CREATED, Action.ENABLED, Action.REINSTATED})


class Access:
    """The tokens of one integration; both travel in every body, and both may stop being accepted."""

    def __init__(self, names: Names, window: "Window | None") -> None:
        self._names = names
        self._window = window
        self._lock = threading.Lock()
        self._generation = 0
        self._is_enabled = True
        self.client_token = names.token("client")

    @property
    def access_token(self) -> str:
        with self._lock:
            return self._names.token("access", self._generation)

    def live_through(self, action: Action) -> str:
        """What an act on the integration does to the tokens; answers the access token afterwards."""
        with self._lock:
            if action in _ENDING:
                self._is_enabled = False
            elif action in _BEGINNING:
                self._is_enabled = True
            else:
                self._generation += 1
        return self.access_token

    def admit(self, body: Mapping[str, object], is_retry_after_sent: bool) -> None:
        """Raises Refusal 400 without a client name, 401 for a wrong token, 429 when it is too often."""
        if not isinstance(body.get("Client"), str) or not body["Client"]:
            raise invalid("Client")
        for name, token in (("ClientToken", self.client_token), ("AccessToken", self.access_token)):
            given = body.get(name)
            if not isinstance(given, str) or not hmac.compare_digest(
                given.encode("utf-8", "surrogateescape"), token.encode()
            ):
                raise not_authorized(f"Invalid {name}.")
        with self._lock:
            if not self._is_enabled:
                raise not_authorized("The integration is disabled.")
        if self._window is not None:
            wait = self._window.enter()
            if wait:
                raise too_many(wait if is_retry_after_sent else None)


class Window:
    """At most so many calls in any stretch of time; refused ones do not count."""

    def __init__(
        self,
        most: int = MOST_CALLS,
        seconds: float = WINDOW_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._calls: deque[float] = deque()

    def enter(self) -> int:
        """Whole seconds to wait; 0 lets the call in."""
        with self._lock:
            now = self._monotonic()
            while self._calls and self._calls[0] <= now - self._seconds:
                self._calls.popleft()
            if len(self._calls) < self._most:
                self._calls.append(now)
                return 0
            return max(1, math.ceil(self._calls[0] + self._seconds - now))


def not_authorized(message: str) -> Refusal:
    return Refusal(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", message)


def not_permitted(operation: str) -> Refusal:
    """The same status as for a bad token: only the words, and what else works, tell them apart."""
    return not_authorized(f"The client has no permission to call {operation}.")


def too_many(seconds: int | None) -> Refusal:
    headers = () if seconds is None else (("Retry-After", str(seconds)),)
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, "LIMITED", "Too many requests. Try again later.", headers)
