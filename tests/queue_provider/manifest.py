"""The manifest of the provider with a queue."""

from dataclasses import replace

from tests.memory_provider.manifest import MANIFEST as MEMORY
from tests.queue_provider import KEY

MANIFEST = replace(MEMORY, key=KEY, label="Queued", no_webhook_reason="It keeps a queue.")
