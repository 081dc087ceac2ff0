"""Connections that stop working, and work again, are told to other programs once each."""

import json

import pytest
from sqlalchemy import select

from tests.cast import IAN
from tests.conftest import FixedClock
from webapp.domain.outgoing import OutgoingType
from webapp.models import Connection, ConnectionState, OutboxEvent
from webapp.runtime import Runtime
from webapp.services import connections, endpoints, standing_news
from webapp.services.connection_views import Card

BROKEN, AGAIN = OutgoingType.INTEGRATION_DEGRADED, OutgoingType.INTEGRATION_RECOVERED
REFUSED = {"code": "credentials_rejected", "message": "m", "advice": "a", "actor": "admin"}


@pytest.fixture
def card(hub: Runtime, memory_provider: None) -> Card:
    endpoints.add(hub, url="http://127.0.0.1:8099/hooks", events=[BROKEN, AGAIN], actor=IAN.email)
    return connections.create(
        hub, provider="memory", name="Front desk", options={"script": "quiet"}, secrets={}, streams=("bookings",),
        frequency_minutes=15, history_days=30, actor=IAN.email,
    )  # fmt: skip


def stand(hub: Runtime, card: Card, state: ConnectionState, fault: dict[str, str] | None = None) -> None:
    with hub.writing() as session:
        row = session.scalars(select(Connection).where(Connection.public_id == card.public_id)).one()
        row.state, row.fault = state, fault
        standing_news.tell(hub, session, row)


def told(hub: Runtime) -> list[tuple[str, str, str | None]]:
    with hub.reading() as session:
        bodies = [
            json.loads(body) for body in session.scalars(select(OutboxEvent.body).order_by(OutboxEvent.id))
        ]
    return [(body["type"], body["data"]["state"], body["data"]["code"]) for body in bodies]


def test_a_trouble_and_its_end_are_told_once_each(hub: Runtime, card: Card, clock: FixedClock) -> None:
    stand(hub, card, ConnectionState.HEALTHY)
    assert told(hub) == []
    for _ in range(3):
        stand(hub, card, ConnectionState.DEGRADED, {**REFUSED, "code": "provider_unavailable"})
        clock.advance(minutes=5)
    stand(hub, card, ConnectionState.NEEDS_ATTENTION, REFUSED)
    stand(hub, card, ConnectionState.UNTESTED)  # somebody entered another key
    stand(hub, card, ConnectionState.HEALTHY)
    stand(hub, card, ConnectionState.HEALTHY)
    assert told(hub) == [
        (BROKEN, "degraded", "provider_unavailable"),
        (AGAIN, "healthy", None),
    ]
    stand(hub, card, ConnectionState.NEEDS_ATTENTION, REFUSED)
    assert told(hub)[2:] == [(BROKEN, "needs_attention", "credentials_rejected")]


def test_a_pause_is_no_recovery(hub: Runtime, card: Card) -> None:
    stand(hub, card, ConnectionState.DEGRADED, REFUSED)
    stand(hub, card, ConnectionState.PAUSED, REFUSED)
    stand(hub, card, ConnectionState.DEGRADED, REFUSED)
    assert [kind for kind, _, _ in told(hub)] == [BROKEN]
