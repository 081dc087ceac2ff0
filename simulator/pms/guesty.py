"""The Guesty Open API over the pretend hotel, written from the vendor's own documents.

`docs/simulator.md` says what of it is here, what is switchable, and what the documents leave open.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import TypeVar

import msgspec

from simulator.faults import Fault, FaultKind
from simulator.pms.guesty_access import Access, Windows
from simulator.pms.guesty_books import Books
from simulator.pms.guesty_calls import Ask, Json, Refused, forbidden, invalid, not_found, picked, too_many
from simulator.pms.guesty_guests import GuestBook, may_not_read
from simulator.pms.guesty_hooks import Hooks
from simulator.pms.guesty_listings import House
from simulator.pms.guesty_names import Names
from simulator.pms.guesty_search import found, old_rows
from simulator.pms.guesty_switches import Switches
from simulator.postman import Manners
from simulator.wire import Answer, Call, Refusal, json_answer
from simulator.world import World

ROOT = "/v1/"
TOKEN_PATH = "/oauth2/token"  # noqa: S105 - an address
OLD_ENDS_ON = date(2027, 3, 1)
MOST_IDS = 10

_T = TypeVar("_T")
Route = Callable[[Ask], object]


class _Url(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    events: list[str]


class _Times(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    times: int = 1


class Guesty:
    """One account with one application; `switches` is what a test or the control desk changes of its habits."""

    key = "guesty"

    def __init__(self, world: World, per_second: float) -> None:
        """The vendor's own limits count, unless `per_second` is 0."""
        self.names = Names(world.hotel.code)
        self.switches = Switches()
        self.books = Books(world, self.names, lambda: self.switches)
        self.access = Access(self.names, world.clock)
        self.hooks = Hooks(self.books, self.names, lambda: self.switches)
        self._windows = Windows(is_on=per_second > 0)
        self._requests = itertools.count(1)
        house, guests = House(self.books, self.names, lambda: self.switches), GuestBook(self.books)
        # Method, first part of the path, and how many parts follow it (None: any number).
        self.routes: dict[tuple[str, str, int | None], Route] = {
            ("GET", "accounts", 1): house.account,
            ("GET", "listings", 0): house.listings,
            ("GET", "listings", 1): house.listing,
            ("GET", "availability-pricing", None): house.calendar,
            ("GET", "rm-rate-plans-ext", None): house.rate_plans,
            ("GET", "guests-crud", 0): guests.list,
            ("GET", "guests-crud", 1): guests.one,
            ("GET", "reservations", 0): self._old_list,
            ("GET", "reservations", 1): self._old_one,
            ("GET", "reservations-v3", 0): self._by_ids,
            ("GET", "reservations-v3", 1): self._search,
            ("GET", "webhooks", 0): self.hooks.list,
            ("POST", "webhooks", 0): self.hooks.create,
            ("GET", "webhooks", 1): self.hooks.one,
            ("PUT", "webhooks", 1): self.hooks.change,
            ("DELETE", "webhooks", 1): self.hooks.remove,
            ("GET", "webhooks-v2", 1): self.hooks.secret,
        }

    def answer(self, call: Call, empty: bool = False) -> Answer:
        """Raises Refusal; with `empty` every list has no records."""
        if (call.method, call.path) == ("POST", TOKEN_PATH):
            return self._numbered(json_answer(self.access.mint(call, self.switches)))
        first, *rest = call.path.removeprefix(ROOT).strip("/").split("/")
        route = self.routes.get((call.method, first, len(rest))) or self.routes.get(
            (call.method, first, None)
        )
        if not call.path.startswith(ROOT) or route is None:
            raise not_found("Route", call.path[:80])
        self.access.admit(call, self.switches)
        self._windows.enter()
        if first in self.switches.denied:
            raise may_not_read() if first == "guests-crud" else forbidden()
        document = route(Ask(call, tuple(rest), empty))
        limits = self._windows.headers()
        if document is None:
            return self._numbered(Answer(204, b"", "", limits))
        if first == "rm-rate-plans-ext" and isinstance(document, dict):
            document = {"requestId": f"r-{next(self._requests)}", **document}
        status = 201 if call.method == "POST" else 200
        return self._numbered(json_answer(document, status, limits))

    def refused(self, refusal: Refusal) -> Answer:
        """The body a refusal brings, with the number of the request, which the header has as well."""
        body = refusal.body if isinstance(refusal, Refused) else {"message": refusal.message}
        number = f"req-{next(self._requests):06x}"
        if "error" not in body:
            body = {**body, "requestId": number}
        return json_answer(body, refusal.status, (*refusal.headers, ("x-request-id", number)))

    def fault(self, fault: Fault) -> Answer | None:
        match fault.kind:
            case FaultKind.UNAUTHORIZED:
                return self.refused(Refused(401, {"message": "Unauthorized"}))
            case FaultKind.FORBIDDEN:
                return self.refused(forbidden())
            case FaultKind.NOT_FOUND:
                return self.refused(not_found("Listing", "unknown"))
            case FaultKind.RATE_LIMITED:
                return self.refused(too_many(fault.retry_after))
            case FaultKind.UNAVAILABLE:
                return self.refused(Refused(503, {"message": "Service Unavailable"}))
            case FaultKind.GARBAGE_JSON:
                return Answer(200, b'{"results":[{"_id":"66f0c0ffee00')
            case FaultKind.WRONG_SHAPE:
                return json_answer({"results": {"rows": 1, "of": ["else"]}, "pagination": "none"})
            case _:
                return None

    def sheet(self, base_url: str) -> Mapping[str, Mapping[str, str]]:
        return {
            "oauth2": {
                "token_url": f"{base_url}{TOKEN_PATH}",
                "api_url": f"{base_url}{ROOT.rstrip('/')}",
                "client_id": self.names.client_id,
                "client_secret": self.names.client_secret,
            }
        }

    def control(self, call: Call, topic: str) -> Answer:
        """Raises Refusal 404, and what decoding and the world raise."""
        asked = (call.method, topic)
        if topic == "switches" and call.method in ("GET", "POST"):
            if call.method == "POST":
                self.switches = _read(call, Switches)
            return json_answer(self.switches)
        if topic == "manners" and call.method in ("GET", "POST"):
            if call.method == "POST":
                self.hooks.postman.behave(_read(call, Manners))
            return json_answer(self.hooks.postman.manners)
        if topic == "sent" and call.method in ("GET", "DELETE"):
            if call.method == "DELETE":
                self.hooks.postman.forget()
            return json_answer(self.hooks.postman.report())
        if topic == "tokens" and call.method in ("GET", "DELETE"):
            if call.method == "DELETE":
                self.access.forget()
            return json_answer(self.access.count())
        if asked == ("POST", "tokens/expire"):
            self.access.expire()
            return json_answer(self.access.count())
        if asked == ("POST", "tokens/spend"):
            self.access.spend(_read(call, _Times).times)
            return json_answer(self.access.count())
        if asked == ("POST", "webhooks"):
            wish = _read(call, _Url)
            return json_answer({"_id": self.hooks.add(wish.url, wish.events).id})
        if asked == ("GET", "ids"):
            return json_answer(self._ids())
        raise Refusal(404, "NOT_FOUND", "The control desk has nothing at this address.")

    def stop(self) -> None:
        self.hooks.postman.stop()

    def _old_list(self, ask: Ask) -> object:
        self._refuse_the_old()
        skip, limit = ask.turn()
        rows = ask.rows(lambda: old_rows(ask, self.books, self.switches.are_unconfirmed_hidden))
        part = [picked(row, ask.query.get("fields")) for row in rows[skip : skip + limit]]
        return {"results": part, "count": len(rows), "limit": limit, "skip": skip}

    def _old_one(self, ask: Ask) -> object:
        self._refuse_the_old()
        booking = self.books.find(ask.rest[0])
        if booking is None:
            raise not_found("Reservation", ask.rest[0])
        return picked(self.books.old_row(booking), ask.query.get("fields"))

    def _search(self, ask: Ask) -> object:
        if ask.rest != ("search",):
            raise not_found("Route", ask.call.path[:80])
        skip, limit = ask.turn()
        switches = self.switches
        bookings = ask.rows(
            lambda: found(ask, self.books, switches.is_updated_filter_known, switches.missing_sources)
        )
        rows = [self.books.search_row(booking) for booking in bookings[skip : skip + limit]]
        has_more = skip + limit < len(bookings)
        return {"results": rows, "pagination": {"skip": skip, "limit": limit, "hasMore": has_more}}

    def _by_ids(self, ask: Ask) -> object:
        """A bare array in the order of the ids; ids that nobody knows are left out."""
        ids = [value for name, value in ask.call.pairs if name in ("reservationIds[]", "reservationIds")]
        if not 0 < len(ids) <= MOST_IDS:
            raise invalid("Validation failed", f'"reservationIds" must contain 1 to {MOST_IDS} items')
        known = {booking.id: booking for booking in self.books.bookings()}
        return ask.rows(lambda: [self.books.row(known[each]) for each in ids if each in known])

    def _refuse_the_old(self) -> None:
        if self.books.today() >= OLD_ENDS_ON:
            raise Refused(410, {"error": {"code": "GONE", "message": "This endpoint ended on 1 March 2027."}})

    def _numbered(self, answer: Answer) -> Answer:
        number = f"req-{next(self._requests):06x}"
        return replace(answer, headers=(*answer.headers, ("x-request-id", number)))

    def _ids(self) -> Json:
        """How the hotel's own names are called here, for a test that compares with the truth."""
        world, names = self.books.world, self.names
        return {
            "account": names.account,
            "room_types": {kind.code: names.room_type(kind.code) for kind in world.hotel.room_types},
            "rooms": {room.number: names.room(room.number) for room in world.hotel.rooms},
            "rate_plans": {plan.code: names.plan(plan.code) for plan in world.hotel.rate_plans},
            "reservations": {
                record.number: [booking.id for booking in self.books.of(record)]
                for record in world.reservations()
            },
            "guests": {guest.id: self.books.guest_id(guest) for guest in world.guests()},
        }


def _read(call: Call, kind: type[_T]) -> _T:
    return msgspec.json.decode(call.body or b"{}", type=kind)
