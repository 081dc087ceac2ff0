"""The webhooks of the pretend Guesty: one subscription per address, signed bodies that say little."""

import base64
import hashlib
import hmac
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from simulator.hotel import Guest, Reservation, State
from simulator.pms.guesty_books import Booking, Books
from simulator.pms.guesty_calls import Ask, Json, instant, invalid, not_found
from simulator.pms.guesty_names import Names
from simulator.pms.guesty_switches import Switches
from simulator.postman import Letter, Manners, Postman
from simulator.register import Change, News

EVENTS = frozenset(
    "reservation.created.v2 reservation.updated.v2 calendar.updated.v2 guest.created guest.updated guest.deleted "
    "listing.new listing.updated listing.removed reservation.messageReceived reservation.messageSent payments.failed "
    "payments.method.received task.created task.updated task.deleted".split()
)
OLD_EVENTS = frozenset({"reservation.new", "reservation.updated", "reservation_update_shortlist"})
# The vendor's own waits grow from 5 seconds to 10 hours; here they are one, which can be set.
MANNERS = Manners(attempts=8, retry_ms=5_000, deadline_ms=15_000)
_NEW_OF_OLD = {
    "reservation.new": "reservation.created.v2",
    "reservation.updated": "reservation.updated.v2",
    "reservation_update_shortlist": "reservation.updated.v2",
}


class _Wish(msgspec.Struct, frozen=True):
    url: str = ""
    events: list[str] | None = None
    event: str | None = None


@dataclass(slots=True)
class Webhook:
    """`misses` counts down the calls for its secret that still find nothing."""

    id: str
    url: str
    events: tuple[str, ...]
    misses: int


class Hooks:
    """Keeps the subscriptions and turns what happens in the hotel into letters."""

    def __init__(self, books: Books, names: Names, switches: Callable[[], Switches]) -> None:
        self._books = books
        self._names = names
        self._switches = switches
        self._lock = threading.Lock()
        self._count = itertools.count(1)
        self._letters = itertools.count(1)
        self._webhooks: dict[str, Webhook] = {}
        self.postman = Postman(books.world.clock.now, MANNERS)
        books.world.listen(self._hear)

    def create(self, ask: Ask) -> object:
        wish = self._read(ask)
        return self._row(self.add(wish.url, wish.events or []))

    def add(self, url: str, events: Sequence[str]) -> Webhook:
        """A subscription, whatever its events: those of the old generation were once allowed."""
        with self._lock:
            if any(each.url == url for each in self._webhooks.values()):
                raise invalid("A webhook with this url exists already")
            identifier = self._names.id("webhook", next(self._count))
            made = Webhook(identifier, url, tuple(events), self._switches().secret_misses)
            self._webhooks[made.id] = made
        return made

    def list(self, ask: Ask) -> object:
        with self._lock:
            found = list(self._webhooks.values())
        return ask.rows(lambda: [self._row(each) for each in found])

    def one(self, ask: Ask) -> object:
        return self._row(self._find(ask.rest[0]))

    def change(self, ask: Ask) -> None:
        found, wish = self._find(ask.rest[0]), self._read(ask)
        with self._lock:
            found.url, found.events = wish.url, tuple(wish.events or ())

    def remove(self, ask: Ask) -> None:
        found = self._find(ask.rest[0])
        with self._lock:
            self._webhooks.pop(found.id, None)

    def secret(self, ask: Ask) -> object:
        """Raises Refused 404 for another address, and while a new one is not yet known everywhere."""
        url = ask.required("url")[0]
        with self._lock:
            found = next((each for each in self._webhooks.values() if each.url == url), None)
            if found is None or found.misses > 0:
                if found is not None:
                    found.misses -= 1
                raise not_found("Endpoint", url)
        return {"key": self._names.webhook_secret(found.id)}

    def _read(self, ask: Ask) -> _Wish:
        wish = ask.body(_Wish)
        if not wish.url.startswith(("http://", "https://")):
            raise invalid("Validation failed", '"url" must be a valid uri')
        if not wish.events:
            raise invalid("events are required")
        for name in wish.events:
            if name in OLD_EVENTS:
                raise invalid(f"The event {name} is no longer available", f"use {_NEW_OF_OLD[name]}")
            if name not in EVENTS:
                raise invalid(f"Unknown event {name[:60]}")
        return wish

    def _find(self, identifier: str) -> Webhook:
        with self._lock:
            found = self._webhooks.get(identifier)
        if found is None:
            raise not_found("Webhook", identifier)
        return found

    def _row(self, webhook: Webhook) -> Json:
        return {
            "_id": webhook.id,
            "accountId": self._names.account,
            "url": webhook.url,
            "events": list(webhook.events),
        }

    def _hear(self, news: News) -> None:
        """Called while the books are locked: it only writes letters."""
        if not isinstance(news, Change):
            return
        with self._lock:
            webhooks = list(self._webhooks.values())
        if not webhooks:
            return
        for name, body in self._told(news):
            for webhook in webhooks:
                for subscribed in webhook.events:
                    if _NEW_OF_OLD.get(subscribed, subscribed) == name:
                        self._post(webhook, subscribed, body)

    def _told(self, news: Change) -> Iterator[tuple[str, Json | Booking]]:
        after, before = news.after, news.before
        if isinstance(after, Guest):
            name = "guest.created" if before is None else "guest.updated"
            yield name, {"guestId": self._books.guest_id(after), "accountId": self._names.account}
            return
        kinds = _kinds(before, after) if isinstance(before, Reservation) else []
        if kinds == ["guestStay.status"] and self._switches().is_guest_stay_silent:
            return
        name = "reservation.created.v2" if before is None else "reservation.updated.v2"
        for booking in self._books.of(after):
            yield name, booking
        if before is None or {"status", "stay.dates", "stay.unit"} & set(kinds):
            yield from self._calendars(before if isinstance(before, Reservation) else None, after)

    def _calendars(self, before: Reservation | None, after: Reservation) -> Iterator[tuple[str, Json]]:
        spans: dict[str, tuple[date, date]] = {}
        for record in filter(None, (before, after)):
            for line in record.lines:
                start, end = spans.get(line.room_type, (line.arrival, line.departure))
                spans[line.room_type] = (min(start, line.arrival), max(end, line.departure))
        for code, (start, end) in spans.items():
            yield (
                "calendar.updated.v2",
                {
                    "listingId": self._names.room_type(code),
                    "accountId": self._names.account,
                    "currency": self._books.world.hotel.currency,
                    "dateRange": {"start": start, "end": end},
                },
            )

    def _post(self, webhook: Webhook, event: str, about: Json | Booking) -> None:
        body = msgspec.json.encode(self._body(event, about))
        identifier = f"msg_{next(self._letters):08d}"
        secret = self._names.webhook_secret(webhook.id)
        headers = {"Content-Type": "application/json", "User-Agent": "Svix-Webhooks/1.62.0"}

        def stamped() -> dict[str, str]:
            return signature(
                secret, identifier, int(self._books.world.clock.now().timestamp()), body,
                self._switches().signature_names,
            )  # fmt: skip

        self.postman.post(Letter(webhook.url, event, body, headers, stamped=stamped))

    def _body(self, event: str, about: Json | Booking) -> Json:
        moment = instant(self._books.world.clock.now())
        if not isinstance(about, Booking):
            return {"eventType": event, "publishedAt": moment, "data": about}
        shape = "old" if event in OLD_EVENTS else self._switches().payload
        if shape == "old":
            return {
                "event": event,
                "accountId": self._names.account,
                "reservation": self._books.old_row(about),
            }
        lean: Json = {
            "status": about.status,
            "checkInDateLocalized": about.arrival,
            "checkOutDateLocalized": about.departure,
            "guestStay": {"status": about.guest_stay},
        }
        if shape == "nested":
            return {"event": event, "publishedAt": moment, "data": {"reservation": {"_id": about.id, **lean}}}
        if shape == "reservation":
            return {"event": event, "publishedAt": moment, "reservation": {"id": about.id, **lean}}
        return {"eventType": event, "publishedAt": moment, "data": {"reservationId": about.id, **lean}}


def signature(secret: str, identifier: str, stamp: int, body: bytes, prefix: str) -> dict[str, str]:
    """The three headers; beside the true signature stands one of a key that has been replaced."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{identifier}.{stamp}.".encode() + body
    digests = [hmac.new(each, signed, hashlib.sha256).digest() for each in (key[::-1], key)]
    text = " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
    return {f"{prefix}-id": identifier, f"{prefix}-timestamp": str(stamp), f"{prefix}-signature": text}


_STAYS = frozenset({State.CONFIRMED, State.IN_HOUSE, State.CHECKED_OUT, State.NO_SHOW})


def _kinds(before: Reservation, after: Reservation) -> list[str]:
    """What differs between two states of a reservation."""
    is_stay = {before.state, after.state} <= _STAYS
    was, has = ([(line.arrival, line.departure) for line in each.lines] for each in (before, after))
    pairs = (
        ("status", before.state is not after.state and not is_stay),
        ("guestStay.status", before.state is not after.state and is_stay),
        ("stay.dates", (before.arrival, before.departure) != (after.arrival, after.departure)),
        ("stay.unit", was != has and len(was) != len(has)),
        ("money", (before.total, before.balance) != (after.total, after.balance)),
        ("notes", before.notes != after.notes),
    )
    return [name for name, differs in pairs if differs]
