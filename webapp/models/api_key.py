"""Keys of other programs, and how much each is used."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model, partial


class Scope(StrEnum):
    """read ⊂ write ⊂ admin."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class ApiKey(Model):
    __tablename__ = "api_key"
    __table_args__ = (
        Index(
            "ix_api_key_living",
            "expires_at",
            **partial("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # sha256 of the key, which is stored nowhere
    shown: Mapped[str] = mapped_column(String(20))  # prefix and last four
    scope: Mapped[str] = mapped_column(String(8))
    allowed_networks: Mapped[list[str]]  # CIDR; empty: from anywhere
    created_by: Mapped[str] = mapped_column(String(254))  # e-mail, or the command line
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    reminded_days: Mapped[int | None]  # before the end: the last reminder that was given
    revoked_at: Mapped[datetime | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("api_key.id"))  # made by a rotation
    last_used_at: Mapped[datetime | None]
    last_used_from: Mapped[str] = mapped_column(String(45), default="")


class ApiKeyHour(Model):
    """Calls of a key in one hour."""

    __tablename__ = "api_key_hour"

    key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    calls: Mapped[int]
    refused: Mapped[int]  # for scope, address or rate


class ApiStrangerHour(Model):
    """Calls with no key that lives, in one hour: counted, never stored one by one."""

    __tablename__ = "api_stranger_hour"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    calls: Mapped[int]
