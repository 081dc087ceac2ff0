"""The saved versions of a connection's mapping, so that an older one can be compared and brought back."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Model
from .connection import Connection


class RecipeVersion(Model):
    """`number` is the connection's `mapping_version` while this one runs. A recipe holds no secrets."""

    __tablename__ = "recipe_version"
    __table_args__ = (UniqueConstraint("connection_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey(Connection.id))
    number: Mapped[int]
    document: Mapped[str] = mapped_column(Text)  # the recipe as JSON
    note: Mapped[str] = mapped_column(String(200), default="")
    restored_from: Mapped[int | None]  # the number of the version that was brought back
    # "" when it was there before versions were kept.
    made_by: Mapped[str] = mapped_column(String(254), default="")
    made_at: Mapped[datetime]
