"""Orders calls at providers that have no screen for it: made for the connection's address, listed, and ended."""

from collections.abc import Callable
from typing import TypeVar

from webapp.domain.fault import Fault
from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.integrations.kit.contract import Subscription, WebhookSubscriber
from webapp.integrations.kit.errors import ProviderError
from webapp.models import Connection, LogEntry
from webapp.models.bulk import bulk_insert
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import audit, hit_addresses, hit_watching
from .adapters import CallLog, credentials_of, new_trace_id, open_adapter
from .connection_views import row_of
from .syncing import KEY_MISSING

LOG = LogEntry.metadata.tables["log_entry"]
Answer = TypeVar("Answer")


class Ordered(Value, frozen=True):
    """How many calls are ordered (or ended) at the provider now; `fault` when it could not be asked."""

    count: int
    fault: Fault | None = None


class Orders(Value, frozen=True):
    """What the hub wants to be told of, and which of it the provider has on order; `fault` when it could not be asked."""

    wanted: tuple[str, ...]
    present: frozenset[str] = frozenset()
    fault: Fault | None = None


def look(runtime: Runtime, public_id: str, base_url: str) -> Orders:
    """Asks the provider what is ordered for the newest address; with an empty `base_url`, under any host.

    Raises NoSuchConnection.
    """
    with runtime.reading() as session:
        connection = row_of(session, public_id)
        newest, *_ = hit_addresses.of_connection(runtime, session, connection.id) or (None,)
    spec = registry.manifest(connection.provider).webhook
    # One order brings every status: reservation/status_changed stands for reservation/status_changed=canceled too.
    wanted = tuple(dict.fromkeys(name.partition("=")[0] for name, _ in spec.events)) if spec else ()
    url = base_url.rstrip("/") + newest.path if newest else ""
    found, fault = _ask(runtime, connection, lambda subscriber: subscriber.subscriptions())
    return Orders(wanted, frozenset(item.type for item in found or () if _is_for(item.url, url)), fault)


def _is_for(ordered: str, url: str) -> bool:
    """A bare path is proof enough: its secret part is ours alone."""
    return ordered == url or (url.startswith("/") and ordered.endswith(url))


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
        with runtime.writing() as session:
            hit_watching.set_up(session, connection.id, runtime.clock())
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
        with runtime.writing() as session:
            hit_watching.ended(session, connection.id, runtime.clock())
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
