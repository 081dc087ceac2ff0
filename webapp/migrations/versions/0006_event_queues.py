"""Event queues: when a connection's queue was read, and whether a reading broke off."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "event_queue",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("next_drain_at", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("drained_at", Instant(), nullable=True),
        sa.Column("is_empty", sa.Boolean(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("fault", sa.JSON(), nullable=True),
        sa.Column("sweep_owed_since", Instant(), nullable=True),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_event_queue_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_event_queue")),
    )
