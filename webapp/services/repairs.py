"""Repair cards: a connection that waits for a person asks once, and one secret field in place may mend it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.integrations import registry
from webapp.integrations.kit.approval import approval_of
from webapp.integrations.kit.manifest import Field
from webapp.models import Connection, ConnectionState
from webapp.runtime import Runtime
from webapp.vault import Secret, VaultError

from . import audit, connection_check, connections, standing_news
from .adapters import credentials_of
from .connection_changes import refuse
from .connection_entry import WEBHOOK_SECRETS, Problem, active_names
from .connection_verdict import Outcome
from .connection_views import NoSuchConnection, row_of
from .run_views import fault_of

BY_A_SECRET = frozenset({"credentials_rejected", "key_missing", "permission_missing"})
"""Faults that a new key may mend."""
EMPTY = N_("Enter the new value.")


class RepairCard(Value, frozen=True):
    """`field` is the secret to enter again, None where another one would not help; `last4` hints at the stored one."""

    public_id: str
    name: str
    provider_label: str
    fault: Fault | None
    since: datetime | None
    field: Field | None
    last4: str
    others: int  # further secrets, which only the settings show
    may_be_approved: bool = False  # the provider's own page gives the secret anew


class Repair(Value, frozen=True):
    """`outcome` of the test; `is_mended` says that the new secret is stored and the next run asked for."""

    outcome: Outcome
    is_mended: bool


def cards(session: Session) -> tuple[RepairCard, ...]:
    """One per connection that waits for a person, the primary one first."""
    waiting = select(Connection).where(
        Connection.archived_at.is_(None), Connection.state == ConnectionState.NEEDS_ATTENTION
    )
    rows = session.scalars(waiting.order_by(Connection.role, Connection.id))
    return tuple(_card(row) for row in rows)


def card(session: Session, public_id: str) -> RepairCard:
    """Of one connection, whatever its state. Raises NoSuchConnection."""
    row = row_of(session, public_id)
    if row.archived_at is not None:
        raise NoSuchConnection(public_id)
    return _card(row)


def repair(runtime: Runtime, public_id: str, value: str, *, actor: str) -> Repair:
    """Tests the connection with the new secret, and stores it only when it works; the recovery is logged once.

    Raises ConnectionInvalid, NoSuchConnection.
    """
    with runtime.reading() as session:
        field = card(session, public_id).field
    if field is None:
        raise NoSuchConnection(public_id)
    if not value.strip():
        refuse(Problem(field.name, EMPTY))
    secrets = {field.name: Secret(value.strip())}
    outcome = connection_check.try_edit(runtime, public_id, {}, secrets)
    if not outcome.is_proof:
        return Repair(outcome, False)
    connections.update(runtime, public_id, secrets=secrets, actor=actor)
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if _holds(runtime, row, field.name, secrets[field.name]):
            row.checked_at = outcome.at
            connection_check.believe(row, outcome)
            standing_news.tell(runtime, session, row)
            audit.record(
                runtime,
                session,
                actor,
                "connection.recovered",
                f"{row.name} works again: {field.label} was entered anew",
                connection_id=row.id,
            )
    runtime.nudge.ring()
    return Repair(outcome, True)


def _holds(runtime: Runtime, row: Connection, name: str, secret: Secret) -> bool:
    """False when somebody else has saved another one since the test."""
    try:
        return credentials_of(runtime, row).secrets.get(name) == secret
    except VaultError:
        return False


def _card(row: Connection) -> RepairCard:
    fault = fault_of(row.fault)
    field, others, label, spec = None, 0, row.provider, None
    try:
        manifest = registry.manifest(row.provider)
    except registry.UnknownProvider:
        pass  # of another version: its settings say so
    else:
        names = active_names(manifest, row.options) & set(row.secret_hints) - WEBHOOK_SECRETS
        secrets = [item for item in manifest.fields if item.is_secret and item.name in names]
        label, others = manifest.label, max(len(secrets) - 1, 0)
        if secrets and fault is not None and fault.code in BY_A_SECRET:
            spec = approval_of(manifest.approvals, row.options)
            field = manifest.field(spec.fills) if spec else secrets[-1]
    return RepairCard(
        public_id=row.public_id,
        name=row.name,
        provider_label=label,
        fault=fault,
        since=row.fault_since,
        field=field,
        last4=str(row.secret_hints.get(field.name, {}).get("last4", "")) if field else "",
        others=others if field else 0,
        may_be_approved=spec is not None,
    )
