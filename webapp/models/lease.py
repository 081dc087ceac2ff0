"""Leases: which process may tick, until when, and when it last did."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model


class Lease(Model):
    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    number: Mapped[int]  # grows with every change of owner
    heartbeat_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class JobBeat(Model):
    """When each scheduled job last ran and how it ended, so that Health can tell a clock that stopped."""

    __tablename__ = "job_beat"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(300))
