"""The whole road: the pretend hotel over HTTP, the Custom PMS adapter, the engine, the tables."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from simulator.faults import Fault, FaultKind
from simulator.generate import build_world
from simulator.hotel import NewReservation, State
from simulator.server import Server, start
from tests import truth
from tests.conftest import FixedClock
from tests.integrations.providers import custom_rest_credentials, recipe
from tests.sync_stage import Stage
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.http import ProviderClient
from webapp.models import Booking, Connection, ConnectionState, Fact, LogEntry, RunState, Verdict
from webapp.runtime import Runtime
from webapp.services import syncing
from webapp.services.adapters import seal_secrets

pytestmark = pytest.mark.usefixtures("memory_provider")

TODAY = date(2026, 7, 14)


@dataclass
class Street(Stage):
    """A stage whose provider is the pretend hotel."""

    server: Server | None = None
    page: int = 50

    def __post_init__(self) -> None:
        server = self.vendor
        given = custom_rest_credentials(server, recipe=recipe(self.page))
        now = self.hub.clock()
        with self.hub.writing() as session:
            row = Connection(
                public_id=self.hub.new_id("cn"),
                provider="custom_rest",
                name=self.name,
                role=self.role,
                options=dict(given.options),
                credentials=seal_secrets(self.hub, dict(given.secrets)),
                streams=[stream.value for stream in self.streams],
                history_days=90,
                created_at=now,
                changed_at=now,
            )
            session.add(row)
            session.flush()
            self.id = row.id

    @property
    def vendor(self) -> Server:
        assert self.server is not None
        return self.server

    def told(self) -> dict[str, Any]:
        return truth.told(self.vendor.world, TODAY - timedelta(90), TODAY + timedelta(540))

    def stored(self) -> dict[str, Any]:
        return truth.stored(self.hub, self.id)


@pytest.fixture
def server() -> Iterator[Server]:
    with start(build_world(TODAY), rate_limit=0, vendors=[]) as running:
        yield running


@pytest.fixture
def street(hub: Runtime, server: Server, monkeypatch: pytest.MonkeyPatch) -> Street:
    """The client's waits are instant; how long they are is the client's own business and test."""
    monkeypatch.setitem(ProviderClient.__init__.__kwdefaults__, "sleep", lambda _seconds: None)
    return Street(hub, server=server, streams=tuple(Stream), page=200)


@pytest.fixture
def desk(street: Street) -> Street:
    """The same with bookings only."""
    street.edit(streams=[Stream.BOOKINGS.value])
    street.streams = (Stream.BOOKINGS,)
    return street


def test_every_field_of_every_stream_arrives(street: Street) -> None:
    report = street.sync()
    assert [(one.stream, one.state) for one in report.streams] == [
        (stream, RunState.SUCCEEDED) for stream in Stream
    ]
    assert street.stored() == street.told()
    world = street.vendor.world
    assert truth.stored_guests(street.hub) == truth.told_guests(world)
    assert truth.stored_inventory(street.hub) == truth.told_inventory(world, TODAY, 90)
    assert street.facts() == []
    assert street.row().state == ConnectionState.HEALTHY
    assert report.streams[1].pages > 2
    assert report.calls == len([row for row in street.all(LogEntry, LogEntry.id) if row.kind == "call"])


def test_a_second_run_finds_nothing_new(street: Street, clock: FixedClock) -> None:
    street.sync()
    clock.advance(minutes=15)
    assert street.sync().verdict is Verdict.NOTHING_NEW


def test_a_day_at_the_front_desk_arrives_with_its_facts(desk: Street, clock: FixedClock) -> None:
    desk.sync()
    world = desk.vendor.world
    arrivals = [one for one in world.reservations() if one.state is State.CONFIRMED and one.arrival == TODAY]
    leaving = [one for one in world.reservations() if one.state is State.IN_HOUSE and one.departure == TODAY]
    later = [one for one in world.reservations() if one.state is State.CONFIRMED and one.arrival > TODAY]
    booked = world.book(
        NewReservation(
            room_type="DBL", arrival=TODAY + timedelta(40), departure=TODAY + timedelta(42), last="Ek"
        )
    )
    world.check_in(arrivals[0].number)
    world.check_in(arrivals[1].number)
    world.reverse_check_in(arrivals[1].number)
    world.check_out(leaving[0].number)
    world.cancel(later[0].number)
    world.set_balance(later[1].number, 12345)
    clock.advance(minutes=15)
    desk.sync()
    assert desk.stored() == desk.told()
    world.check_in(arrivals[1].number)
    clock.advance(minutes=15)
    desk.sync()
    clock.advance(minutes=15)
    desk.sync()
    assert desk.stored() == desk.told()
    keys = {row.id: number for number, row in desk.bookings().items()}
    told = sorted((keys[row.booking_id], row.type, row.occurrence) for row in desk.all(Fact, Fact.id))
    assert [one for one in told if one[1] != "booking.updated"] == sorted(
        [
            (booked.number, "booking.created", 1),
            (arrivals[0].number, "guest.checkin", 1),
            (arrivals[1].number, "guest.checkin", 1),
            (leaving[0].number, "guest.checkout", 1),
            (later[0].number, "booking.cancelled", 1),
        ]
    )


def test_days_go_by_and_nothing_is_lost_or_doubled(desk: Street, clock: FixedClock) -> None:
    desk.sync()
    world = desk.vendor.world
    for _ in range(3):
        world.advance(1)
        clock.now = max(clock.now + timedelta(days=1), world.clock.now() + timedelta(minutes=1))
        desk.sync()
    assert desk.stored() == desk.told()


@pytest.mark.parametrize("ahead", [0, 120], ids=["clocks that agree", "a clock of ours that is ahead"])
def test_changes_during_paging_are_found(desk: Street, clock: FixedClock, ahead: int) -> None:
    """The window is frozen: what changes meanwhile keeps its place and is read by the next run. Where our clock is
    ahead it is not frozen at all; then the provider's own count tells that records were missed."""
    world = desk.vendor.world
    clock.now = world.clock.now() + timedelta(minutes=ahead)
    numbers = iter([one.number for one in world.reservations() if one.state is State.CONFIRMED][:5])
    write = desk.hub.bulk_writing

    def changing() -> Any:
        number = next(numbers, None) if desk.vendor.calls.seen() else None
        if number:
            world.set_notes(number, f"changed while {number} was read")
        return write()

    desk.hub.bulk_writing = changing  # type: ignore[method-assign]  # the moment between two pages
    report = desk.sync()
    assert (report.streams[0].seen > len(desk.told())) is bool(ahead)
    del desk.hub.bulk_writing
    clock.advance(minutes=15)
    desk.sync()
    assert desk.stored() == desk.told()


FAULTS = [
    (FaultKind.UNAUTHORIZED, "credentials_rejected", ConnectionState.NEEDS_ATTENTION),
    (FaultKind.FORBIDDEN, "permission_missing", ConnectionState.NEEDS_ATTENTION),
    (FaultKind.NOT_FOUND, "not_found", ConnectionState.DEGRADED),
    (FaultKind.RATE_LIMITED, "rate_limited", ConnectionState.DEGRADED),
    (FaultKind.UNAVAILABLE, "provider_unavailable", ConnectionState.DEGRADED),
    (FaultKind.HTML, "answer_not_json", ConnectionState.DEGRADED),
    (FaultKind.TRUNCATED, "answer_truncated", ConnectionState.DEGRADED),
    (FaultKind.GARBAGE_JSON, "answer_truncated", ConnectionState.DEGRADED),
    (FaultKind.WRONG_SHAPE, "recipe_wrong", ConnectionState.NEEDS_ATTENTION),
    (FaultKind.REDIRECT, "address_wrong", ConnectionState.DEGRADED),
    (FaultKind.DROP, "provider_unavailable", ConnectionState.DEGRADED),
]


@pytest.mark.parametrize(("kind", "code", "state"), FAULTS, ids=[kind.value for kind, *_ in FAULTS])
def test_each_fault_has_its_name_in_the_run_and_loses_nothing(
    desk: Street, clock: FixedClock, kind: FaultKind, code: str, state: ConnectionState
) -> None:
    desk.sync()
    world = desk.vendor.world
    number = next(one.number for one in world.reservations() if one.state is State.CONFIRMED)
    world.set_notes(number, "changed while the provider was away")
    desk.vendor.faults.switch_on(Fault(kind=kind, match="reservations"))
    clock.advance(minutes=15)
    report = desk.sync()
    (failed,) = report.streams
    assert failed.fault is not None
    assert (failed.state, failed.verdict, failed.fault.code) == (RunState.FAILED, Verdict.FAILED, code)
    assert (desk.runs()[-1].verdict, desk.row().state) == (Verdict.FAILED, state)
    desk.vendor.faults.clear()
    clock.advance(minutes=60)
    assert desk.sync().state is RunState.SUCCEEDED
    assert desk.stored() == desk.told()
    assert desk.row().state == ConnectionState.HEALTHY


@pytest.mark.parametrize(
    "kind", [FaultKind.UNAVAILABLE, FaultKind.TRUNCATED, FaultKind.DROP, FaultKind.RATE_LIMITED]
)
def test_a_fault_that_passes_is_not_even_noticed(desk: Street, kind: FaultKind) -> None:
    desk.vendor.faults.switch_on(Fault(kind=kind, match="reservations", times=2))
    assert desk.sync().state is RunState.SUCCEEDED
    assert desk.stored() == desk.told()


def test_an_empty_answer_to_a_sweep_is_suspicious(desk: Street, clock: FixedClock) -> None:
    desk.sync()
    desk.vendor.faults.switch_on(Fault(kind=FaultKind.EMPTY, match="reservations"))
    clock.advance(hours=15)
    report = desk.sync()
    assert {one.stream: one.verdict for one in report.streams}[Stream.BOOKINGS] is Verdict.SUSPICIOUS_ZERO
    assert desk.row().state == ConnectionState.DEGRADED
    assert len(desk.bookings()) == len(desk.told())


def test_a_sweep_finds_a_change_that_the_deltas_missed(desk: Street, clock: FixedClock) -> None:
    desk.sync()
    with desk.hub.writing() as session:
        session.execute(update(Booking).values(notes="wrong", content_hash=b"-"))
    clock.advance(hours=15)
    report = desk.sync()
    assert report.mode is Mode.SWEEP
    assert desk.stored() == desk.told()


def test_no_secret_reaches_the_log(street: Street) -> None:
    street.sync()
    secret = street.vendor.credentials["api_key_header"]["value"]
    assert all(secret not in row.summary for row in street.all(LogEntry, LogEntry.id))


def test_cancelling_a_provider_that_hangs_takes_effect_within_five_seconds(street: Street) -> None:
    street.vendor.faults.switch_on(Fault(kind=FaultKind.HANG, match="guests"))
    reports: list[syncing.RunReport] = []
    thread = threading.Thread(target=lambda: reports.append(street.sync()))
    thread.start()
    while not street.vendor.faults.active() or not street.runs():
        threading.Event().wait(0.01)
    syncing.request_cancel(street.hub, street.id, actor="ian")
    began = time.monotonic()
    thread.join(60)
    assert time.monotonic() - began < 15  # five where nothing else runs; the call itself hangs for longer
    street.vendor.faults.clear()
    assert [report.state for report in reports] == [RunState.CANCELLED]
