"""A stage for tests of event queues: a connection that reads one, and short words for what came of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import queue_provider
from tests.memory_provider import SCRIPTS, Script
from tests.queue_provider import KEY, MODULE
from tests.sync_stage import Stage
from webapp.domain.booking import Booking
from webapp.domain.stream import Stream
from webapp.integrations import registry
from webapp.models import Connection, ConnectionRole, EventQueue, WebhookHit
from webapp.runtime import Runtime
from webapp.services import event_queues, hit_applying


@pytest.fixture
def queue_provider_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider of tests/queue_provider is in the registry for one test."""
    monkeypatch.setitem(registry.PROVIDERS, KEY, MODULE)
    queue_provider.between.clear()


@dataclass
class QueueStage(Stage):
    hub: Runtime
    name: str = "Front office"
    streams: tuple[Stream, ...] = (Stream.BOOKINGS,)
    role: ConnectionRole = ConnectionRole.PRIMARY
    script: Script = field(default_factory=Script)

    def __post_init__(self) -> None:
        SCRIPTS[self.name] = self.script
        now = self.hub.clock()
        with self.hub.writing() as session:
            row = Connection(
                public_id=self.hub.new_id("cn"),
                provider=KEY,
                name=self.name,
                role=self.role,
                options={
                    "script": self.name,
                    "endpoint_url": "http://127.0.0.1:9",
                    "folder": str(self.folder),
                },
                streams=[stream.value for stream in self.streams],
                created_at=now,
                changed_at=now,
                next_sync_at=now,
            )
            session.add(row)
            session.flush()
            self.id, self.public_id = row.id, row.public_id

    @property
    def folder(self) -> Path:
        return self.hub.settings.data_dir / f"queue of {self.name}"

    def put(self, *events: dict[str, Any]) -> None:
        queue_provider.put(self.folder, *events)

    def answers(self, *bookings: Booking) -> None:
        """What the provider says of them from now on, in its list and alone."""
        self.tell(*bookings)
        self.script.single.update({item.external_id: item for item in bookings})

    def drain(self) -> int:
        return event_queues.drain(self.hub, self.id)

    def process(self) -> None:
        while hit_applying.process(self.hub, self.id):
            pass

    def queue(self) -> EventQueue:
        with self.hub.reading() as session:
            return session.get_one(EventQueue, self.id)

    def hits(self) -> list[WebhookHit]:
        return self.all(WebhookHit, WebhookHit.id)

    def states(self) -> list[str]:
        return [hit.state for hit in self.hits()]
