"""Truth checks: bookings that were read again and compared with what is stored, and when the next is due."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model
from .connection import Connection


class TruthState(StrEnum):
    CLEAN = "clean"
    ON_ITS_WAY = "on_its_way"  # all that differs was changed at the provider since the last sync
    DIFFERS = "differs"
    FAILED = "failed"  # the provider could not be asked; nothing was compared


class TruthCheck(Model):
    """One comparison. `findings` hold a difference each; guest data in them is masked when it is written."""

    __tablename__ = "truth_check"
    __table_args__ = (Index("ix_truth_check_connection", "connection_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id))
    at: Mapped[datetime]
    trigger: Mapped[str] = mapped_column(String(10))  # schedule | manual
    state: Mapped[str] = mapped_column(String(12))
    bookings: Mapped[int] = mapped_column(default=0)
    fields: Mapped[int] = mapped_column(default=0)
    differing: Mapped[int] = mapped_column(default=0)  # fields that no change at the provider explains
    underway: Mapped[int] = mapped_column(default=0)  # fields that differ and are on their way
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    fault: Mapped[dict[str, Any] | None]
    trace_id: Mapped[str] = mapped_column(String(32), default="")


class TruthPlan(Model):
    """When a connection is compared next, and who does it now."""

    __tablename__ = "truth_plan"

    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id), primary_key=True)
    next_check_at: Mapped[datetime]
    is_wanted: Mapped[bool] = mapped_column(default=False)  # a person asked
    waits_for: Mapped[str] = mapped_column(String(12), default="")  # why the last one was put off
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_until: Mapped[datetime | None]
