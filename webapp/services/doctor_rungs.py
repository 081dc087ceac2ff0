"""The last rungs of a connection test, which only the hub can climb: a sample record, calls left, the webhook way back."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.fault import Actor, Fault
from webapp.domain.stream import Stream
from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.call_record import CallRecord
from webapp.integrations.kit.contract import (
    Adapter,
    Missing,
    Rung,
    StreamSource,
    Subscription,
    WebhookSubscriber,
)
from webapp.integrations.kit.errors import ProviderError
from webapp.integrations.kit.reach import broken
from webapp.models import Booking, CallHeadroom, Connection, WebhookHit
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import hit_addresses, token_budgets
from .connection_views import card_of

SAMPLE, QUOTA, WEBHOOK = N_("Sample record"), N_("Calls left"), N_("Webhook way back")
NOT_FROM_INSIDE = N_("Not known: whether the provider can reach this hub cannot be seen from inside.")

QUOTA_USED = Fault(
    code="quota_used",
    message=N_("The provider allows no more calls at the moment."),
    advice=N_("Nothing to do: the hub waits. If it happens often, choose a longer sync frequency."),
    actor=Actor.NOBODY,
)
SUBSCRIPTION_GONE = Fault(
    code="webhooks_missing",
    message=N_("The provider has %(found)s of %(wanted)s events on order for this hub."),
    advice=N_(
        "Press “Register the five events for me” on the Webhooks tab. The regular sync goes on meanwhile."
    ),
    actor=Actor.ADMIN,
)


def climb(
    runtime: Runtime,
    adapter: Adapter,
    stored: Connection | None,
    streams: Sequence[Stream],
    calls: Sequence[CallRecord],
) -> Iterator[Rung]:
    """None of them stops the ladder. Of a draft only the calls left, when the provider told them."""
    if stored is not None and Stream.BOOKINGS in streams and isinstance(adapter, StreamSource):
        yield _sample(runtime, adapter, stored)
    quota = _quota(runtime, stored, calls)
    if quota is not None:
        yield quota
    if stored is not None and adapter.manifest.webhook is not None:
        yield _webhook(runtime, adapter, stored)


def _sample(runtime: Runtime, adapter: StreamSource, stored: Connection) -> Rung:
    """The booking that changed last is read again, the way a hit reads it."""
    with runtime.reading() as session:
        statement = select(Booking.external_id).where(Booking.connection_id == stored.id)
        found = session.scalars(
            statement.where(Booking.gone_at.is_(None)).order_by(Booking.id.desc()).limit(1)
        ).first()
    if found is None:
        note = Sentence(N_("No booking is stored yet: the first sync brings one."))
        return Rung("sample", SAMPLE, True, notes=(note,), is_known=False)
    began = time.monotonic()
    try:
        (record,) = adapter.fetch_by_ids(Stream.BOOKINGS, [found])
    except ProviderError as error:
        return broken("sample", SAMPLE, error, began, stops=False)
    said = (
        N_("Booking %(id)s is no longer there.")
        if isinstance(record, Missing)
        else N_("Booking %(id)s was read again and understood.")
    )
    ms = int((time.monotonic() - began) * 1000)
    return Rung("sample", SAMPLE, True, ms, notes=(Sentence(said, {"id": found}),))


def _quota(runtime: Runtime, stored: Connection | None, calls: Sequence[CallRecord]) -> Rung | None:
    """By the headers of this test, else by those of the last run; and the ledger of scarce tokens. Asks nobody."""
    told = next((call.headroom for call in reversed(calls) if call.headroom is not None), None)
    allowed, remaining = (told.allowed, told.remaining) if told else (None, None)
    notes: list[Sentence] = []
    with runtime.reading() as session:
        tokens = _tokens(runtime, session, stored) if stored is not None else []
        last = _last_headroom(session, stored.id) if stored is not None else None
    if told is None and last is not None and (last.resets_at is None or last.resets_at > runtime.clock()):
        allowed, remaining = last.allowed, last.remaining
        notes.append(Sentence(N_("As the provider said at %(at)s."), {"at": last.at.isoformat()}))
    if remaining is None:
        unknown = Sentence(N_("Not known: the provider does not say how many calls are left."))
        rung = Rung("quota", QUOTA, True, notes=(*tokens, unknown), is_known=bool(tokens))
        return rung if stored is not None else None
    said = N_("%(left)s of %(allowed)s calls.") if allowed is not None else N_("%(left)s calls.")
    notes.insert(0, Sentence(said, {"left": str(remaining), "allowed": str(allowed)}))
    fault = QUOTA_USED if remaining == 0 else None
    return Rung("quota", QUOTA, remaining > 0, fault=fault, stops=False, notes=(*notes, *tokens))


def _tokens(runtime: Runtime, session: Session, stored: Connection) -> list[Sentence]:
    budget = token_budgets.of_cards(runtime, session, [card_of(stored)]).get(stored.public_id)
    if budget is None:
        return []
    said = N_("%(left)s of %(allowed)s access tokens left today.")
    return [Sentence(said, {"left": str(budget.left), "allowed": str(budget.allowed)})]


def _last_headroom(session: Session, connection_id: int) -> CallHeadroom | None:
    statement = select(CallHeadroom).where(CallHeadroom.connection_id == connection_id)
    return session.scalars(statement.order_by(CallHeadroom.at.desc()).limit(1)).first()


# --- the way back ---------------------------------------------------------------------------------------------------


def _webhook(runtime: Runtime, adapter: Adapter, stored: Connection) -> Rung:
    """What is known of it: the last call, the order at the provider, our public address. Reachability never is."""
    began = time.monotonic()
    base = runtime.settings.public_base_url or ""
    with runtime.reading() as session:
        last_at = session.scalars(
            select(WebhookHit.received_at)
            .where(WebhookHit.connection_id == stored.id)
            .order_by(WebhookHit.id.desc())
            .limit(1)
        ).first()
        url = _own_url(runtime, session, stored, base)
    notes = [_heard(last_at), *_public(base)]
    wanted = {name.partition("=")[0] for name, _ in islice(_events(adapter), 50)}
    found: int | None = None
    if isinstance(adapter, WebhookSubscriber) and url:
        try:
            found = len({item.type for item in _ours(adapter.subscriptions(), url)} & wanted)
            said = N_("%(found)s of %(wanted)s events are on order at the provider.")
            notes.append(Sentence(said, {"found": str(found), "wanted": str(len(wanted))}))
        except ProviderError as error:
            notes.append(Sentence(N_("Not known: what is on order could not be asked.")))
            if not error.retryable:
                return broken("webhook", WEBHOOK, error, began, stops=False)
    ms = int((time.monotonic() - began) * 1000)
    was_set_up = bool(found) or last_at is not None
    if found is not None and found < len(wanted) and was_set_up:
        params = {"found": str(found), "wanted": str(len(wanted))}
        base_fault = SUBSCRIPTION_GONE
        fault = Fault(base_fault.code, base_fault.message, base_fault.advice, base_fault.actor, dict(params))
        return Rung("webhook", WEBHOOK, False, ms, fault=fault, stops=False, notes=tuple(notes))
    if last_at is None:
        notes.append(Sentence(NOT_FROM_INSIDE))
    return Rung("webhook", WEBHOOK, True, ms, notes=tuple(notes), is_known=last_at is not None)


def _events(adapter: Adapter) -> tuple[tuple[str, str], ...]:
    return adapter.manifest.webhook.events if adapter.manifest.webhook else ()


def _ours(found: Sequence[Subscription], url: str) -> list[Subscription]:
    return [item for item in found if item.url == url]


def _own_url(runtime: Runtime, session: Session, stored: Connection, base: str) -> str:
    try:
        addresses = hit_addresses.of_connection(runtime, session, stored.id)
    except VaultError:
        return ""
    return base.rstrip("/") + addresses[0].path if addresses and base else ""


def _heard(last_at: datetime | None) -> Sentence:
    if last_at is None:
        return Sentence(N_("No call has come in yet."))
    return Sentence(N_("The last call came in at %(at)s."), {"at": last_at.isoformat()})


def _public(base: str) -> tuple[Sentence, ...]:
    if base.startswith("https://"):
        return ()
    return (Sentence(N_("PUBLIC_BASE_URL names no https address: the provider may not find the way here.")),)
