"""Scarce access tokens: the tokens, how many were asked for, and who may ask now."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "token_client",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("blocked_until", Instant(), nullable=True),
        sa.Column("refused", sa.String(length=32), nullable=True),
        sa.Column("refused_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_token_client")),
    )
    op.create_table(
        "token_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(length=32), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_request")),
    )
    op.create_index("ix_token_request_client", "token_request", ["client", "asked_at"])
    op.create_table(
        "shared_token",
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("client", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_shared_token")),
    )
    op.create_index(op.f("ix_shared_token_client"), "shared_token", ["client"], unique=False)
