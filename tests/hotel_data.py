"""Writes a hotel's bookings straight into the tables, for tests of what is made of them: short, readable, fast.

`hotel = HotelData(runtime)` makes the primary connection of Hotel Aurora; `hotel.book("Keller", arrival=-1, nights=3,
status="checked_in")` counts days from the business date. `hotel.fill(100_000)` writes a whole history at once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from webapp.domain.ids import public_id
from webapp.domain.text import search_words
from webapp.models import (
    Availability,
    Booking,
    BookingChange,
    BookingGuest,
    Connection,
    Fact,
    Guest,
    Hotel,
    Stay,
    StreamCursor,
    SyncRun,
)
from webapp.runtime import Runtime

TODAY = date(2026, 7, 14)
HASH = b"0" * 16


@dataclass(frozen=True)
class Line:
    """A line of a booking that has more than one. Days count from the business date, as in `HotelData.book`."""

    arrival: int
    nights: int
    room: str = ""
    unit: str = "1"
    status: str = ""  # empty: the booking's
    room_type: str = "Double"
    adults: int = 2
    children: int = 0
    money: Sequence[tuple[int, int | None]] = ()


@dataclass
class HotelData:
    """One connection's worth of bookings. A second HotelData is a second connection: `role="shadow"`."""

    runtime: Runtime
    name: str = "Aurora PMS"
    role: str = "primary"
    today: date = TODAY
    connection_id: int = field(init=False)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        now = self.runtime.clock()
        with self.runtime.writing() as session:
            if session.get(Hotel, 1) is None:
                session.add(
                    Hotel(
                        id=1,
                        name="Hotel Aurora",
                        timezone="Europe/Zurich",
                        currency="EUR",
                        audit_hour=3,
                        business_date=self.today,
                        business_date_moved_at=now,
                        created_at=now,
                    )
                )
            connection = Connection(
                public_id=self.runtime.new_id("cn"),
                provider="custom_rest",
                name=self.name,
                role=self.role,
                state="healthy",
                options={},
                secret_hints={},
                streams=["guests", "bookings", "check_ins", "availability", "rates"],
                next_sync_at=now + timedelta(minutes=12),
                last_good_at=now - timedelta(minutes=3),
                last_tried_at=now - timedelta(minutes=3),
                created_at=now,
                changed_at=now,
            )
            session.add(connection)
            session.flush()
            self.connection_id = connection.id

    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def connection(self, **values: Any) -> None:
        """Change columns of the connection: `hotel.connection(state="paused")`."""
        with self.runtime.writing() as session:
            row = session.get_one(Connection, self.connection_id)
            for name, value in values.items():
                setattr(row, name, value)

    def synced(self, stream: str, minutes_ago: float, mode: str = "delta") -> None:
        """A walk of `stream` was completed."""
        with self.runtime.writing() as session:
            session.merge(
                StreamCursor(
                    connection_id=self.connection_id,
                    stream=stream,
                    mode=mode,
                    completed_at=self.runtime.clock() - timedelta(minutes=minutes_ago),
                )
            )

    def book(
        self,
        last: str = "Keller",
        first: str = "Anna",
        *,
        arrival: int = 0,
        nights: int = 2,
        status: str = "confirmed",
        room: str = "101",
        room_type: str = "Double",
        lines: Sequence[Line] = (),
        number: str = "",
        source: str = "Direct",
        total: int | None = 40_000,
        balance: int | None = 0,
        currency: str = "EUR",
        notes: str = "",
        gone: bool = False,
        holds_room: bool = False,
        guests: Sequence[tuple[str, str]] = (),
        email: str = "",
        phone: str = "",
        vip: bool = False,
        money: Sequence[tuple[int, int | None]] = (),
        spread: bool = False,
        **columns: Any,
    ) -> str:
        """Adds a booking and answers its public id. Without `lines` it has one line in `room`."""
        self._count += 1
        at = self.runtime.clock()
        number = number or f"AUR-{self._count:05}"
        stays = lines or (Line(arrival, nights, room=room, room_type=room_type, money=money),)
        row = Booking(
            public_id=self.runtime.new_id("bk"),
            connection_id=self.connection_id,
            external_id=columns.pop("external_id", f"x{self._count}"),
            confirmation_number=number,
            status=status,
            holds_room=holds_room,
            arrival=self.day(min(line.arrival for line in stays)),
            departure=self.day(max(line.arrival + line.nights for line in stays)),
            guest_first=first,
            guest_last=last,
            source=source,
            currency=currency,
            total_minor=total,
            balance_minor=balance,
            notes=notes,
            search_text=search_words(number, last, first, source, *(line.room for line in stays)),
            content_hash=HASH,
            gone_at=at if gone else None,
            stored_at=at,
            changed_at=at,
            **columns,
        )
        with self.runtime.writing() as session:
            session.add(row)
            session.flush()
            for place, line in enumerate(stays, start=1):
                session.add(self._stay(row, place, line, spread=spread))
            for place, (guest_first, guest_last) in enumerate([(first, last), *guests]):
                session.add(
                    BookingGuest(
                        booking_id=row.id,
                        position=place,
                        guest_external_id=f"g{self._count}-{place}",
                        first_name=guest_first,
                        last_name=guest_last,
                        role="booker" if place == 0 else "guest",
                        stay_line="",
                    )
                )
            if email or phone or vip:
                session.add(
                    Guest(
                        public_id=self.runtime.new_id("gu"),
                        connection_id=self.connection_id,
                        external_id=f"g{self._count}-0",
                        is_profile=True,
                        first_name=first,
                        last_name=last,
                        email=email,
                        phone=phone,
                        is_vip=vip,
                        content_hash=HASH,
                        stored_at=at,
                        changed_at=at,
                    )
                )
            self._index(session, row)
            return row.public_id

    def change(
        self,
        booking: str,
        *fields: tuple[str, str | None, str | None],
        minutes_ago: float = 3,
        road: str = "poll",
        run: str = "",
    ) -> None:
        """Fields that arrived together, as (field, old, new); with `run` they name a sync run of that public id."""
        at = self.runtime.clock() - timedelta(minutes=minutes_ago)
        with self.runtime.writing() as session:
            run_id = None
            if run:
                made = SyncRun(
                    public_id=run,
                    connection_id=self.connection_id,
                    mode="delta",
                    trigger="schedule",
                    state="succeeded",
                    trace_id="tr_1",
                    started_at=at,
                    heartbeat_at=at,
                )
                session.add(made)
                session.flush()
                run_id = made.id
            booking_id = session.query(Booking.id).filter_by(public_id=booking).scalar()
            for name, old, new in fields:
                session.add(
                    BookingChange(
                        booking_id=booking_id,
                        stay_line="",
                        field=name,
                        old=old,
                        new=new,
                        provider_at=at - timedelta(seconds=40),
                        arrived_at=at,
                        road=road,
                        run_id=run_id,
                    )
                )

    def fact(self, booking: str, kind: str, *, occurrence: int = 1) -> None:
        with self.runtime.writing() as session:
            session.add(
                Fact(
                    public_id=self.runtime.new_id("ev"),
                    booking_id=session.query(Booking.id).filter_by(public_id=booking).scalar(),
                    type=kind,
                    occurrence=occurrence,
                    occurred_at=self.runtime.clock(),
                    recorded_at=self.runtime.clock(),
                    road="poll",
                    document={},
                )
            )

    def rooms(
        self, total: int | None, *, days: int = 14, room_type: str = "Double", available: int = 0
    ) -> None:
        """Availability of a room type from the business date on."""
        at = self.runtime.clock()
        with self.runtime.writing() as session:
            for offset in range(days):
                session.add(
                    Availability(
                        connection_id=self.connection_id,
                        day=self.day(offset),
                        room_type_id=room_type,
                        room_type=room_type,
                        available=available,
                        total=total,
                        content_hash=HASH,
                        stored_at=at,
                        changed_at=at,
                    )
                )

    def fill(self, count: int, *, years: int = 3) -> None:
        """`count` bookings evenly over `years`, two thirds of them past; every 400th is a Garcia, a third a Smith."""
        at = self.runtime.clock()
        past, ahead = years * 365 * 2 // 3, years * 365 // 3
        with self.runtime.bulk_writing() as session:
            first_id = (session.execute(text("SELECT coalesce(max(id), 0) FROM booking")).scalar() or 0) + 1
            for start in range(0, count, 5_000):
                bookings, stays = [], []
                for n in range(start, min(start + 5_000, count)):
                    key = first_id + n
                    offset = n * 7919 % (past + ahead) - past
                    nights = n * 31 % 6 + 1
                    row, stay = self._filled(key, n, offset, nights, at)
                    bookings.append(row)
                    stays.append(stay)
                session.execute(insert(Booking), bookings)
                session.execute(insert(Stay), stays)
            if self.runtime.dialect == "sqlite":
                session.execute(text("INSERT INTO booking_search(booking_search) VALUES ('rebuild')"))
            else:  # the rows brought their keys; the counters that give out the next ones have not moved
                for table in ("booking", "stay"):
                    session.execute(
                        text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")  # noqa: S608
                    )

    def _filled(
        self, key: int, n: int, offset: int, nights: int, at: datetime
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        end = offset + nights
        status = "confirmed" if offset > 0 else "checked_in" if end > 0 else "checked_out"
        if n % 11 == 0:
            status = "cancelled"
        name = "García" if n % 400 == 0 else "Smith" if n % 3 == 0 else f"Guest{n % 9000}"
        number = f"BULK-{n:06}"
        kind = ("Single", "Double", "Suite")[n % 3]
        booking = {
            "id": key,
            "public_id": public_id("bk", n),
            "connection_id": self.connection_id,
            "external_id": f"bulk{n}",
            "confirmation_number": number,
            "status": status,
            "arrival": self.day(offset),
            "departure": self.day(end),
            "guest_first": f"First{n % 500}",
            "guest_last": name,
            "source": ("Direct", "Booking.com", "Expedia", "Phone")[n % 4],
            "currency": "EUR",
            "total_minor": 12_000 * nights,
            "balance_minor": 0,
            "search_text": search_words(number, name, f"First{n % 500}"),
            "content_hash": HASH,
            "stored_at": at,
            "changed_at": at,
        }
        stay = {
            "booking_id": key,
            "connection_id": self.connection_id,
            "line": "1",
            "unit": "1",
            "status": status,
            "arrival": self.day(offset),
            "departure": self.day(end),
            "room_type_id": kind,
            "room_type": kind,
            "room": f"{n % 300 + 100}",
            "adults": 2,
            "children": 0,
            "rate_plan_id": "",
            "rate_plan": "",
            "nights": "[]",
            "nights_are_spread": True,
        }
        return booking, stay

    def _stay(self, row: Booking, place: int, line: Line, *, spread: bool) -> Stay:
        status = line.status or row.status
        at = self.runtime.clock()
        return Stay(
            booking_id=row.id,
            connection_id=self.connection_id,
            line=str(place),
            unit=line.unit,
            status=status,
            arrival=self.day(line.arrival),
            departure=self.day(line.arrival + line.nights),
            room_type_id=line.room_type.lower(),
            room_type=line.room_type,
            room=line.room,
            adults=line.adults,
            children=line.children,
            rate_plan_id="bar",
            rate_plan="Best rate",
            nights=json.dumps([list(night) for night in line.money]),
            nights_are_spread=spread,
            checked_in_at=at if status in ("checked_in", "checked_out") else None,
            checked_out_at=at if status == "checked_out" else None,
        )

    def _index(self, session: Any, row: Booking) -> None:
        if self.runtime.dialect == "sqlite":
            session.execute(
                text("INSERT INTO booking_search(rowid, search_text) VALUES (:id, :text)"),
                {"id": row.id, "text": row.search_text},
            )
