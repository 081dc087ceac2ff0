"""Whole runs of the hub against the pretend Guesty: what is stored, that nothing changes by itself, and what it costs."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from simulator.hotel import State
from tests.conftest import FixedClock
from tests.integrations.guesty_provider import guesty
from tests.integrations.providers import BUSINESS_DATE, Running
from tests.services.test_hits_over_http import served
from webapp.domain.stream import Mode, Stream
from webapp.integrations.kit.scarce_tokens import TokenBudget, owner_of
from webapp.integrations.pms.guesty.manifest import MANIFEST, ORDERED
from webapp.models import (
    Booking,
    BookingChange,
    Connection,
    ConnectionState,
    Fact,
    HitState,
    HitTrust,
    RunState,
    Verdict,
    WebhookHit,
)
from webapp.runtime import Runtime
from webapp.services import (
    connection_check,
    connection_views,
    connections,
    hit_applying,
    hit_subscriptions,
    syncing,
    token_budgets,
    upkeep,
)
from webapp.services.scarce_tokens import budget_of
from webapp.services.sync_report import RunReport

IAN = "ian@aurora.example"
ABOUT_STAYS = (Stream.BOOKINGS, Stream.GUESTS, Stream.CHECK_INS)


class Stage:
    """Connections made as a person would make them."""

    def __init__(
        self, hub: Runtime, running: Running, clock: FixedClock, streams: Iterable[Stream] = ABOUT_STAYS
    ) -> None:
        self.hub, self.running, self.clock, self.streams = hub, running, clock, list(streams)
        self.clock.now = running.world.clock.now() + timedelta(seconds=1)
        self.id = self.connect("Guesty")

    def connect(self, name: str) -> int:
        card = connections.create(
            self.hub,
            provider="guesty",
            name=name,
            options=self.running.good.options,
            secrets=self.running.good.secrets,
            streams=[stream.value for stream in self.streams],
            frequency_minutes=15,
            history_days=30,
            actor=IAN,
        )
        return card.id

    def sync(self, number: int = 0, **later: float) -> RunReport:
        self.running.world.clock.shift(timedelta(**later))
        self.clock.now = self.running.world.clock.now() + timedelta(seconds=1)
        return syncing.sync_once(self.hub, number or self.id)

    def count(self, table: type) -> int:
        with self.hub.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    @property
    def budget(self) -> TokenBudget:
        owner = owner_of(MANIFEST, self.running.good.options, self.running.good.secrets)
        assert owner is not None
        with self.hub.reading() as session:
            return budget_of(session, owner, self.clock())

    def facts(self) -> set[tuple[str, str]]:
        with self.hub.reading() as session:
            rows = session.execute(
                select(Booking.external_id, Fact.type).join(Booking, Booking.id == Fact.booking_id)
            )
            return {(number, kind) for number, kind in rows}


@pytest.fixture
def running() -> Iterator[Running]:
    with guesty() as vendor:
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
    assert stage.count(Booking) > 200
    changes = stage.count(BookingChange)
    for _ in range(2):
        again = stage.sync(minutes=15)
        assert (again.state, again.mode, again.verdict) == (
            RunState.SUCCEEDED,
            Mode.DELTA,
            Verdict.NOTHING_NEW,
        )
    assert stage.count(BookingChange) == changes
    assert stage.facts() == set()
    assert stage.budget.used == 1


def test_a_day_at_the_front_desk_arrives_once(stage: Stage) -> None:
    stage.sync()
    world, id_of = stage.running.world, stage.running.telling.booking_id
    single = [found for found in world.reservations() if not stage.running.telling.further_ids(found)]
    due = next(one for one in single if one.state is State.CONFIRMED and one.arrival == BUSINESS_DATE)
    leaving = next(one for one in single if one.state is State.IN_HOUSE and one.departure == BUSINESS_DATE)
    coming = next(
        one for one in single if one.state is State.CONFIRMED and one.arrival > BUSINESS_DATE + timedelta(5)
    )
    world.clock.shift(timedelta(minutes=5))
    world.check_in(due.number)
    world.check_out(leaving.number)
    world.cancel(coming.number)
    stage.sync(minutes=10)
    stage.sync(minutes=15)
    assert {fact for fact in stage.facts() if fact[1] != "booking.updated"} == {
        (id_of(due.number), "guest.checkin"),
        (id_of(leaving.number), "guest.checkout"),
        (id_of(coming.number), "booking.cancelled"),
    }


def test_drafts_tests_edits_and_a_second_connection_use_one_token(stage: Stage) -> None:
    """Everything that a person does in the first hour with the same client id."""
    given = stage.running.good
    for _ in range(4):
        outcome = connection_check.try_out(stage.hub, "guesty", given.options, given.secrets, ["bookings"])
        assert outcome.is_proof
    for _ in range(3):
        assert connection_check.check(stage.hub, stage.id, IAN).ok
    second = stage.connect("Guesty again")
    assert connection_check.check(stage.hub, second, IAN).ok
    stage.sync()
    assert stage.budget.used == 1
    with stage.hub.reading() as session:
        cards = connection_views.list_cards(session)
        budgets = token_budgets.of_cards(stage.hub, session, cards)
    assert [budget.left for budget in budgets.values()] == [4, 4]


def test_a_wrong_secret_costs_nothing_and_leaves_the_connection_alone(stage: Stage) -> None:
    assert connection_check.check(stage.hub, stage.id, IAN).ok
    wrong = stage.running.bad_key
    for _ in range(3):
        outcome = connection_check.try_out(stage.hub, "guesty", wrong.options, wrong.secrets, ["bookings"])
        assert outcome.fault is not None
        assert outcome.fault.code == "credentials_rejected"
    assert stage.budget.used == 1


def test_the_clock_renews_the_token_before_it_ends(stage: Stage) -> None:
    assert connection_check.check(stage.hub, stage.id, IAN).ok
    for minutes in (60 * 23 + 10, 10, 5):
        stage.running.world.clock.shift(timedelta(minutes=minutes))
        stage.clock.now = stage.running.world.clock.now() + timedelta(seconds=1)
        assert upkeep.keep_up(stage.hub) == 1
    assert stage.budget.used == 2
    assert connection_check.check(stage.hub, stage.id, IAN).ok
    assert stage.budget.used == 2


def test_what_does_not_work_is_not_looked_after(stage: Stage) -> None:
    with stage.hub.writing() as session:
        session.get_one(Connection, stage.id).state = ConnectionState.NEEDS_ATTENTION
    assert upkeep.keep_up(stage.hub) == 0


def test_an_ordered_call_is_proved_by_its_signature_and_read_again(stage: Stage) -> None:
    stage.sync()
    world = stage.running.world
    with stage.hub.reading() as session:
        public_id = session.get_one(Connection, stage.id).public_id
    coming = next(
        found.number
        for found in world.reservations()
        if found.state is State.CONFIRMED and found.arrival > BUSINESS_DATE + timedelta(5)
    )
    with served(stage.hub) as url:
        made = hit_subscriptions.order(stage.hub, public_id, url, actor=IAN)
        assert (made.fault, made.count) == (None, len(ORDERED))
        world.cancel(coming)
        vendor = stage.running.server.dialect("guesty").vendor
        assert vendor.hooks.postman.wait_until_idle(30)  # type: ignore[attr-defined]
    while hit_applying.process(stage.hub, stage.id):
        pass
    with stage.hub.reading() as session:
        hits = session.query(WebhookHit).all()
        cancelled = {row.external_id for row in session.query(Booking).filter_by(status="cancelled")}
    assert {hit.trust for hit in hits} == {HitTrust.SIGNED}
    assert HitState.APPLIED in {hit.state for hit in hits}
    assert stage.running.telling.booking_id(coming) in cancelled
    assert stage.budget.used == 1
