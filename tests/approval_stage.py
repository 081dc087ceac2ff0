"""The pretend Cloudbeds whose app a test may approve, as a browser would."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from simulator.clock import WorldClock
from simulator.generate import build_world
from simulator.server import Server, start
from tests.cast import BUSINESS_DATE
from tests.conftest import NOW
from webapp.runtime import Runtime
from webapp.services import connections
from webapp.services.connection_views import Card
from webapp.vault import Secret

PROVIDER = "cloudbeds"
STALE = Secret("of-another-life-1234")


@dataclass(frozen=True)
class PartnerApp:
    """A running vendor, and the app that a partner registered there."""

    server: Server

    @property
    def sheet(self) -> dict[str, str]:
        return dict(self.server.dialect(PROVIDER).credentials["oauth2"])

    @property
    def options(self) -> dict[str, Any]:
        door = self.server.dialect(PROVIDER)
        return {
            "endpoint_url": f"{door.base_url}/api/v1.3",
            "auth_kind": "oauth",
            "client_id": self.sheet["client_id"],
            "property_id": self.sheet["property_id"],
        }

    @property
    def app_secret(self) -> Secret:
        return Secret(self.sheet["client_secret"])

    def register(self, redirect_uri: str) -> None:
        self.control("app", {"redirect_uri": redirect_uri})

    def control(self, topic: str, document: object) -> None:
        url = f"{self.server.url}/_control/{PROVIDER}/{topic}"
        headers = {"X-Simulator-Token": self.server.control_token}
        requests.post(url, json=document, headers=headers, timeout=5).raise_for_status()

    def decide(self, page_url: str, decision: str = "allow") -> dict[str, str]:
        """Presses a button of the vendor's page; returns the query of the way back."""
        parts = urlsplit(page_url)
        page = requests.get(page_url, timeout=5)
        assert page.status_code == 200, page.text
        form = {name: values[0] for name, values in parse_qs(parts.query).items()} | {"decision": decision}
        back = requests.post(parts._replace(query="").geturl(), data=form, allow_redirects=False, timeout=5)
        assert back.status_code == 302
        query = parse_qs(urlsplit(back.headers["Location"]).query)
        return {name: values[0] for name, values in query.items()}

    def fresh_refresh_token(self) -> Secret:
        """Of an approval that somebody gave before."""
        app = self.sheet
        form = {name: app[name] for name in ("client_id", "client_secret", "redirect_uri", "code")}
        answer = requests.post(app["token_url"], data={"grant_type": "authorization_code", **form}, timeout=5)
        return Secret(answer.json()["refresh_token"])

    def connect(self, runtime: Runtime, refresh_token: Secret = STALE) -> Card:
        """A stored connection; unless told otherwise its refresh token is of another life."""
        return connections.create(
            runtime,
            provider=PROVIDER,
            name="Cloudbeds",
            options=self.options,
            secrets={"api_secret": self.app_secret, "refresh_token": refresh_token},
            streams=["bookings"],
            frequency_minutes=15,
            history_days=30,
            actor="ada@aurora.example",
        )


@contextmanager
def partner_app() -> Iterator[PartnerApp]:
    with start(
        build_world(BUSINESS_DATE, clock=WorldClock.fixed(NOW)), rate_limit=0, vendors=["cloudbeds"]
    ) as server:
        yield PartnerApp(server)
