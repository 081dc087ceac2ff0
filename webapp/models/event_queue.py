"""The event queue of a connection whose provider calls nobody: when it was read, and whether a reading broke off."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model
from .connection import Connection


class EventQueue(Model):
    """Reading removes events at the provider. `opened_at` is set before the first is read and cleared after the last was
    stored: where it is found set, somebody died in between and an answer may be lost."""

    __tablename__ = "event_queue"

    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id), primary_key=True)
    next_drain_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    drained_at: Mapped[datetime | None]  # when it was last read to its end, or as far as one turn goes
    is_empty: Mapped[bool] = mapped_column(default=False)  # the provider said that nothing is left
    events: Mapped[int] = mapped_column(default=0)  # that were ever read
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    fault: Mapped[dict[str, Any] | None]
    sweep_owed_since: Mapped[
        datetime | None
    ]  # an answer may be lost: until a sweep that began later is complete
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]
