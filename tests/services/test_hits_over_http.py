"""The whole road of a call: the pretend hotel signs and posts it, the hub answers, reads the record again and stores it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from waitress.server import create_server

from simulator.hotel import NewReservation, State
from simulator.pms.custom_rest_hooks import Target
from simulator.postman import Manners
from tests.conftest import app_of
from tests.connected import Aurora, aurora_pms
from webapp.models import Booking, Fact, Guest, HitState, HitTrust, WebhookHit
from webapp.runtime import Runtime
from webapp.services import hit_addresses, hit_applying, syncing
from webapp.vault import Secret

SECRET = "aurora-webhook-secret-0001"


@contextmanager
def served(hub: Runtime) -> Iterator[str]:
    server = create_server(app_of(hub), host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown()  # an answer under way still needs the sockets
        server.close()
        thread.join(10)


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


class Road:
    def __init__(self, hub: Runtime, aurora: Aurora, url: str) -> None:
        self.hub, self.aurora = hub, aurora
        secrets = {"api_key": Secret(aurora.key), "webhook_secret": Secret(SECRET)}
        self.card = aurora.connect(hub, secrets=secrets)
        syncing.sync_once(hub, self.card.id)
        address = hit_addresses.ensure(hub, self.card.public_id)
        aurora.server.hooks.point_at(Target(url + address.path, SECRET))

    def wait(self) -> None:
        assert self.aurora.server.hooks.postman.wait_until_idle(60)

    def process(self) -> None:
        while hit_applying.process(self.hub, self.card.id):
            pass

    def hits(self) -> list[WebhookHit]:
        with self.hub.reading() as session:
            return list(session.query(WebhookHit).order_by(WebhookHit.id))

    def booking(self, number: str) -> Booking:
        with self.hub.reading() as session:
            return session.query(Booking).filter_by(external_id=number).one()

    def facts(self, number: str) -> list[tuple[str, str]]:
        with self.hub.reading() as session:
            rows = session.query(Fact).filter_by(booking_id=self.booking(number).id).order_by(Fact.id)
            return [(row.type, row.road) for row in rows]

    def arriving(self) -> str:
        world = self.aurora.server.world
        return next(
            found.number
            for found in world.reservations()
            if found.state is State.CONFIRMED and found.arrival == world.business_date
        )


@pytest.fixture
def road(hub: Runtime, aurora: Aurora) -> Iterator[Road]:
    with served(hub) as url:
        yield Road(hub, aurora, url)


def test_a_check_in_at_the_desk_is_here_within_one_call(road: Road) -> None:
    number = road.arriving()
    road.aurora.server.world.check_in(number)
    road.wait()
    assert [(hit.trust, hit.state) for hit in road.hits()] == [(HitTrust.SIGNED, HitState.WAITING)]
    road.process()
    assert road.booking(number).status == "checked_in"
    assert road.facts(number) == [("guest.checkin", "hit")]
    assert road.hits()[0].events == "reservation.arrived"


def test_lost_order_and_duplicates_do_not_matter(road: Road) -> None:
    number, world, postman = road.arriving(), road.aurora.server.world, road.aurora.server.hooks.postman
    postman.behave(Manners(duplicate=True, shuffle=True, delay_ms=150))
    world.check_in(number)
    world.set_notes(number, "late dinner")
    world.check_out(number)
    road.wait()
    road.process()
    road.process()
    assert road.booking(number).status == "checked_out"
    assert [kind for kind, _ in road.facts(number)].count("guest.checkout") == 1
    states = [hit.state for hit in road.hits()]
    assert (states.count(HitState.APPLIED), states.count(HitState.DUPLICATE)) == (3, 3)


def test_a_changed_guest_is_read_again(road: Road) -> None:
    world = road.aurora.server.world
    guest = world.reservation(road.arriving()).guest_id
    world.edit_guest(guest, email="new@guest.example")
    road.wait()
    road.process()
    assert [(hit.events, hit.state) for hit in road.hits()] == [("guest.changed", HitState.APPLIED)]
    with road.hub.reading() as session:
        assert session.query(Guest).filter_by(external_id=guest).one().email == "new@guest.example"


def test_a_call_signed_with_another_secret_is_refused_and_tried_again_by_the_vendor(road: Road) -> None:
    hooks = road.aurora.server.hooks
    address = hit_addresses.ensure(road.hub, road.card.public_id)
    with served(road.hub) as base:
        hooks.point_at(Target(base + address.path, "not the secret"))
        hooks.postman.behave(Manners(attempts=2, retry_ms=10))
        road.aurora.server.world.check_in(road.arriving())
        road.wait()
    assert [attempt.status for attempt in hooks.postman.sent()[0].attempts] == [401, 401]
    assert {hit.state for hit in road.hits()} == {HitState.REJECTED}


def test_a_booking_that_was_just_made_is_announced_once(road: Road) -> None:
    world = road.aurora.server.world
    today = world.business_date
    made = world.book(
        NewReservation(last="Keller", arrival=today + timedelta(3), departure=today + timedelta(5))
    )
    road.wait()
    road.process()
    assert road.facts(made.number) == [("booking.created", "hit")]
    syncing.sync_once(road.hub, road.card.id)
    assert road.facts(made.number) == [("booking.created", "hit")]
