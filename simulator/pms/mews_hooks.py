"""The webhooks of the pretend Mews: ids of what changed, gathered into messages, and news of the integration."""

import threading
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec
from msgspec import Meta

from simulator.pms.mews_calendar import stamp
from simulator.pms.mews_names import Names
from simulator.postman import Letter, Manners, Postman, is_reachable


class Kind(StrEnum):
    """Discriminators of the general webhook."""

    SERVICE_ORDER = "ServiceOrderUpdated"
    RESOURCE = "ResourceUpdated"
    RESOURCE_BLOCK = "ResourceBlockUpdated"
    CUSTOMER_ADDED = "CustomerAdded"
    CUSTOMER = "CustomerUpdated"
    PAYMENT = "PaymentUpdated"
    MESSAGE = "MessageAdded"


class Action(StrEnum):
    """What can happen to an integration."""

    CREATED = "IntegrationCreated"
    ENABLED = "IntegrationEnabled"
    DISABLED = "IntegrationDisabled"
    CANCELED = "IntegrationCanceled"
    REINSTATED = "IntegrationReinstated"
    DELETED = "IntegrationDeleted"
    API_KEY_CREATED = "IntegrationApiKeyCreated"


class Subscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the vendor's support has set up for the partner: one address per kind, its secret in it.

    Events within `lag_ms` of the first travel in one message, at most `most_events` in each.
    """

    general_url: str | None = None
    integration_url: str | None = None
    events: frozenset[Kind] = frozenset(Kind)
    lag_ms: Annotated[int, Meta(ge=0)] = 100
    most_events: Annotated[int, Meta(ge=1)] = 300


class Event(msgspec.Struct, frozen=True, rename="pascal"):
    """One line of a message: the kind and the id, nothing else."""

    discriminator: Kind
    value: "Subject"


class Subject(msgspec.Struct, frozen=True, rename="pascal"):
    id: str


class _Message(msgspec.Struct, frozen=True, rename="pascal"):
    enterprise_id: str
    integration_id: str
    events: Sequence[Event]


class Clock(Protocol):
    """The world's clock."""

    def now(self) -> datetime: ...


# The vendor waits five seconds, and "some minutes" before it tries again; how often is not published.
MANNERS = Manners(attempts=4, retry_ms=180_000, deadline_ms=5_000, redirects=3)


class Hooks:
    """Gathers events and posts them; every method may be called from any thread."""

    def __init__(self, names: Names, clock: Clock, hotel_name: str) -> None:
        self._names = names
        self._clock = clock
        self._hotel_name = hotel_name
        self._quiet = threading.Condition()
        self._subscription = Subscription()
        self._gathered: list[Event] = []
        self._timer: threading.Timer | None = None
        self._is_stopped = False
        self.postman = Postman(clock.now, MANNERS)

    @property
    def subscription(self) -> Subscription:
        with self._quiet:
            return self._subscription

    def subscribe(self, subscription: Subscription) -> None:
        """Raises ValueError for an address that is not on this machine."""
        for url in (subscription.general_url, subscription.integration_url):
            if url is not None and not is_reachable(url):
                raise ValueError("webhooks go to http on the loopback address only")
        with self._quiet:
            self._subscription = subscription

    def tell(self, kind: Kind, subject_id: str) -> None:
        """Puts an event into the next message, if anybody wants it."""
        with self._quiet:
            is_wanted = self._subscription.general_url is not None and kind in self._subscription.events
            if self._is_stopped or not is_wanted:
                return
            self._gathered.append(Event(kind, Subject(subject_id)))
            if self._timer is None:
                self._timer = threading.Timer(self._subscription.lag_ms / 1000, self._post_gathered)
                self._timer.daemon = True
                self._timer.start()

    def announce(self, action: Action, token: str) -> None:
        """Tells at once what has happened to the integration; `token` is its new or present secret."""
        url = self.subscription.integration_url
        if url is not None:
            message = {"Action": action, "Data": self._integration(action, token)}
            self._post(url, action, msgspec.json.encode(message))

    def wait_until_idle(self, seconds: float) -> bool:
        """True once every event so far has been delivered or given up."""
        with self._quiet:
            if not self._quiet.wait_for(lambda: self._timer is None, seconds):
                return False
        return self.postman.wait_until_idle(seconds)

    def stop(self) -> None:
        """May be called twice."""
        with self._quiet:
            self._is_stopped = True
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
            self._gathered.clear()
        self.postman.stop()

    def _post_gathered(self) -> None:
        with self._quiet:
            url, most = self._subscription.general_url, self._subscription.most_events
            events = self._gathered[::-1] if self.postman.manners.shuffle else self._gathered[:]
            self._gathered.clear()
            for start in range(0, len(events) if url else 0, most):
                part = events[start : start + most]
                message = _Message(self._names.enterprise, self._names.integration, part)
                self._post(url or "", "general", msgspec.json.encode(message))
            self._timer = None
            self._quiet.notify_all()

    def _post(self, url: str, event: str, body: bytes) -> None:
        # The vendor promises no content type, so none is sent.
        self.postman.post(Letter(url, event, body, {"User-Agent": "Mews"}))

    def _integration(self, action: Action, token: str) -> dict[str, object]:
        integration: dict[str, object] = {"Integration": {"Id": self._names.integration, "Name": "Hotel hub"}}
        now = stamp(self._clock.now())
        if action is Action.CREATED:
            return {
                "Enterprise": {"Id": self._names.enterprise, "Name": self._hotel_name},
                "Service": {"Id": self._names.stay_service, "Name": "Stay"},
                "Requestor": None,
                "AccessToken": token,
                "CreatedUtc": now,
                "IsEnabled": True,
                **integration,
            }
        if action is Action.DELETED:
            return {"DeletedUtc": now, **integration}
        if action is Action.API_KEY_CREATED:
            return {**integration, "ApiKey": token}
        return integration
