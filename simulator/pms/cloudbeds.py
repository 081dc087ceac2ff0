"""The Cloudbeds PMS API, version 1.3, over the pretend hotel: written from the vendor's published documents.

What those leave open, and how it was settled here, stands in `docs/simulator.md`.
"""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from simulator.faults import Fault, FaultKind
from simulator.pms.cloudbeds_approval import ApprovalDesk
from simulator.pms.cloudbeds_bookings import BookingDesk
from simulator.pms.cloudbeds_books import Books, Quirks
from simulator.pms.cloudbeds_calls import Ask, Method, Params, wrong
from simulator.pms.cloudbeds_guests import GuestDesk
from simulator.pms.cloudbeds_hooks import HookDesk, missing_scope
from simulator.pms.cloudbeds_hotel import HotelDesk
from simulator.pms.cloudbeds_keys import SCOPES, Key, Keys
from simulator.pms.cloudbeds_rates import RateDesk
from simulator.pms.cloudbeds_rooms import RoomDesk
from simulator.postman import Manners, Postman
from simulator.register import UnknownError
from simulator.throttle import Throttle
from simulator.wire import Answer, Call, Refusal, json_answer
from simulator.world import World

PER_SECOND = 5
_VERSIONS = ("/api/v1.3/", "/api/v1.2/")
_FORM = "application/x-www-form-urlencoded"
_CLOSED = {
    "user_inactive": "The user who approved this connection is not active",
    "property_canceled": "The property has an invalid status: canceled",
}
_TOO_MANY = (
    b"<html><head><title>429 Too Many Requests</title></head><body><h1>Too Many Requests</h1></body></html>"
)
_DOWN = b"<html><head><title>503</title></head><body><h1>Service Temporarily Unavailable</h1></body></html>"

_T = TypeVar("_T")


class _NewKey(msgspec.Struct, forbid_unknown_fields=True):
    scopes: list[str] | None = None
    organization: bool = False


class _App(msgspec.Struct, forbid_unknown_fields=True):
    redirect_uri: str


class _Subject(msgspec.Struct, forbid_unknown_fields=True):
    """`number` is the hotel's own number of a reservation, the others are the vendor's guest ids."""

    number: str = ""
    guest_id: str = ""
    into: str = ""


class Cloudbeds:
    """One property account with its API keys, its webhooks and its habits."""

    key = "cloudbeds"

    def __init__(self, world: World, per_second: float) -> None:
        self.books = Books(world)
        self.keys = Keys(
            world.clock,
            world.reservations(),
            world.hotel.code,
            self.books.ids.property_id,
            self.books.ids.sister_id,
        )
        self.postman = Postman(world.clock.now)
        self._approvals = ApprovalDesk(self.keys, world.hotel.name)
        self._hooks = HookDesk(self.books, self.postman)
        limit = min(per_second, PER_SECOND)
        self._throttle = Throttle(limit, burst=PER_SECOND)
        self._requests = itertools.count(1)
        desks = (HotelDesk, BookingDesk, GuestDesk, RoomDesk, RateDesk)
        self.methods: dict[str, Method] = dict(self._hooks.methods())
        for desk in desks:
            self.methods |= desk(self.books).methods()

    @property
    def property_id(self) -> str:
        return self.books.ids.property_id

    def answer(self, call: Call, empty: bool = False) -> Answer:
        """Raises Refusal; one with status 200 is the vendor's `success: false`."""
        version = next((version for version in _VERSIONS if call.path.startswith(version)), None)
        name = call.path.removeprefix(version) if version else ""
        if name == "access_token" and call.method == "POST":
            return self._numbered(self.keys.exchange(_form(call)))
        if name == "oauth":
            return self._numbered(self._approvals.answer(call))
        method = self.methods.get(name)
        if method is None or method.verb != call.method:
            raise Refusal(404, "not_found", "The requested method does not exist.")
        key = self.keys.identify(call)
        self._throttle.admit(key.owner)
        if method.scope is not None and method.scope not in key.scopes:
            raise missing_scope(method.scope)
        if self.books.quirks.account != "active":
            raise wrong(_CLOSED[self.books.quirks.account])
        return self._numbered(json_answer(method.answer(self._ask(call, method, key, empty))))

    def refused(self, refusal: Refusal) -> Answer:
        if refusal.status == 200:
            return self._numbered(json_answer({"success": False, "message": refusal.message}))
        if refusal.status == 429:
            return self._numbered(_page(429, _TOO_MANY))
        body = {"error": refusal.code, "message": refusal.message}
        return self._numbered(json_answer(body, refusal.status))

    def fault(self, fault: Fault) -> Answer | None:
        """`rate_limited` has a Retry-After only if the fault gives one."""
        if fault.kind is FaultKind.UNAUTHORIZED:
            denied = "The resource owner or authorization server denied the request."
            return self.refused(Refusal(401, "access_denied", denied))
        if fault.kind is FaultKind.FORBIDDEN:
            return self.refused(missing_scope("asked for"))
        if fault.kind is FaultKind.NOT_FOUND:
            return self.refused(Refusal(404, "not_found", "The requested method does not exist."))
        if fault.kind is FaultKind.RATE_LIMITED:
            wait = (("Retry-After", str(fault.retry_after)),) if fault.retry_after else ()
            return self._numbered(replace(_page(429, _TOO_MANY), headers=wait))
        if fault.kind is FaultKind.UNAVAILABLE:
            return self._numbered(_page(503, _DOWN))
        if fault.kind is FaultKind.GARBAGE_JSON:
            return self._numbered(Answer(200, b'{"success":true,"data":[{"reservationID":"74002'))
        if fault.kind is FaultKind.WRONG_SHAPE:
            return self._numbered(json_answer({"success": True, "data": {"rows": 1, "of": ["else"]}}))
        return None

    def sheet(self, base_url: str) -> Mapping[str, Mapping[str, str]]:
        """A key, and an app that the hotel has just approved: its code is good once, for ten minutes."""
        return {
            "api_key": {"api_key": self.keys.first.secret, "property_id": self.property_id},
            "oauth2": {
                "token_url": f"{base_url}{_VERSIONS[0]}access_token",
                "client_id": self.keys.client_id,
                "client_secret": self.keys.client_secret,
                "redirect_uri": self.keys.redirect_uri,
                "code": self.keys.code(),
                "property_id": self.property_id,
            },
        }

    def control(self, call: Call, topic: str) -> Answer:
        asked = (call.method, topic)
        if topic == "quirks" and call.method in ("GET", "POST"):
            if call.method == "POST":
                self.books.quirks = _body(call, Quirks)
            return json_answer(self.books.quirks)
        if topic == "webhooks" and call.method in ("GET", "POST"):
            if call.method == "POST":
                self.postman.behave(_body(call, Manners))
            return json_answer(self.postman.manners)
        if topic == "sent" and call.method in ("GET", "DELETE"):
            if call.method == "DELETE":
                self.postman.forget()
            return json_answer(self.postman.report())
        if asked == ("GET", "ids"):
            return json_answer(self._ids())
        if call.method == "POST":
            return self._act(call, topic)
        raise Refusal(404, "NOT_FOUND", "The control desk has nothing at this address.")

    def stop(self) -> None:
        self.postman.stop()

    def delete(self, number: str) -> None:
        """Deletes a reservation at the vendor and says so; raises UnknownError."""
        record = self.books.world.reservation(number)
        self._hooks.deleted(record, self.books.delete(number).modified_at)

    def disconnect(self) -> None:
        """The hotel throws the app out: its keys and its subscriptions are gone."""
        self.keys.revoke_all()
        self._hooks.forget_all()

    def _act(self, call: Call, topic: str) -> Answer:
        if topic == "keys":
            wanted = _body(call, _NewKey)
            scopes = SCOPES if wanted.scopes is None else wanted.scopes
            key = self.keys.issue(scopes, organization=wanted.organization)
            return json_answer({"api_key": key.secret, "properties": key.properties})
        if topic == "app":
            self.keys.redirect_uri = _body(call, _App).redirect_uri
            return json_answer({"client_id": self.keys.client_id, "redirect_uri": self.keys.redirect_uri})
        if topic == "disconnect":
            self.disconnect()
            return json_answer({})
        subject = _body(call, _Subject)
        if topic == "delete":
            self.delete(subject.number)
            return json_answer({})
        if topic in ("anonymize", "merge"):
            for guest_id in filter(None, (subject.guest_id, subject.into)):
                if self.books.locate(guest_id) is None:
                    raise UnknownError(f"no guest {guest_id}")
            if topic == "anonymize":
                self.books.anonymize(subject.guest_id)
            else:
                self.books.merge(subject.guest_id, subject.into)
            return json_answer({})
        raise Refusal(404, "NOT_FOUND", "The control desk has nothing at this address.")

    def _ask(self, call: Call, method: Method, key: Key, empty: bool) -> Ask:
        zone: tzinfo = UTC
        if self.books.quirks.modified_zone == "property":
            zone = self.books.world.hotel.zone
        params = Params(_form(call) if call.method == "POST" else call.query, zone)
        given = params.text("propertyIDs") or params.text("propertyID") or call.headers.get("x-property-id")
        properties = key.properties
        if given:
            wanted = {part.strip() for part in given.split(",")}
            properties = tuple(one for one in key.properties if one in wanted)
            if not properties:
                raise wrong(f"None of the included property id's match the ones of this key: {given[:40]}")
        elif method.wants_one and len(key.properties) > 1:
            raise wrong("Parameter propertyID is required, as this key covers several properties")
        has_data = self.property_id in properties and not empty
        return Ask(params, properties, has_data, call.base_url, key.owner, key.scopes)

    def _numbered(self, answer: Answer) -> Answer:
        """Every answer has a number that support asks for."""
        identifier = f"cb-{next(self._requests):08x}"
        return replace(answer, headers=(*answer.headers, ("X-Request-ID", identifier)))

    def _ids(self) -> dict[str, object]:
        """How the hotel's own names are called here, for a test that compares with the truth."""
        hotel, ids = self.books.world.hotel, self.books.ids
        return {
            "property_id": ids.property_id,
            "room_types": {kind.code: ids.room_type(kind.code) for kind in hotel.room_types},
            "rooms": {room.number: ids.room(room.number) for room in hotel.rooms},
            "rates": {
                f"{plan.code}/{kind.code}": ids.rate(plan, kind)
                for plan in hotel.rate_plans
                for kind in hotel.room_types
            },
            "reservations": {
                kept.record.number: ids.reservation(kept.record.number)
                for kept in self.books.reservations(deleted_too=True)
            },
        }


def _form(call: Call) -> dict[str, str]:
    """The fields of a form; a body of another kind is not read at all."""
    if not call.headers.get("content-type", "").lower().startswith(_FORM):
        return {}
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))


def _page(status: int, body: bytes) -> Answer:
    return Answer(status, body, "text/html; charset=utf-8")


def _body(call: Call, kind: type[_T]) -> _T:
    return msgspec.json.decode(call.body or b"{}", type=kind)
