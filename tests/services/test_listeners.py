"""No process of the hub calls another one of it: each knows the ports that web processes of its machine answer on."""

import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, text, update

from tests.conftest import FixedClock
from tests.connected import STREAMS, Aurora, aurora_pms
from webapp.integrations.kit.contract import Rung
from webapp.models import Listener
from webapp.runtime import Runtime
from webapp.services import listeners
from webapp.services.connection_check import try_out
from webapp.services.endpoint_checks import NOT_ALLOWED, EndpointInvalid, checked_url
from webapp.services.installation import open_runtime
from webapp.vault import Secret


@pytest.fixture
def beside(either_hub: Runtime, clock: FixedClock) -> Iterator[Runtime]:
    """A process that answers nobody, as the clock's own one."""
    runtime = open_runtime(either_hub.settings, clock=clock).runtime
    yield runtime
    runtime.close()


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    """Below those that systems give away by themselves, so that nobody gets it in between."""
    for port in range(20_000, 21_000):
        try:
            with closing(socket.socket()) as probe:
                probe.bind(("", port))
        except OSError:
            continue
        return port
    raise AssertionError("a thousand ports are taken")


def ports(runtime: Runtime) -> list[int]:
    with runtime.reading() as session:
        return list(session.scalars(select(Listener.port)))


def broken_rung(runtime: Runtime, aurora: Aurora) -> Rung | None:
    outcome = try_out(runtime, "custom_rest", aurora.options, {"api_key": Secret(aurora.key)}, STREAMS)
    return next((rung for rung in outcome.rungs if not rung.ok), None)


def test_the_clock_in_its_own_process_does_not_call_the_web_process(
    either_hub: Runtime, beside: Runtime
) -> None:
    """The pretend PMS stands for the hub: what is refused is nothing but its port."""
    with aurora_pms() as aurora:
        assert broken_rung(beside, aurora) is None
        listeners.announce(either_hub, urlsplit(aurora.options["endpoint_url"]).port or 0)
        beside.neighbours = (-1e9, frozenset())  # ten seconds later
        for runtime in (either_hub, beside):
            refused = broken_rung(runtime, aurora)
            assert refused is not None
            assert refused.fault is not None
            assert (refused.fault.code, "the hub itself" in refused.fault.message) == (
                "address_refused",
                True,
            )


def test_an_outgoing_endpoint_is_not_the_web_process_beside_either(
    either_hub: Runtime, beside: Runtime, taken: int
) -> None:
    url = f"http://127.0.0.1:{taken}/hooks"
    assert checked_url(beside, url) == url
    listeners.announce(either_hub, taken)
    beside.neighbours = (-1e9, frozenset())
    with pytest.raises(EndpointInvalid) as refused:
        checked_url(beside, url)
    assert refused.value.message == NOT_ALLOWED


def test_a_web_process_that_ends_takes_its_port_back(
    either_hub: Runtime, beside: Runtime, taken: int
) -> None:
    listeners.announce(either_hub, taken)
    assert listeners.own_ports(beside) == {taken}
    listeners.withdraw(either_hub)
    assert ports(beside) == []


def test_a_port_that_a_killed_process_left_behind_is_forgotten_by_the_next_start(
    either_hub: Runtime, taken: int
) -> None:
    listeners.announce(either_hub, free_port())
    with closing(socket.create_server(("127.0.0.1", 0))) as living:
        listeners.announce(either_hub, living.getsockname()[1])
        listeners.announce(either_hub, taken)
        assert sorted(ports(either_hub)) == sorted([living.getsockname()[1], taken])


def test_ports_of_another_machine_are_its_own(either_hub: Runtime, beside: Runtime, taken: int) -> None:
    listeners.announce(either_hub, taken)
    with either_hub.writing() as session:
        session.execute(update(Listener).values(machine="elsewhere"))
    assert listeners.own_ports(beside) == frozenset()
    listeners.announce(either_hub, taken)
    listeners.withdraw(either_hub)
    with either_hub.reading() as session:
        assert session.scalars(select(Listener.machine)).all() == ["elsewhere"]


def test_a_database_that_takes_nothing_keeps_no_web_process_from_starting_or_ending(
    hub: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    with hub.writing() as session:
        session.execute(text("DROP TABLE listener"))
    listeners.announce(hub, 3000)
    listeners.withdraw(hub)
    assert hub.own_ports == {3000}
    assert "could not be told" in caplog.text
    assert "could not be taken back" in caplog.text
