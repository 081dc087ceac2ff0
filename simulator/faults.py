"""Things that go wrong on demand: what the vendor answers, or fails to, while a fault is switched on."""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from simulator.spoiling import spoilt
from simulator.throttle import too_many
from simulator.wire import Answer, Refusal, refused

_HTML = b"<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"


class FaultKind(StrEnum):
    """Each is described in the simulator's document."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    HTML = "html"
    TRUNCATED = "truncated"
    HANG = "hang"
    SLOW = "slow"
    EMPTY = "empty"
    GARBAGE_JSON = "garbage_json"
    WRONG_SHAPE = "wrong_shape"
    REDIRECT = "redirect"
    DROP = "drop"
    SPOILT_ROW = "spoilt_row"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault for the calls whose path contains `match`, `times` times (None: until it is cleared).

    `retry_after` in seconds, `ms` for slow, `seconds` for hang (None: until cleared), `location` for redirect; `field`,
    `value` and `row` for spoilt_row (see `spoiling.spoilt`).
    """

    kind: FaultKind
    times: int | None = None
    match: str = ""
    retry_after: int = 2
    ms: int = 200
    seconds: float | None = None
    location: str = "https://elsewhere.example/v2/"
    field: str = ""
    value: Any = None
    row: int = 0


class FaultBoard:
    """The switches; the oldest matching fault wins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._released = threading.Event()
        self.hanging = 0

    def switch_on(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Switches everything off and lets hanging calls go on."""
        with self._lock:
            self._faults.clear()
            self._released.set()
            self._released = threading.Event()

    def active(self) -> list[Fault]:
        with self._lock:
            return list(self._faults)

    def take(self, path: str) -> Fault | None:
        """The fault for this call, counted down."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.match not in path:
                    continue
                if fault.times == 1:
                    del self._faults[place]
                elif fault.times is not None:
                    self._faults[place] = msgspec.structs.replace(fault, times=fault.times - 1)
                return fault
        return None

    def answer(self, fault: Fault, proceed: Callable[[bool], Answer]) -> Answer:
        """What the call gets; `proceed(empty)` makes the answer it would have had."""
        if fault.kind in (FaultKind.HANG, FaultKind.SLOW):
            self._wait(fault.seconds if fault.kind is FaultKind.HANG else fault.ms / 1000)
            return proceed(False)
        if fault.kind is FaultKind.EMPTY:
            return proceed(True)
        if fault.kind is FaultKind.SPOILT_ROW:
            return spoilt(proceed(False), fault.field, fault.value, fault.row)
        if fault.kind is FaultKind.TRUNCATED:
            whole = proceed(False)
            return Answer(whole.status, whole.body, whole.content_type, whole.headers, len(whole.body) // 2)
        return _STATIC[fault.kind](fault)

    def _wait(self, seconds: float | None) -> None:
        with self._lock:
            released = self._released
            self.hanging += 1
        try:
            released.wait(seconds)
        finally:
            with self._lock:
                self.hanging -= 1


def _refusing(status: int, code: str, message: str) -> Callable[[Fault], Answer]:
    return lambda _: refused(Refusal(status, code, message))


_STATIC: dict[FaultKind, Callable[[Fault], Answer]] = {
    FaultKind.UNAUTHORIZED: _refusing(401, "KEY_UNKNOWN", "The API key is not known."),
    FaultKind.FORBIDDEN: _refusing(403, "SCOPE_MISSING", "The key may not read this."),
    FaultKind.NOT_FOUND: _refusing(404, "NOT_FOUND", "There is nothing at this address."),
    FaultKind.UNAVAILABLE: _refusing(503, "MAINTENANCE", "The system is being updated."),
    FaultKind.RATE_LIMITED: lambda fault: refused(too_many(fault.retry_after)),
    FaultKind.HTML: lambda _: Answer(200, _HTML, "text/html; charset=utf-8"),
    FaultKind.GARBAGE_JSON: lambda _: Answer(200, b'{"reservations": [{"reservationNo": "2041'),
    FaultKind.WRONG_SHAPE: lambda _: Answer(200, b'{"result": {"rows": [{"ref": 1, "what": "else"}]}}'),
    FaultKind.REDIRECT: lambda fault: Answer(302, b"{}", headers=(("Location", fault.location),)),
    FaultKind.DROP: lambda _: Answer(200, b"", cut_at=0, is_dropped=True),
}
