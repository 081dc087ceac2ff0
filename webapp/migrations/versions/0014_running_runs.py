"""An index of the runs that are under way: each run that begins looks whether one before it lost its process."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    is_running = sa.text("state = 'running'")
    op.create_index(
        "ix_sync_run_running",
        "sync_run",
        ["connection_id"],
        unique=False,
        sqlite_where=is_running,
        postgresql_where=is_running,
    )
