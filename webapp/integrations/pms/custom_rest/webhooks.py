"""Calls of a Custom PMS to the hub, by the recipe's section `webhook`: how they are proven and what they say."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.contract import Event, Hit
from webapp.integrations.kit.errors import ContractBroken, RecipeWrong, SignatureRejected
from webapp.integrations.kit.select import PathMissing, getter, records
from webapp.integrations.kit.signatures import HmacScheme, verify_basic, verify_hmac, verify_secret_header
from webapp.integrations.kit.unreadable import Unreadable
from webapp.vault import Secret

from .recipe import FieldRule, Recipe, WebhookProof, WebhookRecipe
from .values import as_text, instant

FACTS: Mapping[str, FactType] = {
    "reservation.created": FactType.BOOKING_CREATED,
    "reservation.updated": FactType.BOOKING_UPDATED,
    "reservation.cancelled": FactType.BOOKING_CANCELLED,
    "guest.checkin": FactType.GUEST_CHECKIN,
    "guest.checkout": FactType.GUEST_CHECKOUT,
}
MOST_EVENTS = 1000


def signs(recipe: Recipe | None) -> bool:
    """Without a description nothing can be verified: the call is kept and says what is missing."""
    return recipe is not None and recipe.webhook is not None and recipe.webhook.auth.kind != "none"


def verify(recipe: Recipe | None, hit: Hit, secret: Secret, now: datetime) -> None:
    """Raises SignatureRejected, and only that. `secret` may hold two, separated by a blank, while it is changed."""
    if recipe is None or recipe.webhook is None:
        raise SignatureRejected(N_("the recipe does not describe the calls"))
    proof = recipe.webhook.auth
    if proof.kind == "none":
        raise SignatureRejected(N_("by its recipe this API signs nothing"))
    secrets = [Secret(part) for part in secret.reveal().split()]
    if not secrets:
        raise SignatureRejected(N_("no webhook secret is stored here"))
    if proof.kind == "hmac":
        verify_hmac(scheme_of(proof), hit.headers, hit.body, secrets, now)
        return
    refusal: SignatureRejected | None = None
    for one in secrets:
        try:
            if proof.kind == "basic":
                verify_basic(hit.headers, proof.username, one)
            else:
                verify_secret_header(hit.headers, proof.header, Secret(proof.prefix + one.reveal()))
        except SignatureRejected as error:
            refusal = error
        else:
            return
    raise refusal or SignatureRejected(N_("the secret does not match"))


def scheme_of(proof: WebhookProof) -> HmacScheme:
    return HmacScheme(
        proof.header,
        algorithm=proof.algorithm,
        encoding=proof.encoding,
        prefix=proof.prefix,
        signed=proof.signed,
        timestamp_header=proof.timestamp_header,
        id_header=proof.id_header,
        tolerance=float(proof.tolerance_seconds),
        key=proof.key,
    )


def parse(recipe: Recipe | None, hit: Hit) -> tuple[Event, ...]:
    """Raises RecipeWrong when the recipe says nothing of calls, ContractBroken for a body that it does not fit."""
    if recipe is None or recipe.webhook is None:
        raise RecipeWrong("webhook", N_("A call came, and the recipe does not describe them."))
    hook = recipe.webhook
    body = _body(hit)
    try:
        rows = records(body, hook.select) if hook.select else [body]
    except PathMissing:
        raise ContractBroken(f"webhook: {hook.select}", "not in the body") from None
    if len(rows) > MOST_EVENTS:
        raise ContractBroken(Sentence(N_("webhook: more events than a call may have")))
    account = _at(hook.property, body) or None
    return tuple(event for row in rows for event in _events(recipe, hook, row, hit, account))


def account_of(recipe: Recipe | None, hit: Hit) -> str | None:
    """Raises nothing: it is asked about calls of whoever finds the address."""
    if recipe is None or recipe.webhook is None or not recipe.webhook.property:
        return None
    try:
        return _at(recipe.webhook.property, _body(hit)) or None
    except ContractBroken:
        return None


def _events(recipe: Recipe, hook: WebhookRecipe, row: Any, hit: Hit, account: str | None) -> Iterator[Event]:
    """One for each record that a row names: the path of the id may lead to a list."""
    word = _at(hook.event, row)
    if not word:
        raise ContractBroken(f"webhook: {hook.event}", "missing")
    meaning = {name.casefold(): meant for name, meant in hook.events.items()}.get(word.casefold(), "ignore")
    ids = _ids(hook, row) if meaning != "ignore" else [""]
    identity = _at(hook.event_id, row) if hook.event_id else _header(hit, hook.event_id_header)
    for number, subject in enumerate(ids):
        yield Event(
            id=f"{identity[:180]}#{number}" if identity and number else identity[:180] or None,
            type=word,
            fact=FACTS.get(meaning),
            occurred_at=_moment(recipe, hook, row),
            stream=Stream.GUESTS if meaning == "guest.updated" else Stream.BOOKINGS,
            subject=subject,
            account=_at(hook.property, row) or account,
            dedupe=None,
        )


def _ids(hook: WebhookRecipe, row: Any) -> list[str]:
    """Of the first path that leads to something; one empty id when none does."""
    for path in (hook.id,) if isinstance(hook.id, str) else hook.id:
        found = getter(path)(row)
        ids = [_text(item) for item in found] if isinstance(found, list) else [_text(found)]
        if any(ids):
            return ids
    return [""]


def _header(hit: Hit, name: str) -> str:
    return {key.lower(): value for key, value in hit.headers.items()}.get(name.lower(), "") if name else ""


def _body(hit: Hit) -> Any:
    try:
        return msgspec.json.decode(hit.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # The texts of these errors may repeat the body.
        raise ContractBroken("webhook: the body", "not JSON") from None


def _at(path: str, row: Any) -> str:
    return _text(getter(path)(row)) if path else ""


def _text(value: Any) -> str:
    """A plain value as text; empty for anything else."""
    return as_text(value).strip() if isinstance(value, str | int | float) else ""


def _moment(recipe: Recipe, hook: WebhookRecipe, row: Any) -> datetime | None:
    """A time that cannot be read is none: the record tells better."""
    if not hook.occurred_at:
        return None
    read = instant(FieldRule(path=hook.occurred_at), "occurred_at", ZoneInfo(recipe.timezone))
    try:
        moment: datetime | None = read(row)
    except (Unreadable, OverflowError):
        return None
    return moment
