"""Sync runs: one row per attempt and one per stream in it, so that a run that died is still seen."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model, partial
from .connection import Connection


class RunState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # the process ended under it; the next run goes on where it stood


class Verdict(StrEnum):
    NEW_DATA = "new_data"
    NOTHING_NEW = "nothing_new"  # proved: the provider answered, and nothing differs
    SUSPICIOUS_ZERO = "suspicious_zero"  # no records where there were some before
    FAILED = "failed"
    CANCELLED = "cancelled"


class SyncRun(Model):
    __tablename__ = "sync_run"
    __table_args__ = (
        Index("ix_sync_run_connection_started", "connection_id", "started_at", "id"),
        Index("ix_sync_run_running", "connection_id", **partial("state = 'running'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id))
    mode: Mapped[str] = mapped_column(String(10))
    trigger: Mapped[str] = mapped_column(String(10))  # schedule | manual | first | command
    state: Mapped[str] = mapped_column(String(12))
    verdict: Mapped[str | None] = mapped_column(String(16))
    fault: Mapped[dict[str, Any] | None]
    trace_id: Mapped[str] = mapped_column(String(32), index=True)
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    calls: Mapped[int] = mapped_column(default=0)


class SyncRunStream(Model):
    __tablename__ = "sync_run_stream"

    run_id: Mapped[int] = mapped_column(ForeignKey("sync_run.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(String(16), primary_key=True)
    state: Mapped[str] = mapped_column(String(12))
    verdict: Mapped[str | None] = mapped_column(String(16))
    pages: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)  # records that could not be read; `notes` says why
    seconds: Mapped[float] = mapped_column(default=0.0)
    # Unmapped statuses, reasons of skipped records.
    notes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    fault: Mapped[dict[str, Any] | None]
