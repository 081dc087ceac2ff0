"""Access tokens of which a provider gives only a few a day: whose they are, what is left, and the port that counts them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from webapp.domain.fault import Actor
from webapp.vault import Secret

from .errors import N_, RateLimited
from .manifest import Manifest

MOMENT = "%Y-%m-%d %H:%M UTC"


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """A client id with its secret at a provider, which gives it `allowed` tokens in `seconds`. Printing one shows neither."""

    provider: str
    client_id: str = field(repr=False)
    secret: Secret
    allowed: int
    seconds: float

    @property
    def client_digest(self) -> str:
        """Tokens are counted by it: a draft and two connections with one client id share the provider's patience."""
        return _digest(self.provider, self.client_id)

    @property
    def digest(self) -> str:
        """Tokens are shared by it: other credentials never meet a token that is not theirs."""
        return _digest(self.provider, self.client_id, self.secret.reveal())


@dataclass(frozen=True, slots=True)
class LiveToken:
    """A token that the provider should still take."""

    value: Secret
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to ask for one token; whoever else wants one for the same client id waits until it is given back."""

    owner: TokenOwner
    number: int
    made_before: int  # asked for within the provider's period, before this turn


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """`used` tokens of the period, by our own count; `next_at` is when the next one is given back, None when none is used.

    `blocked_until` is set while the provider itself says that there are none left.
    """

    allowed: int
    used: int
    next_at: datetime | None = None
    blocked_until: datetime | None = None

    @property
    def left(self) -> int:
        return 0 if self.blocked_until else max(self.allowed - self.used, 0)


class TokenLedger(Protocol):
    """Keeps tokens and counts how many were asked for, over all connections, drafts, threads and processes of this hub."""

    def present(self, owner: TokenOwner) -> LiveToken | None:
        """The token at hand; None when there is none, or it is about to end."""
        ...

    def take(
        self, owner: TokenOwner, *, dead: Secret | None = None, lasting: datetime | None = None
    ) -> LiveToken | Turn:
        """A turn to ask for a token, or the token that somebody else fetched meanwhile; waits while one is being fetched.

        `dead` is a token that the provider does not take any more. `lasting` asks for one that ends later than that
        while there is one still: a renewal, which never spends the last of the period.
        Raises TokensSpent, CredentialsRejected (refused a moment ago), ProviderUnavailable (waited too long), Cancelled.
        """
        ...

    def given(self, turn: Turn, token: Secret, expires_at: datetime) -> LiveToken:
        """The provider gave a token: it is kept and counted."""
        ...

    def refused(self, turn: Turn) -> None:
        """The credentials are wrong: nothing is counted, and they are not tried again for a minute."""
        ...

    def spent(self, turn: Turn, until: datetime) -> None:
        """The provider says that there are none left until then; nobody asks before."""
        ...

    def failed(self, turn: Turn, *, may_be_given: bool) -> None:
        """No answer that could be read; counted only where a token may have been given out all the same."""
        ...

    def budget(self, owner: TokenOwner) -> TokenBudget: ...


class TokensSpent(RateLimited):
    """By our own count the period's tokens are used up, or the last one is kept for when it is needed."""

    message = N_(
        "The provider gives %(allowed)s access tokens a day, and this hub has used them. Next one: %(at)s."
    )
    advice = N_(
        "Nothing to do: the hub waits until then, and needs one or two tokens a day. If it happens again, look which "
        "other program uses the same API Key, and give each its own."
    )

    def __init__(self, allowed: int, at: datetime, now: datetime) -> None:
        super().__init__(max((at - now).total_seconds(), 0.0), "no token is asked for before then")
        self.params = {"allowed": str(allowed), "at": at.strftime(MOMENT)}


class LastTokenKept(TokensSpent):
    """One is left, and a token that works is at hand."""

    message = N_("One of %(allowed)s access tokens a day is left, and it is kept until the present one ends.")


class TokensUsedElsewhere(TokensSpent):
    """The provider refuses although this hub has asked for fewer tokens than it gives."""

    message = N_(
        "The provider gives no more access tokens for this API Key until %(at)s, although this hub has not used the "
        "%(allowed)s of a day."
    )
    advice = N_(
        "Something else asks for tokens with the same API Key and API Secret: another program, another installation, or "
        "somebody who found them. Make an application of its own for this hub in the provider's admin panel, delete or "
        "rotate the old one, and save the new key here. The hub itself tries again at the time shown."
    )
    actor = Actor.ADMIN


def owner_of(
    manifest: Manifest, options: Mapping[str, Any], secrets: Mapping[str, Secret]
) -> TokenOwner | None:
    """Whose tokens a connection uses; None where the provider is not sparing with them, or before a key is typed."""
    scarce = manifest.scarce_tokens
    if scarce is None:
        return None
    client = secrets.get(scarce.client_field)
    client_id = client.reveal() if client else str(options.get(scarce.client_field) or "")
    secret = Secret(secrets.get(scarce.secret_field, Secret("")).reveal().strip())
    if not client_id.strip() or not secret:
        return None
    return TokenOwner(manifest.key, client_id.strip(), secret, scarce.calls, scarce.seconds)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16, person=b"scarce-token").hexdigest()
