"""Where adapters keep tokens: sealed in the database for a connection, in the draft for a draft, in memory for a try."""

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningDelete

from webapp.domain.ids import public_id
from webapp.integrations.kit.contract import LASTING
from webapp.integrations.kit.errors import Cancelled
from webapp.models import CachedToken
from webapp.runtime import Runtime
from webapp.vault import Secret

from . import leases

TURN = 75.0
"""Seconds that a login may take; a process that died in its turn holds up the others no longer."""
_LOOK_AGAIN = 0.05

Kept = Mapping[str, tuple[Secret, datetime]]
"""Tokens by name, each with its end."""


class StoredTokens:
    """TokenCache over `cached_token`; a token one second from its end counts as ended."""

    def __init__(self, runtime: Runtime, connection_id: int) -> None:
        self._runtime = runtime
        self._connection_id = connection_id

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Raises Cancelled when the hub stops in the meantime."""
        owner = public_id("tn", int(self._runtime.clock().timestamp() * 1000))
        lease = f"login-{self._connection_id}-{name}"[:40]
        ends_at = time.monotonic() + TURN
        while (held := leases.hold(self._runtime, lease, owner=owner, seconds=TURN)) is None:
            if self._runtime.stopping.wait(_LOOK_AGAIN):
                raise Cancelled
            if time.monotonic() > ends_at:
                break
        try:
            yield
        finally:
            if held is not None:
                leases.release(self._runtime, held)

    def get(self, name: str) -> Secret | None:
        with self._runtime.reading() as session:
            row = session.get(CachedToken, (self._connection_id, name))
        if row is None or row.expires_at <= self._runtime.clock() + timedelta(seconds=1):
            return None
        return Secret(self._runtime.vault.open(row.sealed).decode())

    def put(self, name: str, token: Secret, expires_at: datetime) -> None:
        with self._runtime.writing() as session:
            store(self._runtime, session, self._connection_id, {name: (token, expires_at)})

    def drop(self, name: str) -> None:
        with self._runtime.writing() as session:
            row = session.get(CachedToken, (self._connection_id, name))
            if row is not None:
                session.delete(row)


def store(runtime: Runtime, session: Session, connection_id: int, tokens: Kept) -> None:
    """In the caller's transaction."""
    for name, (token, expires_at) in tokens.items():
        sealed = runtime.vault.seal(token.reveal().encode())
        session.merge(
            CachedToken(
                connection_id=connection_id,
                name=name,
                sealed=sealed,
                expires_at=expires_at,
                made_at=runtime.clock(),
            )
        )


def emptied(connection_id: int) -> ReturningDelete[tuple[str]]:
    """Deletes what a login brings back, and returns the names; a chain of refresh tokens stays."""
    return (
        delete(CachedToken)
        .where(CachedToken.connection_id == connection_id, CachedToken.name.not_like(f"{LASTING}%"))
        .returning(CachedToken.name)
    )


@dataclass
class MemoryTokens:
    """TokenCache of a try, which nobody else sees."""

    runtime: Runtime
    _tokens: dict[str, tuple[Secret, datetime]] = field(default_factory=dict)

    def turn(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def get(self, name: str) -> Secret | None:
        found = self._tokens.get(name)
        return found[0] if found and found[1] > self.runtime.clock() else None

    def put(self, name: str, token: Secret, expires_at: datetime) -> None:
        self._tokens[name] = (token, expires_at)

    def drop(self, name: str) -> None:
        self._tokens.pop(name, None)


class EditTokens(MemoryTokens):
    """Of a stored connection that is tried with other credentials: only what no login brings back is stored."""

    def __init__(self, runtime: Runtime, connection_id: int) -> None:
        super().__init__(runtime)
        self._stored = StoredTokens(runtime, connection_id)

    def turn(self, name: str) -> AbstractContextManager[None]:
        return self._stored.turn(name)

    def get(self, name: str) -> Secret | None:
        return self._stored.get(name) if name.startswith(LASTING) else super().get(name)

    def put(self, name: str, token: Secret, expires_at: datetime) -> None:
        (self._stored.put if name.startswith(LASTING) else super().put)(name, token, expires_at)
