"""The manifest of the provider that calls the hub and signs."""

from dataclasses import replace

from tests.hooked_provider import KEY
from tests.memory_provider.manifest import MANIFEST as MEMORY
from webapp.integrations.kit.manifest import WebhookSpec

EVENTS = (("made", "booking.created"), ("booking.updated", "booking.updated"))
MANIFEST = replace(
    MEMORY,
    key=KEY,
    label="Hooked",
    webhook=WebhookSpec(EVENTS, signed="HMAC", silent=("balance_minor",)),
)
