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
    clock_offset_seconds: Mapped[int] = mapped_column(
        default=0
    )  # a demo of a stored hotel lives in that hotel's now
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
    created_at: Mapped[datetime]
