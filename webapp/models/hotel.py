"""The installation and the one hotel it serves."""

from datetime import date, datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model


class Instance(Model):
    """One row: what kind of data folder this is, and the proof that the key file fits."""

    __tablename__ = "instance"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # real | demo
    canary: Mapped[bytes] = mapped_column(LargeBinary)
    session_key: Mapped[bytes] = mapped_column(LargeBinary)  # sealed; signs the browser sessions
    claim_digest: Mapped[str | None] = mapped_column(String(64))  # sha256 of the claim code until it is used
    # A demo of a stored hotel lives in that hotel's now.
    clock_offset_seconds: Mapped[int] = mapped_column(default=0)
    outgoing_typed: Mapped[str | None] = mapped_column(String(45))  # the IP address that providers let in
    outgoing_seen: Mapped[str | None] = mapped_column(String(45))  # the one that an outside target last saw
    outgoing_seen_at: Mapped[datetime | None]
    outgoing_before: Mapped[str | None] = mapped_column(String(45))  # what it saw before that one
    created_at: Mapped[datetime]


class Hotel(Model):
    """One row, written by the set-up wizard. The business date is stored; a job or a provider moves it."""

    __tablename__ = "hotel"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64))  # IANA
    currency: Mapped[str] = mapped_column(String(3))
    audit_hour: Mapped[int]  # local hour at which the business date rolls
    business_date: Mapped[date]
    business_date_moved_at: Mapped[datetime]
    audit_minutes: Mapped[int] = mapped_column(default=30)  # before and after the audit hour bulk work waits
    provider_date: Mapped[date | None]  # the business date that the primary connection's provider last told
    provider_date_at: Mapped[datetime | None]
    truth_bookings: Mapped[int] = mapped_column(default=12)  # compared with the provider each hour
    # Local hour by which somebody has checked in, until habit is known.
    quiet_hour: Mapped[int] = mapped_column(default=17)
    log_days: Mapped[int] = mapped_column(default=30)  # how long logs and webhook calls are kept
    log_megabytes: Mapped[int] = mapped_column(default=1_000)  # and how much of them at most
    created_at: Mapped[datetime]
