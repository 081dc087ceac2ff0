"""The whole road: what an admin types, the connection test, the first sync, a day at the front desk, and a
call of Mews."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from simulator.clock import WorldClock
from simulator.generate import build_world
from simulator.hotel import NewReservation, State
from simulator.server import Server, start
from tests.cast import BUSINESS_DATE
from tests.conftest import NOW, FixedClock, app_of
from tests.integrations.providers import mews_credentials, mews_telling
from webapp.domain.stream import Stream
from webapp.models import Booking, Connection, Fact, Guest, LogEntry, RunState, Verdict
from webapp.runtime import Runtime
from webapp.services import connection_check, connections, hit_applying, syncing
from webapp.services.connection_entry import ConnectionInvalid
from webapp.vault import Secret


@pytest.fixture
def server() -> Iterator[Server]:
    with start(
        build_world(BUSINESS_DATE, clock=WorldClock.fixed(NOW)), rate_limit=0, vendors=["mews"]
    ) as running:
        yield running


def connect(hub: Runtime, server: Server, webhook_secret: str = "", **changed: str) -> int:
    given = mews_credentials(server, **changed)
    secrets = dict(given.secrets)
    if webhook_secret:
        secrets["webhook_secret"] = Secret(webhook_secret)
    connections.create(
        hub,
        provider="mews",
        name="Mews",
        options=given.options,
        secrets=secrets,
        streams=tuple(stream.value for stream in Stream),
        frequency_minutes=15,
        history_days=30,
        actor="ada@aurora.example",
    )
    with hub.reading() as session:
        return session.scalars(select(Connection.id).where(Connection.provider == "mews")).one()


def test_a_hotel_on_mews_is_connected_tested_and_kept_in_step(
    hub: Runtime, server: Server, clock: FixedClock
) -> None:
    connection_id = connect(hub, server)
    outcome = connection_check.check(hub, connection_id, "ada@aurora.example")
    assert (outcome.ok, outcome.account, outcome.is_live) == (True, "Hotel Aurora", False)

    first = syncing.sync_once(hub, connection_id)
    assert [(one.stream, one.state) for one in first.streams] == [(one, RunState.SUCCEEDED) for one in Stream]
    with hub.reading() as session:
        assert session.scalars(select(Fact)).all() == []
        assert (session.scalar(select(func.count(Guest.id))) or 0) > 100
    clock.advance(minutes=15)
    server.world.clock.shift(timedelta(minutes=15))
    assert syncing.sync_once(hub, connection_id).verdict is Verdict.NOTHING_NEW

    world, telling = server.world, mews_telling(server.world)
    tomorrow = BUSINESS_DATE + timedelta(days=1)
    made = world.book(NewReservation(arrival=tomorrow, departure=tomorrow + timedelta(days=2), last="Lind"))
    arriving = next(
        one for one in world.reservations() if one.state is State.CONFIRMED and one.arrival == BUSINESS_DATE
    )
    world.check_in(arriving.number)
    world.cancel(made.number)
    clock.now = world.horizon()
    syncing.sync_once(hub, connection_id)
    with hub.reading() as session:
        query = select(Booking.external_id, Fact.type).join(Booking, Booking.id == Fact.booking_id)
        facts = {(number, kind) for number, kind in session.execute(query)}
        assert {
            (telling.booking_id(made.number), "booking.created"),
            (telling.booking_id(made.number), "booking.cancelled"),
            (telling.booking_id(arriving.number), "guest.checkin"),
        } <= facts
        told = " ".join(session.scalars(select(LogEntry.summary)))
    assert "reservations/getAll" in told
    for secret in mews_credentials(server).secrets.values():
        assert secret.reveal() not in told


def test_a_call_of_mews_brings_a_change_before_the_next_poll(
    hub: Runtime, server: Server, clock: FixedClock
) -> None:
    connection_id = connect(hub, server, webhook_secret="a-secret-of-many-letters")
    syncing.sync_once(hub, connection_id)
    world, telling = server.world, mews_telling(server.world)
    arriving = next(
        one for one in world.reservations() if one.state is State.CONFIRMED and one.arrival == BUSINESS_DATE
    )
    world.check_in(arriving.number)
    clock.now = world.horizon()
    number = telling.booking_id(arriving.number)
    body = {
        "EnterpriseId": telling.property_id,
        "IntegrationId": telling.booking_id("integration"),
        "Events": [{"Discriminator": "ServiceOrderUpdated", "Value": {"Id": number}}] * 3,
    }
    browser = app_of(hub).test_client()
    shared = "/api/integrations/pms/webhook"
    assert browser.post(f"{shared}?secret=a-secret-of-many-letters", json=body).status_code == 200
    # Kept, and proven by reading only.
    assert browser.post(f"{shared}?secret=another", json=body).status_code == 202
    assert hit_applying.process(hub, connection_id) == 2
    with hub.reading() as session:
        query = (
            select(Fact.type)
            .join(Booking, Booking.id == Fact.booking_id)
            .where(Booking.external_id == number)
        )
        assert list(session.scalars(query)) == ["guest.checkin"]


def test_the_form_takes_no_id_that_is_none_of_mews(hub: Runtime, server: Server) -> None:
    with pytest.raises(ConnectionInvalid) as invalid:
        connect(hub, server, property_id="AUR1")
    assert [problem.field for problem in invalid.value.problems] == ["property_id"]
