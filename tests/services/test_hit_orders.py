"""Asking a vendor what it has on order: at most once an hour, only where it can be asked, and what it says is kept."""

from collections.abc import Iterator

import pytest

from tests.conftest import FixedClock
from tests.connected import Aurora, aurora_pms
from tests.integrations.providers import cloudbeds_credentials
from webapp.models import HitWatch
from webapp.runtime import Runtime
from webapp.services import connections, hit_addresses, hit_orders, hit_subscriptions
from webapp.services.connection_views import Card

IAN = "ian@aurora.example"
HUB = "http://127.0.0.1:9"


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


@pytest.fixture
def card(hub: Runtime, aurora: Aurora) -> Card:
    given = cloudbeds_credentials(aurora.server)
    card = connections.create(
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
    hit_addresses.ensure(hub, card.public_id)
    hit_subscriptions.order(hub, card.public_id, HUB, actor=IAN)
    return card


def watch(hub: Runtime, card: Card) -> HitWatch:
    with hub.reading() as session:
        return session.get_one(HitWatch, card.id)


def forget_orders(aurora: Aurora) -> None:
    """As vendors do: without a word."""
    aurora.server.dialect("cloudbeds").vendor._hooks._subscriptions.clear()  # type: ignore[attr-defined]


def test_an_order_makes_calls_expected_and_an_end_takes_it_back(hub: Runtime, card: Card) -> None:
    assert watch(hub, card).set_up_at == hub.clock()
    hit_subscriptions.end(hub, card.public_id, HUB, actor=IAN)
    assert watch(hub, card).set_up_at is None


def test_it_is_found_by_the_secret_part_alone_where_the_hub_does_not_know_its_public_address(
    hub: Runtime, card: Card
) -> None:
    assert hub.settings.public_base_url is None
    hit_orders.ask_what_is_ordered(hub, card.id)
    assert "reservation/created" in (watch(hub, card).ordered or ())


def test_it_asks_again_after_an_hour_and_then_knows_that_all_is_gone(
    hub: Runtime, aurora: Aurora, card: Card, clock: FixedClock
) -> None:
    hit_orders.ask_what_is_ordered(hub, card.id)
    forget_orders(aurora)
    clock.advance(minutes=59)
    hit_orders.ask_what_is_ordered(hub, card.id)
    assert watch(hub, card).ordered
    clock.advance(minutes=1)
    hit_orders.ask_what_is_ordered(hub, card.id)
    assert watch(hub, card).ordered == []


def test_a_vendor_that_does_not_answer_says_nothing_about_orders(
    hub: Runtime, aurora: Aurora, card: Card
) -> None:
    aurora.fault("unauthorized")
    hit_orders.ask_what_is_ordered(hub, card.id)
    assert watch(hub, card).ordered is None
