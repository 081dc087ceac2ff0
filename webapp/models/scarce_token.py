"""Access tokens of which a provider gives few: the tokens, how many were asked for, and who may ask now."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model


class TokenClient(Model):
    """A client id at a provider, by its digest. The row is locked while it is decided who may ask for a token."""

    __tablename__ = "token_client"

    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    provider: Mapped[str] = mapped_column(String(40))
    blocked_until: Mapped[datetime | None]  # the provider says that none are left
    refused: Mapped[str | None] = mapped_column(String(32))  # digest of credentials that are wrong
    refused_until: Mapped[datetime | None]


class TokenRequest(Model):
    """One time that a token was asked for. One without an end is going on, or its process died."""

    __tablename__ = "token_request"
    __table_args__ = (Index("ix_token_request_client", "client", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_given: Mapped[bool] = mapped_column(default=False)


class SharedToken(Model):
    """A token, sealed, for every connection and draft with the same client id and secret."""

    __tablename__ = "shared_token"

    digest: Mapped[str] = mapped_column(String(32), primary_key=True)
    client: Mapped[str] = mapped_column(String(32), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
