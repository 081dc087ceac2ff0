"""Stores availability and rates by date; a day that did not change is not written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Table, select
from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.integrations.kit.contract import Skipped
from webapp.models import Availability, Rate
from webapp.models.bulk import bulk_upsert
from webapp.models.bulk_reading import is_one_of

from .applying import TOO_LONG, Circumstances, Tally, content_hash

AVAILABILITY = Availability.metadata.tables["availability"]
RATES = Rate.metadata.tables["rate"]
_OWN = ("connection_id", "content_hash", "stored_at", "changed_at", "revision")

Day = TypeVar("Day", bound=AvailabilityDay | RateDay)
Key = tuple[Any, ...]


@dataclass(frozen=True)
class _Layout(Generic[Day]):
    """Where days of one kind are kept: the key beside the connection, the other columns, and a day's values."""

    table: Table
    key: tuple[str, ...]
    fields: tuple[str, ...]
    values: Callable[[Day], tuple[Any, ...]]


def apply_availability(db: DatabaseConnection, how: Circumstances, days: Sequence[AvailabilityDay]) -> Tally:
    """One page, in the caller's transaction."""
    return _apply(db, how, _AVAILABILITY, days)


def apply_rates(db: DatabaseConnection, how: Circumstances, days: Sequence[RateDay]) -> Tally:
    """One page, in the caller's transaction."""
    return _apply(db, how, _RATES, days)


def _apply(db: DatabaseConnection, how: Circumstances, layout: _Layout[Day], days: Sequence[Day]) -> Tally:
    page: dict[Key, Day] = {tuple(getattr(day, name) for name in layout.key): day for day in days}
    unfit = [key for key in page if any(len(part) > 100 for part in key[1:])]
    for key in unfit:
        del page[key]
    known = _known(db, how, layout, list(page))
    added = 0
    rows: list[tuple[Any, ...]] = []
    for key, day in page.items():
        digest = content_hash(day, how.mapping_version)
        before = known.get(key)
        if before is not None and before[0] == digest:
            continue
        added += before is None
        revision = before[1] + 1 if before else 1
        rows.append((how.connection_id, digest, how.at, how.at, revision, *key, *layout.values(day)))
    columns = (*_OWN, *layout.key, *layout.fields)
    bulk_upsert(db, layout.table, columns, rows, key=("connection_id", *layout.key), keep=("stored_at",))
    skipped = tuple(Skipped(str(key[-1])[:100], TOO_LONG) for key in unfit)
    return Tally(added, len(rows) - added, len(page) - len(rows), skipped)


def _known(
    db: DatabaseConnection, how: Circumstances, layout: _Layout[Any], keys: Sequence[Key]
) -> dict[Key, tuple[bytes, int]]:
    """Hash and revision of what is stored for the dates of a page, of its rates and room types only: a page of one
    rate would read those of all others too."""
    if not keys:
        return {}
    table = layout.table
    dates, *others = (sorted(set(values)) for values in zip(*keys, strict=True))
    among = [
        is_one_of(db, table.c[name], values) for name, values in zip(layout.key[1:], others, strict=True)
    ]
    statement = select(*(table.c[name] for name in layout.key), table.c.content_hash, table.c.revision).where(
        table.c.connection_id == how.connection_id, table.c.day.between(dates[0], dates[-1]), *among
    )
    return {tuple(row[:-2]): (row[-2], row[-1]) for row in db.execute(statement)}


_AVAILABILITY = _Layout[AvailabilityDay](
    AVAILABILITY,
    ("day", "room_type_id"),
    ("room_type", "available", "total"),
    lambda day: (day.room_type[:120], day.available, day.total),
)
_RATES = _Layout[RateDay](
    RATES,
    ("day", "rate_plan_id", "room_type_id"),
    (
        "rate_plan", "room_type", "price_minor", "currency", "min_stay", "closed_to_arrival", "closed_to_departure",
    ),
    lambda day: (
        day.rate_plan[:120],
        day.room_type[:120],
        day.price_minor,
        day.currency,
        day.min_stay,
        day.closed_to_arrival,
        day.closed_to_departure,
    ),
)  # fmt: skip
