"""The first tables: hotel, people, connections, bookings and what a sync leaves behind."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import Instant

revision = "0001"
down_revision = None

# SQLite keeps a rowid only for INTEGER; PostgreSQL's integer ends at two thousand million.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "app_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("session_stamp", sa.String(length=32), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_login_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("email", name=op.f("uq_app_user_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_app_user_public_id")),
    )
    op.create_table(
        "connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column("secret_hints", sa.JSON(), nullable=False),
        sa.Column("streams", sa.JSON(), nullable=False),
        sa.Column("frequency_minutes", sa.Integer(), nullable=False),
        sa.Column("tight_minutes", sa.Integer(), nullable=True),
        sa.Column("history_days", sa.Integer(), nullable=False),
        sa.Column("mapping_version", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=True),
        sa.Column("fault", sa.JSON(), nullable=True),
        sa.Column("fault_since", Instant(), nullable=True),
        sa.Column("told_degraded_at", Instant(), nullable=True),
        sa.Column("checked_at", Instant(), nullable=True),
        sa.Column("checked_live_at", Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_sync_at", Instant(), nullable=True),
        sa.Column("last_tried_at", Instant(), nullable=True),
        sa.Column("last_good_at", Instant(), nullable=True),
        sa.Column("next_sweep_at", Instant(), nullable=True),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("claimed_until", Instant(), nullable=True),
        sa.Column("wanted_mode", sa.String(length=10), nullable=True),
        sa.Column("cancel_requested_at", Instant(), nullable=True),
        sa.Column("is_search_stale", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("archived_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
        sa.UniqueConstraint("public_id", name=op.f("uq_connection_public_id")),
    )
    op.create_index(
        "ix_connection_due",
        "connection",
        ["next_sync_at"],
        unique=False,
        sqlite_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "uq_connection_name",
        "connection",
        ["name"],
        unique=True,
        sqlite_where=sa.text("archived_at IS NULL"),
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_table(
        "hotel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("audit_hour", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("business_date_moved_at", Instant(), nullable=False),
        sa.Column("audit_minutes", sa.Integer(), nullable=False),
        sa.Column("provider_date", sa.Date(), nullable=True),
        sa.Column("provider_date_at", Instant(), nullable=True),
        sa.Column("truth_bookings", sa.Integer(), nullable=False),
        sa.Column("quiet_hour", sa.Integer(), nullable=False),
        sa.Column("log_days", sa.Integer(), nullable=False),
        sa.Column("log_megabytes", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotel")),
    )
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("canary", sa.LargeBinary(), nullable=False),
        sa.Column("session_key", sa.LargeBinary(), nullable=False),
        sa.Column("claim_digest", sa.String(length=64), nullable=True),
        sa.Column("clock_offset_seconds", sa.Integer(), nullable=False),
        sa.Column("outgoing_typed", sa.String(length=45), nullable=True),
        sa.Column("outgoing_seen", sa.String(length=45), nullable=True),
        sa.Column("outgoing_seen_at", Instant(), nullable=True),
        sa.Column("outgoing_before", sa.String(length=45), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    op.create_table(
        "job_beat",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_beat")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("heartbeat_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "availability",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("room_type_id", sa.String(length=100), nullable=False),
        sa.Column("room_type", sa.String(length=120), nullable=False),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_availability_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "day", "room_type_id", name=op.f("pk_availability")),
    )
    op.create_table(
        "booking",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("confirmation_number", sa.String(length=100), nullable=False),
        sa.Column("group_ref", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("raw_status", sa.String(length=60), nullable=False),
        sa.Column("holds_room", sa.Boolean(), nullable=False),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("departure", sa.Date(), nullable=False),
        sa.Column("guest_first", sa.String(length=120), nullable=False),
        sa.Column("guest_last", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=True),
        sa.Column("balance_minor", sa.BigInteger(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("booked_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=True),
        sa.Column("cancelled_at", Instant(), nullable=True),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_booking_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint(
            "connection_id", "external_id", name=op.f("uq_booking_connection_id_external_id")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_booking_public_id")),
    )
    op.create_index("ix_booking_arrival", "booking", ["connection_id", "arrival", "id"], unique=False)
    op.create_index("ix_booking_changed", "booking", ["changed_at", "id"], unique=False)
    op.create_index("ix_booking_confirmation", "booking", ["confirmation_number"], unique=False)
    op.create_index(
        "ix_booking_source_arrival", "booking", ["connection_id", "source", "arrival", "id"], unique=False
    )
    op.create_index(
        "ix_booking_status_arrival", "booking", ["connection_id", "status", "arrival", "id"], unique=False
    )
    op.create_table(
        "cached_setup",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_cached_setup_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "name", name=op.f("pk_cached_setup")),
    )
    op.create_table(
        "cached_token",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_cached_token_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "name", name=op.f("pk_cached_token")),
    )
    op.create_table(
        "connection_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_connection_draft_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_connection_draft_public_id")),
    )
    op.create_index(op.f("ix_connection_draft_user_id"), "connection_draft", ["user_id"], unique=False)
    op.create_table(
        "guest",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("is_profile", sa.Boolean(), nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("is_vip", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("updated_at", Instant(), nullable=True),
        sa.Column("merged_into_id", KEY, nullable=True),
        sa.Column("anonymised_at", Instant(), nullable=True),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_guest_connection_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["guest.id"], name=op.f("fk_guest_merged_into_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest")),
        sa.UniqueConstraint("connection_id", "external_id", name=op.f("uq_guest_connection_id_external_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_guest_public_id")),
    )
    op.create_table(
        "log_entry",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=True),
        sa.Column("trace_id", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=254), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_log_entry_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entry")),
    )
    op.create_index("ix_log_entry_at", "log_entry", ["at", "id"], unique=False)
    op.create_index(
        "ix_log_entry_filter",
        "log_entry",
        ["kind", "level", "connection_id", "at", "id"],
        unique=False,
    )
    op.create_index("ix_log_entry_trace", "log_entry", ["trace_id", "at", "id"], unique=False)
    op.create_table(
        "log_hour",
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("connection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "kind", "level", "connection_id", name=op.f("pk_log_hour")),
    )
    op.create_table(
        "call_headroom",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=True),
        sa.Column("remaining", sa.Integer(), nullable=True),
        sa.Column("resets_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_call_headroom_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "at", name=op.f("pk_call_headroom")),
    )
    op.create_table(
        "rate",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rate_plan_id", sa.String(length=100), nullable=False),
        sa.Column("room_type_id", sa.String(length=100), nullable=False),
        sa.Column("rate_plan", sa.String(length=120), nullable=False),
        sa.Column("room_type", sa.String(length=120), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("min_stay", sa.Integer(), nullable=True),
        sa.Column("closed_to_arrival", sa.Boolean(), nullable=False),
        sa.Column("closed_to_departure", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_rate_connection_id")),
        sa.PrimaryKeyConstraint("connection_id", "day", "rate_plan_id", "room_type_id", name=op.f("pk_rate")),
    )
    op.create_table(
        "stream_cursor",
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("high_water", Instant(), nullable=True),
        sa.Column("began_at", Instant(), nullable=True),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.Column("last_seen", sa.Integer(), nullable=True),
        sa.Column("mapping_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_stream_cursor_connection_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "stream", "mode", name=op.f("pk_stream_cursor")),
    )
    op.create_table(
        "sync_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("trigger", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("fault", sa.JSON(), nullable=True),
        sa.Column("trace_id", sa.String(length=32), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("heartbeat_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connection.id"], name=op.f("fk_sync_run_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sync_run_public_id")),
    )
    op.create_index(
        "ix_sync_run_connection_started", "sync_run", ["connection_id", "started_at", "id"], unique=False
    )
    op.create_index(op.f("ix_sync_run_trace_id"), "sync_run", ["trace_id"], unique=False)
    op.create_table(
        "booking_change",
        sa.Column("id", KEY, nullable=False),
        sa.Column("booking_id", KEY, nullable=False),
        sa.Column("stay_line", sa.String(length=60), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("provider_at", Instant(), nullable=True),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=True),
        sa.Column("road", sa.String(length=10), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_booking_change_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_change")),
    )
    op.create_index("ix_booking_change_booking", "booking_change", ["booking_id", "id"], unique=False)
    op.create_index("ix_booking_change_run", "booking_change", ["run_id", "id"], unique=False)
    op.create_table(
        "booking_guest",
        sa.Column("booking_id", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("guest_external_id", sa.String(length=100), nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=False),
        sa.Column("last_name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("stay_line", sa.String(length=60), nullable=False),
        sa.Column("is_checked_in", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_booking_guest_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", "position", name=op.f("pk_booking_guest")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "hub_event",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("booking_id", KEY, nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("road", sa.String(length=10), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_hub_event_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hub_event")),
        sa.UniqueConstraint(
            "booking_id", "type", "occurrence", name=op.f("uq_hub_event_booking_id_type_occurrence")
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_hub_event_public_id")),
    )
    op.create_table(
        "log_payload",
        sa.Column("log_entry_id", KEY, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_entry_id"], ["log_entry.id"], name=op.f("fk_log_payload_log_entry_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("log_entry_id", name=op.f("pk_log_payload")),
    )
    op.create_table(
        "stay",
        sa.Column("id", KEY, nullable=False),
        sa.Column("booking_id", KEY, nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=60), nullable=False),
        sa.Column("unit", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("departure", sa.Date(), nullable=False),
        sa.Column("room_type_id", sa.String(length=100), nullable=False),
        sa.Column("room_type", sa.String(length=120), nullable=False),
        sa.Column("room", sa.String(length=60), nullable=False),
        sa.Column("adults", sa.Integer(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("rate_plan_id", sa.String(length=100), nullable=False),
        sa.Column("rate_plan", sa.String(length=120), nullable=False),
        sa.Column("nights", sa.Text(), nullable=False),
        sa.Column("nights_are_spread", sa.Boolean(), nullable=False),
        sa.Column("checked_in_at", Instant(), nullable=True),
        sa.Column("checked_out_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_stay_booking_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay")),
        sa.UniqueConstraint("booking_id", "line", name=op.f("uq_stay_booking_id_line")),
    )
    op.create_index(
        "ix_stay_arrival", "stay", ["connection_id", "arrival", "status", "departure"], unique=False
    )
    op.create_index(
        "ix_stay_departure", "stay", ["connection_id", "departure", "status", "arrival"], unique=False
    )
    op.create_index(
        "ix_stay_in_house",
        "stay",
        ["connection_id"],
        unique=False,
        sqlite_where=sa.text("status = 'checked_in'"),
        postgresql_where=sa.text("status = 'checked_in'"),
    )
    op.create_table(
        "sync_run_stream",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("fault", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["sync_run.id"], name=op.f("fk_sync_run_stream_run_id")),
        sa.PrimaryKeyConstraint("run_id", "stream", name=op.f("pk_sync_run_stream")),
    )
    # ### end Alembic commands ###
    _create_search()


def _create_search() -> None:
    """Full text over booking.search_text: FTS5 with prefixes on SQLite, a GIN index on PostgreSQL."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE booking_search USING fts5("
            "search_text, content='booking', content_rowid='id', prefix='2 3', tokenize='unicode61')"
        )
    else:
        op.execute("CREATE INDEX ix_booking_search ON booking USING gin (to_tsvector('simple', search_text))")
