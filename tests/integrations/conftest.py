"""A scripted vendor, clients that are closed again, and the network policy of the demo."""

import ipaddress
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import FixedClock
from tests.integrations.vendor import Vendor
from webapp.integrations.kit.guard import NetworkPolicy
from webapp.integrations.kit.http import CallRecord, ProviderClient

LOOPBACK = NetworkPolicy(allowed_networks=(ipaddress.ip_network("127.0.0.1/32"),))

MakeClient = Callable[..., ProviderClient]


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    running = Vendor()
    yield running
    running.close()


@pytest.fixture
def sleeps() -> list[float]:
    """Every wait a client made, one entry a slice; waiting itself takes no time."""
    return []


@pytest.fixture
def calls() -> list[CallRecord]:
    return []


@pytest.fixture
def make_client(clock: FixedClock, sleeps: list[float], calls: list[CallRecord]) -> Iterator[MakeClient]:
    """`make_client(base_url, **settings)`; clients are closed at the end."""
    made: list[ProviderClient] = []

    def make(base_url: str, policy: NetworkPolicy = LOOPBACK, **settings: object) -> ProviderClient:
        given = {"clock": clock, "record": calls.append, "sleep": sleeps.append, **settings}
        made.append(ProviderClient(base_url, policy, **given))
        return made[-1]

    yield make
    for client in made:
        client.close()
