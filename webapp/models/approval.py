"""An approval on its way: somebody was sent to a provider's pages and is expected back."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model
from .connection import Connection
from .user import User


class Approval(Model):
    """Made for one person, one browser session and ten minutes; its answer counts once."""

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), index=True)
    session_digest: Mapped[str] = mapped_column(String(64))  # of the browser session that began it
    provider: Mapped[str] = mapped_column(String(40))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey(Connection.id))  # None: for the draft
    redirect_uri: Mapped[str] = mapped_column(String(500))
    # JSON: how the app proves itself; empty when it is done.
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    fault: Mapped[dict[str, Any] | None]  # why it came to nothing
