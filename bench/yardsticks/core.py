"""The limit's work with SQLAlchemy Core: the same pages and tables, one upsert per table from a dict per row."""

import sys
from pathlib import Path

import msgspec
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, create_engine
from sqlalchemy.dialects.sqlite import insert

from bench.figures import Figures, Watch, answer
from bench.pretend_hotel import PretendHotel

from .limit import Whole, booking_row, pages

NUMBERS = frozenset({"adults", "children", "balance"})
NAMES = (
    "number", "state", "guest", "arrival", "departure", "adults", "children", "currency", "total", "balance",
    "channel", "remarks", "room_type", "room", "plan", "nights", "created", "changed", "cancelled",
)  # fmt: skip
metadata = MetaData()
GUESTS = Table(
    "guest",
    metadata,
    Column("id", String, primary_key=True),
    *(Column(name, String) for name in ("given", "family", "email", "phone")),
)
BOOKINGS = Table(
    "booking",
    metadata,
    Column("number", String, primary_key=True),
    *(Column(name, Integer if name in NUMBERS else String) for name in NAMES[1:]),
    Index("ix_arrival", "arrival", "number"),
    Index("ix_changed", "changed"),
)


def upsert(table: Table) -> object:
    statement = insert(table)
    values = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)


def run(folder: Path, hotel: PretendHotel, size: int) -> Figures:
    engine = create_engine(f"sqlite:///{folder / 'core.sqlite3'}")
    with engine.connect() as db:
        db.exec_driver_sql("PRAGMA journal_mode=WAL")
        db.exec_driver_sql("PRAGMA synchronous=NORMAL")
    metadata.create_all(engine)
    decoder, watch, rows = msgspec.json.Decoder(Whole), Watch(), 0
    guests, bookings = upsert(GUESTS), upsert(BOOKINGS)
    for body in pages(hotel, size, None):
        items = decoder.decode(body).reservations
        with engine.begin() as db:
            db.execute(guests, [msgspec.structs.asdict(item.guest) for item in items])  # type: ignore[call-overload]
            found = [dict(zip(NAMES, booking_row(item, None), strict=False)) for item in items]
            db.execute(bookings, found)  # type: ignore[call-overload]
        rows += len(items)
    return watch.figures(rows=rows)


if __name__ == "__main__":
    _, place, told, page = sys.argv[1:]
    source = msgspec.json.decode(told, type=PretendHotel)
    answer(lambda _step: run(Path(place), source, int(page)))
