"""A stage for tests of the sync: a connection to the provider without a network, and short words for what it left.

A test module that uses it says `pytestmark = pytest.mark.usefixtures("memory_provider")`.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from tests.memory_provider import KEY, SCRIPTS, Script
from webapp.domain.booking import Booking, BookingGuest, BookingStatus, Stay
from webapp.domain.stream import Stream
from webapp.models import Booking as BookingRow
from webapp.models import (
    BookingChange,
    Connection,
    ConnectionRole,
    Fact,
    LogEntry,
    Model,
    StreamCursor,
    SyncRun,
    SyncRunStream,
)
from webapp.runtime import Runtime
from webapp.services import syncing
from webapp.services.sync_report import RunReport

Row = TypeVar("Row", bound=Model)
TODAY = date(2026, 7, 14)
STAMP = datetime(2026, 7, 13, 9, 0, tzinfo=UTC)


def stay(line: str = "1", *, arrival: int = 0, nights: int = 2, **more: Any) -> Stay:
    """Counted from the business date."""
    first = TODAY + timedelta(arrival)
    status = more.pop("status", BookingStatus.CONFIRMED)
    base: dict[str, Any] = {"room_type_id": "DBL", "room_type": "Double", "nights": ((10000, None),) * nights}
    return Stay(line, first, first + timedelta(nights), status, **{**base, **more})


def booking(number: str = "R1", *, minutes: int = 0, **more: Any) -> Booking:
    """`minutes` move the provider's stamp. `status`, `arrival`, `nights` and `room` go to the one stay as well."""
    status = more.setdefault("status", BookingStatus.CONFIRMED)
    of_stay = {name: more.pop(name) for name in ("arrival", "nights", "room") if name in more}
    base: dict[str, Any] = {
        "currency": "EUR",
        "stays": (stay(status=status, **of_stay),),
        "guests": (BookingGuest(f"G-{number}", "Ada", "Keller"),),
        "confirmation_number": f"C-{number}",
        "total_minor": 20000,
        "balance_minor": 0,
        "created_at": STAMP,
        "updated_at": STAMP + timedelta(minutes=minutes),
    }
    return Booking(external_id=number, **{**base, **more})


@dataclass
class Stage:
    """One connection and what the provider behind it answers."""

    hub: Runtime
    name: str = "Front office"
    streams: tuple[Stream, ...] = (Stream.BOOKINGS,)
    role: ConnectionRole = ConnectionRole.PRIMARY
    script: Script = field(default_factory=Script)
    id: int = 0

    def __post_init__(self) -> None:
        SCRIPTS[self.name] = self.script
        now = self.hub.clock()
        with self.hub.writing() as session:
            row = Connection(
                public_id=self.hub.new_id("cn"),
                provider=KEY,
                name=self.name,
                role=self.role,
                options={"script": self.name, "endpoint_url": "http://127.0.0.1:9"},
                streams=[stream.value for stream in self.streams],
                created_at=now,
                changed_at=now,
            )
            session.add(row)
            session.flush()
            self.id = row.id

    def tell(self, *bookings: Booking) -> None:
        self.script.tell(Stream.BOOKINGS, bookings)

    def sync(self, **how: Any) -> RunReport:
        return syncing.sync_once(self.hub, self.id, **how)

    def sync_of(self, *bookings: Booking, **how: Any) -> RunReport:
        """A run that finds these bookings, one page."""
        self.tell(*bookings)
        return self.sync(**how)

    # --- what is stored -----------------------------------------------------------------------------------------------

    def row(self) -> Connection:
        with self.hub.reading() as session:
            return session.get_one(Connection, self.id)

    def edit(self, **values: Any) -> None:
        with self.hub.writing() as session:
            row = session.get_one(Connection, self.id)
            for name, value in values.items():
                setattr(row, name, value)

    def bookings(self) -> dict[str, BookingRow]:
        return {row.external_id: row for row in self.all(BookingRow, BookingRow.external_id)}

    def changes(self, number: str = "R1") -> list[tuple[str, str, str | None, str | None]]:
        """(line, field, old, new) in the order of writing."""
        key = self.bookings()[number].id
        rows = self.all(BookingChange, BookingChange.id)
        return [(row.stay_line, row.field, row.old, row.new) for row in rows if row.booking_id == key]

    def facts(self) -> list[tuple[str, int]]:
        """(type, occurrence) in the order of writing."""
        return [(row.type, row.occurrence) for row in self.all(Fact, Fact.id)]

    def cursor(self, mode: str, stream: Stream = Stream.BOOKINGS) -> StreamCursor | None:
        with self.hub.reading() as session:
            return session.get(StreamCursor, (self.id, stream.value, mode))

    def runs(self) -> list[SyncRun]:
        return [row for row in self.all(SyncRun, SyncRun.id) if row.connection_id == self.id]

    def stream_rows(self) -> list[SyncRunStream]:
        return self.all(SyncRunStream, SyncRunStream.run_id)

    def log_actions(self) -> list[str]:
        return [row.action for row in self.all(LogEntry, LogEntry.id)]

    def all(self, table: type[Row], order: Any) -> list[Row]:
        with self.hub.reading() as session:
            return list(session.scalars(select(table).order_by(order)))
