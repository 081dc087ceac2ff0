"""The five facts of a booking, for every provider: whatever its calls say, each happening is told exactly once.

A new provider joins by its entry in `every_provider`. What its calls look like is for the contract suite; here a call is
what all of them have in common, an id, and perhaps the wrong word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from simulator.hotel import NewReservation, Reservation
from tests.conftest import FixedClock
from tests.integrations.every_provider import PROVIDERS
from tests.integrations.providers import Running
from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Event, StreamSource
from webapp.models import Booking, Connection, Fact, HitState, HitTrust, WebhookHit
from webapp.runtime import Runtime
from webapp.services import hit_claims, hit_storing, syncing
from webapp.services.adapters import CallLog, credentials_of, open_adapter, seal_secrets
from webapp.services.hit_reading import Subject, Work

CREATED, UPDATED, CANCELLED = "booking.created", "booking.updated", "booking.cancelled"
ARRIVED, LEFT = "guest.checkin", "guest.checkout"
TIMES = {"checked_in_at", "checked_out_at"}
"""RMS has the true times in another list, which may be read later: they are an update, and no happening."""


@dataclass
class House:
    """A hub whose history of one provider is read, and the front desk at the provider."""

    hub: Runtime
    running: Running
    clock: FixedClock
    id: int

    def book(self, last: str = "Keller", *, arrival: int = 0) -> Reservation:
        first = self.running.world.business_date + timedelta(arrival)
        return self.running.world.book(
            NewReservation(first="Wilma", last=last, arrival=first, departure=first + timedelta(2))
        )

    def key(self, reservation: Reservation) -> str:
        return self.running.telling.booking_id(reservation.number)

    def called(self, *about: Reservation, times: int = 1) -> None:
        """Calls that name ids only, each `times` times; the hub reads the records again, as of this moment."""
        self.pass_a_second()
        now = self.hub.clock()
        with self.hub.writing() as session:
            for _ in range(len(about) * times):
                session.add(
                    WebhookHit(
                        public_id=self.hub.new_id("hit"), connection_id=self.id, trace_id="tr", received_at=now,
                        trust=HitTrust.ADDRESS, sealed=b"", size=0, digest="", state=HitState.WAITING,
                        next_try_at=now,
                    )
                )  # fmt: skip
        claimed = hit_claims.claim(self.hub, self.id, owner="test")
        subjects = [Subject(Stream.BOOKINGS, self.key(one)) for one in about] * times
        works = [
            Work(hit, {subject: [_hint(subject)]}, words="something", state=HitState.APPLIED)
            for hit, subject in zip(claimed.hits, subjects, strict=True)
        ]
        with self.hub.reading() as session:
            connection = session.get_one(Connection, self.id)
        opened = open_adapter(
            self.hub,
            connection.provider,
            credentials_of(self.hub, connection),
            connection_id=self.id,
            record=CallLog(self.id, "tr"),
        )
        with opened as adapter:
            assert isinstance(adapter, StreamSource)
            ids = [subject.external_id for subject in dict.fromkeys(subjects)]
            found = dict(
                zip(dict.fromkeys(subjects), adapter.fetch_by_ids(Stream.BOOKINGS, ids), strict=True)
            )
        hit_storing.store(self.hub, claimed, hit_storing.Outcome(works, {}, found))

    def polled(self) -> None:
        self.pass_a_second()
        report = syncing.sync_once(self.hub, self.id)
        assert report.fault is None

    def pass_a_second(self) -> None:
        """Windows end before their last instant, and the world has changes of this very one."""
        self.clock.now = max(self.clock.now, self.running.world.clock.now()) + timedelta(seconds=1)

    def facts(self, reservation: Reservation) -> list[tuple[str, int]]:
        statement = (
            select(Fact.type, Fact.occurrence, Fact.document)
            .join(Booking, Booking.id == Fact.booking_id)
            .where(Booking.external_id == self.key(reservation))
            .order_by(Fact.id)
        )
        with self.hub.reading() as session:
            found = session.execute(statement).all()
        return [
            (kind, number)
            for kind, number, document in found
            if not 0 < len(document.get("fields", ())) <= len(TIMES & set(document.get("fields", ())))
        ]

    def kinds(self, reservation: Reservation) -> list[str]:
        return [kind for kind, _ in self.facts(reservation)]

    def apart_from_updates(self, reservation: Reservation) -> list[str]:
        """A room that was given at check-in, and a price that fell with a cancellation, are updates of their own."""
        return [kind for kind in self.kinds(reservation) if kind != UPDATED]

    def told(self, *about: Reservation) -> list[list[tuple[str, int]]]:
        return [self.facts(one) for one in about]

    def is_silent(self) -> bool:
        with self.hub.reading() as session:
            return session.scalars(select(Fact.id).limit(1)).first() is None


def _hint(subject: Subject) -> Event:
    return Event(
        id=None,
        type="something",
        fact=FactType.BOOKING_UPDATED,
        occurred_at=None,
        stream=subject.stream,
        subject=subject.external_id,
        account=None,
        dedupe=None,
    )


@pytest.fixture(params=sorted(PROVIDERS))
def house(request: pytest.FixtureRequest, hub: Runtime, clock: FixedClock) -> Iterator[House]:
    with PROVIDERS[request.param]() as running:
        clock.now = running.world.clock.now() + timedelta(seconds=1)
        with hub.writing() as session:
            row = Connection(
                public_id=hub.new_id("cn"),
                provider=request.param,
                name="Front office",
                role="primary",
                options=dict(running.good.options),
                credentials=seal_secrets(hub, dict(running.good.secrets)),
                streams=[Stream.BOOKINGS.value],
                created_at=clock.now,
                changed_at=clock.now,
            )
            session.add(row)
            session.flush()
            house = House(hub, running, clock, row.id)
        house.polled()
        yield house


def test_each_happening_is_told_once_whatever_the_calls_say(house: House) -> None:
    world = house.running.world
    assert house.is_silent()  # the history announces nothing

    made = house.book()
    house.called(made, times=3)
    assert house.facts(made) == [(CREATED, 1)]
    world.check_in(made.number)
    house.called(made, times=2)
    world.reverse_check_in(made.number)
    house.called(made)
    world.check_in(made.number)
    house.called(made)
    assert [fact for fact in house.facts(made) if fact[0] == ARRIVED] == [(ARRIVED, 1), (ARRIVED, 2)]
    world.check_out(made.number)
    house.called(made, times=2)
    house.called(made)  # an old call that comes last
    assert house.apart_from_updates(made) == [CREATED, ARRIVED, ARRIVED, LEFT]

    changed = house.book("Huber", arrival=20)
    house.called(changed)
    world.change_stay(changed.number, None, changed.departure + timedelta(1))
    house.called(changed, times=2)
    assert house.facts(changed) == [(CREATED, 1), (UPDATED, 1)]
    world.cancel(changed.number)
    house.called(changed, times=2)
    assert house.kinds(changed)[:3] == [CREATED, UPDATED, CANCELLED]
    assert house.apart_from_updates(changed) == [CREATED, CANCELLED]

    unheard = house.book("Early", arrival=30)
    world.cancel(unheard.number)  # the first call about it is that of its cancellation
    house.called(unheard)
    assert house.facts(unheard) == [(CREATED, 1), (CANCELLED, 1)]

    told = house.told(made, changed, unheard)
    house.polled()
    assert house.told(made, changed, unheard) == told  # the other road tells nothing again


def test_a_poll_alone_tells_the_same_and_late_calls_add_nothing(house: House) -> None:
    world = house.running.world
    made, dropped = house.book(), house.book("Huber", arrival=20)
    house.polled()
    world.check_in(made.number)
    world.cancel(dropped.number)
    house.polled()
    world.check_out(made.number)
    house.polled()
    assert house.apart_from_updates(made) == [CREATED, ARRIVED, LEFT]
    assert house.apart_from_updates(dropped) == [CREATED, CANCELLED]
    told = house.told(made, dropped)
    house.called(dropped, made, times=2)
    house.polled()
    assert house.told(made, dropped) == told
