"""All providers as the contract suite meets them, in the order of the catalogue."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.integrations import guesty_provider, opera_provider, providers, rms_provider

PROVIDERS: Mapping[str, Callable[[], Any]] = {
    **opera_provider.PROVIDERS,
    **guesty_provider.PROVIDERS,
    **providers.PROVIDERS,
    **rms_provider.PROVIDERS,
}
