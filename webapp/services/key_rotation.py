"""Key rotation: everything that is sealed in the database moves to a new key, and the old one leaves the key file."""

from typing import Any

from sqlalchemy import Column, Table, bindparam, select, tuple_, update
from sqlalchemy.orm import Session

from webapp import vault
from webapp.domain.value import Value
from webapp.models import Lease, Model
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import audit, listeners
from .beats import LEASE

PLAIN = frozenset({"outbox_event.body", "outbox_event.personal_body"})
"""Columns of bytes that are not sealed: what receivers are sent."""
_BITE = 500


class HubRuns(Exception):
    """A process of this hub is at work; it would go on with the old key. The text says what to do."""


class Rotated(Value, frozen=True):
    """How many values moved; `lost` opened with no key of the file, neither before nor now, and stay as they are."""

    moved: int
    lost: int


def rotate(runtime: Runtime, *, actor: str) -> Rotated:
    """Whatever interrupts it, the key file opens everything, and a second call goes on. Raises HubRuns, VaultError."""
    _refuse_running(runtime)
    runtime.vault = vault.add_key(runtime.settings.key_file)
    moved = lost = 0
    for table in Model.metadata.sorted_tables:
        for column in sealed_columns(table):
            moved_here, lost_here = _reseal(runtime, table, column)
            moved, lost = moved + moved_here, lost + lost_here
    with runtime.writing() as session:
        audit.record(
            runtime,
            session,
            actor,
            "key.rotated",
            f"A new key seals what is stored: {moved:,} values moved, {lost:,} could not be opened",
        )
    runtime.vault = vault.keep_newest_key(runtime.settings.key_file)
    return Rotated(moved, lost)


def sealed_columns(table: Table) -> list[Column[Any]]:
    """Bytes of any length; digests have a fixed one."""
    return [
        column
        for column in table.columns
        if column.type.python_type is bytes
        and getattr(column.type, "length", None) is None
        and f"{table.name}.{column.name}" not in PLAIN
    ]


def _refuse_running(runtime: Runtime) -> None:
    with runtime.reading() as session:
        lease = session.get(Lease, LEASE)
    if lease is not None and lease.expires_at > runtime.clock():
        raise HubRuns(
            f"The hub runs ({lease.owner}). Stop every process of it first; one that was killed counts for a minute."
        )
    if ports := listeners.ports_in_use(runtime):
        raise HubRuns(f"The hub answers on port {min(ports)}. Stop every process of it first.")


def _reseal(runtime: Runtime, table: Table, column: Column[Any]) -> tuple[int, int]:
    """In bites, so that none holds the database for long."""
    moved = lost = 0
    after: tuple[Any, ...] | None = None
    while True:
        with runtime.writing() as session:
            rows = _bite(session, table, column, after)
            if not rows:
                return moved, lost
            after = tuple(rows[-1][1:])
            fresh = []
            for sealed, *key in rows:
                try:
                    fresh.append(_parameters(table, key, runtime.vault.reseal(sealed)))
                except VaultError:
                    lost += 1
            if fresh:
                same = [each == bindparam(f"key_{each.name}") for each in table.primary_key]
                session.connection().execute(
                    update(table).where(*same).values({column.name: bindparam("fresh")}), fresh
                )
            moved += len(fresh)


def _bite(session: Session, table: Table, column: Column[Any], after: tuple[Any, ...] | None) -> list[Any]:
    """The next values with their keys. An empty one seals nothing: an approval that is over."""
    keys = list(table.primary_key)
    wanted = select(column, *keys).where(column.is_not(None), column != b"").order_by(*keys).limit(_BITE)
    if after is not None:
        wanted = wanted.where(tuple_(*keys) > after)
    return list(session.execute(wanted))


def _parameters(table: Table, key: list[Any], fresh: bytes) -> dict[str, Any]:
    names = [f"key_{each.name}" for each in table.primary_key]
    return {"fresh": fresh, **dict(zip(names, key, strict=True))}
