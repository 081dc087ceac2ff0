"""The manifest of the provider without a network."""

from webapp.domain.stream import Stream
from webapp.integrations.kit.manifest import Field, Manifest

MANIFEST = Manifest(
    key="memory",
    family="pms",
    label="Memory",
    summary="Answers what a test wrote down.",
    fields=(Field("script", "Script"),),
    streams=tuple(Stream),
    auth="none",
)
