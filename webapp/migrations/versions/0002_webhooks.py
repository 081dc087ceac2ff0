"""Inbound webhooks: addresses, hits, strays, and the hit behind a change."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import Instant

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("state = 'waiting'")
MARKED = sa.text("dedupe IS NOT NULL")
IN_BATCH = sa.text("batch IS NOT NULL")
IN_TROUBLE = sa.text("state IN ('failed', 'rejected', 'ignored')")
BY_HIT = sa.text("hit_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "webhook_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_webhook_address_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_address")),
        sa.UniqueConstraint("digest", name=op.f("uq_webhook_address_digest")),
    )
    op.create_index(
        op.f("ix_webhook_address_connection_id"), "webhook_address", ["connection_id"], unique=False
    )
    op.create_table(
        "webhook_hit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("trace_id", sa.String(length=32), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("sender", sa.String(length=45), nullable=False),
        sa.Column("trust", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("events", sa.String(length=200), nullable=False),
        sa.Column("dedupe", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("next_try_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lags", sa.Integer(), nullable=False),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("fault", sa.JSON(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("batch", sa.String(length=32), nullable=True),
        sa.Column("dismissed_at", Instant(), nullable=True),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_webhook_hit_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_hit")),
        sa.UniqueConstraint("public_id", name=op.f("uq_webhook_hit_public_id")),
    )
    op.create_index("ix_webhook_hit_connection", "webhook_hit", ["connection_id", "id"])
    op.create_index("ix_webhook_hit_received", "webhook_hit", ["received_at", "id"])
    op.create_index("ix_webhook_hit_trace", "webhook_hit", ["trace_id"])
    op.create_index(
        "ix_webhook_hit_due",
        "webhook_hit",
        ["next_try_at", "connection_id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index(
        "ix_webhook_hit_dedupe",
        "webhook_hit",
        ["connection_id", "dedupe"],
        sqlite_where=MARKED,
        postgresql_where=MARKED,
    )
    op.create_index(
        "ix_webhook_hit_batch",
        "webhook_hit",
        ["batch"],
        sqlite_where=IN_BATCH,
        postgresql_where=IN_BATCH,
    )
    op.create_index(
        "ix_webhook_hit_trouble",
        "webhook_hit",
        ["connection_id", "state", "id"],
        sqlite_where=IN_TROUBLE,
        postgresql_where=IN_TROUBLE,
    )
    op.create_table(
        "webhook_stray",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("day", "reason", name=op.f("pk_webhook_stray")),
    )
    op.add_column("booking_change", sa.Column("hit_id", KEY, nullable=True))
    op.create_index(
        "ix_booking_change_hit",
        "booking_change",
        ["hit_id"],
        sqlite_where=BY_HIT,
        postgresql_where=BY_HIT,
    )
