"""A stage for tests of webhooks: a connection whose provider calls, its addresses, and short words for what came of it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import pytest

from tests.hooked_provider import KEY, MODULE, OPEN_KEY, OPEN_MODULE
from tests.hooked_provider.adapter import SECRET
from tests.memory_provider import SCRIPTS, Script
from tests.sync_stage import Stage
from webapp.domain.booking import Booking
from webapp.domain.stream import Stream
from webapp.integrations import registry
from webapp.integrations.kit.contract import Hit
from webapp.models import BookingChange, Connection, ConnectionRole, WebhookHit
from webapp.services import hit_addresses, hit_applying
from webapp.services.hit_reception import Answer, Reception
from webapp.services.throttling import Gate

HOTEL = "H1"


@pytest.fixture
def hooked_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both providers of tests/hooked_provider are in the registry for one test."""
    monkeypatch.setitem(registry.PROVIDERS, KEY, MODULE)
    monkeypatch.setitem(registry.PROVIDERS, OPEN_KEY, OPEN_MODULE)


def said(*events: Mapping[str, Any], account: str = HOTEL) -> bytes:
    return msgspec.json.encode({"account": account, "events": list(events)})


def event(kind: str = "booking.updated", number: str = "R1", **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": number, **more}


def signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Signature": f"sha256={digest}"}


@dataclass
class HookStage(Stage):
    """One connection. Signed when `signs`, else with a secret address only."""

    signs: bool = False
    account: str = HOTEL
    role: ConnectionRole = ConnectionRole.PRIMARY
    streams: tuple[Stream, ...] = (Stream.GUESTS, Stream.BOOKINGS)
    script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        SCRIPTS[self.name] = self.script
        now = self.hub.clock()
        with self.hub.writing() as session:
            row = Connection(
                public_id=self.hub.new_id("cn"),
                provider=KEY if self.signs else OPEN_KEY,
                name=self.name,
                role=self.role,
                options={
                    "script": self.name,
                    "endpoint_url": "http://127.0.0.1:9",
                    "property_id": self.account,
                },
                streams=[stream.value for stream in self.streams],
                created_at=now,
                changed_at=now,
            )
            session.add(row)
            session.flush()
            self.id, self.public_id = row.id, row.public_id
            self.token = hit_addresses.add(self.hub, session, row).token
        self.reception = Reception(self.hub, Gate())

    @property
    def path(self) -> str:
        return f"{hit_addresses.SHARED_PATH}/{self.token}"

    def answers(self, *bookings: Booking) -> None:
        """What the provider says of them when it is asked again."""
        self.script.single.update({item.external_id: item for item in bookings})

    def hit(
        self, body: bytes, headers: Mapping[str, str] | None = None, *, at: datetime | None = None
    ) -> Hit:
        return Hit(headers or {}, {}, body, at or self.hub.clock())

    def call(self, *events: Mapping[str, Any], **how: Any) -> Answer:
        """One call to the connection's own address."""
        body = said(*events, account=self.account)
        headers = signature(body) if self.signs else {}
        return self.reception.take(self.hit(body, headers), token=how.get("token", self.token))

    def process(self) -> int:
        """Everything due now."""
        done = 0
        while found := hit_applying.process(self.hub, self.id):
            done += found
        return done

    def hits(self) -> list[WebhookHit]:
        return [row for row in self.all(WebhookHit, WebhookHit.id) if row.connection_id == self.id]

    def change_rows(self) -> list[BookingChange]:
        return self.all(BookingChange, BookingChange.id)

    def states(self) -> list[str]:
        return [row.state for row in self.hits()]
