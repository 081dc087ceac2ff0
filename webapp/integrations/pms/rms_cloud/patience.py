"""What must outlive a call: pauses, refusals counted over a minute, and a login that was refused until a person acts.

RMS blocks for an hour after 30 refused logins or 60 refusals of any call within a minute, so the hub stops long before.
"""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from webapp.integrations.kit.contract import SetupCache

from .refusals import BLOCK, LoginBlocked, LoginRefused, Paused

T = TypeVar("T")

MOST_REFUSALS = 20
_MINUTE = timedelta(minutes=1)
_FOR_EVER = timedelta(days=3650)


class _Pause(msgspec.Struct, frozen=True):
    until: datetime
    is_of_login: bool = False


class Patience:
    """`mark` tells one set of credentials from another. What is kept holds no secret."""

    def __init__(self, cache: SetupCache, mark: str) -> None:
        self._cache = cache
        self._mark = mark

    def mind(self, now: datetime) -> None:
        """Before every call. Raises Paused or LoginBlocked."""
        pause = self._read("pause", _Pause)
        if pause is None or pause.until <= now:
            return
        kind = LoginBlocked if pause.is_of_login else Paused
        raise kind(pause.until, now, "not asked")

    def mind_login(self, now: datetime, *, by_hand: bool) -> None:
        """Before a login. A person may try a refused one again after a minute, a timer never. Raises LoginRefused."""
        at = self._read("refused", datetime)
        if at is not None and not (by_hand and now - at >= _MINUTE):
            raise LoginRefused("refused before, not asked again")

    def pause(self, now: datetime, seconds: float, *, is_of_login: bool = False) -> datetime:
        """Nobody asks before the instant that is returned. A longer pause is not made shorter."""
        until = now + timedelta(seconds=seconds)
        known = self._read("pause", _Pause)
        if known is None or known.until < until:
            self._write("pause", _Pause(until, is_of_login), until)
        return until

    def refused(self, now: datetime) -> None:
        """A 401 or 403 was answered."""
        times = [at for at in self._read("refusals", list[datetime]) or [] if now - at < _MINUTE]
        times.append(now)
        self._write("refusals", times, now + _MINUTE)
        if len(times) >= MOST_REFUSALS:
            self.pause(now, BLOCK)

    def login_refused(self, now: datetime) -> None:
        self._write("refused", now, now + _FOR_EVER)

    def login_taken(self, now: datetime) -> None:
        if self._read("refused", datetime) is not None:
            self._write("refused", now, now)

    def _read(self, name: str, shape: type[T]) -> T | None:
        document = self._cache.get(f"{name}:{self._mark}")
        try:
            return None if document is None else msgspec.json.decode(document, type=shape)
        except msgspec.DecodeError:
            return None  # written by another version

    def _write(self, name: str, value: object, until: datetime) -> None:
        self._cache.put(f"{name}:{self._mark}", msgspec.json.encode(value).decode(), until.astimezone(UTC))
