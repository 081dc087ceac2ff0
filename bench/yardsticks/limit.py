"""The ceiling for one Python process: keep-alive, typed decode, one executemany per table; two tables, two indexes.

`limit` upserts every record it is shown. `limit+hash` keeps a digest of each record's bytes, and neither decodes nor
writes what it knows. Run as a process of its own by `bench.sync`.
"""

import queue
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import urllib3

from bench.figures import Figures, Watch, answer
from bench.pretend_hotel import PretendHotel

SCHEMA = """
CREATE TABLE IF NOT EXISTS guest (
    id TEXT PRIMARY KEY, given TEXT, family TEXT, email TEXT, phone TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS booking (
    number TEXT PRIMARY KEY, state TEXT, guest TEXT, arrival TEXT, departure TEXT, adults INT, children INT,
    currency TEXT, total TEXT, balance INT, channel TEXT, remarks TEXT, room_type TEXT, room TEXT, plan TEXT,
    nights TEXT, created TEXT, changed TEXT, cancelled TEXT, digest BLOB) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ix_arrival ON booking (arrival, number);
CREATE INDEX IF NOT EXISTS ix_changed ON booking (changed);
CREATE TABLE IF NOT EXISTS cursor (name TEXT PRIMARY KEY, value TEXT);
"""
GUESTS = "INSERT OR REPLACE INTO guest VALUES (?,?,?,?,?)"
BOOKINGS = f"INSERT OR REPLACE INTO booking VALUES ({','.join('?' * 20)})"  # noqa: S608


class Guest(msgspec.Struct):
    id: str
    given: str
    family: str
    email: str | None = None
    phone: str | None = None


class Persons(msgspec.Struct):
    adults: int
    children: int


class Coded(msgspec.Struct):
    code: str
    name: str


class Stay(msgspec.Struct, rename="camel"):
    room_type: Coded
    rate_plan: Coded
    room: str | None
    daily_cents: list[int]


class Reservation(msgspec.Struct, rename="camel"):
    reservation_no: str
    state: str
    guest: Guest
    from_: str = msgspec.field(name="from")
    to: str
    persons: Persons
    stays: list[Stay]
    currency: str
    total: str
    balance_cents: int
    channel: str
    remarks: str
    created_at: str
    last_changed: str
    cancelled_at: str | None = None


class Paging(msgspec.Struct, rename="camel"):
    total_pages: int


class Whole(msgspec.Struct):
    reservations: list[Reservation]
    paging: Paging


class Raw(msgspec.Struct):
    reservations: list[msgspec.Raw]
    paging: Paging


def pages(hotel: PretendHotel, size: int, since: str | None) -> Iterator[bytes]:
    """The bodies of all pages; one thread fetches the next while the last is written, and only fetches."""
    waiting: queue.Queue[bytes | None] = queue.Queue(maxsize=1)

    def fetch() -> None:
        pool, number, last = urllib3.PoolManager(headers={"X-Api-Key": hotel.key}), 1, 1
        while number <= last:
            query = {"page": number, "pageSize": size, **({"changedSince": since} if since else {})}
            body = pool.request("GET", f"{hotel.reservations}?{urlencode(query)}").data
            last = int(body[body.rindex(b'"totalPages":') + 13 :].partition(b",")[0])
            waiting.put(body)
            number += 1
        waiting.put(None)

    threading.Thread(target=fetch, daemon=True).start()
    while (body := waiting.get()) is not None:
        yield body


def booking_row(item: Reservation, digest: bytes | None) -> tuple[object, ...]:
    stay = item.stays[0]
    return (
        item.reservation_no, item.state, item.guest.id, item.from_, item.to, item.persons.adults,
        item.persons.children, item.currency, item.total, item.balance_cents, item.channel, item.remarks,
        stay.room_type.code, stay.room, stay.rate_plan.code, str(stay.daily_cents), item.created_at,
        item.last_changed, item.cancelled_at, digest,
    )  # fmt: skip


def write(db: sqlite3.Connection, items: list[Reservation], digests: list[bytes] | None) -> None:
    guests = [(g.id, g.given, g.family, g.email, g.phone) for g in (item.guest for item in items)]
    found: Sequence[bytes | None] = digests or [None] * len(items)
    db.executemany(GUESTS, guests)
    db.executemany(BOOKINGS, [booking_row(item, digest) for item, digest in zip(items, found, strict=True)])
    if items:
        newest = max(item.last_changed for item in items)
        db.execute("INSERT OR REPLACE INTO cursor VALUES ('high', ?)", (newest,))


def opened(folder: Path) -> sqlite3.Connection:
    db = sqlite3.connect(folder / "limit.sqlite3", isolation_level=None)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;" + SCHEMA)
    return db


def run(db: sqlite3.Connection, hotel: PretendHotel, size: int, *, step: str, hashes: bool) -> Figures:
    whole, raw = msgspec.json.Decoder(Whole), msgspec.json.Decoder(Raw)
    one = msgspec.json.Decoder(Reservation)
    watch, rows = Watch(), 0
    high = db.execute("SELECT value FROM cursor WHERE name = 'high'").fetchone()
    known = dict(db.execute("SELECT digest, number FROM booking")) if hashes and step != "full" else {}
    for body in pages(hotel, size, high[0] if step == "delta" and high else None):
        db.execute("BEGIN IMMEDIATE")
        if hashes:
            found = [(blake2b(part, digest_size=12).digest(), part) for part in raw.decode(body).reservations]
            fresh = [(digest, one.decode(part)) for digest, part in found if digest not in known]
            write(db, [item for _, item in fresh], [digest for digest, _ in fresh])
            rows += len(fresh)
        else:
            items = whole.decode(body).reservations
            write(db, items, None)
            rows += len(items)
        db.execute("COMMIT")
    return watch.figures(rows=rows)


if __name__ == "__main__":
    name, place, told, page = sys.argv[1:]
    database, source = opened(Path(place)), msgspec.json.decode(told, type=PretendHotel)
    answer(lambda step: run(database, source, int(page), step=step, hashes=name == "limit+hash"))
