"""The door of the REST API: whose call this is, whether it may pass, and how much each key is used."""

import math
import threading
from collections import Counter
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from limits import RateLimitItem, RateLimitItemPerMinute
from sqlalchemy import select

from webapp.domain.api_key import is_well_formed
from webapp.domain.value import Value
from webapp.models import ApiKey, Scope
from webapp.runtime import Runtime

from . import api_usage, audit
from .api_keys import digest_of
from .moving_windows import MovingWindows

PER_KEY = RateLimitItemPerMinute(100, namespace="api by key")
PER_STRANGER = RateLimitItemPerMinute(10, namespace="api without a living key, by address")
NOTED = RateLimitItemPerMinute(1, namespace="denied use")
NOTE_USE_EVERY = timedelta(minutes=1)
_RANK = {Scope.READ: 0, Scope.WRITE: 1, Scope.ADMIN: 2}


class Caller(Value, frozen=True):
    """The key a call was made with."""

    key_id: int
    public_id: str
    name: str
    scope: Scope

    @property
    def actor(self) -> str:
        """What audit lines call it."""
        return f"API key {self.name}"

    def may(self, scope: Scope) -> bool:
        return _RANK[self.scope] >= _RANK[scope]


class KeyRefused(Exception):
    """`code`: missing, invalid, expired, address. `caller` is set when the key itself is good."""

    def __init__(self, code: str, caller: Caller | None = None) -> None:
        super().__init__(code)
        self.code, self.caller = code, caller


class Allowance(Value, frozen=True):
    """`remaining` calls of `quota` in a window of `seconds`; more are free in `resets_in` whole seconds."""

    quota: int
    seconds: int
    remaining: int
    resets_in: int
    is_exceeded: bool


class ApiDoor:
    """One per process. Keys are looked up for each call, so that revoking works at once; uses are added up in memory."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._windows = MovingWindows()
        self._lock = threading.Lock()
        self._uses: Counter[tuple[int, bool]] = Counter()  # key, refused -> calls
        self._strangers = 0
        self._last: dict[int, tuple[datetime, str]] = {}
        self._flushed_at = runtime.clock()

    def admit(self, text: str | None, address: str) -> Caller:
        """Whose key `text` is. Raises KeyRefused."""
        if text is None:
            raise KeyRefused("missing")
        if not is_well_formed(text):
            raise KeyRefused("invalid")
        with self._runtime.reading() as session:
            row = session.scalars(select(ApiKey).where(ApiKey.digest == digest_of(text))).one_or_none()
        if row is None or row.revoked_at is not None:
            raise KeyRefused("invalid")
        if row.expires_at <= self._runtime.clock():
            raise KeyRefused("expired")
        caller = Caller(row.id, row.public_id, row.name, Scope(row.scope))
        if row.allowed_networks and not is_inside(address, row.allowed_networks):
            self._note_denied(caller, address)
            raise KeyRefused("address", caller)
        return caller

    def allowance(self, caller: Caller) -> Allowance:
        """Counts a call of this key."""
        return self._enter(PER_KEY, str(caller.key_id))

    def stranger_allowance(self, address: str, *, is_known: bool = False) -> Allowance:
        """Counts a call that is not let in: an address may try a few a minute.

        `is_known`: with a good key from an address that is not on its list. Its own calls stay untouched, or whoever
        found the key could use them up from anywhere.
        """
        if not is_known:
            with self._lock:
                self._strangers += 1
        return self._enter(PER_STRANGER, partition_of(address))

    def note_use(self, caller: Caller, address: str, *, is_refused: bool) -> None:
        """Adds one up, and writes what was added up once a minute."""
        with self._lock:
            self._uses[(caller.key_id, is_refused)] += 1
            self._last[caller.key_id] = (self._runtime.clock(), address)
        self.flush_if_due()

    def flush_if_due(self) -> None:
        if self._runtime.clock() - self._flushed_at >= NOTE_USE_EVERY:
            self.flush()

    def flush(self) -> None:
        """Writes the counts. What comes while it writes waits for the next time."""
        with self._lock:
            uses, strangers, last = self._uses, self._strangers, self._last
            self._uses, self._strangers, self._last = Counter(), 0, {}
            self._flushed_at = self._runtime.clock()
        if uses or strangers:
            api_usage.store(self._runtime, uses, strangers, last)

    def _enter(self, limit: RateLimitItem, key: str) -> Allowance:
        found = self._windows.count(limit, key)
        # In whole seconds, never earlier than there is room again.
        resets_in = max(1, math.ceil(found.resets_in))
        return Allowance(limit.amount, limit.get_expiry(), found.remaining, resets_in, found.is_exceeded)

    def _note_denied(self, caller: Caller, address: str) -> None:
        """Once a minute for each key: a misplaced program must not fill the log."""
        if self._windows.count(NOTED, str(caller.key_id)).is_exceeded:
            return
        with self._runtime.writing() as session:
            audit.record(
                self._runtime,
                session,
                "",
                "api_key.denied",
                f"API key “{caller.name}” was used from {address}, which is not on its list",
                level="warning",
            )


def is_inside(address: str, networks: list[str]) -> bool:
    """An IPv4 address that is written as IPv6 counts as what it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found in ip_network(network) for network in networks)


def partition_of(address: str) -> str:
    """Whom a limit by address counts together: one host of IPv4, one /64 of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)
