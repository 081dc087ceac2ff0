"""What a provider sends a browser back with: checked, exchanged for a lasting secret, and stored, once."""

import msgspec
from sqlalchemy import select

from webapp.integrations import registry
from webapp.integrations.kit import approval as flow
from webapp.integrations.kit.approval import NotApproved
from webapp.integrations.kit.errors import ProviderError
from webapp.integrations.kit.http import ProviderClient, Timeouts
from webapp.integrations.kit.manifest import OAuthSpec
from webapp.models import Approval, Connection, LogEntry
from webapp.models.bulk import bulk_insert
from webapp.runtime import Runtime
from webapp.vault import Secret, VaultError

from . import audit, connections, drafts, listeners
from .adapters import CallLog, new_trace_id
from .approvals import PURPOSE, Sheet, Visit, is_own, opened, spec_of
from .connection_entry import ConnectionInvalid
from .connection_views import NoSuchConnection
from .drafts import Changes

LOG = LogEntry.metadata.tables["log_entry"]
_LONGEST_STATE = 500


def answer(runtime: Runtime, visit: Visit, *, state: str, code: str, error: str) -> str:
    """What the provider sent the browser back with; returns the approval's public id, whose view says how it ended.

    Raises NotApproved for an answer that belongs to no open approval of this person and session; that approval
    then stays as it is.
    """
    row = _take(runtime, visit, state)
    fault = row.fault
    if fault is None:
        try:
            _use(runtime, visit, row, code=code, error=error)
        except ProviderError as trouble:
            fault = msgspec.to_builtins(trouble.fault)
        except (ConnectionInvalid, NoSuchConnection, VaultError):
            fault = msgspec.to_builtins(NotApproved("gone").fault)
        with runtime.writing() as session:
            kept = session.get_one(Approval, row.id)
            kept.fault = fault
            kept.sealed = kept.sealed if fault else b""
    return row.public_id


def _take(runtime: Runtime, visit: Visit, state: str) -> Approval:
    """The approval of a state, from now on used."""
    public_id = _approval_of(runtime, state)
    with runtime.writing() as session:
        row = session.scalars(
            select(Approval).where(Approval.public_id == public_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotApproved("incomplete")
        if not is_own(session, visit, row):
            raise NotApproved("elsewhere")
        if row.used_at is not None:
            raise NotApproved("used")
        row.used_at = runtime.clock()
        if row.used_at >= row.expires_at:
            row.fault = msgspec.to_builtins(NotApproved("expired").fault)
        return row


def _approval_of(runtime: Runtime, state: str) -> str:
    if not 0 < len(state) <= _LONGEST_STATE or not state.isascii():
        raise NotApproved("incomplete")
    try:
        purpose, mark, public_id = runtime.vault.open(state.encode()).decode().partition(PURPOSE)
    except VaultError:
        raise NotApproved("incomplete") from None
    if purpose or not mark:
        raise NotApproved("incomplete")
    return public_id


def _use(runtime: Runtime, visit: Visit, row: Approval, *, code: str, error: str) -> None:
    if error:
        raise flow.refusal_of(error)
    sheet = opened(runtime, row)
    spec = spec_of(row.provider, sheet.options)
    secret = _exchanged(runtime, row, sheet, spec, code)
    secrets = {**sheet.credentials.secrets, spec.fills: secret}
    if row.connection_id is None:
        drafts.save(runtime, visit.user, row.provider, Changes(options=sheet.options, secrets=secrets))
    else:
        with runtime.reading() as session:
            connection = session.get_one(Connection, row.connection_id)
        if connection.archived_at is not None:
            raise NotApproved("gone")
        connections.update(
            runtime, connection.public_id, options=sheet.options, secrets=secrets, actor=visit.actor
        )
    label = registry.manifest(row.provider).label
    with runtime.writing() as session:
        audit.record(
            runtime,
            session,
            visit.actor,
            "connection.approved",
            f"{label}: access was approved in the provider's own pages",
            connection_id=row.connection_id,
        )


def _exchanged(runtime: Runtime, row: Approval, sheet: Sheet, spec: OAuthSpec, code: str) -> Secret:
    """Over the network, so in no transaction; the call is logged however it ends."""
    calls = CallLog(row.connection_id, new_trace_id(runtime))
    client = ProviderClient(
        sheet.credentials.text("endpoint_url"),
        runtime.network,
        own_ports=listeners.own_ports(runtime),
        clock=runtime.clock,
        timeouts=Timeouts.of_a_check(),
        record=calls,
        tries=1,
    )
    try:
        return flow.exchange(client, spec, sheet.credentials, code=code, redirect_uri=row.redirect_uri)
    finally:
        client.close()
        with runtime.writing() as session:
            bulk_insert(session.connection(), LOG, CallLog.COLUMNS, calls.drain())
