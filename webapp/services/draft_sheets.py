"""The sealed sheet of a draft: how it is found, opened and written, and the tokens that its tests were given."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.integrations.kit.contract import LASTING
from webapp.models import ConnectionDraft, User
from webapp.runtime import Runtime
from webapp.vault import Secret, VaultError

from .connection_verdict import Proof
from .token_caches import MemoryTokens

FREQUENCY, HISTORY = 15, 30
"""What the sync settings begin with."""


class Token(Value, frozen=True):
    value: str
    expires_at: datetime


class Sheet(msgspec.Struct, frozen=True):
    """What is sealed: everything typed so far. A pasted key that is wrong is kept too, so it never has to be found again."""

    options: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    streams: list[str] = []
    frequency_minutes: int = FREQUENCY
    history_days: int = HISTORY
    name: str = ""
    ticked: list[int] = []
    is_mapped: bool = False
    proof: Proof | None = None
    tokens: dict[str, Token] = {}

    def says_the_same(self, other: "Sheet") -> bool:
        """Whatever tests were given in the meantime."""
        return msgspec.structs.replace(self, tokens={}) == msgspec.structs.replace(other, tokens={})

    def lasting(self) -> Mapping[str, tuple[Secret, datetime]]:
        """What the connection needs of the tokens."""
        return {name: (Secret(token.value), token.expires_at) for name, token in self.tokens.items()}


def row_of(session: Session, user: str, provider: str) -> ConnectionDraft | None:
    """Of a person (public id)."""
    statement = (
        select(ConnectionDraft)
        .join(User, User.id == ConnectionDraft.user_id)
        .where(User.public_id == user, ConnectionDraft.provider == provider)
    )
    return session.scalars(statement.order_by(ConnectionDraft.id.desc())).first()


def write(
    runtime: Runtime, session: Session, row: ConnectionDraft | None, sheet: Sheet, *, user: str, provider: str
) -> None:
    sealed = runtime.vault.seal(msgspec.json.encode(sheet))
    if row is not None:
        row.sealed, row.changed_at = sealed, runtime.clock()
        return
    user_id = session.scalars(select(User.id).where(User.public_id == user)).one()
    session.add(
        ConnectionDraft(
            public_id=runtime.new_id("dr"),
            user_id=user_id,
            provider=provider,
            sealed=sealed,
            changed_at=runtime.clock(),
        )
    )


def opened(runtime: Runtime, row: ConnectionDraft) -> Sheet | None:
    """None when it cannot be read: another key file, or another version's words."""
    try:
        return msgspec.json.decode(runtime.vault.open(row.sealed), type=Sheet)
    except (VaultError, msgspec.DecodeError):
        return None


class DraftTokens(MemoryTokens):
    """TokenCache of a draft under test: a refresh token that was spent leaves its follower on the sheet."""

    def __init__(self, runtime: Runtime, user: str, provider: str) -> None:
        super().__init__(runtime)
        self._user, self._provider = user, provider

    def turn(self, name: str) -> AbstractContextManager[None]:
        return nullcontext()

    def get(self, name: str) -> Secret | None:
        if not name.startswith(LASTING):
            return super().get(name)
        with self.runtime.reading() as session:
            row = row_of(session, self._user, self._provider)
        sheet = opened(self.runtime, row) if row else None
        token = sheet.tokens.get(name) if sheet else None
        return Secret(token.value) if token and token.expires_at > self.runtime.clock() else None

    def put(self, name: str, token: Secret, expires_at: datetime) -> None:
        super().put(name, token, expires_at)
        if not name.startswith(LASTING):
            return
        with self.runtime.writing() as session:
            row = row_of(session, self._user, self._provider)
            sheet = opened(self.runtime, row) if row else None
            if row is not None and sheet is not None:
                tokens = {**sheet.tokens, name: Token(token.reveal(), expires_at)}
                after = msgspec.structs.replace(sheet, tokens=tokens)
                write(self.runtime, session, row, after, user=self._user, provider=self._provider)
