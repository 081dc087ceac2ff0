"""Drafts: a half-filled "Add New Integration", sealed, one per person and provider, so that nothing typed is lost."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.models import ConnectionDraft, User
from webapp.runtime import Runtime
from webapp.vault import Secret

from .connection_check import TIME_LIMIT, try_out
from .connection_entry import (
    Problem,
    active_names,
    cleaned,
    in_order,
    problems_of,
    recipe_keeper,
    secret_problems,
    tidied,
)
from .connection_verdict import Outcome, Proof
from .connection_views import Card, SecretHint
from .connections import create
from .draft_sheets import DraftTokens, Sheet, opened, row_of, write


class NoSuchDraft(LookupError):
    """This person has no draft for this provider."""


class DraftView(Value, frozen=True):
    """A draft without its secrets: of those only that they were typed, and their last four characters."""

    provider: str
    provider_label: str
    options: Mapping[str, Any]
    secret_hints: Mapping[str, SecretHint]
    streams: tuple[Stream, ...]
    frequency_minutes: int
    history_days: int
    name: str
    ticked: frozenset[int]
    is_mapped: bool
    is_proven: bool
    account: str | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What one step adds; None leaves a value as it is. An empty secret keeps the typed one."""

    options: Mapping[str, Any] | None = None
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    streams: Collection[str] | None = None
    frequency_minutes: int | None = None
    history_days: int | None = None
    name: str | None = None
    ticked: Collection[int] | None = None
    is_mapped: bool | None = None


def every(runtime: Runtime, session: Session, user: str) -> tuple[DraftView, ...]:
    """The drafts of a person (public id), the latest first; one that no key file opens any more is left out."""
    statement = (
        select(ConnectionDraft).join(User, User.id == ConnectionDraft.user_id).where(User.public_id == user)
    )
    rows = session.scalars(statement.order_by(ConnectionDraft.changed_at.desc(), ConnectionDraft.id.desc()))
    return tuple(
        _view(row.provider, sheet, row.changed_at)
        for row in rows
        if row.provider in registry.PROVIDERS and (sheet := opened(runtime, row)) is not None
    )


def find(runtime: Runtime, session: Session, user: str, provider: str) -> DraftView | None:
    row = row_of(session, user, provider)
    sheet = opened(runtime, row) if row else None
    return _view(provider, sheet, row.changed_at) if row and sheet else None


def blank(provider: str) -> DraftView:
    """What the wizard shows before anything was typed; stored nowhere. Raises UnknownProvider."""
    return _view(provider, _blank_sheet(provider), None)


def save(runtime: Runtime, user: str, provider: str, changes: Changes) -> DraftView:
    """Adds what one step says to the draft, which begins with it. Raises UnknownProvider."""
    with runtime.writing() as session:
        row = row_of(session, user, provider)
        before = (opened(runtime, row) if row else None) or _blank_sheet(provider)
        sheet = _changed(provider, before, changes)
        write(runtime, session, row, sheet, user=user, provider=provider)
    return _view(provider, sheet, runtime.clock())


def discard(runtime: Runtime, user: str, provider: str) -> None:
    with runtime.writing() as session:
        row = row_of(session, user, provider)
        if row is not None:
            session.delete(row)


def try_draft(runtime: Runtime, user: str, provider: str, *, seconds: float = TIME_LIMIT) -> Outcome:
    """The connection test of a draft; a passed one is remembered until something is typed. Raises NoSuchDraft."""
    sheet = _sheet_of(runtime, user, provider)
    options, secrets = _usable(provider, sheet)
    streams = sheet.streams if sheet.is_mapped or recipe_keeper(provider) is None else [Stream.BOOKINGS.value]
    is_mapped = sheet.is_mapped or recipe_keeper(provider) is None
    tokens = DraftTokens(runtime, user, provider)
    outcome = try_out(
        runtime, provider, options, secrets, streams, is_mapped=is_mapped, seconds=seconds, tokens=tokens
    )
    proof = Proof.of(outcome, provider, options, secrets) if outcome.is_proof and is_mapped else None
    with runtime.writing() as session:
        row = row_of(session, user, provider)
        now_there = opened(runtime, row) if row else None
        if row is not None and now_there is not None and now_there.says_the_same(sheet):
            write(
                runtime,
                session,
                row,
                msgspec.structs.replace(now_there, proof=proof),
                user=user,
                provider=provider,
            )
    return outcome


def access_problems(runtime: Runtime, user: str, provider: str) -> tuple[Problem, ...]:
    """What is wrong with the way in; the recipe is judged by its own step. Raises NoSuchDraft."""
    sheet = _sheet_of(runtime, user, provider)
    manifest = registry.manifest(provider)
    options, secrets = _usable(provider, sheet)
    found = problems_of(manifest, options, secrets, runtime.network)
    typed = {name: secret.reveal() for name, secret in secrets.items()}
    return tuple(
        problem for problem in (*found, *secret_problems(manifest, typed)) if problem.field != "recipe"
    )


def credentials(runtime: Runtime, user: str, provider: str) -> tuple[dict[str, Any], dict[str, Secret]]:
    """The tidied options and the secrets in use, for a look at sample data. Raises NoSuchDraft."""
    return _usable(provider, _sheet_of(runtime, user, provider))


def finish(runtime: Runtime, user: str, provider: str, *, name: str, actor: str) -> Card:
    """Makes the connection and throws the draft away. Raises ConnectionInvalid, NoSuchDraft."""
    sheet = _sheet_of(runtime, user, provider)
    options, secrets = _usable(provider, sheet)
    made = create(
        runtime,
        provider=provider,
        name=name,
        options=options,
        secrets=secrets,
        streams=sheet.streams,
        frequency_minutes=sheet.frequency_minutes,
        history_days=sheet.history_days,
        actor=actor,
        proof=sheet.proof,
        tokens=sheet.lasting(),
    )
    discard(runtime, user, provider)
    return made


# --------------------------------------------------------------------------------------------------------------------


def _blank_sheet(provider: str) -> Sheet:
    manifest = registry.manifest(provider)
    options = {item.name: item.default for item in manifest.fields if item.default and not item.is_secret}
    if manifest.endpoints and "endpoint_url" not in options:
        options["endpoint_url"] = manifest.endpoints[0].url
    keeper = recipe_keeper(provider)
    if keeper is not None:
        options["recipe"] = keeper.blank_recipe()
    return Sheet(options=options, streams=in_order([stream.value for stream in manifest.streams]))


def _changed(provider: str, sheet: Sheet, changes: Changes) -> Sheet:
    typed = {name: secret.reveal() for name, secret in changes.secrets.items() if secret}
    after = msgspec.structs.replace(
        sheet,
        options={**sheet.options, **cleaned(registry.manifest(provider), changes.options or {})},
        secrets={**sheet.secrets, **typed},
        streams=sheet.streams if changes.streams is None else in_order(changes.streams),
        frequency_minutes=changes.frequency_minutes or sheet.frequency_minutes,
        history_days=changes.history_days or sheet.history_days,
        name=sheet.name if changes.name is None else changes.name,
        ticked=sheet.ticked if changes.ticked is None else sorted(changes.ticked),
        is_mapped=sheet.is_mapped if changes.is_mapped is None else changes.is_mapped,
    )
    proves_still = (after.options, after.secrets, after.streams) == (
        sheet.options,
        sheet.secrets,
        sheet.streams,
    )
    return after if proves_still else msgspec.structs.replace(after, proof=None)


def _usable(provider: str, sheet: Sheet) -> tuple[dict[str, Any], dict[str, Secret]]:
    manifest = registry.manifest(provider)
    options = tidied(manifest, sheet.options)
    names = active_names(manifest, options) & manifest.secret_names
    return options, {name: Secret(value) for name, value in sheet.secrets.items() if name in names and value}


def _sheet_of(runtime: Runtime, user: str, provider: str) -> Sheet:
    with runtime.reading() as session:
        row = row_of(session, user, provider)
    sheet = opened(runtime, row) if row else None
    if sheet is None:
        raise NoSuchDraft(provider)
    return sheet


def _view(provider: str, sheet: Sheet, changed_at: datetime | None) -> DraftView:
    manifest = registry.manifest(provider)
    return DraftView(
        provider=provider,
        provider_label=manifest.label,
        options=dict(sheet.options),
        secret_hints={
            name: SecretHint(value[-4:] if len(value) >= 12 else "", None)
            for name, value in sheet.secrets.items()
        },
        streams=tuple(stream for stream in Stream if stream.value in sheet.streams),
        frequency_minutes=sheet.frequency_minutes,
        history_days=sheet.history_days,
        name=sheet.name,
        ticked=frozenset(sheet.ticked),
        is_mapped=sheet.is_mapped,
        is_proven=sheet.proof is not None,
        account=sheet.proof.account if sheet.proof else None,
        changed_at=changed_at,
    )
