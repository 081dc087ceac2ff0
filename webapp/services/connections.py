"""Connections: made, changed, paused, removed and brought back. What they look like is in `connection_views`."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.domain.wording import N_
from webapp.integrations import registry
from webapp.models import Connection, ConnectionRole, ConnectionState
from webapp.runtime import Runtime
from webapp.vault import Secret

from . import audit, hit_addresses
from .connection_changes import (
    change_access,
    change_sync,
    in_use,
    known_state,
    new_row,
    refuse,
    revealed,
    settings_of,
)
from .connection_check import check
from .connection_entry import (
    ConnectionInvalid,
    Problem,
    in_order,
    name_problems,
    problems_of,
    secret_problems,
    sync_problems,
    tidied,
    told_secret_problems,
)
from .connection_verdict import Proof
from .connection_views import (
    Card,
    NoSuchConnection,
    card_of,
    find_id,
    list_cards,
    live_primary,
    row_of,
)
from .recipe_keeping import Reason, keep
from .token_caches import Kept, store

__all__ = [
    "ConnectionInvalid",
    "NoSuchConnection",
    "archive",
    "check",
    "create",
    "find_id",
    "list_cards",
    "pause",
    "promote",
    "rename",
    "restore",
    "resume",
    "update",
]

NAME_TAKEN = N_("Another connection has this name already.")


def create(
    runtime: Runtime,
    *,
    provider: str,
    name: str,
    options: Mapping[str, Any],
    secrets: Mapping[str, Secret],
    streams: Collection[str],
    frequency_minutes: int,
    history_days: int,
    actor: str,
    proof: Proof | None = None,
    tokens: Kept | None = None,
) -> Card:
    """A new connection with its first run asked for. Untested unless `proof` holds for exactly these values.
    `tokens` are what its tests were given and no login brings back.
    The first one is primary; while one is, others are shadows. Raises ConnectionInvalid, UnknownProvider.
    """
    manifest = registry.manifest(provider)
    name, values = name.strip(), tidied(manifest, options)
    kept = in_use(manifest, values, secrets)
    refuse(
        *name_problems(name),
        *problems_of(manifest, values, kept, runtime.network),
        *secret_problems(manifest, revealed(kept)),
        *told_secret_problems(manifest, values, revealed(kept)),
        *sync_problems(manifest, streams, frequency_minutes, history_days),
    )
    row = new_row(runtime, manifest, name, values, kept)
    row.streams, row.frequency_minutes, row.history_days = in_order(streams), frequency_minutes, history_days
    if proof is not None and proof.holds_for(provider, values, kept):
        _take_proof(row, proof)
    with _names_are_unique(), runtime.writing() as session:
        _refuse_taken(session, name)
        row.role = ConnectionRole.SHADOW if live_primary(session) else ConnectionRole.PRIMARY
        session.add(row)
        session.flush()
        keep(session, row, actor=actor, at=row.created_at)
        store(runtime, session, row.id, tokens or {})
        if manifest.webhook is not None:
            hit_addresses.add(runtime, session, row)
        summary = f"{row.name} ({manifest.label}) was added as {row.role}"
        _note(runtime, session, row, "created", summary, actor=actor)
    runtime.nudge.ring()
    return card_of(row)


def _take_proof(row: Connection, proof: Proof) -> None:
    row.state, row.account, row.checked_at = ConnectionState.HEALTHY, proof.account, proof.at
    row.checked_live_at = proof.at if proof.is_live else None


def update(
    runtime: Runtime,
    public_id: str,
    *,
    actor: str,
    options: Mapping[str, Any] | None = None,
    secrets: Mapping[str, Secret] | None = None,
    streams: Collection[str] | None = None,
    frequency_minutes: int | None = None,
    history_days: int | None = None,
    why: Reason | None = None,
) -> Card:
    """Changes what is given; an empty secret keeps the stored one. Whatever might mend the connection asks for a run.
    Another mapping becomes a version of its own, kept with `why`.

    Raises ConnectionInvalid, NoSuchConnection, VaultError.
    """
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        before = settings_of(row)
        keep(session, row, actor="", at=row.created_at)  # one that was saved before versions were kept
        wants_run = False
        if options is not None or secrets is not None:
            wants_run = change_access(runtime, session, row, options or {}, secrets or {})
        if streams is not None or frequency_minutes is not None or history_days is not None:
            wants_run |= change_sync(
                runtime,
                session,
                row,
                streams=streams,
                frequency_minutes=frequency_minutes,
                history_days=history_days,
            )
        row.changed_at = runtime.clock()
        keep(session, row, actor=actor, at=row.changed_at, why=why)
        if wants_run and row.state != ConnectionState.PAUSED:
            row.next_sync_at = runtime.clock()
        changed, details = _differences(before, settings_of(row))
        summary = f"{row.name}: changed {', '.join(changed) or 'nothing'}"
        _note(runtime, session, row, "updated", summary, actor=actor, details=details)
    if wants_run:
        runtime.nudge.ring()
    return card_of(row)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The names of what changed, and its values for the log."""
    changed = sorted(key for key in after if after[key] != before.get(key))
    details = {
        "before": {key: before.get(key) for key in changed},
        "after": {key: after[key] for key in changed},
    }
    return changed, details


def rename(runtime: Runtime, public_id: str, name: str, *, actor: str) -> Card:
    """Raises ConnectionInvalid, NoSuchConnection."""
    name = name.strip()
    refuse(*name_problems(name))
    with _names_are_unique(), runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if name != row.name:
            _refuse_taken(session, name)
            _note(runtime, session, row, "renamed", f"{row.name} is now called {name}", actor=actor)
            row.name, row.changed_at = name, runtime.clock()
    return card_of(row)


def pause(runtime: Runtime, public_id: str, *, actor: str) -> Card:
    """Nothing is asked of the provider until `resume`; a run that goes on ends at its next page."""
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if row.state != ConnectionState.PAUSED:
            row.state, row.changed_at = ConnectionState.PAUSED, runtime.clock()
            _note(runtime, session, row, "paused", f"{row.name} was paused", actor=actor)
    return card_of(row)


def resume(runtime: Runtime, public_id: str, *, actor: str) -> Card:
    """Back to what is known of it, with a run asked for."""
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if row.state == ConnectionState.PAUSED:
            row.state = known_state(row)
            row.changed_at = row.next_sync_at = runtime.clock()
            _note(runtime, session, row, "resumed", f"{row.name} goes on", actor=actor)
    runtime.nudge.ring()
    return card_of(row)


def archive(runtime: Runtime, public_id: str, *, actor: str) -> Card:
    """Removed from every page; its data and its settings stay, so that `restore` brings it back."""
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if row.archived_at is None:
            row.archived_at = row.changed_at = runtime.clock()
            _note(
                runtime, session, row, "archived", f"{row.name} was removed; its data are kept", actor=actor
            )
    return card_of(row)


def restore(runtime: Runtime, public_id: str, *, actor: str) -> Card:
    """Undoes `archive`; a shadow when another connection is the primary by now. Raises ConnectionInvalid (name)."""
    with _names_are_unique(), runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if row.archived_at is not None:
            _refuse_taken(session, row.name)
            row.role = ConnectionRole.SHADOW if live_primary(session) else ConnectionRole.PRIMARY
            row.archived_at, row.changed_at = None, runtime.clock()
            row.next_sync_at = runtime.clock()
            _note(
                runtime, session, row, "restored", f"{row.name} was brought back as {row.role}", actor=actor
            )
    runtime.nudge.ring()
    return card_of(row)


def promote(runtime: Runtime, public_id: str, *, actor: str) -> Card:
    """Makes a shadow the primary when there is none any more. Raises ConnectionInvalid while there is one."""
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        other = live_primary(session)
        if other is not None and other.id != row.id:
            raise ConnectionInvalid(
                Problem("", N_("%(name)s is the primary connection."), {"name": other.name})
            )
        if row.role != ConnectionRole.PRIMARY:
            row.role, row.changed_at = ConnectionRole.PRIMARY, runtime.clock()
            _note(runtime, session, row, "promoted", f"{row.name} is the primary connection now", actor=actor)
    return card_of(row)


@contextmanager
def _names_are_unique() -> Iterator[None]:
    """For two people who choose one name at the same moment: then the database is what notices."""
    try:
        yield
    except IntegrityError as error:
        raise ConnectionInvalid(Problem("name", NAME_TAKEN)) from error


def _refuse_taken(session: Session, name: str) -> None:
    taken = select(Connection.id).where(Connection.name == name, Connection.archived_at.is_(None))
    if session.scalars(taken).first() is not None:
        raise ConnectionInvalid(Problem("name", NAME_TAKEN))


def _note(
    runtime: Runtime,
    session: Session,
    row: Connection,
    verb: str,
    summary: str,
    *,
    actor: str,
    details: dict[str, Any] | None = None,
) -> None:
    audit.record(
        runtime, session, actor, f"connection.{verb}", summary, connection_id=row.id, details=details
    )
