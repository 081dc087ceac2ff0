"""The ledger of webhook calls that did not come, and watches for a test booking."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import Instant

revision = "0008"
down_revision = "0007"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hit_subject",
        sa.Column("hit_id", KEY, autoincrement=False, nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hit_id"], ["webhook_hit.id"], name=op.f("fk_hit_subject_hit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hit_id", "stream", "external_id", name=op.f("pk_hit_subject")),
    )
    op.create_index(
        "ix_hit_subject_record", "hit_subject", ["connection_id", "external_id", "received_at"], unique=False
    )
    op.create_table(
        "hit_watch",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("set_up_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("looked_at", Instant(), nullable=True),
        sa.Column("ordered", sa.JSON(), nullable=True),
        sa.Column("tight_since", Instant(), nullable=True),
        sa.Column("tight_until", Instant(), nullable=True),
        sa.Column("tight_misses", sa.Integer(), nullable=False),
        sa.Column("last_missed_fact", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_hit_watch_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_hit_watch")),
    )
    op.create_table(
        "missed_hit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("fact_id", KEY, nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", KEY, nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("road", sa.String(length=10), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=True),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_missed_hit_booking_id")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_missed_hit_connection_id")
        ),
        sa.ForeignKeyConstraint(["fact_id"], ["hub_event.id"], name=op.f("fk_missed_hit_fact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_hit")),
        sa.UniqueConstraint("fact_id", name=op.f("uq_missed_hit_fact_id")),
    )
    op.create_index(
        "ix_missed_hit_connection", "missed_hit", ["connection_id", "found_at", "id"], unique=False
    )
    op.create_index("ix_missed_hit_found", "missed_hit", ["found_at"], unique=False)
    op.create_table(
        "ledger_hour",
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("connection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("by_hit", sa.Integer(), nullable=False),
        sa.Column("also_heard", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("in_time", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("unstamped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "connection_id", "type", name=op.f("pk_ledger_hour")),
    )
    mark = op.create_table(
        "ledger_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fact_id", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_mark")),
    )
    op.bulk_insert(mark, [{"id": 1, "fact_id": 0}])
    op.create_table(
        "booking_watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("guest_first", sa.String(length=60), nullable=False),
        sa.Column("guest_last", sa.String(length=60), nullable=False),
        sa.Column("after_booking", KEY, nullable=False),
        sa.Column("armed_by", sa.String(length=254), nullable=False),
        sa.Column("armed_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_booking_watch_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_watch")),
    )
    op.create_index("ix_booking_watch_connection", "booking_watch", ["connection_id", "id"], unique=False)
