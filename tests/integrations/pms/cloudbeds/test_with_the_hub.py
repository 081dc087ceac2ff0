"""Whole runs of the hub against the pretend Cloudbeds: what is stored, and that nothing changes by itself."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from simulator.hotel import State
from tests.conftest import FixedClock
from tests.integrations.providers import BUSINESS_DATE, Running, cloudbeds
from webapp.domain.stream import Mode, Stream
from webapp.integrations.pms.cloudbeds import manifest
from webapp.models import (
    Availability,
    Booking,
    BookingChange,
    Connection,
    Fact,
    Guest,
    Rate,
    RunState,
    Stay,
    Verdict,
)
from webapp.runtime import Runtime
from webapp.services import connections, syncing
from webapp.services.adapters import credentials_of, open_adapter
from webapp.services.sync_report import RunReport

ABOUT_STAYS = (Stream.BOOKINGS, Stream.GUESTS, Stream.CHECK_INS)


class Stage:
    """One connection, made as a person would make it."""

    def __init__(
        self, hub: Runtime, running: Running, clock: FixedClock, streams: Iterable[Stream] = ABOUT_STAYS
    ) -> None:
        self.hub, self.running, self.clock = hub, running, clock
        connections.create(
            hub,
            provider="cloudbeds",
            name="Cloudbeds",
            options=running.good.options,
            secrets=running.good.secrets,
            streams=[stream.value for stream in streams],
            frequency_minutes=15,
            history_days=30,
            actor="ada@example.org",
        )
        with hub.reading() as session:
            self.id = session.scalars(select(Connection.id)).one()

    def sync(self, **later: float) -> RunReport:
        self.running.world.clock.shift(timedelta(**later))
        self.clock.now = self.running.world.clock.now() + timedelta(seconds=1)
        return syncing.sync_once(self.hub, self.id)

    def count(self, table: type) -> int:
        with self.hub.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def facts(self) -> list[tuple[str, str]]:
        """(booking, type) in the order of writing."""
        with self.hub.reading() as session:
            rows = session.execute(
                select(Booking.external_id, Fact.type)
                .join(Booking, Booking.id == Fact.booking_id)
                .order_by(Fact.id)
            )
            return [(number, kind) for number, kind in rows]


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    # Three calls a second are the vendor's wish, not the pretend vendor's.
    monkeypatch.setattr(manifest, "MANIFEST", replace(manifest.MANIFEST, limit=None))
    with cloudbeds() as vendor:
        yield vendor


@pytest.fixture
def stage(hub: Runtime, running: Running, clock: FixedClock) -> Stage:
    return Stage(hub, running, clock)


def test_a_hotel_is_read_whole_and_a_quiet_quarter_of_an_hour_changes_nothing(
    hub: Runtime, running: Running, clock: FixedClock
) -> None:
    stage = Stage(hub, running, clock, Stream)
    first = stage.sync()
    assert (first.state, first.mode, first.verdict) == (RunState.SUCCEEDED, Mode.BACKFILL, Verdict.NEW_DATA)
    assert all(stream.skipped == 0 for stream in first.streams)
    stays = [
        reservation
        for reservation in stage.running.world.reservations()
        if reservation.departure >= BUSINESS_DATE - timedelta(30)
    ]
    assert stage.count(Booking) == len(stays)
    assert stage.count(Guest) >= len(stays)
    assert stage.count(Availability) == 90 * 6
    assert stage.count(Rate) > 90 * 6
    changes = stage.count(BookingChange)
    for _ in range(2):
        again = stage.sync(minutes=15)
        assert (again.state, again.mode) == (RunState.SUCCEEDED, Mode.DELTA)
        assert [(item.stream, item.changed, item.added) for item in again.streams] == [
            (stream, 0, 0) for stream in Stream
        ]
        assert again.verdict is Verdict.NOTHING_NEW
    assert stage.count(BookingChange) == changes
    assert stage.facts() == []


def test_a_day_at_the_front_desk_arrives_once(stage: Stage) -> None:
    stage.sync()
    world = stage.running.world
    due = [
        found.number
        for found in world.reservations()
        if found.state is State.CONFIRMED and found.arrival == BUSINESS_DATE
    ][:2]
    leaving = next(
        found.number
        for found in world.reservations()
        if found.state is State.IN_HOUSE and found.departure == BUSINESS_DATE
    )
    coming = next(
        found.number
        for found in world.reservations()
        if found.state is State.CONFIRMED and found.arrival > BUSINESS_DATE + timedelta(5)
    )
    stage.running.world.clock.shift(timedelta(minutes=5))
    world.check_in(due[0])
    world.check_out(leaving)
    world.cancel(coming)
    stage.sync(minutes=10)
    stage.sync(minutes=15)
    id_of = stage.running.telling.booking_id
    # The cancelled booking's balance changed as well, which is an update of its own.
    assert sorted(fact for fact in stage.facts() if fact[1] != "booking.updated") == sorted(
        [
            (id_of(due[0]), "guest.checkin"),
            (id_of(leaving), "guest.checkout"),
            (id_of(coming), "booking.cancelled"),
        ]
    )


def test_the_daily_sweep_agrees_with_what_is_stored(stage: Stage, clock: FixedClock) -> None:
    stage.sync()
    with stage.hub.writing() as session:
        session.get_one(Connection, stage.id).next_sweep_at = clock()
    swept = stage.sync(minutes=15)
    bookings = next(item for item in swept.streams if item.stream is Stream.BOOKINGS)
    assert (bookings.mode, bookings.changed, bookings.added) == (Mode.SWEEP, 0, 0)
    assert bookings.unchanged == stage.count(Booking)


def test_a_booking_read_alone_is_the_stored_one(stage: Stage) -> None:
    """What a hit re-reads must not differ from what the lists said, or every hit would be a change."""
    stage.sync()
    numbers = [
        stage.running.telling.booking_id(found.number)
        for found in stage.running.world.reservations()
        if found.group_code or len(found.lines) > 1
    ][:5]
    assert numbers
    with stage.hub.reading() as session:
        known = {
            row.external_id: (row.group_ref, row.status, row.total_minor)
            for row in session.scalars(select(Booking).where(Booking.external_id.in_(numbers)))
        }
        row = session.get_one(Connection, stage.id)
    with open_adapter(
        stage.hub,
        "cloudbeds",
        credentials_of(stage.hub, row),
        connection_id=stage.id,
        record=lambda call: None,
    ) as adapter:
        found = adapter.fetch_by_ids(Stream.BOOKINGS, numbers)  # type: ignore[attr-defined]  # it reads streams
    assert {item.external_id: (item.group_ref, item.status, item.total_minor) for item in found} == known


def test_times_of_check_in_and_out_and_notes_are_stored_and_stay(stage: Stage) -> None:
    stage.sync()
    world = stage.running.world
    guest = next(
        found
        for found in world.reservations()
        if found.state is State.CONFIRMED and found.arrival == BUSINESS_DATE and len(found.lines) == 1
    )
    world.clock.shift(timedelta(minutes=5))
    world.check_in(guest.number)
    came = world.clock.now().replace(microsecond=0)
    stage.sync(minutes=10)
    world.clock.shift(timedelta(minutes=5))
    world.check_out(guest.number)
    left = world.clock.now().replace(microsecond=0)
    stage.sync(minutes=10)
    stage.sync(minutes=15)
    number = stage.running.telling.booking_id(guest.number)
    with stage.hub.reading() as session:
        stored = session.execute(
            select(Stay.checked_in_at, Stay.checked_out_at, Booking.notes)
            .join(Booking, Booking.id == Stay.booking_id)
            .where(Booking.external_id == number)
        ).one()
    assert tuple(stored) == (came, left, guest.notes.strip())
    with stage.hub.reading() as session:
        noted = session.scalar(select(func.count()).select_from(Booking).where(Booking.notes != ""))
    assert noted
