"""Calls of the REST API that may be repeated: what was asked under a key of the caller's, and what was answered."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .api_key import ApiKey
from .base import Key, Model


class IdempotencyKey(Model):
    """`status` is None while the call goes on; its lease ends at `claimed_until`."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("key_id", "route", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey(ApiKey.id))
    route: Mapped[str] = mapped_column(String(200))  # method and path
    name: Mapped[str] = mapped_column(String(255))  # what the caller sent as Idempotency-Key
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))  # of the body
    made_at: Mapped[datetime] = mapped_column(index=True)
    claimed_until: Mapped[datetime]
    status: Mapped[int | None]
    # Sealed: it may hold a secret that is told once.
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
