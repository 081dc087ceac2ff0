"""Silence: how many changes each hour brought, and whether a feed is quieter than this hotel ever is."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model
from .connection import Connection


class ChangeHour(Model):
    """Changes of bookings that came in one hour; an hour in which nobody watched has no row."""

    __tablename__ = "change_hour"

    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)  # its beginning, UTC
    changes: Mapped[int] = mapped_column(default=0)


class ChangeTally(Model):
    """How far the changes of a connection are counted."""

    __tablename__ = "change_tally"

    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id), primary_key=True)
    change_id: Mapped[int] = mapped_column(BigInteger, default=0)
    last_at: Mapped[datetime | None]  # the latest change that was news
    counted_at: Mapped[datetime]


class Silence(Model):
    """What was last concluded of one sign of life: `kind` is arrivals or changes."""

    __tablename__ = "silence"

    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))  # learning | calm | quiet
    since: Mapped[datetime]
    judged_at: Mapped[datetime]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
