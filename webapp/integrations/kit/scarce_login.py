"""Client credentials at a provider that gives few tokens: one token for everything, asked for only when none is alive."""

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from http import HTTPStatus

import msgspec

from webapp.vault import Secret

from .answer import Answer, Call
from .auth import Flow, Place
from .errors import (
    AnswerNotJson,
    AnswerTruncated,
    ContractBroken,
    CredentialsRejected,
    PermissionMissing,
    ProviderError,
    ProviderHung,
    ProviderUnavailable,
    RateLimited,
)
from .http import Auth
from .scarce_tokens import LiveToken, TokenLedger, TokenOwner, TokensSpent, TokensUsedElsewhere, Turn
from .statuses import error_for

CLOCKS_DIFFER = timedelta(minutes=5)
TOO_YOUNG_TO_DIE = timedelta(hours=1)
"""A token that is refused sooner than that after it was made would only be followed by another refused one."""
DEFAULT_WAIT = timedelta(hours=1)
_REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_BEARER = Place(prefix="Bearer ")


class _Token(msgspec.Struct):
    access_token: str
    expires_in: float | None = None


class ScarceAuth:
    """`login` makes the call that asks for a token; `proof` one that any good token may make.

    A provider of this kind answers 401 or 403 both to a token that ended and to what the account may not read. When the
    token should be alive by its own time, `proof` tells the two apart before a token is spent. At most one token is
    asked for in the life of this object.
    """

    secret_query: frozenset[str] = frozenset()

    def __init__(
        self,
        owner: TokenOwner,
        ledger: TokenLedger,
        *,
        login: Callable[[], Call],
        proof: Callable[[], Call],
        clock: Callable[[], datetime],
        lifetime: timedelta,
    ) -> None:
        self._owner = owner
        self._ledger = ledger
        self._login = login
        self._proof = proof
        self._clock = clock
        self._lifetime = lifetime
        self._has_asked = False

    def flow(self, call: Call, now: datetime) -> Flow:
        held = self._ledger.present(self._owner)
        if held is None:
            held = yield from self._fetch()
        refusal = yield from self._tried(call, held)
        if refusal is None:
            return
        if now < held.expires_at - CLOCKS_DIFFER:
            if (yield from self._is_alive(call, held)):
                raise refusal
            if self._has_asked or now - held.made_at < TOO_YOUNG_TO_DIE:
                raise CredentialsRejected("a token of less than an hour is refused")
        elif self._has_asked:
            raise refusal
        held = yield from self._fetch(dead=held.value)
        refusal = yield from self._tried(call, held)
        if refusal is not None:
            raise refusal

    def renewing(self, lasting: datetime) -> Auth:
        """An Auth that first fetches a token while one is alive that ends before `lasting`; it raises TokensSpent when
        none is to spare."""
        return _Renewal(self._renewed, lasting)

    def _renewed(self, call: Call, lasting: datetime) -> Flow:
        held = yield from self._fetch(lasting=lasting)
        refusal = yield from self._tried(call, held)
        if refusal is not None:
            raise refusal

    def _tried(self, call: Call, held: LiveToken) -> Generator[Call, Answer, ProviderError | None]:
        try:
            answer = yield _BEARER.put(call, held.value)
        except PermissionMissing as refused:
            return refused
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return PermissionMissing(answer.path, "status 401")
        return None

    def _is_alive(self, call: Call, held: LiveToken) -> Generator[Call, Answer, bool]:
        proof = self._proof()
        if proof.url.partition("?")[0] == call.url.partition("?")[0]:
            return False
        return (yield from self._tried(proof, held)) is None

    def _fetch(
        self, dead: Secret | None = None, lasting: datetime | None = None
    ) -> Generator[Call, Answer, LiveToken]:
        turn = self._ledger.take(self._owner, dead=dead, lasting=lasting)
        if isinstance(turn, LiveToken):
            return turn
        self._has_asked = True
        is_settled = False
        try:
            answer = yield self._login()
            held = self._judged(turn, answer)
            is_settled = True
            return held
        except RateLimited as limited:
            is_settled = True
            raise self._spent(turn, limited.retry_after) from None
        except ProviderError as error:
            is_settled = True
            if isinstance(error, CredentialsRejected):
                self._ledger.refused(turn)
            else:
                self._ledger.failed(turn, may_be_given=_may_have_given(error))
            raise
        finally:
            if not is_settled:  # whoever drove this flow went away in the middle
                self._ledger.failed(turn, may_be_given=True)

    def _judged(self, turn: Turn, answer: Answer) -> LiveToken:
        now = self._clock()
        if answer.status in _REFUSED:
            raise CredentialsRejected(f"login: status {answer.status}")
        error = error_for(answer, now)
        if error is not None:
            raise error
        body = answer.json(_Token)
        if not body.access_token:
            raise ContractBroken("login: access_token")
        seconds = body.expires_in or 0.0
        lifetime = timedelta(seconds=seconds) if 0 < seconds <= 10 * 86_400 else self._lifetime
        return self._ledger.given(turn, Secret(body.access_token), now + lifetime)

    def _spent(self, turn: Turn, retry_after: float | None) -> TokensSpent:
        now = self._clock()
        until = now + (timedelta(seconds=retry_after) if retry_after is not None else DEFAULT_WAIT)
        self._ledger.spent(turn, until)
        kind = TokensSpent if turn.made_before >= self._owner.allowed else TokensUsedElsewhere
        return kind(self._owner.allowed, until, now)


class _Renewal:
    secret_query: frozenset[str] = frozenset()

    def __init__(self, renewed: Callable[[Call, datetime], Flow], lasting: datetime) -> None:
        self.renewed = renewed
        self.lasting = lasting

    def flow(self, call: Call, now: datetime) -> Flow:
        return self.renewed(call, self.lasting)


def _may_have_given(error: ProviderError) -> bool:
    """Whether the provider may have counted a token although none arrived."""
    if isinstance(error, AnswerTruncated | ProviderHung):
        return True
    if isinstance(error, ProviderUnavailable):
        return error.kind == "reset"
    return isinstance(error, ContractBroken) and not isinstance(error, AnswerNotJson)
