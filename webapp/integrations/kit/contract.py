"""The roles an adapter can play, and the plain values that pass between it and the hub."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

import msgspec

from webapp.domain.booking import Booking
from webapp.domain.event import FactType
from webapp.domain.fault import Fault
from webapp.domain.guest import Guest
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Stream, Window
from webapp.domain.wording import Sentence
from webapp.vault import Secret

from .errors import RecipeWrong
from .http import ProviderClient
from .manifest import Manifest
from .scarce_tokens import TokenLedger

Record = Booking | Guest | AvailabilityDay | RateDay
"""GUESTS yields Guest, BOOKINGS and CHECK_INS yield Booking (CHECK_INS re-reads the days around the business date),
AVAILABILITY yields AvailabilityDay, RATES yields RateDay."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The provider says that this id does not exist (any more)."""

    external_id: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the admin typed: plain `options` and `secrets`. Printing one shows no secret."""

    options: Mapping[str, Any]
    secrets: Mapping[str, Secret]

    def text(self, name: str) -> str:
        """An option as text; empty when it was not given."""
        value = self.options.get(name)
        return "" if value is None else str(value)

    def secret(self, name: str) -> Secret:
        return self.secrets.get(name, Secret(""))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that could not be read: its id when known, and why, in words without guest data."""

    external_id: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Page:
    """Records in domain words. `cursor` is the adapter's own text for the next page, None after the last;
    it is true only once these records are stored. `high_water` is the greatest provider stamp of the page."""

    records: Sequence[Record]
    cursor: str | None
    high_water: datetime | None = None
    unmapped: Mapping[str, int] = field(default_factory=dict)  # raw status -> how many
    skipped: Sequence[Skipped] = ()
    total: int | None = None  # records of the whole walk, when the provider tells


@dataclass(frozen=True, slots=True)
class Property:
    """A hotel the key can see."""

    external_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the connection test. `name` is stable (`name`, `port`, `certificate`, `login`, `clock`, `property`,
    `stream:bookings`), `label` is what the screen says; `fault` is set when the rung broke and the ladder stops there,
    unless `stops` is False (a missing permission for one stream leaves the others usable). `notes` are sentences
    below it; `is_known` False says that the hub cannot tell from inside, which proves nothing and breaks nothing."""

    name: str
    label: str
    ok: bool
    ms: int = 0
    detail: str = ""
    fault: Fault | None = None
    account: str | None = None
    properties: Sequence[Property] = ()
    stops: bool = True
    notes: Sequence[Sentence] = ()
    is_known: bool = True


LASTING = "refresh:"
"""Names that begin so hold what no login brings back: a cache that is cleared keeps them."""


class TokenCache(Protocol):
    """Access tokens, encrypted, shared by test, sync and webhooks of one connection.

    `get` is None for an unknown name and for one past its `expires_at`. Names carry no secret.
    """

    def turn(self, name: str) -> AbstractContextManager[None]:
        """Waits while another thread or process logs in under this name; inside, the caller is the only one."""
        ...

    def get(self, name: str) -> Secret | None: ...
    def put(self, name: str, token: Secret, expires_at: datetime) -> None: ...
    def drop(self, name: str) -> None: ...


class SetupCache(Protocol):
    """Slow-moving set-up of the provider, as text."""

    def get(self, name: str) -> str | None: ...
    def put(self, name: str, document: str, expires_at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Caches:
    tokens: TokenCache
    setup: SetupCache
    ledger: TokenLedger


@runtime_checkable
class Adapter(Protocol):
    """Built with credentials, a client, two caches and the ledger; holds no other state."""

    manifest: ClassVar[Manifest]

    def __init__(self, credentials: Credentials, client: ProviderClient, caches: Caches) -> None: ...

    def check(self, streams: Sequence[Stream]) -> Iterator[Rung]:
        """A ladder, cheapest first: whom we reached and what we may read. Raises nothing of its own:
        a broken rung carries the fault. The same client and code path as `fetch`."""
        ...


@runtime_checkable
class StreamSource(Protocol):
    """Reads records."""

    def fetch(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        """Pages of a frozen window, resumed after `cursor`. Raises ProviderError."""
        ...

    def fetch_by_ids(self, stream: Stream, ids: Sequence[str]) -> tuple[Record | Missing, ...]:
        """Re-reads single records, in the order asked. Raises ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """One inbound call as it came; header names in any case. Printing one shows no header, query or body."""

    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """What a hit says, as a hint: the record itself is read again.

    id        the provider's own, None where it sends none
    type      the provider's own word for it
    fact      what it announces, None for what the hub only keeps and shows
    stream, subject   which record to read again; an empty subject means none
    account   the provider's id of the hotel it is about, None when it does not say
    dedupe    the same text for the same call sent twice, None when two true calls may be alike
    """

    id: str | None
    type: str
    fact: FactType | None
    occurred_at: datetime | None
    stream: Stream
    subject: str
    account: str | None
    dedupe: str | None


@runtime_checkable
class WebhookReceiver(Protocol):
    """Understands the provider's calls to the hub."""

    def verify(self, hit: Hit, now: datetime) -> None:
        """Raises SignatureRejected, and only that."""
        ...

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        """After `verify`; several events in one call are told apart. Raises ContractBroken for what is no event."""
        ...

    def account_of(self, hit: Hit) -> str | None:
        """The provider's id of the hotel, asked before it is known whose connection the call is for. Raises nothing."""
        ...


@runtime_checkable
class SignsByChoice(Protocol):
    """A receiver whose connection says whether its calls are signed (Custom PMS); else the manifest does."""

    @property
    def signs(self) -> bool:
        """False: the connection's secret address is all the proof there is."""
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """The provider calls `url` for events of `type`."""

    external_id: str
    type: str
    url: str


@runtime_checkable
class Upkeep(Protocol):
    """An adapter with something to look after between runs: a token that ends, a signing secret that comes late."""

    def keep_up(self, webhook_paths: Sequence[str]) -> None:
        """Called by the clock every few minutes; asks the provider only when there is something to do. `webhook_paths`
        are the connection's own addresses without the hub's name. Raises ProviderError."""
        ...


@runtime_checkable
class WebhookSubscriber(Protocol):
    """A provider at which calls are ordered through its API, because it has no screen for it."""

    def subscriptions(self) -> tuple[Subscription, ...]:
        """All that the key can see, those of others too. Raises ProviderError."""
        ...

    def subscribe(self, url: str) -> tuple[Subscription, ...]:
        """Orders what is missing for this address and returns what it now has. Raises ProviderError."""
        ...

    def unsubscribe(self, url: str) -> int:
        """Ends all for this address, and returns how many there were. Raises ProviderError."""
        ...


class Sample(msgspec.Struct, frozen=True):
    """A look at a custom provider before saving: what came, and what the recipe makes of it."""

    raw: str  # pretty JSON of the first answer, cut to 20 kB
    bookings: tuple[Booking, ...]
    unmapped: dict[str, int]
    problems: tuple[Sentence, ...]
    answer: bytes = b""  # the whole first answer, to be read again with an edited recipe


@runtime_checkable
class Sampler(Protocol):
    """Shows what would be imported (Custom PMS)."""

    def sample(self, limit: int = 5) -> Sample:
        """The first bookings as they came and as the recipe reads them; stores nothing. Raises ProviderError."""
        ...


@runtime_checkable
class RecipeKeeper(Protocol):
    """A provider whose mapping the admin writes; asked of the adapter's class, before there is a connection."""

    @staticmethod
    def blank_recipe() -> str:
        """What the editor starts with, as pretty JSON."""
        ...

    @staticmethod
    def proposed_recipe(sample: str | bytes) -> str:
        """A recipe for a pasted answer, as pretty JSON. Raises RecipeWrong when there is no list of records in it."""
        ...

    @staticmethod
    def read_sample(document: object, answer: bytes, limit: int = 5) -> Sample:
        """A kept answer as a recipe reads it, without a call. Raises RecipeWrong, also for an answer without a list."""
        ...

    @staticmethod
    def recipe_problems(document: object) -> tuple[RecipeWrong, ...]:
        """Everything wrong with a recipe (JSON text or decoded); empty when it may be saved."""
        ...
