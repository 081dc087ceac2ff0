"""Reads answers out of a folder; one that is called `lost` is removed and never arrives, `refused` refuses the key."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests import queue_provider
from tests.memory_provider.adapter import Adapter as MemoryAdapter
from tests.queue_provider.manifest import MANIFEST
from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Caches, Credentials, Event, Hit
from webapp.integrations.kit.errors import ContractBroken, CredentialsRejected, ProviderHung
from webapp.integrations.kit.http import ProviderClient

_FACTS = {fact.value: fact for fact in FactType}


class Adapter(MemoryAdapter):
    manifest = MANIFEST

    def __init__(self, credentials: Credentials, client: ProviderClient, caches: Caches) -> None:
        super().__init__(credentials, client, caches)
        self._folder = Path(credentials.text("folder"))

    @staticmethod
    def queue_of(options: Mapping[str, Any]) -> str:
        return str(options.get("folder") or "")

    def drain(self) -> Iterator[bytes]:
        while waiting := sorted(self._folder.glob("*")):
            body = waiting[0].read_bytes()
            if waiting[0].name == "refused":
                raise CredentialsRejected("status 401")
            waiting[0].unlink()
            if waiting[0].name == "lost":
                raise ProviderHung(60)
            yield body

    @staticmethod
    def split(answer: bytes) -> tuple[bytes, ...]:
        if queue_provider.between:
            queue_provider.between.pop(0)()
        try:
            return tuple(map(bytes, msgspec.json.decode(answer, type=list[msgspec.Raw])))
        except msgspec.DecodeError:
            return (answer,)

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        try:
            item = msgspec.json.decode(hit.body, type=dict[str, Any])
        except msgspec.DecodeError:
            raise ContractBroken("event") from None
        return (
            Event(
                id=None,
                type=item["type"],
                fact=_FACTS.get(item["type"]),
                occurred_at=None,
                stream=Stream.BOOKINGS,
                subject=item["id"],
                account=None,
                dedupe=item.get("mark"),
            ),
        )
