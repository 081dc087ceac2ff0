"""Repair cards: a rejected key asks once, a new one is kept only when it works, and the recovery is logged once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.connected import WRONG_KEY, Aurora, aurora_pms
from webapp.models import Connection, LogEntry
from webapp.runtime import Runtime
from webapp.services import connections, repairs, syncing
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.connection_views import NoSuchConnection
from webapp.services.repairs import RepairCard
from webapp.vault import Secret


@pytest.fixture(scope="module")
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


@pytest.fixture
def refused(hub: Runtime, aurora: Aurora) -> str:
    """A connection whose key the provider has taken back, after three runs that met it."""
    card = aurora.connect(hub, secrets={"api_key": Secret(WRONG_KEY)}, streams=("bookings",))
    for _ in range(3):
        syncing.sync_once(hub, card.id)
    return card.public_id


def cards(hub: Runtime) -> tuple[RepairCard, ...]:
    with hub.reading() as session:
        return repairs.cards(session)


def actions(hub: Runtime) -> list[str]:
    with hub.reading() as session:
        return list(session.scalars(select(LogEntry.action).order_by(LogEntry.id)))


def test_a_rejected_key_asks_once_for_attention(hub: Runtime, refused: str) -> None:
    (card,) = cards(hub)
    assert card.public_id == refused
    assert card.fault is not None
    assert card.fault.code == "credentials_rejected"
    assert card.field is not None
    assert (card.field.name, card.last4) == ("api_key", "0000")
    assert actions(hub).count("connection.needs_attention") == 1


def test_a_wrong_key_is_not_kept(hub: Runtime, refused: str) -> None:
    before = len(actions(hub))
    done = repairs.repair(hub, refused, "still-not-the-right-key", actor="ian")
    assert not done.is_mended
    assert done.outcome.fault is not None
    assert cards(hub)[0].last4 == "0000"
    assert len(actions(hub)) == before


def test_the_right_key_mends_it_and_the_recovery_is_logged_once(
    hub: Runtime, refused: str, aurora: Aurora
) -> None:
    done = repairs.repair(hub, refused, f" {aurora.key} ", actor="ian")
    assert done.is_mended
    assert cards(hub) == ()
    with hub.reading() as session:
        row = session.scalars(select(Connection)).one()
    assert (row.state, row.fault, row.failures) == ("healthy", None, 0)
    assert row.next_sync_at == hub.clock()
    syncing.sync_once(hub, row.id)
    recovered = [name for name in actions(hub) if name in ("connection.recovered", "connection.healthy")]
    assert recovered == ["connection.recovered"]


def test_an_empty_value_is_asked_for_again(hub: Runtime, refused: str) -> None:
    with pytest.raises(ConnectionInvalid, match="Enter the new value"):
        repairs.repair(hub, refused, "  ", actor="ian")


def test_where_a_key_would_not_help_none_is_asked_for(hub: Runtime, aurora: Aurora) -> None:
    card = aurora.connect(hub)
    fault = {"code": "property_unknown", "message": "No such hotel.", "advice": "Check it.", "actor": "admin"}
    with hub.writing() as session:
        row = session.get_one(Connection, card.id)
        row.state, row.fault = "needs_attention", fault
    assert cards(hub)[0].field is None
    with pytest.raises(NoSuchConnection):
        repairs.repair(hub, card.public_id, "x", actor="ian")


def test_a_removed_connection_asks_for_nothing(hub: Runtime, refused: str) -> None:
    connections.archive(hub, refused, actor="ian")
    assert cards(hub) == ()
    with pytest.raises(NoSuchConnection):
        repairs.repair(hub, refused, "x", actor="ian")
