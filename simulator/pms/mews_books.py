"""The lists of reservations, prices and guests that the pretend Mews answers with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from simulator.hotel import Reservation
from simulator.pms import mews_guest_requests as ask
from simulator.pms.mews_customers import Customer, CustomerBook, address_id, address_row, customer_row
from simulator.pms.mews_lists import Found, among
from simulator.pms.mews_names import Names, texts
from simulator.pms.mews_order_items import OrderItem, item_row, order_items
from simulator.pms.mews_requests import Interval, know
from simulator.pms.mews_reservations import (
    ServiceOrder,
    companionship_id,
    companionship_row,
    group_id,
    group_row,
    order_row,
    service_orders,
)
from simulator.register import Register


@dataclass(frozen=True, slots=True)
class _Group:
    id: str
    created_at: datetime
    updated_at: datetime
    reservation: Reservation


@dataclass(frozen=True, slots=True)
class _Companionship:
    id: str
    customer_id: str
    order: ServiceOrder

    @property
    def created_at(self) -> datetime:
        return self.order.created_at


class Books:
    """Reads the register in this vendor's words.

    `shown_stamp` is the stamp a reservation shows, `is_hidden` says which reservation numbers are kept back.
    """

    def __init__(
        self,
        names: Names,
        register: Register,
        customers: CustomerBook,
        shown_stamp: Callable[[Reservation], datetime],
        is_hidden: Callable[[str], bool],
    ) -> None:
        self._names = names
        self._register = register
        self._customers = customers
        self._shown_stamp = shown_stamp
        self._is_hidden = is_hidden
        self._known: dict[str, tuple[Reservation, datetime, int, tuple[ServiceOrder, ...]]] = {}

    def orders_of(self, found: Reservation) -> tuple[ServiceOrder, ...]:
        """The reservations this vendor makes of one of the hotel's; kept while nothing about it changes."""
        shown, revision = self._shown_stamp(found), self._customers.revision
        known = self._known.get(found.number)
        if known is not None and known[0] is found and known[1:3] == (shown, revision):
            return known[3]
        hotel, accounts = self._register.hotel, self._customers.accounts()
        orders = service_orders(self._names, hotel, found, accounts, shown)
        self._known[found.number] = (found, shown, revision, orders)
        return orders

    def reservations(self, asked: ask.Reservations) -> Found[ServiceOrder]:
        ids, accounts = texts(asked.reservation_ids), texts(asked.account_ids)
        know("ServiceIds", asked.service_ids, frozenset({self._names.stay_service}))
        groups, resources = texts(asked.reservation_group_ids), texts(asked.assigned_resource_ids)
        numbers, channels = _words(asked.numbers), _words(asked.channel_numbers)
        states = None if asked.states is None else frozenset[str](asked.states)
        # Nobody here has a company, an agency or a block.
        is_hopeless = bool(
            asked.partner_company_ids or asked.travel_agency_ids or asked.availability_block_ids
        )

        def matches(order: ServiceOrder) -> bool:
            return (
                not is_hopeless
                and not self._is_hidden(order.reservation.number)
                and among(order.id, ids)
                and among(order.group_id, groups)
                and among(order.account_id, accounts)
                and among(order.resource_id, resources)
                and among(order.number, numbers)
                and among(order.channel_number, channels)
                and among(order.state, states)
                and _in_time(asked, order)
            )

        orders = [order for found in self._register.reservations() for order in self.orders_of(found)]
        return Found("Reservations", orders, matches, lambda order: order_row(self._names, order))

    def groups(self, asked: ask.Groups) -> Found[_Group]:
        groups: dict[str, _Group] = {}
        for found in self._register.reservations():
            key = group_id(self._names, found)
            first = groups.get(key)
            if first is None:
                groups[key] = _Group(key, found.created_at, found.updated_at, found)
            else:
                latest = max(first.updated_at, found.updated_at)
                groups[key] = _Group(key, first.created_at, latest, first.reservation)
        ids = texts(asked.reservation_group_ids)

        def matches(group: _Group) -> bool:
            return among(group.id, ids) and _within(asked.updated_utc, group.updated_at)

        def row(group: _Group) -> dict[str, object]:
            guest = self._register.guest(group.reservation.guest_id)
            return group_row(self._names, group.reservation, guest.last)

        return Found("ReservationGroups", list(groups.values()), matches, row)

    def companionships(self, asked: ask.Companionships) -> Found[_Companionship]:
        """The rest of what its extent could name is discontinued, and always null."""
        names = self._names
        ids, orders = texts(asked.companionship_ids), texts(asked.reservation_ids)
        customers, groups = texts(asked.customer_ids), texts(asked.reservation_group_ids)

        def matches(found: _Companionship) -> bool:
            return (
                among(found.id, ids)
                and among(found.order.id, orders)
                and among(found.customer_id, customers)
                and among(found.order.group_id, groups)
                and _within(asked.updated_utc, found.order.updated_at)
            )

        population = [
            _Companionship(companionship_id(names, order, customer), customer, order)
            for found in self._register.reservations()
            for order in self.orders_of(found)
            for customer in order.companion_ids
        ]
        return Found(
            "Companionships",
            population,
            matches,
            lambda found: companionship_row(names, found.order, found.customer_id),
            lambda _: {"Reservations": None, "ReservationGroups": None, "Customers": None},
        )

    def order_items(self, asked: ask.OrderItems) -> Found[OrderItem]:
        names, hotel = self._names, self._register.hotel
        ids, accounts = texts(asked.order_item_ids), texts(asked.account_ids)
        orders, types = texts(asked.service_order_ids), _words(asked.types)
        states = _words(asked.accounting_states)
        know("ServiceIds", asked.service_ids, frozenset({names.stay_service}))
        bills = texts(asked.bill_ids)

        def matches(item: OrderItem) -> bool:
            return (
                among(item.id, ids)
                and among(item.order.id, orders)
                and among(item.order.account_id, accounts)
                and (bills is None or (item.closed_at is not None and item.bill_id(names) in bills))
                and among(item.kind, types)
                and among(item.accounting_state, states)
                and _within(asked.created_utc, item.created_at)
                and _within(asked.updated_utc, item.updated_at)
                and _within(asked.consumed_utc, item.consumed_at)
                and _within(asked.canceled_utc, item.canceled_at)
                and _within(asked.closed_utc, item.closed_at)
            )

        population = [
            item
            for found in self._register.reservations()
            if orders is None or any(order.id in orders for order in self.orders_of(found))
            for item in order_items(names, hotel, self.orders_of(found))
        ]
        return Found("OrderItems", population, matches, lambda item: item_row(names, item))

    def customers(self, asked: ask.Customers) -> Found[Customer]:
        """Deleted customers only come when they are asked for; merged ones always."""
        ids, emails = texts(asked.customer_ids), _words(asked.emails)
        firsts, lasts = _words(asked.first_names), _words(asked.last_names)
        wanted = frozenset[str](asked.activity_states or ("Active",))
        is_hopeless = bool(asked.company_ids or asked.loyalty_codes)

        def matches(customer: Customer) -> bool:
            return (
                not is_hopeless
                and ("Active" if customer.deleted_at is None else "Deleted") in wanted
                and among(customer.id, ids)
                and among(customer.email, emails)
                and among(customer.first, firsts)
                and among(customer.last, lasts)
                and _within(asked.created_utc, customer.created_at)
                and _within(asked.updated_utc, customer.updated_at)
                and _within(asked.deleted_utc, customer.deleted_at)
            )

        return Found(
            "Customers",
            self._customers.customers(),
            matches,
            lambda customer: customer_row(self._names, customer),
            lambda _: {"Documents": None},
        )

    def addresses(self, asked: ask.Addresses) -> Found[Customer]:
        ids, accounts = texts(asked.address_ids), texts(asked.account_ids)

        def matches(customer: Customer) -> bool:
            return (
                customer.country is not None
                and among(customer.id, accounts)
                and among(address_id(self._names, customer), ids)
                and _within(asked.updated_utc, customer.updated_at)
            )

        return Found(
            "Addresses",
            self._customers.customers(),
            matches,
            lambda customer: address_row(self._names, customer),
        )


def _in_time(asked: ask.Reservations, order: ServiceOrder) -> bool:
    colliding = asked.colliding_utc
    return (
        _within(asked.created_utc, order.created_at)
        and _within(asked.updated_utc, order.updated_at)
        and _within(asked.scheduled_start_utc, order.scheduled_start)
        and _within(asked.scheduled_end_utc, order.scheduled_end)
        and _within(asked.actual_start_utc, order.actual_start)
        and _within(asked.actual_end_utc, order.actual_end)
        and (colliding is None or colliding.meets(order.scheduled_start, order.scheduled_end))
    )


def _within(interval: Interval | None, at: datetime | None) -> bool:
    return interval is None or interval.holds(at)


def _words(words: list[str] | None) -> frozenset[str] | None:
    return None if words is None else frozenset(words)
