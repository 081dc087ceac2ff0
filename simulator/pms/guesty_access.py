"""Who may call the pretend Guesty, and how often: tokens that are rationed, and three windows of calls."""

import hmac
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from simulator.clock import WorldClock
from simulator.pms.guesty_calls import Json, Refused, forbidden, too_many
from simulator.pms.guesty_names import Names
from simulator.pms.guesty_switches import Switches
from simulator.wire import Call

TOKEN_LIFE = timedelta(hours=24)
MOST_TOKENS = 5
# Calls and seconds, with the ending of the headers' names.
LIMITS = ((15, 1.0, "Second"), (120, 60.0, "Minute"), (5_000, 3_600.0, "Hour"))
_FORM = "application/x-www-form-urlencoded"


class Access:
    """Mints tokens by the hotel's clock, at most five in any 24 hours, and knows those that are alive."""

    def __init__(self, names: Names, clock: WorldClock) -> None:
        self._names = names
        self._clock = clock
        self._lock = threading.Lock()
        self._minted: list[datetime] = []
        self._count = 0
        self._alive: dict[str, datetime] = {}

    def mint(self, call: Call, switches: Switches) -> Json:
        """Raises Refused: for a wrong client, and 429 once the ration is spent."""
        form: dict[str, str] = {}
        if call.headers.get("content-type", "").lower().startswith(_FORM):
            form = dict(parse_qsl(call.body.decode("utf-8", "replace")))
        if form.get("grant_type") != "client_credentials":
            raise _no_token(400, "unsupported_grant_type", "The grant type must be client_credentials.")
        if form.get("scope") != "open-api":
            raise _no_token(400, "invalid_scope", "The scope must be open-api.")
        given = (form.get("client_id", ""), form.get("client_secret", ""))
        known = (self._names.client_id, self._names.client_secret)
        if not all(
            hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())
            for one, other in zip(given, known, strict=True)
        ):
            raise _no_token(switches.wrong_client_status, "invalid_client", "The client is not known.")
        now = self._clock.now()
        with self._lock:
            recent = self._recent(now)
            if len(recent) >= MOST_TOKENS:
                raise too_many(math.ceil((recent[0] + TOKEN_LIFE - now).total_seconds()))
            self._minted.append(now)
            self._count += 1
            token = self._names.token(self._count, now, now + TOKEN_LIFE)
            self._alive[token] = now + TOKEN_LIFE
        return {
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
            "access_token": token,
            "scope": "open-api",
        }

    def admit(self, call: Call, switches: Switches) -> None:
        """Raises Refused 401 without a token, and 403 (or 401, as switched) with a dead or unknown one."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Refused(401, {"message": "Unauthorized"})
        with self._lock:
            until = self._alive.get(token.strip())
        if until is None or until <= self._clock.now():
            raise (
                forbidden()
                if switches.dead_token_status == 403
                else Refused(401, {"message": "Unauthorized"})
            )

    def count(self) -> Json:
        """How much of the ration is spent."""
        now = self._clock.now()
        with self._lock:
            spent = len(self._recent(now))
            alive = sum(until > now for until in self._alive.values())
        return {"minted": spent, "left": max(0, MOST_TOKENS - spent), "alive": alive}

    def forget(self) -> None:
        """A full ration again; tokens stay alive."""
        with self._lock:
            self._minted.clear()

    def spend(self, times: int) -> None:
        """Somebody else mints with the same client."""
        with self._lock:
            self._minted.extend([self._clock.now()] * times)

    def expire(self) -> None:
        """Every token is dead from now on; the ration stays as it is."""
        with self._lock:
            self._alive.clear()

    def _recent(self, now: datetime) -> list[datetime]:
        return [at for at in self._minted if at > now - TOKEN_LIFE]


class Windows:
    """The three limits of an account; a refused call does not count."""

    def __init__(self, is_on: bool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._is_on = is_on
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._calls: deque[float] = deque()

    def enter(self) -> None:
        """Raises Refused 429 with the seconds until the window that is full has room."""
        with self._lock:
            now = self._monotonic()
            while self._calls and self._calls[0] <= now - LIMITS[-1][1]:
                self._calls.popleft()
            for most, seconds, _ in LIMITS if self._is_on else ():
                if self._within(now, seconds) >= most:
                    oldest = self._calls[-most]
                    raise too_many(max(1, math.ceil(oldest + seconds - now)))
            self._calls.append(now)

    def headers(self) -> tuple[tuple[str, str], ...]:
        with self._lock:
            now = self._monotonic()
            made: list[tuple[str, str]] = []
            for most, seconds, name in LIMITS:
                left = max(0, most - self._within(now, seconds))
                made.append((f"X-RateLimit-Limit-{name}", str(most)))
                made.append((f"X-RateLimit-Remaining-{name}", str(left)))
        return tuple(made)

    def _within(self, now: float, seconds: float) -> int:
        count = 0
        for at in reversed(self._calls):
            if at <= now - seconds:
                break
            count += 1
        return count


def _no_token(status: int, error: str, description: str) -> Refused:
    return Refused(status, {"error": error, "error_description": description})
