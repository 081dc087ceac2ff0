"""People who sign in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model


class Role(StrEnum):
    """owner: everything; admin: everything but users and enforcement of single sign-on; staff: the front desk."""

    OWNER = "owner"
    ADMIN = "admin"
    STAFF = "staff"


class User(Model):
    __tablename__ = "app_user"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # stored folded to lower case
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(8))
    password_hash: Mapped[str] = mapped_column(String(200))
    session_stamp: Mapped[str] = mapped_column(String(32))  # changing it ends every session of this person
    is_active: Mapped[bool] = mapped_column(default=True)
    theme: Mapped[str] = mapped_column(String(8), default="system")
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
