"""A pretend hotel on a fixed day, and one served over HTTP."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import requests

from simulator.generate import build_world
from simulator.pms.cloudbeds import Cloudbeds
from simulator.pms.registry import VENDORS
from simulator.server import Server, start
from simulator.world import World

BUSINESS_DATE = date(2026, 5, 13)


@pytest.fixture
def hotel_world() -> World:
    return build_world(BUSINESS_DATE)


@pytest.fixture
def vendor(request: pytest.FixtureRequest, hotel_world: World) -> Iterator[Server]:
    """With the vendors that the test's module names as `VENDORS`, or all: the books of one take a while to open."""
    vendors = getattr(request.module, "VENDORS", tuple(VENDORS))
    with start(hotel_world, rate_limit=0, vendors=vendors) as server:
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


@pytest.fixture
def cloudbeds(vendor: Server) -> Cloudbeds:
    made = vendor.dialect("cloudbeds").vendor
    assert isinstance(made, Cloudbeds)
    return made


@pytest.fixture
def ask(vendor: Server, http: requests.Session) -> Callable[..., Any]:
    """Calls a method of Cloudbeds with the property's key and gives the decoded answer, a refusal included."""
    door = vendor.dialect("cloudbeds")
    key = {"x-api-key": door.credentials["api_key"]["api_key"]}

    def call(name: str, verb: str = "GET", data: dict[str, str] | None = None, **query: object) -> Any:
        url = f"{door.base_url}/api/v1.3/{name}"
        answer = http.request(verb, url, params=query, data=data, headers=key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return call
