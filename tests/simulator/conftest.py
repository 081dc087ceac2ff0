"""A pretend hotel on a fixed day, and one served over HTTP."""

from collections.abc import Iterator
from datetime import date

import pytest
import requests

from simulator.generate import build_world
from simulator.server import Server, start
from simulator.world import World

BUSINESS_DATE = date(2026, 5, 13)


@pytest.fixture
def hotel_world() -> World:
    return build_world(BUSINESS_DATE)


@pytest.fixture
def vendor(hotel_world: World) -> Iterator[Server]:
    with start(hotel_world, rate_limit=0) as server:
        yield server


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def keyed(vendor: Server, http: requests.Session) -> requests.Session:
    """A session that presents the vendor's API key."""
    http.headers["X-Api-Key"] = vendor.credentials["api_key_header"]["value"]
    return http


@pytest.fixture
def address(vendor: Server) -> str:
    return f"{vendor.url}/v2/properties/{vendor.property_id}"
