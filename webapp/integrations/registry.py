"""The list of providers: key, where its manifest and its adapter live. Imported on first use."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .kit.contract import Adapter
    from .kit.manifest import Manifest

PROVIDERS: dict[str, str] = {
    "opera_cloud": "webapp.integrations.pms.opera_cloud",
    "cloudbeds": "webapp.integrations.pms.cloudbeds",
    "guesty": "webapp.integrations.pms.guesty",
    "mews": "webapp.integrations.pms.mews",
    "rms_cloud": "webapp.integrations.pms.rms_cloud",
    "custom_rest": "webapp.integrations.pms.custom_rest",
}


class UnknownProvider(LookupError):
    """No provider of that key is part of this version."""


def manifest(key: str) -> "Manifest":
    """The provider's manifest; imports its data module only."""
    found: Manifest = import_module(_module(key) + ".manifest").MANIFEST
    return found


def manifests() -> "tuple[Manifest, ...]":
    """All manifests, in the order of the catalogue."""
    return tuple(manifest(key) for key in PROVIDERS)


def adapter_class(key: str) -> "type[Adapter]":
    """The provider's adapter class; imported here so that start-up does not pay for providers nobody uses."""
    from webapp.domain import shapes

    found: type[Adapter] = import_module(_module(key) + ".adapter").Adapter
    shapes.make_ready()
    return found


def _module(key: str) -> str:
    try:
        return PROVIDERS[key]
    except KeyError as error:
        raise UnknownProvider(f"There is no provider {key!r}. Known: {', '.join(PROVIDERS)}.") from error
