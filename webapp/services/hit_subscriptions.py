"""Orders calls at providers that have no screen for it: made for the connection's address, listed, and ended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from webapp.domain.fault import Fault
from webapp.integrations import registry
from webapp.integrations.kit.contract import Subscription, WebhookSubscriber
from webapp.integrations.kit.errors import ProviderError
from webapp.models import Connection, LogEntry
from webapp.models.bulk import bulk_insert
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import audit, hit_addresses
from .adapters import CallLog, credentials_of, new_trace_id, open_adapter
from .connection_views import row_of
from .syncing import KEY_MISSING

LOG = LogEntry.metadata.tables["log_entry"]
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Ordered:
    """How many calls are ordered (or ended) at the provider now; `fault` when it could not be asked."""

    count: int
    fault: Fault | None = None


def are_ordered_here(provider: str) -> bool:
    """Whether the provider takes orders for calls through its API. Raises UnknownProvider."""
    return hasattr(registry.adapter_class(provider), "subscribe")


def order(runtime: Runtime, public_id: str, base_url: str, *, actor: str) -> Ordered:
    """Orders every event for the newest address, and ends the orders of older ones; twice is harmless.

    `base_url` is the public address of this hub. Raises NoSuchConnection.
    """
    hit_addresses.ensure(runtime, public_id)
    with runtime.reading() as session:
        connection = row_of(session, public_id)
        newest, *older = hit_addresses.of_connection(runtime, session, connection.id)
    base = base_url.rstrip("/")

    def act(subscriber: WebhookSubscriber) -> tuple[Subscription, ...]:
        made = subscriber.subscribe(base + newest.path)
        for address in older:
            subscriber.unsubscribe(base + address.path)
        return made

    made, fault = _ask(runtime, connection, act)
    if made is not None:
        _note(runtime, connection, "webhooks_ordered", f"{len(made)} kinds of calls are ordered", actor)
    return Ordered(len(made or ()), fault)


def end(runtime: Runtime, public_id: str, base_url: str, *, actor: str) -> Ordered:
    """Ends the orders for every address of the connection. Raises NoSuchConnection."""
    with runtime.reading() as session:
        connection = row_of(session, public_id)
        addresses = hit_addresses.of_connection(runtime, session, connection.id)
    base = base_url.rstrip("/")

    def act(subscriber: WebhookSubscriber) -> int:
        return sum(subscriber.unsubscribe(base + address.path) for address in addresses)

    ended, fault = _ask(runtime, connection, act)
    if ended is not None:
        _note(runtime, connection, "webhooks_ended", f"{ended} orders of calls are ended", actor)
    return Ordered(ended or 0, fault)


def _ask(
    runtime: Runtime, connection: Connection, act: Callable[[WebhookSubscriber], Answer]
) -> tuple[Answer | None, Fault | None]:
    calls = CallLog(connection.id, new_trace_id(runtime))
    try:
        opened = open_adapter(
            runtime,
            connection.provider,
            credentials_of(runtime, connection),
            connection_id=connection.id,
            record=calls,
            is_check=True,
        )
        with opened as adapter:
            if not isinstance(adapter, WebhookSubscriber):
                raise LookupError(f"{connection.provider} takes no orders for calls")
            return act(adapter), None
    except ProviderError as error:
        return None, error.fault
    except VaultError:
        return None, KEY_MISSING
    finally:
        with runtime.writing() as session:
            bulk_insert(session.connection(), LOG, CallLog.COLUMNS, calls.drain())


def _note(runtime: Runtime, connection: Connection, verb: str, what: str, actor: str) -> None:
    with runtime.writing() as session:
        audit.record(
            runtime,
            session,
            actor,
            f"connection.{verb}",
            f"{connection.name}: {what}",
            connection_id=connection.id,
        )
