"""The parts of a change to a connection, on its row and inside the caller's transaction."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from webapp.domain.fault import Actor, Fault
from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.integrations.kit.manifest import Manifest
from webapp.models import CachedSetup, Connection, ConnectionState
from webapp.runtime import Runtime
from webapp.vault import Secret, VaultError

from . import sync_plan
from .adapters import credentials_of, seal_secrets
from .connection_entry import (
    ConnectionInvalid,
    Problem,
    active_names,
    in_order,
    problems_of,
    secret_problems,
    sync_problems,
    tidied,
    told_secret_problems,
)
from .token_caches import emptied


class Access(Value, frozen=True):
    """How a connection would get in after a change: tidied options, the secrets in use, and those stored before."""

    options: dict[str, Any]
    secrets: dict[str, Secret]
    stored: Mapping[str, Secret]


def new_row(
    runtime: Runtime, manifest: Manifest, name: str, options: dict[str, Any], secrets: Mapping[str, Secret]
) -> Connection:
    """Untested, due at once, not added to a session yet."""
    now = runtime.clock()
    return Connection(
        public_id=runtime.new_id("cn"),
        provider=manifest.key,
        name=name,
        state=ConnectionState.UNTESTED,
        options=options,
        credentials=seal_secrets(runtime, dict(secrets)),
        secret_hints={key: hint(secret, runtime) for key, secret in secrets.items()},
        next_sync_at=now,
        created_at=now,
        changed_at=now,
    )


def proposed_access(
    runtime: Runtime, row: Connection, options: Mapping[str, Any], secrets: Mapping[str, Secret]
) -> Access:
    """The stored values with what was typed over them; an empty secret keeps the stored one.

    Where the key file no longer fits, nothing is stored any more, and all secrets are asked for.
    Raises ConnectionInvalid.
    """
    manifest = registry.manifest(row.provider)
    values = tidied(manifest, {**row.options, **options})
    typed = {key: secret for key, secret in secrets.items() if secret}
    try:
        stored = credentials_of(runtime, row).secrets
    except VaultError:
        stored = {}
    kept = in_use(manifest, values, {**stored, **typed})
    refuse(
        *problems_of(manifest, values, kept, runtime.network),
        *secret_problems(manifest, revealed(typed)),
        *told_secret_problems(manifest, values, revealed(kept)),
    )
    return Access(values, kept, stored)


def change_access(
    runtime: Runtime,
    session: Session,
    row: Connection,
    options: Mapping[str, Any],
    secrets: Mapping[str, Secret],
) -> bool:
    """True when the connection is to be tried: new credentials or another mapping may be what it waited for."""
    access = proposed_access(runtime, row, options, secrets)
    manifest = registry.manifest(row.provider)
    recipes = {item.name for item in manifest.fields if item.kind == "recipe"}
    different = {
        key for key in {*access.options, *row.options} if access.options.get(key) != row.options.get(key)
    }
    has_new_mapping = any(
        not _says_the_same(access.options.get(key), row.options.get(key)) for key in different & recipes
    )
    has_new_secrets = access.secrets != access.stored
    has_new_access = has_new_secrets or bool(different - recipes)
    if has_new_secrets:
        row.credentials = seal_secrets(runtime, access.secrets)
        row.secret_hints = {
            key: row.secret_hints[key]
            if secret == access.stored.get(key) and key in row.secret_hints
            else hint(secret, runtime)
            for key, secret in access.secrets.items()
        }
    row.options = access.options
    if has_new_mapping:
        row.mapping_version += 1
    if has_new_access:
        row.account = row.checked_at = row.checked_live_at = None
        session.execute(emptied(row.id))
        session.execute(delete(CachedSetup).where(CachedSetup.connection_id == row.id))
    if has_new_access or has_new_mapping:
        row.fault, row.fault_since, row.failures = None, None, 0
        was_waiting = row.state == ConnectionState.NEEDS_ATTENTION
        if row.state != ConnectionState.PAUSED and (has_new_access or was_waiting):
            row.state = ConnectionState.UNTESTED
    return has_new_access or has_new_mapping


def _says_the_same(recipe: object, other: object) -> bool:
    """Another way to write the JSON is no other mapping: the history need not be read again."""
    try:
        return bool(msgspec.json.decode(str(recipe)) == msgspec.json.decode(str(other)))
    except msgspec.DecodeError:
        return False


def change_sync(
    runtime: Runtime,
    session: Session,
    row: Connection,
    *,
    streams: Collection[str] | None,
    frequency_minutes: int | None,
    history_days: int | None,
) -> bool:
    wanted = in_order(streams) if streams is not None else row.streams
    frequency = row.frequency_minutes if frequency_minutes is None else frequency_minutes
    history = row.history_days if history_days is None else history_days
    refuse(
        *sync_problems(
            registry.manifest(row.provider), streams if streams is not None else wanted, frequency, history
        )
    )
    reaches_back = history > row.history_days
    has_more = not set(wanted) <= set(row.streams)
    if reaches_back:
        sync_plan.want_history(session, row.id)
    if frequency != row.frequency_minutes and row.next_sync_at is not None:
        began = row.last_tried_at or runtime.clock()
        row.next_sync_at = max(began + timedelta(minutes=frequency), runtime.clock())
    row.streams, row.frequency_minutes, row.history_days = wanted, frequency, history
    is_waiting_for_a_person = row.state == ConnectionState.NEEDS_ATTENTION
    return (reaches_back or has_more) and not is_waiting_for_a_person


def in_use(
    manifest: Manifest, options: Mapping[str, Any], secrets: Mapping[str, Secret]
) -> dict[str, Secret]:
    """The secrets that the chosen way in needs; another way's are not kept."""
    names = active_names(manifest, options) & manifest.secret_names
    return {key: secret for key, secret in secrets.items() if key in names and secret}


def known_state(row: Connection) -> ConnectionState:
    if row.fault is not None:
        actor = msgspec.convert(row.fault, Fault).actor
        is_for_people = actor in (Actor.ADMIN, Actor.IT)
        return ConnectionState.NEEDS_ATTENTION if is_for_people else ConnectionState.DEGRADED
    was_proven = row.last_good_at is not None or row.account is not None
    return ConnectionState.HEALTHY if was_proven else ConnectionState.UNTESTED


def settings_of(row: Connection) -> dict[str, Any]:
    """What an audit line compares: no secret, only when it was set."""
    set_at = {f"{key} (secret)": hint.get("set_at") for key, hint in row.secret_hints.items()}
    sync = {
        "streams": row.streams,
        "frequency_minutes": row.frequency_minutes,
        "history_days": row.history_days,
    }
    return {**row.options, **set_at, **sync}


def hint(secret: Secret, runtime: Runtime) -> dict[str, str]:
    """The last four characters, of secrets long enough to spare them."""
    text = secret.reveal()
    return {"last4": text[-4:] if len(text) >= 12 else "", "set_at": runtime.clock().isoformat()}


def revealed(secrets: Mapping[str, Secret]) -> dict[str, str]:
    return {key: secret.reveal() for key, secret in secrets.items()}


def refuse(*problems: Problem) -> None:
    if problems:
        raise ConnectionInvalid(*problems)
