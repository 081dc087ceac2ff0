"""Tokens of a connection: one login at a time, whoever asks, and what no login brings back is never cleared."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.approval_stage import PROVIDER, PartnerApp, partner_app
from tests.conftest import FixedClock
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import LASTING
from webapp.integrations.kit.errors import Cancelled
from webapp.models import CachedToken, Connection
from webapp.runtime import Runtime
from webapp.services import connection_check, leases
from webapp.services.adapters import CallLog, credentials_of, open_adapter
from webapp.services.token_caches import EditTokens, StoredTokens, emptied
from webapp.vault import Secret

AN_HOUR = timedelta(hours=1)


@pytest.fixture
def vendor() -> Iterator[PartnerApp]:
    with partner_app() as running:
        yield running


@pytest.fixture
def connection(hub: Runtime, vendor: PartnerApp) -> Connection:
    vendor.connect(hub, vendor.fresh_refresh_token())
    with hub.reading() as session:
        return session.scalars(select(Connection)).one()


def names(hub: Runtime) -> set[str]:
    with hub.reading() as session:
        return {name.partition(":")[0] for name in session.scalars(select(CachedToken.name))}


def read_once(hub: Runtime, connection: Connection) -> str:
    """A call as the sync makes it; the fault's code, or empty."""
    opened = open_adapter(
        hub,
        PROVIDER,
        credentials_of(hub, connection),
        connection_id=connection.id,
        record=CallLog(connection.id, ""),
    )
    with opened as adapter:
        rungs = list(adapter.check([Stream.BOOKINGS]))
    return next((rung.fault.code for rung in rungs if rung.fault and rung.name != "clock"), "")


def test_processes_that_need_a_token_at_once_spend_one_refresh_token(
    open_hub: Callable[[], Runtime], hub: Runtime, connection: Connection, vendor: PartnerApp
) -> None:
    processes = [hub, open_hub(), open_hub(), open_hub()]
    start = threading.Barrier(len(processes))
    outcomes: list[str] = []

    def work(runtime: Runtime) -> None:
        start.wait(10)
        outcomes.append(read_once(runtime, connection))

    threads = [threading.Thread(target=work, args=(runtime,)) for runtime in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes == [""] * len(processes)
    exchanges = [call for call in vendor.server.calls.seen() if call.path.endswith("/access_token")]
    assert len(exchanges) == 2, "one for the test's own refresh token, one for all four"


def test_the_next_renewal_uses_the_refresh_token_that_came_last(
    hub: Runtime, connection: Connection, vendor: PartnerApp, clock: FixedClock
) -> None:
    for _ in range(3):
        assert read_once(hub, connection) == ""
        clock.advance(hours=9)
        vendor.server.world.clock.shift(timedelta(hours=9))
    with hub.reading() as session:
        kept = session.get_one(CachedToken, (connection.id, next(iter(chain_names(hub)))))
    assert b"refresh" not in kept.sealed


def chain_names(hub: Runtime) -> list[str]:
    with hub.reading() as session:
        return [name for name in session.scalars(select(CachedToken.name)) if name.startswith(LASTING)]


def test_a_test_of_the_stored_connection_loses_no_refresh_token(
    hub: Runtime, connection: Connection, clock: FixedClock
) -> None:
    for _ in range(2):
        assert connection_check.try_edit(hub, connection.public_id, {}, {}).is_proof
        clock.advance(minutes=2)
    assert read_once(hub, connection) == ""


def test_clearing_keeps_what_no_login_brings_back(hub: Runtime, connection: Connection) -> None:
    assert read_once(hub, connection) == ""
    assert names(hub) == {"refresh", "token", "login"}
    with hub.writing() as session:
        session.execute(emptied(connection.id))
    assert names(hub) == {"refresh"}
    assert read_once(hub, connection) == ""


def test_whoever_waits_for_a_turn_stops_with_the_hub(hub: Runtime, connection: Connection) -> None:
    tokens = StoredTokens(hub, connection.id)
    assert leases.hold(hub, f"login-{connection.id}-token:x", owner="another process") is not None
    hub.stopping.set()
    with pytest.raises(Cancelled), tokens.turn("token:x"):
        pytest.fail("it is not our turn")


def test_a_turn_ends_with_the_one_who_had_it(hub: Runtime, connection: Connection) -> None:
    for tokens in (StoredTokens(hub, connection.id), EditTokens(hub, connection.id)):
        with pytest.raises(ValueError, match="in the middle"), tokens.turn("token:x"):
            raise ValueError("in the middle")
        with tokens.turn("token:x"):
            pass


def test_what_a_try_logs_in_with_is_its_own(hub: Runtime, connection: Connection, clock: FixedClock) -> None:
    tokens = EditTokens(hub, connection.id)
    tokens.put("token:a", Secret("a try's"), clock.now + AN_HOUR)
    tokens.put("refresh:a", Secret("the next"), clock.now + AN_HOUR)
    assert (tokens.get("token:a"), tokens.get("refresh:a")) == (Secret("a try's"), Secret("the next"))
    assert chain_names(hub) == ["refresh:a"]
    assert StoredTokens(hub, connection.id).get("token:a") is None
