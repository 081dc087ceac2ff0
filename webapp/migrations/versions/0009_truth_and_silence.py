"""Truth checks, and what tells a silent feed from a calm day."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _truth()
    op.create_table(
        "change_hour",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_change_hour_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "hour", name=op.f("pk_change_hour")),
    )
    op.create_table(
        "change_tally",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("last_at", Instant(), nullable=True),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_change_tally_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_change_tally")),
    )
    op.create_table(
        "silence",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("judged_at", Instant(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_silence_connection_id")),
        sa.PrimaryKeyConstraint("connection_id", "kind", name=op.f("pk_silence")),
    )


def _truth() -> None:
    op.create_table(
        "truth_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("trigger", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("bookings", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.Column("underway", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("fault", sa.JSON(), nullable=True),
        sa.Column("trace_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_truth_check_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_truth_check")),
    )
    op.create_index("ix_truth_check_connection", "truth_check", ["connection_id", "at"])
    op.create_table(
        "truth_plan",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("next_check_at", Instant(), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("waits_for", sa.String(length=12), nullable=False),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_truth_plan_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_truth_plan")),
    )
