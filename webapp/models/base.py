"""What every table shares: the metadata, names of constraints, and the one type for instants."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

# SQLite keeps a rowid only for INTEGER; PostgreSQL's integer ends at two thousand million.
Key = BigInteger().with_variant(Integer, "sqlite")

_WHOLE_SECOND = len("2026-05-13T10:00:00+00:00")


def instant_text(at: datetime) -> str:
    """The fixed-width UTC text that SQLite stores, so that comparing text compares time. Raw SQL binds through this."""
    if at.tzinfo is None:
        raise ValueError("an instant must be aware")
    # A quarter of strftime's cost, and of a whole second, the usual stamp, less still.
    text = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()
    return f"{text[:26]}Z" if len(text) > _WHOLE_SECOND else f"{text[:19]}.000000Z"


def instant_from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def partial(where: str) -> dict[str, Any]:
    """Keywords of an index over some rows. Naming PostgreSQL's too would load that dialect at every start, 25 ms and
    4 MB; tables are made by the migrations, which name both."""
    return {"sqlite_where": text(where)}


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant: text on SQLite, timestamptz on PostgreSQL.

    Measured: DateTime(timezone=True) on SQLite keeps another zone's hour as if it were UTC.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        kind = String(27) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return instant_text(value)
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return instant_from_text(value) if isinstance(value, str) else value.astimezone(UTC)


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant, dict[str, Any]: JSON, list[str]: JSON}
