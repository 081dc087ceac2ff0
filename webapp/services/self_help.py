"""What one can try oneself: the faults that hold now, each with its fix and the guide that goes further."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import Connection

from .run_views import fault_of

MOST = 3


class Answer(Value, frozen=True):
    """`fault` of the connection of that name; without one it is a usual question, and `words` find the guide."""

    connection: str
    connection_name: str
    fault: Fault | None
    question: str
    words: str


USUAL = (
    Answer("", "", None, N_("A connection test fails"), "connection test fails"),
    Answer("", "", None, N_("Bookings do not come or are old"), "verdict nothing new stopped syncing"),
    Answer("", "", None, N_("Webhooks do not arrive"), "webhook calls that did not come"),
)


def answers(session: Session) -> tuple[Answer, ...]:
    """Three: what is wrong now, the primary connection first, then what is asked most."""
    troubled = (
        select(Connection)
        .where(Connection.archived_at.is_(None), Connection.fault_since.is_not(None))
        .order_by(Connection.role, Connection.fault_since, Connection.id)
        .limit(MOST)
    )
    found = []
    for row in session.scalars(troubled):
        fault = fault_of(row.fault)
        if fault is not None:
            found.append(Answer(row.public_id, row.name, fault, "", fault.code.replace("_", " ")))
    return (*found, *USUAL)[:MOST]
