"""The connection test: climbs the adapter's ladder within a time limit and says in one verdict what it found."""

import logging
import time
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from webapp.domain.fault import Actor, Fault
from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.integrations import registry
from webapp.integrations.kit.contract import Credentials, Rung
from webapp.integrations.kit.errors import ProviderError
from webapp.models import Connection, ConnectionState, LogEntry
from webapp.runtime import Runtime
from webapp.vault import Secret, VaultError

from . import audit
from .adapters import CallLog, credentials_of, new_trace_id, open_adapter
from .connection_changes import proposed_access
from .connection_verdict import CHECK_BROKEN, Outcome, outcome_of
from .connection_views import row_of
from .syncing import KEY_MISSING

log = logging.getLogger(__name__)

TIME_LIMIT = 20.0
"""Seconds that a person waits at most."""
CHECK_TIMEOUT = Fault(
    code="check_timeout",
    message=N_("The test took longer than %(seconds)s seconds and was ended."),
    advice=N_("Try again. If it stays slow, look at the provider's status page."),
    actor=Actor.VENDOR,
    params={"seconds": f"{TIME_LIMIT:g}"},
)
NEEDS_MAPPING = N_("Needs the mapping of the next step.")
# Faults that say something about the credentials or the address even when nobody has said yet where the data are.
_TOLD_WITHOUT_MAPPING = frozenset(
    {"recipe_wrong", "not_found", "contract_broken", "answer_not_json", "address_wrong"}
)


def try_out(
    runtime: Runtime,
    provider: str,
    options: Mapping[str, Any],
    secrets: Mapping[str, Secret],
    streams: Collection[str],
    *,
    is_mapped: bool = True,
    seconds: float = TIME_LIMIT,
) -> Outcome:
    """Tests what was typed and stores nothing. Never raises for what a provider, a key file or an adapter does.

    With `is_mapped` False the recipe is a mere beginning: what does not fit it is no failure.
    """
    credentials = Credentials(dict(options), dict(secrets))
    rungs = _climb(runtime, provider, credentials, streams, seconds=seconds)
    if not is_mapped:
        rungs = [_forgiven(rung) for rung in rungs]
    return outcome_of(runtime, registry.manifest(provider), credentials, rungs)


def try_edit(
    runtime: Runtime,
    public_id: str,
    options: Mapping[str, Any],
    secrets: Mapping[str, Secret],
    *,
    seconds: float = TIME_LIMIT,
) -> Outcome:
    """Tests a stored connection as it would be after a change. Raises ConnectionInvalid, NoSuchConnection."""
    with runtime.reading() as session:
        row = row_of(session, public_id)
    access = proposed_access(runtime, row, options, secrets)
    return try_out(runtime, row.provider, access.options, access.secrets, row.streams, seconds=seconds)


def check(runtime: Runtime, connection_id: int, actor: str, *, seconds: float = TIME_LIMIT) -> Outcome:
    """Tests a stored connection and keeps what it proved. Raises LookupError when there is none."""
    with runtime.reading() as session:
        row = session.get(Connection, connection_id)
    if row is None or row.archived_at is not None:
        raise LookupError(f"no connection {connection_id}")
    calls = CallLog(row.id, new_trace_id(runtime))
    try:
        credentials = credentials_of(runtime, row)
    except VaultError:
        rungs = [_vault_rung()]
        credentials = Credentials(row.options, {})
    else:
        rungs = _climb(
            runtime, row.provider, credentials, row.streams, seconds=seconds, stored=row, calls=calls
        )
    outcome = outcome_of(runtime, registry.manifest(row.provider), credentials, rungs)
    with runtime.writing() as session:
        _keep(runtime, session, row, outcome, calls=calls, actor=actor)
    runtime.nudge.ring()
    return outcome


# --- the ladder -----------------------------------------------------------------------------------------------------


def _climb(
    runtime: Runtime,
    provider: str,
    credentials: Credentials,
    streams: Collection[str],
    *,
    seconds: float,
    stored: Connection | None = None,
    calls: CallLog | None = None,
) -> list[Rung]:
    ends_at = time.monotonic() + seconds
    wanted = [stream for stream in Stream if stream.value in streams]
    rungs: list[Rung] = []

    def is_over() -> bool:
        return time.monotonic() >= ends_at or runtime.stopping.is_set()

    try:
        with open_adapter(
            runtime,
            provider,
            credentials,
            connection_id=stored.id if stored else None,
            record=calls or CallLog(None, ""),
            should_stop=is_over,
            is_check=True,
        ) as adapter:
            for rung in adapter.check(wanted):
                rungs.append(
                    _timed_out(rung, seconds) if rung.fault and rung.fault.code == "cancelled" else rung
                )
                if not rungs[-1].ok and rungs[-1].stops:
                    break
                if is_over():
                    rungs.append(_time_rung(seconds))
                    break
    except VaultError:
        rungs.append(_vault_rung())
    except ProviderError as error:
        rungs.append(Rung("adapter", N_("Preparation"), False, detail=error.detail, fault=error.fault))
    except Exception:  # an adapter's own mistake: the person sees a rung, the log gets the traceback
        reference = new_trace_id(runtime)
        log.exception("Reference %s: the connection test of %s failed", reference, provider)
        fault = msgspec.structs.replace(CHECK_BROKEN, params={"reference": reference})
        rungs.append(Rung("adapter", N_("The test"), False, fault=fault))
    return rungs


def _timed_out(rung: Rung, seconds: float) -> Rung:
    fault = msgspec.structs.replace(CHECK_TIMEOUT, params={"seconds": f"{seconds:g}"})
    return Rung(rung.name, rung.label, False, rung.ms, fault=fault)


def _time_rung(seconds: float) -> Rung:
    return _timed_out(Rung("time", N_("Time limit"), False), seconds)


def _vault_rung() -> Rung:
    return Rung("vault", N_("Stored credentials"), False, fault=KEY_MISSING)


def _forgiven(rung: Rung) -> Rung:
    """A kind of data that cannot be read before its mapping exists is not tried yet, rather than broken."""
    is_early = (
        rung.fault is not None
        and rung.fault.code in _TOLD_WITHOUT_MAPPING
        and rung.name not in ("name", "port")
    )
    return Rung(rung.name, rung.label, False, detail=NEEDS_MAPPING, stops=False) if is_early else rung


# --- keeping what was found -----------------------------------------------------------------------------------------


def _keep(
    runtime: Runtime, session: Session, tested: Connection, outcome: Outcome, *, calls: CallLog, actor: str
) -> None:
    rows = [dict(zip(CallLog.COLUMNS, row, strict=True)) for row in calls.drain()]
    if rows:
        session.execute(insert(LogEntry.__table__), rows)  # type: ignore[arg-type]  # a table, as mapped classes have
    row = session.get(Connection, tested.id, with_for_update=True)
    if row is None or (row.options, row.credentials) != (tested.options, tested.credentials):
        return  # edited while it was tested: this says nothing about what is stored now
    calls.note_headroom(session)
    row.checked_at = outcome.at
    if outcome.is_proof:
        believe(row, outcome)
    elif outcome.fault is not None and outcome.fault.actor in (Actor.ADMIN, Actor.IT) and not outcome.ok:
        row.fault = msgspec.to_builtins(outcome.fault)
        row.fault_since = row.fault_since or outcome.at
        if row.state != ConnectionState.PAUSED:
            row.state, row.next_sync_at = ConnectionState.NEEDS_ATTENTION, None
    level = "info" if outcome.ok else "warning"
    summary = f"{row.name} was tested: {outcome.verdict.title}"
    audit.record(
        runtime,
        session,
        actor,
        "connection.tested",
        summary,
        connection_id=row.id,
        level=level,
        trace_id=calls.trace_id,
    )


def believe(row: Connection, outcome: Outcome) -> None:
    """What a passed test proves of a connection: it works, and goes on by itself."""
    was_waiting = row.state in (ConnectionState.NEEDS_ATTENTION, ConnectionState.DEGRADED)
    row.account = outcome.account or row.account
    row.fault, row.fault_since, row.failures = None, None, 0
    if outcome.is_live:
        row.checked_live_at = outcome.at
    if row.state != ConnectionState.PAUSED:
        row.state = ConnectionState.HEALTHY
    if was_waiting or row.next_sync_at is None:
        row.next_sync_at = outcome.at
