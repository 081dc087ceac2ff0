"""The manifest of the provider that signs nothing."""

from dataclasses import replace

from tests.hooked_provider import OPEN_KEY
from tests.hooked_provider.manifest import EVENTS
from tests.hooked_provider.manifest import MANIFEST as SIGNED
from webapp.integrations.kit.manifest import WebhookSpec

MANIFEST = replace(
    SIGNED,
    key=OPEN_KEY,
    webhook=WebhookSpec(EVENTS, signed="Not at all", address_is_proof=True, silent=("balance_minor",)),
)
