"""Asks the primary connection's provider which business date the hotel has, around the night audit."""

import logging
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.integrations import registry
from webapp.integrations.kit.business_day import TellsBusinessDate
from webapp.integrations.kit.errors import ProviderError
from webapp.models import Connection, ConnectionState, Hotel, LogEntry
from webapp.models.bulk import bulk_insert
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import stay_metrics
from .adapters import CallLog, credentials_of, new_trace_id, open_adapter
from .night_audit import audit_of

LOG = LogEntry.metadata.tables["log_entry"]
ASKED_FOR = timedelta(hours=8)
"""From the beginning of an audit on: one that takes longer is not waited for, the hub's own clock goes on."""
_WORKING = (ConnectionState.HEALTHY, ConnectionState.DEGRADED)

log = logging.getLogger(__name__)


def follow(runtime: Runtime) -> date | None:
    """What the provider told, once it was asked; None when there was nothing to ask or no answer."""
    with runtime.reading() as session:
        connection = _to_ask(session, runtime.clock())
    if connection is None:
        return None
    calls = CallLog(connection.id, new_trace_id(runtime))
    told = _ask(runtime, connection, calls)
    with runtime.writing() as session:
        bulk_insert(session.connection(), LOG, CallLog.COLUMNS, calls.drain())
        hotel = session.get(Hotel, 1, with_for_update=True)
        if hotel is not None and told is not None:
            hotel.provider_date, hotel.provider_date_at = told, runtime.clock()
    return told


def _to_ask(session: Session, now: datetime) -> Connection | None:
    hotel = session.get(Hotel, 1)
    if hotel is None:
        return None
    audit = audit_of(hotel)
    today = now.astimezone(audit.zone).date()
    windows = [audit.of_day(today + timedelta(days=ahead)) for ahead in (-1, 0, 1)]
    if not any(
        one.begins <= now < one.begins + ASKED_FOR and hotel.provider_date != one.day for one in windows
    ):
        return None
    key = stay_metrics.primary_connection_id(session)
    wanted = select(Connection).where(Connection.id == key, Connection.state.in_(_WORKING))
    row = session.scalars(wanted).one_or_none()
    return row if row is not None and _tells(row.provider) else None


def _tells(provider: str) -> bool:
    return provider in registry.PROVIDERS and hasattr(registry.adapter_class(provider), "business_date")


def _ask(runtime: Runtime, connection: Connection, calls: CallLog) -> date | None:
    try:
        opened = open_adapter(
            runtime,
            connection.provider,
            credentials_of(runtime, connection),
            connection_id=connection.id,
            record=calls,
            should_stop=runtime.stopping.is_set,
            is_check=True,
        )
        with opened as adapter:
            return adapter.business_date() if isinstance(adapter, TellsBusinessDate) else None
    except (ProviderError, VaultError) as error:
        log.info(
            "connection %s did not tell the business date: %s", connection.public_id, type(error).__name__
        )
        return None
