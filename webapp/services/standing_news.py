"""Tells other programs when a connection stops working as it should, and when it does again: each once."""

from sqlalchemy.orm import Session

from webapp.domain.outgoing import OutgoingType
from webapp.models import Connection, ConnectionState
from webapp.runtime import Runtime

from . import outbox
from .outbox import News

_TROUBLED = frozenset({ConnectionState.DEGRADED, ConnectionState.NEEDS_ATTENTION})


def tell(runtime: Runtime, session: Session, row: Connection) -> None:
    """After the state of a connection was set, in the same transaction. A worse trouble is no second event."""
    now = runtime.clock()
    if row.state in _TROUBLED and row.told_degraded_at is None:
        kind, row.told_degraded_at = OutgoingType.INTEGRATION_DEGRADED, now
    elif row.state == ConnectionState.HEALTHY and row.told_degraded_at is not None:
        kind, row.told_degraded_at = OutgoingType.INTEGRATION_RECOVERED, None
    else:
        return
    data = {
        "integration_id": row.public_id,
        "name": row.name,
        "provider": row.provider,
        "state": row.state,
        "code": (row.fault or {}).get("code"),
    }
    session.flush()
    outbox.tell(session.connection(), now, [News(kind, now, data, subject=row.public_id)])
