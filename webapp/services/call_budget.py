"""How many calls a sync frequency costs, against what the provider allows: shown before saving, refusing nothing."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from webapp.domain.value import Value
from webapp.integrations.kit.manifest import Manifest

MINUTES, SECONDS = 60, 3600


class Budget(Value, frozen=True):
    """Calls in an hour when little changes; `allowed` is None where the provider names no limit."""

    calls: int
    allowed: int | None


def per_hour(
    manifest: Manifest, options: Mapping[str, Any], streams: Collection[str], frequency_minutes: int
) -> Budget:
    """One call per kind of data and run is the least; busy hours and the first run take more pages."""
    runs = MINUTES / max(frequency_minutes, 1)
    return Budget(calls=round(runs * len(set(streams))), allowed=_allowed(manifest, options))


def _allowed(manifest: Manifest, options: Mapping[str, Any]) -> int | None:
    own = _limits_of_recipe(options.get("recipe"))
    if own:
        return min(own)
    return round(manifest.limit.calls / manifest.limit.seconds * SECONDS) if manifest.limit else None


def _limits_of_recipe(recipe: object) -> list[int]:
    try:
        limits = msgspec.json.decode(recipe).get("limits", {}) if isinstance(recipe, str) else {}
        pairs = ((limits.get("per_second"), SECONDS), (limits.get("per_minute"), MINUTES))
        return [int(calls) * times for calls, times in pairs if calls]
    except (msgspec.DecodeError, AttributeError, TypeError, ValueError):
        return []
