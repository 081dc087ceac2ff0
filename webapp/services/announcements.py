"""What a connection's provider announces by webhook, in its own words: by its manifest, or by the hotel's recipe."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from webapp.domain.event import FactType
from webapp.integrations import registry
from webapp.integrations.kit.manifest import WebhookSpec
from webapp.models import Connection

_KINDS = {kind.value: kind for kind in FactType} | {
    kind.value.replace("booking.", "reservation."): kind for kind in FactType
}


def words_of(connection: Connection) -> Mapping[FactType, frozenset[str]]:
    """The provider's names for each kind of fact that it calls about; empty for one that is only polled."""
    spec = spec_of(connection.provider)
    if spec is None:
        return {}
    recipe = connection.options.get("recipe")
    pairs = _of_recipe(recipe) if isinstance(recipe, str) else spec.events
    found: dict[FactType, set[str]] = defaultdict(set)
    for word, name in pairs:
        if name in _KINDS:
            # A part after = tells statuses apart; it is neither ordered nor sent by itself.
            found[_KINDS[name]].add(word.partition("=")[0])
    return {kind: frozenset(words) for kind, words in found.items()}


def silent_fields(provider: str) -> frozenset[str]:
    """Fields of a booking whose change alone is never announced."""
    spec = spec_of(provider)
    return frozenset(spec.silent) if spec else frozenset()


def spec_of(provider: str) -> WebhookSpec | None:
    """None for a provider that calls nobody, or that is not part of this version."""
    return registry.manifest(provider).webhook if provider in registry.PROVIDERS else None


def _of_recipe(text: str) -> Iterable[tuple[str, str]]:
    try:
        events = msgspec.json.decode(text)["webhook"]["events"]
        return [(str(word), str(name)) for word, name in events.items()]
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return ()  # a recipe without webhooks, or one that the form will refuse
