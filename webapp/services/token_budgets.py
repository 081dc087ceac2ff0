"""What is left of the few access tokens that a provider gives a day, for cards and commands."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.integrations import registry
from webapp.integrations.kit.manifest import Manifest
from webapp.integrations.kit.scarce_tokens import TokenBudget, owner_of
from webapp.models import Connection
from webapp.runtime import Runtime
from webapp.vault import VaultError

from .adapters import credentials_of
from .connection_views import Card
from .scarce_tokens import budget_of


def of_cards(runtime: Runtime, session: Session, cards: Sequence[Card]) -> Mapping[str, TokenBudget]:
    """By public id, for those whose provider is sparing with tokens; asks the database only where there are some."""
    sparing = [card.id for card in cards if card.archived_at is None and _sparing(card.provider)]
    if not sparing:
        return {}
    rows = session.scalars(select(Connection).where(Connection.id.in_(sparing)))
    found = {row.public_id: of_connection(runtime, session, row) for row in rows}
    return {key: budget for key, budget in found.items() if budget is not None}


def of_connection(runtime: Runtime, session: Session, row: Connection) -> TokenBudget | None:
    """None where the provider is not sparing with tokens, and where the key file does not open the credentials."""
    manifest = _sparing(row.provider)
    if manifest is None:
        return None
    try:
        given = credentials_of(runtime, row)
    except VaultError:
        return None
    owner = owner_of(manifest, given.options, given.secrets)
    return budget_of(session, owner, runtime.clock()) if owner else None


def _sparing(provider: str) -> Manifest | None:
    try:
        manifest = registry.manifest(provider)
    except registry.UnknownProvider:
        return None
    return manifest if manifest.scarce_tokens is not None else None
