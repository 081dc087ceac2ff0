"""The ledger of scarce tokens: one token for all that use a client id, asked for once, and never past what a day holds."""

import time
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.integrations.kit.errors import Cancelled, CredentialsRejected, ProviderError, ProviderUnavailable
from webapp.integrations.kit.scarce_tokens import (
    LastTokenKept,
    LiveToken,
    TokenBudget,
    TokenOwner,
    TokensSpent,
    Turn,
)
from webapp.models import SharedToken, TokenClient, TokenRequest
from webapp.models.conflict import insert_for
from webapp.runtime import Runtime
from webapp.vault import Secret

from .clock_jumps import beyond

ABOUT_TO_END = timedelta(seconds=60)
LONGEST_REQUEST = timedelta(seconds=90)
"""After that whoever asked is dead; the token it may have got stays counted."""
PATIENCE = 15.0
"""Seconds that one waits for another's request."""
REFUSED_FOR = timedelta(seconds=60)
_LOOK_EVERY = 0.1


class StoredLedger:
    """TokenLedger over the database, which all threads and processes share."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def present(self, owner: TokenOwner) -> LiveToken | None:
        with self._runtime.reading() as session:
            row = session.get(SharedToken, owner.digest)
        if row is None or row.expires_at <= self._runtime.clock() + ABOUT_TO_END:
            return None
        return self._opened(row)

    def take(
        self, owner: TokenOwner, *, dead: Secret | None = None, lasting: datetime | None = None
    ) -> LiveToken | Turn:
        ends_at = time.monotonic() + PATIENCE
        while True:
            found = self._decide(owner, dead, lasting)
            if isinstance(found, ProviderError):
                raise found
            if found is not None:
                return found
            if self._runtime.stopping.wait(_LOOK_EVERY):
                raise Cancelled
            if time.monotonic() >= ends_at:
                raise ProviderUnavailable("status", "another login with this client id is under way")

    def given(self, turn: Turn, token: Secret, expires_at: datetime) -> LiveToken:
        now = self._runtime.clock()
        sealed = self._runtime.vault.seal(token.reveal().encode())
        owner = turn.owner
        with self._runtime.writing() as session:
            self._end(session, turn, is_given=True)
            _client(self._runtime, session, owner).blocked_until = None
            session.merge(
                SharedToken(
                    digest=owner.digest,
                    client=owner.client_digest,
                    sealed=sealed,
                    made_at=now,
                    expires_at=expires_at,
                )
            )
            _forget_old(session, now, owner)
        return LiveToken(token, now, expires_at)

    def refused(self, turn: Turn) -> None:
        with self._runtime.writing() as session:
            row = _client(self._runtime, session, turn.owner)
            row.refused, row.refused_until = turn.owner.digest, self._runtime.clock() + REFUSED_FOR
            session.execute(delete(TokenRequest).where(TokenRequest.id == turn.number))

    def spent(self, turn: Turn, until: datetime) -> None:
        with self._runtime.writing() as session:
            _client(self._runtime, session, turn.owner).blocked_until = until
            session.execute(delete(TokenRequest).where(TokenRequest.id == turn.number))

    def failed(self, turn: Turn, *, may_be_given: bool) -> None:
        with self._runtime.writing() as session:
            if may_be_given:
                self._end(session, turn, is_given=False)
            else:
                session.execute(delete(TokenRequest).where(TokenRequest.id == turn.number))

    def budget(self, owner: TokenOwner) -> TokenBudget:
        with self._runtime.reading() as session:
            return budget_of(session, owner, self._runtime.clock())

    # ----------------------------------------------------------------------------------------------------------------

    def _decide(
        self, owner: TokenOwner, dead: Secret | None, lasting: datetime | None
    ) -> LiveToken | Turn | ProviderError | None:
        """What is to be done, decided under the lock of the client's row; None: somebody is asking already."""
        with self._runtime.writing() as session:
            now = self._runtime.clock()
            client = _client(self._runtime, session, owner)
            held = self._held(session, owner, dead, now)
            if held is not None and held.expires_at > (lasting or now + ABOUT_TO_END):
                return held
            if _is_going_on(session, owner, now):
                return None
            refusal = _refusal(session, owner, client, now, is_renewal=held is not None)
            if refusal is not None:
                return refusal
            made_before = len(_requests(session, owner, now))
            request = TokenRequest(client=owner.client_digest, asked_at=now, is_given=False)
            session.add(request)
            session.flush()
            return Turn(owner, request.id, made_before)

    def _held(
        self, session: Session, owner: TokenOwner, dead: Secret | None, now: datetime
    ) -> LiveToken | None:
        """A dead one is thrown away at once: whatever comes of the new one, nobody shall use it again."""
        row = session.get(SharedToken, owner.digest)
        if row is None:
            return None
        held = self._opened(row)
        if dead is not None and held.value == dead:
            session.delete(row)
            session.flush()
            return None
        return held if held.expires_at > now + ABOUT_TO_END else None

    def _opened(self, row: SharedToken) -> LiveToken:
        return LiveToken(Secret(self._runtime.vault.open(row.sealed).decode()), row.made_at, row.expires_at)

    def _end(self, session: Session, turn: Turn, *, is_given: bool) -> None:
        row = session.get(TokenRequest, turn.number)
        if row is not None:
            row.ended_at, row.is_given = self._runtime.clock(), is_given


def budget_of(session: Session, owner: TokenOwner, now: datetime) -> TokenBudget:
    """What is left of the period for a client id."""
    requests = _requests(session, owner, now)
    client = session.get(TokenClient, owner.client_digest)
    blocked = client.blocked_until if client and client.blocked_until and client.blocked_until > now else None
    next_at = requests[0].asked_at + timedelta(seconds=owner.seconds) if requests else None
    return TokenBudget(owner.allowed, len(requests), blocked or next_at, blocked)


def _refusal(
    session: Session, owner: TokenOwner, client: TokenClient, now: datetime, *, is_renewal: bool
) -> ProviderError | None:
    """Why no token may be asked for now."""
    is_refused = client.refused == owner.digest and client.refused_until is not None
    if is_refused and now < (client.refused_until or now) <= beyond(now, REFUSED_FOR):
        return CredentialsRejected("the same credentials were refused less than a minute ago")
    period = timedelta(seconds=owner.seconds)
    if client.blocked_until and now < client.blocked_until <= beyond(now, 2 * period):
        return TokensSpent(owner.allowed, client.blocked_until, now)
    requests = _requests(session, owner, now)
    given = [request for request in requests if request.is_given]
    if len(given) >= owner.allowed:
        return TokensSpent(owner.allowed, given[0].asked_at + period, now)
    if len(requests) >= owner.allowed - 1 and (is_renewal or _another_is_alive(session, owner, now)):
        return LastTokenKept(owner.allowed, requests[0].asked_at + period, now)
    return None


def _another_is_alive(session: Session, owner: TokenOwner, now: datetime) -> bool:
    """Of the same client id under another secret: a mistyped one must not cost a working connection its last token."""
    alive = select(SharedToken.digest).where(
        SharedToken.client == owner.client_digest,
        SharedToken.digest != owner.digest,
        SharedToken.expires_at > now + ABOUT_TO_END,
    )
    return session.scalars(alive).first() is not None


def _requests(session: Session, owner: TokenOwner, now: datetime) -> list[TokenRequest]:
    """Those of the period, the oldest first."""
    since = now - timedelta(seconds=owner.seconds)
    wanted = select(TokenRequest).where(
        TokenRequest.client == owner.client_digest, TokenRequest.asked_at > since
    )
    return list(session.scalars(wanted.order_by(TokenRequest.asked_at, TokenRequest.id)))


def _is_going_on(session: Session, owner: TokenOwner, now: datetime) -> bool:
    going_on = select(TokenRequest.id).where(
        TokenRequest.client == owner.client_digest,
        TokenRequest.ended_at.is_(None),
        TokenRequest.asked_at > now - LONGEST_REQUEST,
        TokenRequest.asked_at <= now,
    )
    return session.scalars(going_on).first() is not None


def _client(runtime: Runtime, session: Session, owner: TokenOwner) -> TokenClient:
    """The client's row, made if need be, and locked."""
    insert = insert_for(runtime.dialect)
    new = insert(TokenClient).values(digest=owner.client_digest, provider=owner.provider)
    session.execute(new.on_conflict_do_nothing())
    return session.get_one(TokenClient, owner.client_digest, with_for_update=True)


def _forget_old(session: Session, now: datetime, owner: TokenOwner) -> None:
    """Whatever no rule looks at any more."""
    session.execute(
        delete(TokenRequest).where(TokenRequest.asked_at < now - 2 * timedelta(seconds=owner.seconds))
    )
    session.execute(delete(SharedToken).where(SharedToken.expires_at < now - timedelta(days=1)))
