"""Builds adapters: credentials out of the vault, a guarded client, and caches that live in the database."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from webapp.domain.ids import public_id
from webapp.integrations import registry
from webapp.integrations.kit.contract import Adapter, Caches, Credentials, TokenCache
from webapp.integrations.kit.headroom import Headroom
from webapp.integrations.kit.http import CallRecord, ProviderClient, Timeouts
from webapp.models import CachedSetup, CallHeadroom, Connection
from webapp.runtime import Runtime
from webapp.vault import Secret

from . import listeners
from .scarce_tokens import StoredLedger
from .token_caches import MemoryTokens, StoredTokens


def never() -> bool:
    return False


def credentials_of(runtime: Runtime, connection: Connection) -> Credentials:
    """Opens the vault; raises VaultError when the key file does not fit."""
    sealed = connection.credentials
    plain: dict[str, str] = msgspec.json.decode(runtime.vault.open(sealed)) if sealed else {}
    return Credentials(dict(connection.options), {name: Secret(value) for name, value in plain.items()})


def seal_secrets(runtime: Runtime, secrets: dict[str, Secret]) -> bytes:
    return runtime.vault.seal(msgspec.json.encode({name: value.reveal() for name, value in secrets.items()}))


@contextmanager
def open_adapter(
    runtime: Runtime,
    provider: str,
    credentials: Credentials,
    *,
    connection_id: int | None,
    record: Callable[[CallRecord], None],
    should_stop: Callable[[], bool] = never,
    is_check: bool = False,
    tokens: TokenCache | None = None,
) -> Iterator[Adapter]:
    """An adapter of `provider`. Without `connection_id` (a draft) its caches live for this call only, but for
    `tokens`, when they are given.

    `is_check` keeps tries and waits short, because a person is watching.
    """
    manifest = registry.manifest(provider)
    caches = (
        Caches(tokens or MemoryTokens(runtime), MemorySetup(runtime), StoredLedger(runtime))
        if connection_id is None
        else Caches(
            StoredTokens(runtime, connection_id), StoredSetup(runtime, connection_id), StoredLedger(runtime)
        )
    )
    client = ProviderClient(
        credentials.text("endpoint_url"),
        runtime.network,
        own_ports=listeners.own_ports(runtime),
        limit=manifest.limit,
        timeouts=Timeouts.of_a_check() if is_check else Timeouts(),
        record=record,
        clock=runtime.clock,
        should_stop=should_stop,
        tries=1 if is_check else 5,
    )
    try:
        yield registry.adapter_class(provider)(credentials, client, caches)
    finally:
        client.close()


class StoredSetup:
    """SetupCache over `cached_setup`."""

    def __init__(self, runtime: Runtime, connection_id: int) -> None:
        self._runtime = runtime
        self._connection_id = connection_id

    def get(self, name: str) -> str | None:
        with self._runtime.reading() as session:
            row = session.get(CachedSetup, (self._connection_id, name))
        return row.document if row is not None and row.expires_at > self._runtime.clock() else None

    def put(self, name: str, document: str, expires_at: datetime) -> None:
        with self._runtime.writing() as session:
            session.merge(
                CachedSetup(
                    connection_id=self._connection_id, name=name, document=document, expires_at=expires_at
                )
            )


@dataclass
class MemorySetup:
    """SetupCache of a draft."""

    runtime: Runtime
    _documents: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        found = self._documents.get(name)
        return found[0] if found and found[1] > self.runtime.clock() else None

    def put(self, name: str, document: str, expires_at: datetime) -> None:
        self._documents[name] = (document, expires_at)


class CallLog:
    """Collects the calls of one run or test; `drain` gives the rows of `log_entry` for the next page's transaction."""

    COLUMNS = ("at", "kind", "level", "connection_id", "trace_id", "actor", "action", "summary")

    def __init__(self, connection_id: int | None, trace_id: str) -> None:
        self._connection_id = connection_id
        self._trace_id = trace_id
        # The prefetch thread appends while the writer drains: each end of a deque is safe on its own.
        self._rows: deque[tuple[Any, ...]] = deque()
        self.count = 0
        self._headroom: tuple[datetime, Headroom] | None = None

    @property
    def trace_id(self) -> str:
        return self._trace_id

    def __call__(self, call: CallRecord) -> None:
        self.count += 1
        if call.headroom is not None:
            self._headroom = (call.at, call.headroom)
        level = "warning" if call.fault_code else "info"
        outcome = str(call.status) if call.status is not None else (call.fault_code or "no answer")
        self._rows.append(
            (
                call.at,
                "call",
                level,
                self._connection_id,
                self._trace_id,
                "",
                f"{call.method} {outcome}",
                f"{call.method} {call.path} → {outcome} in {call.ms} ms",
            )
        )

    def drain(self) -> list[tuple[Any, ...]]:
        return [self._rows.popleft() for _ in range(len(self._rows))]

    def note_headroom(self, session: Session) -> None:
        """Keeps what the provider last said of its limit, in the caller's transaction."""
        if self._headroom is None or self._connection_id is None:
            return
        at, told = self._headroom
        resets_at = None if told.resets_in is None else at + timedelta(seconds=told.resets_in)
        session.merge(
            CallHeadroom(
                connection_id=self._connection_id,
                at=at,
                allowed=told.allowed,
                remaining=told.remaining,
                resets_at=resets_at,
            )
        )


def new_trace_id(runtime: Runtime) -> str:
    """One id from the call or hit to the stored field."""
    return public_id("tr", int(runtime.clock().timestamp() * 1000))
