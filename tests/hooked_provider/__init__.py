"""The provider without a network (tests/memory_provider) that also calls the hub: signed, or at a secret address only."""

KEY = "hooked"
MODULE = "tests.hooked_provider"
OPEN_KEY = "hooked_open"
OPEN_MODULE = "tests.hooked_provider.unsigned"
