"""Climbs the ladder of a connection test within a time limit: the adapter's rungs, then those that only the hub knows."""

import logging
import time
from collections.abc import Collection
from typing import Any

import msgspec

from webapp.domain.fault import Actor, Fault
from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.integrations.kit.call_record import CallRecord
from webapp.integrations.kit.contract import Credentials, Rung, TokenCache
from webapp.integrations.kit.errors import ProviderError
from webapp.integrations.kit.reach import clock_before_login
from webapp.models import Connection
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import doctor_rungs
from .adapters import CallLog, new_trace_id, open_adapter
from .connection_verdict import CHECK_BROKEN
from .syncing import KEY_MISSING

log = logging.getLogger(__name__)

CHECK_TIMEOUT = Fault(
    code="check_timeout",
    message=N_("The test took longer than %(seconds)s seconds and was ended."),
    advice=N_("Try again. If it stays slow, look at the provider's status page."),
    actor=Actor.VENDOR,
    params={"seconds": "20"},
)


class Climbed(Value, frozen=True):
    """The rungs in their order, and every call that was made."""

    rungs: list[Rung]
    calls: list[CallRecord]


def climb(
    runtime: Runtime,
    provider: str,
    credentials: Credentials,
    streams: Collection[str],
    *,
    seconds: float,
    stored: Connection | None = None,
    log_call: CallLog | None = None,
    tokens: TokenCache | None = None,
) -> Climbed:
    """Stops at the first broken rung. Raises nothing for what a provider, a key file or an adapter does."""
    climbing = _Climb(runtime, provider, credentials, seconds)
    climbing.log_call = log_call or CallLog(None, "")
    try:
        climbing.go(streams, stored, tokens)
    except VaultError:
        climbing.rungs.append(vault_rung())
    except ProviderError as error:
        climbing.rungs.append(
            Rung("adapter", N_("Preparation"), False, detail=error.detail, fault=error.fault)
        )
    except Exception:  # an adapter's own mistake: the person sees a rung, the log gets the traceback
        reference = new_trace_id(runtime)
        log.exception("Reference %s: the connection test of %s failed", reference, provider)
        fault = msgspec.structs.replace(CHECK_BROKEN, params={"reference": reference})
        climbing.rungs.append(Rung("adapter", N_("The test"), False, fault=fault))
    return Climbed(climbing.rungs, climbing.calls)


def vault_rung() -> Rung:
    return Rung("vault", N_("Stored credentials"), False, fault=KEY_MISSING)


class _Climb:
    def __init__(self, runtime: Runtime, provider: str, credentials: Credentials, seconds: float) -> None:
        self._runtime = runtime
        self._provider = provider
        self._credentials = credentials
        self._seconds = seconds
        self._ends_at = time.monotonic() + seconds
        self.log_call: CallLog
        self.rungs: list[Rung] = []
        self.calls: list[CallRecord] = []

    def go(self, streams: Collection[str], stored: Connection | None, tokens: TokenCache | None) -> None:
        wanted = [stream for stream in Stream if stream.value in streams]
        with open_adapter(
            self._runtime,
            self._provider,
            self._credentials,
            connection_id=stored.id if stored else None,
            record=self._note,
            should_stop=self._is_over,
            is_check=True,
            tokens=tokens,
        ) as adapter:
            rungs = clock_before_login(adapter.check(wanted), self.calls, self._runtime.clock)
            if self._all(rungs):
                self._all(doctor_rungs.climb(self._runtime, adapter, stored, wanted, self.calls))

    def _all(self, rungs: Any) -> bool:
        """Whether none of them ended the ladder."""
        for rung in rungs:
            self.rungs.append(
                self._timed_out(rung) if rung.fault and rung.fault.code == "cancelled" else rung
            )
            if not self.rungs[-1].ok and self.rungs[-1].stops:
                return False
            if self._is_over():
                self.rungs.append(self._timed_out(Rung("time", N_("Time limit"), False)))
                return False
        return True

    def _note(self, call: CallRecord) -> None:
        self.calls.append(call)
        self.log_call(call)

    def _is_over(self) -> bool:
        return time.monotonic() >= self._ends_at or self._runtime.stopping.is_set()

    def _timed_out(self, rung: Rung) -> Rung:
        fault = msgspec.structs.replace(CHECK_TIMEOUT, params={"seconds": f"{self._seconds:g}"})
        return Rung(rung.name, rung.label, False, rung.ms, fault=fault)
