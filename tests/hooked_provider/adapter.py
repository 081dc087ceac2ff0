"""Understands calls like {"account": "H1", "events": [{"type": "booking.updated", "id": "R1", "mark": "e1"}]}."""

from datetime import datetime
from typing import Any

import msgspec

from tests.hooked_provider.manifest import MANIFEST
from tests.memory_provider.adapter import Adapter as MemoryAdapter
from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Event, Hit
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.signatures import HmacScheme, verify_hmac
from webapp.vault import Secret

SECRET = "s3cret-of-the-hooked-provider"
SCHEME = HmacScheme("X-Signature", prefix="sha256=")
_FACTS = {fact.value: fact for fact in FactType}


class Adapter(MemoryAdapter):
    manifest = MANIFEST

    def verify(self, hit: Hit, now: datetime) -> None:
        verify_hmac(SCHEME, hit.headers, hit.body, [Secret(SECRET)], now)

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        body = _body(hit)
        if body is None or not isinstance(body.get("events"), list):
            raise ContractBroken("webhook: the body")
        return tuple(
            Event(
                id=None,
                type=str(item["type"]),
                fact=_FACTS.get(item["type"]),
                occurred_at=datetime.fromisoformat(item["at"]) if "at" in item else None,
                stream=Stream(item.get("stream", "bookings")),
                subject=str(item.get("id", "")),
                account=self.account_of(hit),
                dedupe=item.get("mark"),
            )
            for item in body["events"]
        )

    @staticmethod
    def account_of(hit: Hit) -> str | None:
        body = _body(hit)
        return None if body is None else body.get("account")


def _body(hit: Hit) -> dict[str, Any] | None:
    try:
        body = msgspec.json.decode(hit.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
