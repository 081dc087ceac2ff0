"""Who may call the pretend RMS Cloud: tokens of an agent for a client, limits by path, and blocks for the reckless."""

import hmac
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zlib import crc32

import msgspec

from simulator.clock import WorldClock
from simulator.pms.rms_calls import Json, wrong
from simulator.pms.rms_switches import Switches
from simulator.wire import Call, Refusal

TOKEN_LIFE = timedelta(hours=24)
MODULE = "guestServices"
MINUTE, HOUR = 60.0, 3_600.0
# Over so many failing token calls, or refusals of any kind, within a minute: blocked for an hour.
MOST_FAILED_TOKENS, MOST_REFUSED = 30, 60
# The first that fits counts: method, path, calls, seconds.
LIMITS: tuple[tuple[str, re.Pattern[str], int, float], ...] = (
    ("", re.compile(r"authToken"), 25, MINUTE),
    ("", re.compile(r"healthcheck"), 20, MINUTE),
    ("", re.compile(r"reservations/search.*"), 60, 10.0),
    ("GET", re.compile(r"reservations/\d+/dailyRevenue"), 30, MINUTE),
    ("GET", re.compile(r"reservations.*"), 100, 10.0),
    ("", re.compile(r"guests.*"), 150, MINUTE),
    ("", re.compile(r"availabilityRateGrid.*"), 50, 10.0),
    ("", re.compile(r"areas.*"), 30, 10.0),
)


class TokenWish(msgspec.Struct, frozen=True, rename="camel"):
    """Numbers are JSON numbers; the names are exact."""

    agent_id: int
    agent_password: str
    client_id: int
    client_password: str
    module_type: list[str]
    use_training_database: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    until: datetime
    is_training: bool


class Access:
    """One agent, one client; every token of a day is good until it ends."""

    def __init__(self, code: str, hotel_name: str, clock: WorldClock) -> None:
        seed = crc32(code.encode())
        self.agent_id = 300 + seed % 600
        self.client_id = 12_000 + seed % 70_000
        self.agent_password = self._digest(code, "agent")[:20]
        self.client_password = self._digest(code, "client")[:16]
        self._code = code
        self._hotel_name = hotel_name
        self._clock = clock
        self._lock = threading.Lock()
        self._count = 0
        self._tokens: dict[str, Token] = {}

    def grant(self, body: bytes, switches: Switches) -> Json:
        """Raises Refusal 400 for a wrong body, and 403 (or 401, as switched) for who may not."""
        try:
            wish = msgspec.json.decode(body, type=TokenWish)
        except (msgspec.ValidationError, msgspec.DecodeError) as bad:
            raise wrong(str(bad)) from None
        known = (
            (str(wish.agent_id), str(self.agent_id)),
            (wish.agent_password, self.agent_password),
            (str(wish.client_id), str(self.client_id)),
            (wish.client_password, self.client_password),
        )
        if not all(
            hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode())
            for given, right in known
        ):
            raise Refusal(switches.refusal, "DENIED", "Agent or client credentials are not valid.")
        if MODULE not in wish.module_type:
            raise Refusal(switches.refusal, "DENIED", "The module is not available to this client.")
        until = self._clock.now() + TOKEN_LIFE
        with self._lock:
            self._count += 1
            text = self._digest(self._code, f"token {self._count}")
            self._tokens[text] = Token(until, wish.use_training_database)
        return {
            "token": text,
            "expiryDate": until.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
            "rmsClientId": switches.parent_client or self.client_id,
            "allowedProperties": [{"clientId": self.client_id, "clientName": self._hotel_name}],
        }

    def admit(self, call: Call) -> Token:
        """Raises Refusal 401 without a live token."""
        with self._lock:
            token = self._tokens.get(call.headers.get("authtoken", ""))
        if token is None or token.until <= self._clock.now():
            raise Refusal(401, "TOKEN", "The authtoken is missing, wrong or expired.")
        return token

    def expire(self) -> None:
        with self._lock:
            self._tokens.clear()

    @staticmethod
    def _digest(code: str, name: str) -> str:
        return sha256(f"rms/{code}/{name}".encode()).hexdigest()


class Guard:
    """Counts calls by path and refusals; whoever does too much is blocked for a minute or an hour."""

    def __init__(self, is_limited: bool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._is_limited = is_limited
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._calls: dict[int, deque[float]] = {place: deque() for place in range(len(LIMITS))}
        self._until: dict[int, float] = {}
        self._failed_tokens: deque[float] = deque()
        self._refused: deque[float] = deque()
        self._closed_until = 0.0

    def enter(self, method: str, path: str, switches: Switches) -> None:
        """Raises Refusal: 400 while everything is blocked, else the status of a block that a limit has set off."""
        with self._lock:
            now = self._monotonic()
            if now < self._closed_until:
                raise Refusal(400, "BLOCKED", "Too many failed requests. Please try again later.")
            place = _limit(method, path)
            if place is None or not self._is_limited:
                return
            _, _, most, seconds = LIMITS[place]
            calls = self._calls[place]
            while calls and calls[0] <= now - seconds:
                calls.popleft()
            if now >= self._until.get(place, 0.0):
                calls.append(now)
                if len(calls) <= most:
                    return
                self._until[place] = now + MINUTE
        raise Refusal(switches.block_status, "LIMIT", "Too many requests.")

    def refused(self, path: str, status: int) -> None:
        """Notes a refusal, and closes the door when there were too many."""
        with self._lock:
            now = self._monotonic()
            if path == "authToken" and status >= 400:
                self._note(self._failed_tokens, now, MOST_FAILED_TOKENS)
            if status in (401, 403):
                self._note(self._refused, now, MOST_REFUSED)

    def close(self, seconds: float) -> None:
        with self._lock:
            self._closed_until = self._monotonic() + seconds

    def open(self) -> None:
        """Lifts every block and forgets what was counted."""
        with self._lock:
            self._closed_until = 0.0
            self._until.clear()
            self._failed_tokens.clear()
            self._refused.clear()
            for calls in self._calls.values():
                calls.clear()

    def report(self) -> Json:
        with self._lock:
            now = self._monotonic()
            return {
                "is_closed": now < self._closed_until,
                "limits_hit": sum(until > now for until in self._until.values()),
                "failed_tokens": sum(at > now - MINUTE for at in self._failed_tokens),
                "refused": sum(at > now - MINUTE for at in self._refused),
            }

    def _note(self, moments: deque[float], now: float, most: int) -> None:
        moments.append(now)
        while moments[0] <= now - MINUTE:
            moments.popleft()
        if len(moments) > most:
            self._closed_until = now + HOUR


def _limit(method: str, path: str) -> int | None:
    for place, (verb, pattern, _, _) in enumerate(LIMITS):
        if verb in ("", method) and pattern.fullmatch(path):
            return place
    return None
