"""What is looked after between runs, and that trouble with one connection is nobody else's."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.conftest import FixedClock
from tests.integrations.vendor import Reply, Vendor
from webapp.integrations import registry
from webapp.integrations.kit.scarce_tokens import Turn, owner_of
from webapp.models import Connection, ConnectionState, LogEntry
from webapp.runtime import Runtime
from webapp.services import connections, upkeep
from webapp.services.scarce_tokens import StoredLedger
from webapp.vault import Secret

KEYS = {"api_key": Secret("0oa-of-the-hub"), "api_secret": Secret("s3cret-of-the-hub")}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    running = Vendor()
    yield running
    running.close()


def connect(hub: Runtime, vendor: Vendor, name: str) -> None:
    card = connections.create(
        hub,
        provider="guesty",
        name=name,
        options={"endpoint_url": f"{vendor.url}/v1"},
        secrets=KEYS,
        streams=["bookings"],
        frequency_minutes=15,
        history_days=30,
        actor="ian@aurora.example",
    )
    with hub.writing() as session:
        session.get_one(Connection, card.id).state = ConnectionState.HEALTHY


def hold_a_token(hub: Runtime, clock: FixedClock, minutes: int) -> None:
    owner = owner_of(registry.manifest("guesty"), {}, KEYS)
    assert owner is not None
    ledger = StoredLedger(hub)
    turn = ledger.take(owner)
    assert isinstance(turn, Turn)
    ledger.given(turn, Secret("t1"), clock() + timedelta(minutes=minutes))


def test_a_connection_without_a_token_is_left_alone(hub: Runtime, vendor: Vendor) -> None:
    connect(hub, vendor, "One")
    assert upkeep.keep_up(hub) == 1
    assert vendor.paths == []


def test_trouble_with_one_connection_does_not_keep_from_the_next(
    hub: Runtime, vendor: Vendor, clock: FixedClock
) -> None:
    connect(hub, vendor, "One")
    connect(hub, vendor, "Two")
    hold_a_token(hub, clock, minutes=40)
    vendor.answers(Reply(503))
    assert upkeep.keep_up(hub) == 2
    assert len(vendor.paths) == 2
    with hub.reading() as session:
        calls = session.scalars(select(LogEntry.summary).where(LogEntry.kind == "call")).all()
    assert len(calls) == 2
    assert not any("s3cret" in call or "t1" in call for call in calls)


def test_paused_and_removed_connections_are_not_looked_after(hub: Runtime, vendor: Vendor) -> None:
    connect(hub, vendor, "One")
    with hub.writing() as session:
        session.scalars(select(Connection)).one().state = ConnectionState.PAUSED
    assert upkeep.keep_up(hub) == 0
