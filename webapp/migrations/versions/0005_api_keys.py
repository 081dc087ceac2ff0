"""API keys and their use by the hour."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import Instant

revision = "0005"
down_revision = "0004"

LIVING = sa.text("revoked_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("allowed_networks", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("reminded_days", sa.Integer(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("successor_id", sa.Integer(), nullable=True),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.Column("last_used_from", sa.String(length=45), nullable=False),
        sa.ForeignKeyConstraint(["successor_id"], ["api_key.id"], name=op.f("fk_api_key_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_api_key_public_id")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )
    op.create_index(
        "ix_api_key_living", "api_key", ["expires_at"], sqlite_where=LIVING, postgresql_where=LIVING
    )
    op.create_table(
        "api_key_hour",
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_api_key_hour_key_id")),
        sa.PrimaryKeyConstraint("key_id", "hour", name=op.f("pk_api_key_hour")),
    )
    op.create_index(op.f("ix_api_key_hour_hour"), "api_key_hour", ["hour"], unique=False)
    op.create_table(
        "api_stranger_hour",
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_api_stranger_hour")),
    )
