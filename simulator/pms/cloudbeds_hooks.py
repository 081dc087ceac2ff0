"""The webhooks of Cloudbeds: one subscription per event, payloads whose casing depends on their age, no signature."""

import itertools
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec

from simulator.hotel import Guest, Reservation
from simulator.pms.cloudbeds_books import Accommodation, Books, Kind, kinds
from simulator.pms.cloudbeds_calls import Ask, Json, Method, answered, wrong
from simulator.postman import Letter, Postman
from simulator.register import Change, DayClosed, News
from simulator.wire import Refusal

# Which scope a subscription to an object needs, and the actions it has.
_SCOPES: Mapping[str, str | None] = {
    "reservation": "read:reservation",
    "guest": "read:guest",
    "roomblock": "read:roomblock",
    "housekeeping": "read:housekeeping",
    "night_audit": "read:hotel",
    "integration": None,
    "api_queue_task": "read:rate",
}
ACTIONS: Mapping[str, frozenset[str]] = {
    "reservation": frozenset(
        "created status_changed dates_changed accommodation_changed accommodation_type_changed "
        "accommodation_status_changed accommodation_removed notes_changed custom_fields_changed deleted".split()
    ),
    "guest": frozenset("created assigned removed details_changed accommodation_changed".split()),
    "roomblock": frozenset("created removed details_changed".split()),
    "housekeeping": frozenset({"room_condition_changed", "housekeeping_room_occupancy_status_changed"}),
    "night_audit": frozenset({"completed"}),
    "integration": frozenset({"appstate_changed"}),
    "api_queue_task": frozenset({"rate_status_changed"}),
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """One event of one property, posted to one address."""

    id: str
    owner: str
    property_id: str
    entity: str
    action: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class _Event:
    name: str
    fields: Json


class HookDesk:
    """Keeps subscriptions and turns what happens in the hotel into letters."""

    def __init__(self, books: Books, postman: Postman) -> None:
        self._books = books
        self._postman = postman
        self._lock = threading.Lock()
        self._count = itertools.count(1)
        self._subscriptions: dict[str, Subscription] = {}
        books.world.listen(self._hear)

    def methods(self) -> Mapping[str, Method]:
        return {
            "postWebhook": Method("POST", None, self._subscribe, wants_one=True),
            "getWebhooks": Method("GET", None, self._list, wants_one=True),
            "deleteWebhook": Method("DELETE", None, self._unsubscribe),
        }

    def forget_all(self) -> None:
        """What happens when the hotel disconnects the app."""
        with self._lock:
            self._subscriptions.clear()

    def _subscribe(self, ask: Ask) -> Json:
        entity, action = ask.params.required("object"), ask.params.required("action")
        endpoint = ask.params.required("endpointUrl")
        if action not in ACTIONS.get(entity, ()):
            raise wrong(f"The event {entity}/{action} does not exist")
        scope = _SCOPES[entity]
        if scope is not None and scope not in ask.scopes:
            raise missing_scope(scope)
        if not endpoint.startswith(("http://", "https://")):
            raise wrong("Parameter endpointUrl is not a valid URL")
        with self._lock:
            seed = f"{self._books.ids.property_id}:{next(self._count)}".encode()
            made = Subscription(
                blake2b(seed, digest_size=12).hexdigest(),
                ask.owner,
                ask.properties[0],
                entity,
                action,
                endpoint,
            )
            self._subscriptions[made.id] = made
        return answered({"subscriptionID": made.id})

    def _list(self, ask: Ask) -> Json:
        """Those of the calling client."""
        with self._lock:
            mine = [
                made
                for made in self._subscriptions.values()
                if made.owner == ask.owner and made.property_id in ask.properties
            ]
        return answered(
            [
                {
                    "id": made.id,
                    "key": {"type": "property", "id": made.property_id},
                    "event": {"entity": made.entity, "action": made.action},
                    "owner": {"type": "client", "id": made.owner},
                    "subscriptionType": "webhook",
                    "subscriptionData": {"endpoint": made.endpoint},
                }
                for made in mine
            ]
        )

    def _unsubscribe(self, ask: Ask) -> Json:
        wanted = ask.params.required("subscriptionID")
        with self._lock:
            made = self._subscriptions.get(wanted)
            if made is None or made.owner != ask.owner:
                raise wrong("Subscription not found")
            del self._subscriptions[wanted]
        return {"success": True}

    def deleted(self, record: Reservation, at: datetime) -> None:
        """The vendor's own act, of which the hotel knows nothing."""
        self._send([_Event("reservation/deleted", self._new(record))], at)

    def _hear(self, news: News) -> None:
        if isinstance(news, DayClosed):
            self._send([_Event("night_audit/completed", self._property_new())], news.at)
        elif isinstance(news.after, Guest):
            if news.before is not None:
                self._send(list(self._details_changed(news.after)), news.after.updated_at)
        else:
            self._send(list(self._of(news, news.after)), news.after.updated_at)

    def _of(self, change: Change, after: Reservation) -> Iterator[_Event]:
        """One act often sets off several events."""
        before = change.before
        if not isinstance(before, Reservation):
            for guest in self._books.occupants(after):
                yield _Event("guest/created", self._guest(guest.id))
            span: Json = {"startDate": after.arrival, "endDate": after.departure}
            yield _Event("reservation/created", self._old(after) | span)
            return
        touched = kinds(before, after)
        if before.state is not after.state:
            actor: Json = {"type": "user", "id": self._books.ids.user_id}
            status: Json = {"status": self._books.true_status(after), "actor": actor}
            yield _Event("reservation/status_changed", self._old(after) | status)
        yield from self._rooms(before, after)
        if Kind.DATES in touched:
            yield _Event("reservation/dates_changed", self._new(after) | self._spans(after))
        if Kind.NOTES in touched:
            yield _Event("reservation/notes_changed", self._new(after))

    def _rooms(self, before: Reservation, after: Reservation) -> Iterator[_Event]:
        had = {room.sub_id: room for room in self._books.accommodations(before)}
        has = {room.sub_id: room for room in self._books.accommodations(after)}
        for sub_id, room in has.items():
            old, fields = had.get(sub_id), self._new(after) | {"subReservationId": sub_id}
            was = old.line.room if old else None
            if room.line.room != was:
                moved: Json = {"roomId": self._room(room), "roomIdPrev": self._room(old) if old else None}
                yield _Event("reservation/accommodation_changed", fields | moved)
            if old is not None and old.line.room_type != room.line.room_type:
                kind: Json = {"roomTypeId": self._books.ids.room_type(room.line.room_type)}
                yield _Event("reservation/accommodation_type_changed", fields | kind)
            if old is not None and old.status != room.status:
                stands: Json = {"roomId": self._room(room), "status": room.status}
                yield _Event("reservation/accommodation_status_changed", fields | stands)
        for sub_id in had.keys() - has.keys():
            gone: Json = {"subReservationId": sub_id, "roomId": self._room(had[sub_id])}
            yield _Event("reservation/accommodation_removed", self._new(after) | gone)

    def _details_changed(self, person: Guest) -> Iterator[_Event]:
        for kept in self._books.reservations():
            for guest in self._books.occupants(kept.record):
                if guest.person.id == person.id:
                    yield _Event("guest/details_changed", self._guest(guest.id))

    def _send(self, events: list[_Event], at: datetime) -> None:
        """Each event has a moment of its own, a little after the one before it."""
        with self._lock:
            made = list(self._subscriptions.values())
        for place, event in enumerate(events):
            payload = {"version": "1.0", "event": event.name, "timestamp": at.timestamp() + place * 0.031257}
            body = msgspec.json.encode(event.fields | payload)
            for subscription in made:
                if f"{subscription.entity}/{subscription.action}" == event.name:
                    headers = {"Content-Type": "application/json", "User-Agent": "Cloudbeds"}
                    self._postman.post(Letter(subscription.endpoint, event.name, body, headers))

    def _room(self, room: Accommodation) -> str | None:
        return self._books.ids.room(room.line.room) if room.line.room else None

    def _spans(self, record: Reservation) -> Json:
        rooms = [
            {"id": room.sub_id, "startDate": room.line.arrival, "endDate": room.line.departure}
            for room in self._books.accommodations(record)
        ]
        return {"startDate": record.arrival, "endDate": record.departure, "subReservations": rooms}

    def _old(self, record: Reservation) -> Json:
        """The first events write ID."""
        number = self._books.ids.property_id
        return {
            "reservationID": self._books.ids.reservation(record.number),
            "propertyID": int(number),
            "propertyID_str": number,
        }

    def _new(self, record: Reservation) -> Json:
        """Later events write Id."""
        return self._property_new() | {"reservationId": self._books.ids.reservation(record.number)}

    def _guest(self, guest_id: str) -> Json:
        return self._property_new() | {"guestId": int(guest_id), "guestId_str": guest_id}

    def _property_new(self) -> Json:
        number = self._books.ids.property_id
        return {"propertyId": int(number), "propertyId_str": number}


def missing_scope(scope: str) -> Refusal:
    return Refusal(403, "insufficient_scope", f"The API key does not have the scope {scope}.")
