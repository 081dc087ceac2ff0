"""The connection test: climbs the adapter's ladder within a time limit and says in one verdict what it found."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from webapp.domain.fault import Actor, Fault
from webapp.domain.wording import N_
from webapp.integrations import registry
from webapp.integrations.kit.contract import Credentials, Rung, TokenCache
from webapp.integrations.kit.reach import CLOCK_WRONG
from webapp.models import Connection, ConnectionState, LogEntry
from webapp.runtime import Runtime
from webapp.vault import Secret, VaultError

from . import audit, standing_news
from .adapters import CallLog, credentials_of, new_trace_id
from .connection_changes import proposed_access
from .connection_climb import Climbed, climb, vault_rung
from .connection_verdict import Outcome, outcome_of
from .connection_views import row_of
from .token_caches import EditTokens

TIME_LIMIT = 20.0
"""Seconds that a person waits at most."""
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
    tokens: TokenCache | None = None,
) -> Outcome:
    """Tests what was typed and stores nothing but `tokens`. Never raises for what a provider, a key file or an adapter does.

    With `is_mapped` False the recipe is a mere beginning: what does not fit it is no failure.
    """
    credentials = Credentials(dict(options), dict(secrets))
    climbed = climb(runtime, provider, credentials, streams, seconds=seconds, tokens=tokens)
    if not is_mapped:
        climbed = Climbed([_forgiven(rung) for rung in climbed.rungs], climbed.calls)
    return outcome_of(runtime, registry.manifest(provider), credentials, climbed.rungs, climbed.calls)


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
    tokens = EditTokens(runtime, row.id)
    return try_out(
        runtime, row.provider, access.options, access.secrets, row.streams, seconds=seconds, tokens=tokens
    )


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
        climbed = Climbed([vault_rung()], [])
        credentials = Credentials(row.options, {})
    else:
        climbed = climb(
            runtime, row.provider, credentials, row.streams, seconds=seconds, stored=row, log_call=calls
        )
    outcome = outcome_of(runtime, registry.manifest(row.provider), credentials, climbed.rungs, climbed.calls)
    with runtime.writing() as session:
        _keep(runtime, session, row, outcome, calls=calls, actor=actor)
    runtime.nudge.ring()
    return outcome


def _forgiven(rung: Rung) -> Rung:
    """A kind of data that cannot be read before its mapping exists is not tried yet, rather than broken."""
    is_early = (
        rung.fault is not None
        and rung.fault.code in _TOLD_WITHOUT_MAPPING
        and rung.name not in ("name", "port", "certificate")
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
    elif outcome.fault is not None and _needs_a_person(outcome.fault) and not outcome.ok:
        row.fault = msgspec.to_builtins(outcome.fault)
        row.fault_since = row.fault_since or outcome.at
        if row.state != ConnectionState.PAUSED:
            row.state, row.next_sync_at = ConnectionState.NEEDS_ATTENTION, None
    standing_news.tell(runtime, session, row)
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


def _needs_a_person(fault: Fault) -> bool:
    """A clock that is off ends the test, but a sync that works in spite of it is not stopped for it."""
    return fault.actor in (Actor.ADMIN, Actor.IT) and fault.code != CLOCK_WRONG.code


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
