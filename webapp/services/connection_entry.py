"""What an admin typed for a provider, tidied and judged against its manifest: the one check for pages and commands."""

import dataclasses
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.domain.stream import Stream
from webapp.domain.wording import N_, Sentence
from webapp.integrations import registry
from webapp.integrations.kit.contract import RecipeKeeper
from webapp.integrations.kit.guard import NetworkPolicy, check_url, tidy_url
from webapp.integrations.kit.key_kinds import recognise_key
from webapp.integrations.kit.manifest import Field, Manifest

FREQUENCIES = (5, 15, 30, 60)
"""Minutes between two runs."""
HISTORIES = (7, 30, 90)
"""Days of history that the first run reads."""
LONGEST_NAME = 120
LONGEST_VALUE = 2000
LONGEST_SECRET = 10_000
WEBHOOK_SECRETS = frozenset({"webhook_secret"})
"""The secret fields that prove calls that come in; no provider refuses them."""
SHORTEST_TOLD = 8
"""A shorter secret may stand in a recipe by chance."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field; `message` is a sentence to translate, `params` fill it.

    `part` is the piece of the typed value that is to blame, when one can be named.
    """

    field: str
    message: str
    params: Mapping[str, str | Sentence] = dataclasses.field(default_factory=dict)
    part: str = ""


class ConnectionInvalid(Exception):
    """A connection cannot be saved as typed; every field that needs another look is named."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(" ".join(f"{item.field}: {item.message % item.params}" for item in problems))


def active_names(manifest: Manifest, options: Mapping[str, Any]) -> frozenset[str]:
    """The fields that matter: those that no choice is responsible for, and those of the chosen values."""
    conditional: set[str] = set()
    chosen: set[str] = set()
    for item in manifest.fields:
        value = str(options.get(item.name) or item.default)
        for choice in item.choices:
            conditional.update(choice.fields)
            if choice.value == value:
                chosen.update(choice.fields)
    return frozenset(
        item.name for item in manifest.fields if item.name in chosen or item.name not in conditional
    )


def conditional_names(manifest: Manifest) -> frozenset[str]:
    """The fields that only matter for some values of a choice."""
    return frozenset(name for item in manifest.fields for choice in item.choices for name in choice.fields)


def cleaned(manifest: Manifest, options: Mapping[str, Any]) -> dict[str, str]:
    """Each plain value that was typed as it was meant: trimmed, addresses completed. Nothing is left out."""
    return {
        item.name: _cleaned(item, options[item.name])
        for item in manifest.fields
        if not item.is_secret and item.name in options
    }


def tidied(manifest: Manifest, options: Mapping[str, Any]) -> dict[str, Any]:
    """The plain values as they are stored: cleaned, defaults filled in, those that do not matter left out."""
    typed = cleaned(manifest, options)
    plain = [item for item in manifest.fields if not item.is_secret]
    values = {item.name: typed.get(item.name) or item.default for item in plain}
    active = active_names(manifest, values)
    return {name: value for name, value in values.items() if value and name in active}


def problems_of(
    manifest: Manifest, options: Mapping[str, Any], secret_names: Collection[str], network: NetworkPolicy
) -> tuple[Problem, ...]:
    """Judges tidied `options`; `secret_names` are the secrets that were typed or are stored."""
    active = active_names(manifest, options)
    conditional = conditional_names(manifest)
    return tuple(
        problem
        for item in manifest.fields
        if item.name in active
        for problem in _field_problems(
            manifest,
            item,
            options.get(item.name),
            network,
            is_secret_known=item.name in secret_names,
            is_conditional=item.name in conditional,
        )
    )


def secret_problems(manifest: Manifest, secrets: Mapping[str, str]) -> tuple[Problem, ...]:
    """What can be told of a secret by its look; the texts never repeat it."""
    return tuple(
        problem
        for name, value in secrets.items()
        if name in manifest.secret_names
        for problem in (*_slips(name, value), *_foreign_keys(manifest, name, value))[:1]
    )


def told_secret_problems(
    manifest: Manifest, options: Mapping[str, Any], secrets: Mapping[str, str]
) -> tuple[Problem, ...]:
    """A recipe is shown, exported and kept in versions: a secret written into it would be, too."""
    message = N_(
        "The recipe holds the value of “%(field)s”. Recipes are shown, exported and kept: take it out. "
        "A header may say {{secret.api_key}} instead."
    )
    labels = {item.name: item.label for item in manifest.fields}
    told = [
        (item.name, labels.get(name, name))
        for item in manifest.fields
        if item.kind == "recipe"
        for name, secret in secrets.items()
        if len(secret) >= SHORTEST_TOLD and secret in str(options.get(item.name, ""))
    ]
    return tuple(Problem(field, message, {"field": Sentence(label)}) for field, label in told)


def sync_problems(
    manifest: Manifest, streams: Collection[str], frequency_minutes: int, history_days: int
) -> tuple[Problem, ...]:
    problems = []
    offered = {stream.value for stream in manifest.streams}
    if not streams:
        problems.append(Problem("streams", N_("Tick at least one kind of data.")))
    elif not set(streams) <= offered:
        problems.append(Problem("streams", N_("This provider does not offer one of these kinds of data.")))
    if frequency_minutes not in FREQUENCIES:
        problems.append(Problem("frequency_minutes", N_("Choose one of the four sync frequencies.")))
    if history_days not in HISTORIES:
        problems.append(Problem("history_days", N_("Choose 7, 30 or 90 days.")))
    return tuple(problems)


def name_problems(name: str) -> tuple[Problem, ...]:
    if not name:
        return (Problem("name", N_("Give the connection a name.")),)
    if len(name) > LONGEST_NAME:
        return (
            Problem("name", N_("The name is longer than %(most)s letters."), {"most": str(LONGEST_NAME)}),
        )
    return ()


def in_order(streams: Collection[str]) -> list[str]:
    """Stream names in the order of a run, each once."""
    return [stream.value for stream in Stream if stream.value in streams]


def recipe_keeper(provider: str) -> type[RecipeKeeper] | None:
    """The adapter's class where the admin writes the mapping."""
    found = registry.adapter_class(provider)
    return found if issubclass(found, RecipeKeeper) else None


def _cleaned(item: Field, value: object) -> str:
    text = "" if value is None else str(value)
    if item.kind == "recipe":
        return text.strip()
    # What cannot be seen came along with a copied value and would fail at the provider without a visible cause.
    text = "".join(letter for letter in text if letter.isprintable()).strip()
    return tidy_url(text) if item.kind == "url" and text else text


def _field_problems(
    manifest: Manifest,
    item: Field,
    value: object,
    network: NetworkPolicy,
    *,
    is_secret_known: bool,
    is_conditional: bool,
) -> Iterator[Problem]:
    text = "" if value is None else str(value)
    given = is_secret_known if item.is_secret else bool(text)
    if not given:
        if item.required or (is_conditional and _is_wanted(item)):
            yield Problem(item.name, _missing(item), {"label": item.label})
        return
    if item.is_secret:
        return
    if item.kind == "recipe":
        yield from _recipe_problems(manifest, text)
        return
    if len(text) > LONGEST_VALUE:
        yield Problem(item.name, N_("This is too long."))
    elif item.kind == "url":
        is_main = item.name == "endpoint_url"
        endpoints = manifest.endpoints if is_main else ()
        domains = manifest.endpoint_domains if is_main else ()
        for wrong in check_url(text, network, endpoints, domains):
            yield Problem(item.name, wrong.message, wrong.params, wrong.text)
    elif item.kind == "choice" and text not in {choice.value for choice in item.choices}:
        yield Problem(item.name, N_("Choose one of the list."))
    elif item.pattern and re.fullmatch(item.pattern, text) is None:
        yield Problem(
            item.name, N_("This does not look like a value of this field; compare it with the provider's.")
        )


def _is_wanted(item: Field) -> bool:
    """A field that belongs to the chosen way in is needed, unless it has a default or may be empty by its pattern."""
    return not item.default and not (item.pattern and re.fullmatch(item.pattern, ""))


def _missing(item: Field) -> str:
    return N_("Choose one of the list.") if item.kind == "choice" else N_("Enter a value.")


def _recipe_problems(manifest: Manifest, document: str) -> Iterator[Problem]:
    keeper = recipe_keeper(manifest.key)
    if keeper is not None:
        for error in keeper.recipe_problems(document):
            yield Problem("recipe", error.message, error.params)


def _slips(name: str, value: str) -> Iterator[Problem]:
    """What copying does to a secret."""
    if len(value) > LONGEST_SECRET:
        yield Problem(name, N_("This is too long for a key or a password."))
    elif value != value.strip():
        yield Problem(name, N_("There is a blank or a line break at one end; copy it without."))
    elif not value.isprintable():
        yield Problem(name, N_("There is a line break or an invisible character inside; copy it again."))
    elif value.startswith("••"):
        yield Problem(
            name, N_("These are the dots that stand for the stored value; leave the field empty to keep it.")
        )


def _foreign_keys(manifest: Manifest, name: str, value: str) -> Iterator[Problem]:
    """Told before a key goes to somebody it was not made for; only where the provider is known, because a hotel's own
    system may stand behind another vendor's door.
    """
    if not (manifest.endpoints or manifest.endpoint_domains):
        return
    kind, label = recognise_key(value), manifest.label
    if kind is None or kind.owner == label or (kind.is_signing and name in WEBHOOK_SECRETS):
        return
    if kind.is_signing:
        yield Problem(name, N_("This is a signing secret of webhooks, not an API key."))
    elif not kind.owner:
        yield Problem(name, N_("This is a certificate or a private key, not an API key."))
    else:
        yield Problem(
            name,
            N_("This looks like a key of %(owner)s, not of %(provider)s."),
            {"owner": kind.owner, "provider": Sentence(label)},
        )
