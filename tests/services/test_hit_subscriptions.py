"""Ordering calls at a provider without a screen for it, seen at the pretend Cloudbeds, and the road of a call from there."""

from collections.abc import Iterator

import pytest

from simulator.hotel import State
from simulator.server import Server
from tests.connected import Aurora, aurora_pms
from tests.integrations.providers import cloudbeds_credentials
from tests.services.test_hits_over_http import served
from webapp.models import Booking, Connection, HitState, WebhookHit
from webapp.runtime import Runtime
from webapp.services import connections, hit_addresses, hit_applying, hit_subscriptions, syncing
from webapp.services.connection_views import Card

IAN = "ian@aurora.example"


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


@pytest.fixture
def card(hub: Runtime, aurora: Aurora) -> Card:
    given = cloudbeds_credentials(aurora.server)
    return connections.create(
        hub,
        provider="cloudbeds",
        name="Cloudbeds",
        options=dict(given.options),
        secrets=dict(given.secrets),
        streams=("guests", "bookings"),
        frequency_minutes=15,
        history_days=30,
        actor=IAN,
    )


def orders(server: Server) -> set[str]:
    """The addresses that are ordered there."""
    vendor = server.dialect("cloudbeds").vendor
    return {made.endpoint for made in vendor._hooks._subscriptions.values()}  # type: ignore[attr-defined]


def test_ordering_twice_orders_once_and_a_new_address_replaces_the_old_one(
    hub: Runtime, aurora: Aurora, card: Card
) -> None:
    first = hit_addresses.ensure(hub, card.public_id)
    once = hit_subscriptions.order(hub, card.public_id, "http://127.0.0.1:9/", actor=IAN)
    assert once.fault is None
    assert once.count > 5
    again = hit_subscriptions.order(hub, card.public_id, "http://127.0.0.1:9", actor=IAN)
    assert again == once
    assert orders(aurora.server) == {f"http://127.0.0.1:9{first.path}"}
    second = hit_addresses.rotate(hub, card.public_id, actor=IAN)
    hit_subscriptions.order(hub, card.public_id, "http://127.0.0.1:9", actor=IAN)
    assert orders(aurora.server) == {f"http://127.0.0.1:9{second.path}"}
    assert hit_subscriptions.end(hub, card.public_id, "http://127.0.0.1:9", actor=IAN).count == once.count
    assert orders(aurora.server) == set()


def test_a_provider_that_refuses_the_key_says_so(hub: Runtime, aurora: Aurora, card: Card) -> None:
    aurora.fault("unauthorized")
    answer = hit_subscriptions.order(hub, card.public_id, "http://127.0.0.1:9", actor=IAN)
    assert answer.count == 0
    assert answer.fault is not None
    assert answer.fault.code == "credentials_rejected"


def test_a_check_in_is_told_by_the_ordered_calls(hub: Runtime, aurora: Aurora, card: Card) -> None:
    syncing.sync_once(hub, card.id)
    world = aurora.server.world
    number = next(
        found.number
        for found in world.reservations()
        if found.state is State.CONFIRMED and found.arrival == world.business_date
    )
    with served(hub) as url:
        hit_subscriptions.order(hub, card.public_id, url, actor=IAN)
        world.check_in(number)
        vendor = aurora.server.dialect("cloudbeds").vendor
        assert vendor.postman.wait_until_idle(60)  # type: ignore[attr-defined]
    while hit_applying.process(hub, card.id):
        pass
    with hub.reading() as session:
        hits = session.query(WebhookHit).all()
        arrived = session.query(Booking).filter_by(status="checked_in").all()
        assert session.get_one(Connection, card.id).provider == "cloudbeds"
    assert {hit.trust for hit in hits} == {"address"}
    assert HitState.APPLIED in {hit.state for hit in hits}
    assert any(row.confirmation_number for row in arrived)


def test_only_some_providers_take_orders() -> None:
    assert hit_subscriptions.are_ordered_here("cloudbeds")
    assert not hit_subscriptions.are_ordered_here("custom_rest")
