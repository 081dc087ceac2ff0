"""Keeps a connection's data in step with its provider: claims what is due, runs it, and draws the conclusions."""

import logging
import time
from dataclasses import replace

import msgspec

from webapp.domain.fault import Actor, Fault
from webapp.domain.wording import N_
from webapp.integrations.kit.contract import StreamSource
from webapp.integrations.registry import UnknownProvider
from webapp.models import RunState, Verdict
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import disk_space, sync_outcome, sync_runs
from .adapters import credentials_of, open_adapter
from .disk_space import DISK_FULL
from .sync_claims import Claim, ClaimLost, SyncBusy, claim_due, claim_one
from .sync_report import RunReport, StreamReport, gravest
from .sync_requests import Cleared, clear_cache_and_retry, request_cancel, request_sync
from .sync_runs import Run
from .sync_settling import settle
from .sync_walk import stopped_state, walk_stream

__all__ = [
    "Claim", "ClaimLost", "Cleared", "RunReport", "StreamReport", "SyncBusy", "claim_due", "clear_cache_and_retry",
    "request_cancel", "request_sync", "run_claimed", "sync_once",
]  # fmt: skip

log = logging.getLogger(__name__)

KEY_MISSING = Fault(
    code="key_missing",
    message=N_("The stored credentials cannot be decrypted."),
    advice=N_("Put back the key file that belongs to this database, or enter the credentials again."),
    actor=Actor.IT,
)
PROVIDER_UNKNOWN = Fault(
    code="provider_unknown",
    message=N_("This version of the hub has no provider of this kind, or it reads no data."),
    advice=N_("Install the version that this connection was made with."),
    actor=Actor.IT,
)
INTERNAL_ERROR = Fault(
    code="internal_error",
    message=N_("The hub itself failed during this run."),
    advice=N_("Send us the support bundle; the hub keeps trying by itself."),
    actor=Actor.US,
)


def sync_once(
    runtime: Runtime, connection_id: int, *, full: bool = False, trigger: str = "command"
) -> RunReport:
    """Runs a connection here and now, due or not. `full` reads the whole history again and announces nothing.

    Raises SyncBusy while another run holds it, and LookupError for an unknown connection.
    """
    claim = claim_one(runtime, connection_id, owner=trigger)
    return run_claimed(runtime, claim, trigger=trigger, full=full)


def run_claimed(
    runtime: Runtime, claim: Claim, *, trigger: str | None = None, full: bool = False
) -> RunReport:
    """One run from its first row to its last; raises nothing a provider could cause.

    Raises ClaimLost when somebody else took the connection over; what was written until then stays.
    """
    began = time.monotonic()
    run = sync_runs.begin(runtime, claim, trigger=trigger, full=full)
    streams: tuple[StreamReport, ...] = ()
    try:
        streams, fault = _walk_all(run)
        report = _report(run, streams, fault, time.monotonic() - began)
    except ClaimLost:
        raise
    except Exception as error:  # a bug or a full disk must neither hold the claim nor stay unseen
        log.exception("run %s of connection %s failed", run.public_id, claim.connection_id)
        found = DISK_FULL if disk_space.is_cause_of(error) else INTERNAL_ERROR
        fault = msgspec.structs.replace(found, detail=type(error).__name__)
        report = replace(_report(run, streams, fault, time.monotonic() - began), state=RunState.FAILED)
    settle(run, report)
    return report


def _walk_all(run: Run) -> tuple[tuple[StreamReport, ...], Fault | None]:
    """The ticked streams in order; a fault of one does not keep the others from being read, unless it is theirs too."""
    try:
        credentials = credentials_of(run.runtime, run.connection)
        opened = open_adapter(
            run.runtime,
            run.connection.provider,
            credentials,
            connection_id=run.connection.id,
            record=run.calls,
            should_stop=run.stop,
        )
        reports: list[StreamReport] = []
        with opened as adapter:
            if not isinstance(adapter, StreamSource):
                return (), PROVIDER_UNKNOWN
            for stream in run.streams:
                reports.append(walk_stream(run, adapter, stream))
                if run.stop.reason() or sync_outcome.ends_the_run(reports):
                    break
    except VaultError:
        return (), KEY_MISSING
    except UnknownProvider:
        return (), PROVIDER_UNKNOWN
    return tuple(reports), None


def _report(run: Run, streams: tuple[StreamReport, ...], fault: Fault | None, seconds: float) -> RunReport:
    found = fault or sync_outcome.gravest_fault(streams)
    state, verdict = RunState.SUCCEEDED, gravest(streams)
    reason = run.stop.reason()
    if fault or any(stream.state is RunState.FAILED for stream in streams):
        state, verdict = RunState.FAILED, Verdict.FAILED
    elif reason and not _is_complete(run, streams):
        state, verdict, found = stopped_state(reason)
    return RunReport(
        public_id=run.public_id,
        connection_id=run.claim.connection_id,
        mode=run.mode,
        state=state,
        verdict=verdict,
        streams=streams,
        seconds=seconds,
        calls=run.calls.count,
        fault=found,
    )


def _is_complete(run: Run, streams: tuple[StreamReport, ...]) -> bool:
    """A stop that came after the last page changes nothing."""
    done = [report.stream for report in streams if report.state is RunState.SUCCEEDED]
    return tuple(done) == run.streams
