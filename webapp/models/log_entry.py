"""The one log: runs, calls, hits and audit lines in one table, their bodies sealed beside it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Key, Model
from .connection import Connection


class LogEntry(Model):
    """`kind` is run, call, hit or audit; `level` is info, warning or error; `summary` is masked when written."""

    __tablename__ = "log_entry"
    __table_args__ = (
        Index("ix_log_entry_at", "at", "id"),
        # One index for every filter: what is not filtered is spelled out, so that each part is read in order.
        Index("ix_log_entry_filter", "kind", "level", "connection_id", "at", "id"),
        Index("ix_log_entry_trace", "trace_id", "at", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(8))
    level: Mapped[str] = mapped_column(String(8))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey(Connection.id))
    trace_id: Mapped[str] = mapped_column(String(32), default="")
    # A person's e-mail, "scheduler", "command line".
    actor: Mapped[str] = mapped_column(String(254), default="")
    action: Mapped[str] = mapped_column(String(60), default="")  # connection.created, GET 200 …
    summary: Mapped[str] = mapped_column(Text)


class LogPayload(Model):
    __tablename__ = "log_payload"

    log_entry_id: Mapped[int] = mapped_column(
        Key, ForeignKey("log_entry.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class LogHour(Model):
    """How many entries a closed hour has, so that a histogram of a month does not count a million rows."""

    __tablename__ = "log_hour"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    level: Mapped[str] = mapped_column(String(8), primary_key=True)
    connection_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0: of no connection
    count: Mapped[int]
