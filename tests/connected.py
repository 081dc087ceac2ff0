"""The pretend vendor over HTTP for tests of connections, and what an admin would type to reach it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.clock import WorldClock
from simulator.faults import Fault, FaultKind
from simulator.generate import build_world
from simulator.server import Server, start
from tests.cast import BUSINESS_DATE
from tests.conftest import NOW
from webapp.runtime import Runtime
from webapp.services import connections
from webapp.services.connection_views import Card
from webapp.vault import Secret

RECIPE = (Path(__file__).parents[1] / "simulator/pms/custom_rest.recipe.json").read_text(encoding="utf-8")
STREAMS = ("guests", "bookings", "check_ins", "availability", "rates")
WRONG_KEY = "not-the-right-key-0000"


@dataclass(frozen=True)
class Aurora:
    """A running pretend vendor; `options` and `key` are good."""

    server: Server

    @property
    def key(self) -> str:
        return self.server.credentials["api_key_header"]["value"]

    @property
    def options(self) -> dict[str, Any]:
        return {
            "endpoint_url": f"{self.server.url}/v2",
            "auth_kind": "api_key",
            "key_place": "header",
            "key_name": "X-Api-Key",
            "property_id": self.server.property_id,
            "recipe": RECIPE,
        }

    def fault(self, kind: str, **settings: Any) -> None:
        self.server.faults.switch_on(Fault(kind=FaultKind(kind), **settings))

    def connect(self, runtime: Runtime, name: str = "Aurora PMS", **changed: Any) -> Card:
        """A stored connection, not tested yet."""
        given: dict[str, Any] = {
            "provider": "custom_rest",
            "name": name,
            "options": self.options,
            "secrets": {"api_key": Secret(self.key)},
            "streams": STREAMS,
            "frequency_minutes": 15,
            "history_days": 30,
            "actor": "ada@aurora.example",
            **changed,
        }
        return connections.create(runtime, **given)


@contextmanager
def aurora_pms() -> Iterator[Aurora]:
    """On the day and at the hour of the tests, without a call limit."""
    world = build_world(BUSINESS_DATE, clock=WorldClock.fixed(NOW))
    with start(world, rate_limit=0, vendors=["cloudbeds", "mews"]) as server:
        yield Aurora(server)
