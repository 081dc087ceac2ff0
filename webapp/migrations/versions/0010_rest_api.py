"""Notes on bookings, repeatable calls of the REST API, and indexes for what its readers follow."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import Instant

revision = "0010"
down_revision = "0009"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "booking_note",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("booking_id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_booking_note_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_note")),
        sa.UniqueConstraint("public_id", name=op.f("uq_booking_note_public_id")),
    )
    op.create_index("ix_booking_note_booking", "booking_note", ["booking_id", "id"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("claimed_until", Instant(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_idempotency_key_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("key_id", "route", "name", name=op.f("uq_idempotency_key_key_id_route_name")),
    )
    op.create_index(op.f("ix_idempotency_key_made_at"), "idempotency_key", ["made_at"], unique=False)
    op.create_index("ix_guest_changed", "guest", ["changed_at", "id"], unique=False)
    op.create_index("ix_hub_event_recorded", "hub_event", ["recorded_at", "id"], unique=False)
