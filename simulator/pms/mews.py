"""The Mews Connector API over the pretend hotel, written from the vendor's own documents.

`docs/simulator.md` says what of it is here and what is switchable.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import msgspec

from simulator.faults import Fault, FaultKind
from simulator.hotel import Guest, Reservation, State
from simulator.pms import mews_guest_requests as guest_ask
from simulator.pms import mews_requests as ask
from simulator.pms.mews_access import Access, Window, not_authorized, not_permitted, too_many
from simulator.pms.mews_books import Books
from simulator.pms.mews_catalogue import Catalogue
from simulator.pms.mews_control import Desk, Switches
from simulator.pms.mews_customers import CustomerBook
from simulator.pms.mews_hooks import Hooks, Kind
from simulator.pms.mews_lists import Found, Listable
from simulator.pms.mews_names import Names
from simulator.pms.mews_reservations import ServiceOrder
from simulator.register import Change, News
from simulator.wire import Answer, Call, Refusal, json_answer
from simulator.world import World

ROOT = "/api/connector/v1/"
CLIENT = "Hotel Hub 1.0.0"
# Operations the vendor has, but has not certified this integration for.
UNCERTIFIED = frozenset(
    {
        "bills/getAll",
        "companies/getAll",
        "customers/search",
        "payments/getAll",
        "reservations/cancel",
        "reservations/confirm",
        "reservations/getAll",
        "reservations/process",
        "reservations/start",
        "restrictions/getAll",
    }
)

_L = TypeVar("_L", bound=ask.Listed)
_S = TypeVar("_S", bound=ask.Signed)
_T = TypeVar("_T", bound=Listable)
# Takes the body and whether a list is to be empty; answers how many rows, and the document.
Operation = Callable[[bytes, bool], tuple[int, Mapping[str, object]]]


class Mews:
    """One enterprise with one integration; `desk` is what a test or the control desk changes of it."""

    key = "mews"

    def __init__(self, world: World, per_second: float) -> None:
        """The vendor's own limit counts, unless `per_second` is 0."""
        self.names = Names(world.hotel.code)
        self._world = world
        self._requests = itertools.count(1)
        self._quiet: dict[str, datetime] = {}
        customers = CustomerBook(self.names, world)
        self.desk = Desk(
            access=Access(self.names, Window() if per_second else None),
            customers=customers,
            hooks=Hooks(self.names, world.clock, world.hotel.name),
            switches=Switches(),
        )
        self._books = Books(self.names, world, customers, self._shown_stamp, self._is_hidden)
        self.operations = self._operations(Catalogue(self.names, world), self._books)
        world.listen(self._hear)

    def answer(self, call: Call, empty: bool = False) -> Answer:
        """Raises Refusal; with `empty` every list has no records."""
        operation = call.path.removeprefix(ROOT)
        is_known = operation in self.operations or operation in UNCERTIFIED
        if not call.path.startswith(ROOT) or call.method != "POST" or not is_known:
            raise Refusal(404, "NOWHERE", "There is no such operation.")
        switches = self.desk.switches
        self.desk.access.admit(_object(call), switches.is_retry_after_sent)
        if operation in UNCERTIFIED or operation in switches.denied:
            raise not_permitted(operation)
        rows, document = self.operations[operation](call.body, empty)
        if not rows and "return=minimal" in call.headers.get("prefer", ""):
            return Answer(204, b"", "", self._request_id())
        return json_answer(document, headers=self._request_id())

    def refused(self, refusal: Refusal) -> Answer:
        headers = self._request_id()
        body = {"Message": refusal.message, "RequestId": headers[0][1]}
        return json_answer(body, refusal.status, headers + refusal.headers)

    def fault(self, fault: Fault) -> Answer | None:
        match fault.kind:
            case FaultKind.UNAUTHORIZED:
                return self.refused(not_authorized("Invalid AccessToken."))
            case FaultKind.FORBIDDEN:
                return self.refused(Refusal(403, "RULE", "The hotel has closed this day for changes."))
            case FaultKind.NOT_FOUND:
                return self.refused(Refusal(404, "NOWHERE", "There is no such operation."))
            case FaultKind.RATE_LIMITED:
                is_told = self.desk.switches.is_retry_after_sent
                return self.refused(too_many(fault.retry_after if is_told else None))
            case FaultKind.UNAVAILABLE:
                return self.refused(Refusal(503, "BROKEN", "An unexpected error has occurred."))
            case _:
                return None

    def control(self, call: Call, topic: str) -> Answer:
        return self.desk.answer(call, topic)

    def sheet(self, base_url: str) -> Mapping[str, Mapping[str, str]]:
        access = self.desk.access
        return {
            "tokens": {
                "platform_address": base_url,
                "client_token": access.client_token,
                "access_token": access.access_token,
                "client": CLIENT,
            },
            "integration": {
                "enterprise_id": self.names.enterprise,
                "integration_id": self.names.integration,
            },
        }

    def orders(self, number: str) -> tuple[ServiceOrder, ...]:
        """What this vendor makes of one of the hotel's reservations; raises UnknownError."""
        return self._books.orders_of(self._world.reservation(number))

    def stop(self) -> None:
        self.desk.hooks.stop()

    def _request_id(self) -> tuple[tuple[str, str], ...]:
        return (("Request-Id", self.names.id("request", next(self._requests))),)

    def _operations(self, has: Catalogue, books: Books) -> dict[str, Operation]:
        """Every operation this integration is certified for, by its address."""
        return {
            "configuration/get": _sheet(ask.Configuration, has.configuration),
            "enterprises/getAll": self._list(ask.Enterprises, has.enterprises),
            "services/getAll": self._list(ask.Services, has.services),
            "services/getAvailability": _sheet(ask.PublicAvailability, has.public_availability),
            "services/getAvailability/2024-01-22": _sheet(ask.Availability, has.availability),
            "resources/getAll": self._list(ask.Resources, has.resources),
            "resources/getOccupancyState": _sheet(ask.Occupancy, has.occupancy),
            "resourceCategories/getAll": self._list(ask.Categories, has.categories),
            "resourceCategoryAssignments/getAll": self._list(ask.Assignments, has.assignments),
            "resourceBlocks/getAll": self._list(ask.Blocks, has.blocks),
            "ageCategories/getAll": self._list(ask.AgeCategories, has.age_categories),
            "rates/getAll": self._list(ask.Rates, has.rates),
            "rates/getPricing": _sheet(ask.Pricing, has.pricing),
            "rateGroups/getAll": self._list(ask.RateGroups, has.rate_groups),
            "products/getAll": self._list(ask.Products, has.products),
            "rules/getAll": self._list(ask.Rules, has.rules),
            "reservations/getAll/2023-06-06": self._list(guest_ask.Reservations, books.reservations),
            "reservationGroups/getAll": self._list(guest_ask.Groups, books.groups),
            "companionships/getAll": self._list(guest_ask.Companionships, books.companionships),
            "orderItems/getAll": self._list(guest_ask.OrderItems, books.order_items),
            "customers/getAll": self._list(guest_ask.Customers, books.customers),
            "addresses/getAll": self._list(guest_ask.Addresses, books.addresses),
        }

    def _list(self, kind: type[_L], find: Callable[[_L], Found[_T]]) -> Operation:
        def answer(body: bytes, empty: bool) -> tuple[int, Mapping[str, object]]:
            asked = ask.read(body, kind)
            if isinstance(asked, ask.EnterpriseListed):
                ask.know("EnterpriseIds", asked.enterprise_ids, frozenset({self.names.enterprise}))
            return find(asked).page(asked.limitation, self.desk.switches.most_rows, empty)

        return answer

    def _shown_stamp(self, found: Reservation) -> datetime:
        return self._quiet.get(found.number, found.updated_at)

    def _is_hidden(self, number: str) -> bool:
        return number in self.desk.switches.hidden_numbers

    def _hear(self, news: News) -> None:
        """Called while the books are locked: it only takes notes."""
        if not isinstance(news, Change):
            return
        if isinstance(news.after, Guest):
            self._hear_of_guest(news.after, is_new=news.before is None)
        elif news.before is None or isinstance(news.before, Reservation):
            self._hear_of_reservation(news.before, news.after)

    def _hear_of_guest(self, guest: Guest, is_new: bool) -> None:
        customer = self.names.id("customer", guest.id)
        if is_new:
            self.desk.hooks.tell(Kind.CUSTOMER_ADDED, customer)
        self.desk.hooks.tell(Kind.CUSTOMER, customer)

    def _hear_of_reservation(self, before: Reservation | None, after: Reservation) -> None:
        tell = self.desk.hooks.tell
        if before is not None and before.balance != after.balance:
            tell(Kind.PAYMENT, self.names.id("payment", after.number, after.updated_at.isoformat()))
            is_only_money = replace(after, balance=before.balance, updated_at=before.updated_at) == before
            if is_only_money and self.desk.switches.bills_are_silent:
                self._quiet[after.number] = self._shown_stamp(before)
                return
        self._quiet.pop(after.number, None)
        for order in self._books.orders_of(after):
            tell(Kind.SERVICE_ORDER, order.id)
        for room in sorted(_left(after) - (_left(before) if before is not None else set())):
            tell(Kind.RESOURCE, self.names.id("resource", room))


def _sheet(kind: type[_S], make: Callable[[_S], Mapping[str, object]]) -> Operation:
    """An operation that answers one document; it is never empty."""
    return lambda body, _: (1, make(ask.read(body, kind)))


def _object(call: Call) -> Mapping[str, object]:
    """The body before its shape is looked at."""
    try:
        if call.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
            return msgspec.json.decode(call.body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    raise ask.invalid("JSON")


def _left(found: Reservation) -> set[str]:
    """Rooms that are behind this reservation."""
    return {line.room for line in found.lines if line.room and line.state is State.CHECKED_OUT}
