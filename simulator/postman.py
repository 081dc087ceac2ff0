"""Delivers a vendor's webhooks from a thread of its own: attempts, retries, and a record of what came back."""

import contextlib
import heapq
import http.client
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

import msgspec

KEPT = 5_000
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_reachable(endpoint: str) -> bool:
    """A pretend vendor talks to nobody but this machine."""
    try:
        parts = urlsplit(endpoint)
        return parts.scheme == "http" and parts.hostname in _LOOPBACK and parts.port != 0
    except ValueError:
        return False


class Manners(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How webhooks travel, all of it switchable.

    `drop` loses everything, `duplicate` sends each twice, `delay_ms` lets each wait, and `shuffle` sends all that
    wait when the first of them is due, the latest first. An answer that is no 2xx, or later than `deadline_ms`, is
    followed by another of `attempts` after `retry_ms`. A 307 or 308 is followed `redirects` times.
    """

    drop: bool = False
    duplicate: bool = False
    shuffle: bool = False
    delay_ms: int = 0
    attempts: int = 5
    retry_ms: int = 60_000
    deadline_ms: int = 2_000
    redirects: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """`status` is 0 when no answer came; then `error` says why."""

    at: datetime
    status: int
    error: str
    ms: int


@dataclass(slots=True)
class Letter:
    """One delivery and what became of it: `fate` is waiting, delivered, given_up or dropped.

    `stamped` makes further headers at each attempt, for a vendor that signs the moment of the attempt.
    """

    endpoint: str
    event: str
    body: bytes
    headers: Mapping[str, str]
    fate: str = "waiting"
    attempts: list[Attempt] = field(default_factory=list)
    stamped: Callable[[], Mapping[str, str]] | None = None


class Postman:
    """Takes letters from any thread; its own thread starts with the first of them."""

    def __init__(self, now: Callable[[], datetime], manners: Manners | None = None) -> None:
        self._now = now
        self._ready = threading.Condition()
        self._manners = manners or Manners()
        self._waiting: list[tuple[float, int, Letter]] = []
        self._order = itertools.count()
        self._sent: deque[Letter] = deque(maxlen=KEPT)
        self._thread: threading.Thread | None = None
        self._is_busy = False
        self._is_stopped = False

    @property
    def manners(self) -> Manners:
        with self._ready:
            return self._manners

    def behave(self, manners: Manners) -> None:
        """For letters posted, and attempts made, from now on."""
        with self._ready:
            self._manners = manners

    def post(self, letter: Letter) -> None:
        with self._ready:
            if self._is_stopped:
                return
            self._sent.append(letter)
            if self._manners.drop:
                letter.fate = "dropped"
                return
            self._put(letter, self._manners.delay_ms / 1000)
            if self._manners.duplicate:
                twin = replace(letter, fate="waiting", attempts=[])
                self._sent.append(twin)
                self._put(twin, self._manners.delay_ms / 1000)

    def sent(self) -> list[Letter]:
        """Oldest first, those still waiting included."""
        with self._ready:
            return list(self._sent)

    def report(self) -> list[dict[str, object]]:
        """What `sent` has, as JSON tells it: the body as it was written, with its attempts."""
        with self._ready:
            return [
                {
                    "endpoint": letter.endpoint,
                    "event": letter.event,
                    "payload": msgspec.Raw(letter.body),
                    "headers": dict(letter.headers),
                    "fate": letter.fate,
                    "attempts": list(letter.attempts),
                }
                for letter in self._sent
            ]

    def forget(self) -> None:
        """Clears the record; letters that wait still go out."""
        with self._ready:
            self._sent.clear()

    def wait_until_idle(self, seconds: float) -> bool:
        """True once nothing waits, retries included; False when it took longer."""
        with self._ready:
            return self._ready.wait_for(lambda: not self._waiting and not self._is_busy, seconds)

    def stop(self) -> None:
        """Letters that wait are given up; may be called twice."""
        with self._ready:
            self._is_stopped = True
            for _, _, letter in self._waiting:
                letter.fate = "given_up"
            self._waiting.clear()
            self._ready.notify_all()
        if self._thread is not None:
            self._thread.join(10)

    def _put(self, letter: Letter, seconds: float) -> None:
        heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._order), letter))
        if self._thread is None:
            self._thread = threading.Thread(target=self._walk, daemon=True)
            self._thread.start()
        self._ready.notify_all()

    def _walk(self) -> None:
        while letters := self._next_round():
            for letter in letters:
                self._carry(letter)
            with self._ready:
                self._is_busy = False
                self._ready.notify_all()

    def _next_round(self) -> list[Letter]:
        """Everything due, once something is; nothing when stopped."""
        with self._ready:
            while not self._is_stopped:
                left = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if left is not None and left <= 0:
                    break
                self._ready.wait(left)
            due = []
            until = time.monotonic() + (self._manners.delay_ms / 1000 if self._manners.shuffle else 0)
            while self._waiting and not self._is_stopped and self._waiting[0][0] <= until:
                due.append(heapq.heappop(self._waiting)[2])
            if self._manners.shuffle:
                due.reverse()
            self._is_busy = bool(due)
            return due

    def _carry(self, letter: Letter) -> None:
        manners = self.manners
        attempt = self._attempt(letter, manners.deadline_ms / 1000, manners.redirects)
        with self._ready:
            letter.attempts.append(attempt)
            if 200 <= attempt.status < 300 and not attempt.error:
                letter.fate = "delivered"
            elif len(letter.attempts) >= manners.attempts or self._is_stopped:
                letter.fate = "given_up"
            else:
                self._put(letter, manners.retry_ms / 1000)

    def _attempt(self, letter: Letter, deadline: float, redirects: int) -> Attempt:
        at, began = self._now(), time.monotonic()
        status, error, endpoint = 0, "", letter.endpoint
        try:
            for _ in range(redirects + 1):
                if not is_reachable(endpoint):
                    return Attempt(at, 0, "only http on the loopback address is called from here", 0)
                status, location = _delivered(endpoint, letter, deadline)
                if status not in (307, 308) or not location:
                    break
                endpoint = urljoin(endpoint, location)
        except (OSError, http.client.HTTPException) as failed:
            status, error = 0, type(failed).__name__
        took = time.monotonic() - began
        if took > deadline and not error:
            error = "the answer came too late"
        return Attempt(at, status, error, round(took * 1000))


def _delivered(endpoint: str, letter: Letter, deadline: float) -> tuple[int, str | None]:
    """The status that came back, and where it says to go instead."""
    parts = urlsplit(endpoint)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=deadline)
    try:
        target = parts.path or "/"
        target += f"?{parts.query}" if parts.query else ""
        further = letter.stamped() if letter.stamped is not None else {}
        connection.request("POST", target, letter.body, {**letter.headers, **further})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location")
    finally:
        with contextlib.suppress(OSError):
            connection.close()
