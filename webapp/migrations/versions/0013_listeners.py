"""The ports that web processes of this hub answer on."""

import sqlalchemy as sa
from alembic import op

from webapp.models.base import Instant

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "listener",
        sa.Column("machine", sa.String(length=60), nullable=False),
        sa.Column("port", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("machine", "port", name=op.f("pk_listener")),
    )
