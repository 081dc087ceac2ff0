"""Looks after what connections need between runs: a token that ends, a signing secret that came late."""

import logging

from sqlalchemy import select

from webapp.integrations import registry
from webapp.integrations.kit.contract import Upkeep
from webapp.integrations.kit.errors import ProviderError
from webapp.models import Connection, ConnectionState, LogEntry
from webapp.models.bulk import bulk_insert
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import hit_addresses
from .adapters import CallLog, credentials_of, new_trace_id, open_adapter

LOG = LogEntry.metadata.tables["log_entry"]
_WORKING = (ConnectionState.HEALTHY, ConnectionState.DEGRADED)

log = logging.getLogger(__name__)


def keep_up(runtime: Runtime) -> int:
    """Of every connection that works; returns how many were looked after. What a provider says against it is for the
    next run to tell."""
    with runtime.reading() as session:
        wanted = select(Connection).where(Connection.archived_at.is_(None), Connection.state.in_(_WORKING))
        rows = [row for row in session.scalars(wanted.order_by(Connection.id)) if _has_upkeep(row.provider)]
    for row in rows:
        if runtime.stopping.is_set():
            break
        _look_after(runtime, row)
    return len(rows)


def _has_upkeep(provider: str) -> bool:
    return provider in registry.PROVIDERS and hasattr(registry.adapter_class(provider), "keep_up")


def _look_after(runtime: Runtime, row: Connection) -> None:
    calls = CallLog(row.id, new_trace_id(runtime))
    try:
        with runtime.reading() as session:
            paths = [address.path for address in hit_addresses.of_connection(runtime, session, row.id)]
        opened = open_adapter(
            runtime,
            row.provider,
            credentials_of(runtime, row),
            connection_id=row.id,
            record=calls,
            should_stop=runtime.stopping.is_set,
            is_check=True,
        )
        with opened as adapter:
            if isinstance(adapter, Upkeep):
                adapter.keep_up(paths)
    except (ProviderError, VaultError) as error:
        log.info("connection %s could not be looked after: %s", row.public_id, type(error).__name__)
    rows = calls.drain()
    if rows:
        with runtime.writing() as session:
            bulk_insert(session.connection(), LOG, CallLog.COLUMNS, rows)
