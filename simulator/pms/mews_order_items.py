"""What a reservation costs in Mews: one item per night, one per breakfast, and what is left over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from simulator.hotel import Hotel, RatePlan, StayLine
from simulator.pms.mews_calendar import local, stamp, stamp_or_none
from simulator.pms.mews_money import amount
from simulator.pms.mews_names import Names
from simulator.pms.mews_reservations import ServiceOrder

_REVENUE: Mapping[str, str] = {
    "SpaceOrder": "Service",
    "ProductOrder": "Product",
    "CustomItem": "Additional",
    "CancellationFee": "Additional",
}


@dataclass(frozen=True, slots=True)
class OrderItem:
    """`gross` is the whole item in minor units, of `count` equal parts."""

    id: str
    order: ServiceOrder
    kind: str
    count: int
    gross: int
    consumed_at: datetime
    accounting_state: str
    closed_at: datetime | None = None

    @property
    def created_at(self) -> datetime:
        return self.order.created_at

    @property
    def updated_at(self) -> datetime:
        """The reservation's own stamp, even when the reservation does not show it."""
        return self.order.reservation.updated_at

    @property
    def canceled_at(self) -> datetime | None:
        return self.order.cancelled_at if self.accounting_state == "Canceled" else None

    def bill_id(self, names: Names) -> str:
        """The bill it is on once it is closed."""
        return names.id("bill", self.order.group_id)


def breakfast_price(hotel: Hotel) -> int:
    """Gross minor units a person; 0 where breakfast is never sold by itself."""
    return max((plan.per_person for plan in hotel.rate_plans if plan.breakfast), default=0)


def order_items(names: Names, hotel: Hotel, orders: Sequence[ServiceOrder]) -> list[OrderItem]:
    """All items of the orders of one reservation, in the order they are paid."""
    found = [item for order in orders for item in _nights(names, hotel, order)]
    first = orders[0]
    if first.reason == "NoShow" and found:
        fee = sum(first.lines[0].nightly[:1])
        found.append(_item(names, first, "CancellationFee", gross=fee, at=first.scheduled_start))
    elif first.state != "Canceled":
        last = orders[-1]
        # After an early departure the price stays what it was.
        rest = first.reservation.total - sum(item.gross for item in found)
        if rest:
            found.append(_item(names, last, "CustomItem", gross=rest, at=last.scheduled_end))
    return list(_paid(found))


def item_row(names: Names, item: OrderItem) -> dict[str, object]:
    order, currency = item.order, item.order.reservation.currency
    whole = amount(item.gross, currency)
    return {
        "Id": item.id,
        "EnterpriseId": names.enterprise,
        "AccountId": order.account_id,
        "AccountType": "Customer",
        "ServiceId": names.stay_service,
        "ServiceOrderId": order.id,
        "Notes": None,
        "BillId": item.bill_id(names) if item.closed_at else None,
        "AccountingCategoryId": None,
        "BillingName": "Breakfast" if item.kind == "ProductOrder" else None,
        "ExternalIdentifier": None,
        "UnitCount": item.count,
        "UnitAmount": amount(item.gross // item.count, currency),
        "Amount": whole,
        "OriginalAmount": whole,
        "RevenueType": _REVENUE[item.kind],
        "CreatorProfileId": names.profile,
        "UpdaterProfileId": names.profile,
        "CreatedUtc": stamp(item.created_at),
        "UpdatedUtc": stamp(item.updated_at),
        "ConsumedUtc": stamp(item.consumed_at),
        "CanceledUtc": stamp_or_none(item.canceled_at),
        "ClosedUtc": stamp_or_none(item.closed_at),
        "StartUtc": stamp(item.consumed_at),
        "ClaimedUtc": None,
        "AccountingState": item.accounting_state,
        "Type": item.kind,
        "Options": {"CanceledWithReservation": item.accounting_state == "Canceled"},
        "Data": _data(names, item),
        "TaxExemptionReason": None,
        "TaxExemptionLegalReference": None,
    }


def _nights(names: Names, hotel: Hotel, order: ServiceOrder) -> Iterator[OrderItem]:
    """One item a night, less the breakfast in it, which is an item of its own."""
    state = _accounting_state(order)
    for line in order.lines:
        plan = hotel.rate_plan(line.rate_plan)
        for night, gross in zip(line.nights(), line.nightly, strict=True):
            at = local(hotel.zone, night)
            persons, breakfast = _breakfast(hotel, plan, line, gross)
            yield _item(names, order, "SpaceOrder", gross=gross - breakfast, at=at, state=state, key=night)
            if breakfast:
                yield _item(
                    names,
                    order,
                    "ProductOrder",
                    gross=breakfast,
                    at=at,
                    state=state,
                    count=persons,
                    key=night,
                )


def _breakfast(hotel: Hotel, plan: RatePlan, line: StayLine, gross: int) -> tuple[int, int]:
    """Persons and the price of their breakfasts, as the night's price was made; none where it is a gift."""
    persons = min(2, hotel.room_type(line.room_type).max_occupancy)
    price = breakfast_price(hotel) * persons if plan.breakfast else 0
    return (persons, price) if 0 < price < gross else (0, 0)


def _accounting_state(order: ServiceOrder) -> str:
    if order.state == "Canceled":
        return "Canceled"
    return "Inactive" if order.state in ("Inquired", "Requested", "Optional") else "Open"


def _item(
    names: Names,
    order: ServiceOrder,
    kind: str,
    *,
    gross: int,
    at: datetime,
    state: str = "Open",
    count: int = 1,
    key: object = "",
) -> OrderItem:
    return OrderItem(names.id("item", order.id, kind, key), order, kind, count, gross, at, state)


def _paid(items: Sequence[OrderItem]) -> Iterator[OrderItem]:
    """Open items are closed one after another as far as the payments reach."""
    if not items:
        return
    reservation = items[0].order.reservation
    paid = sum(item.gross for item in items if item.accounting_state == "Open") - reservation.balance
    for item in items:
        if item.accounting_state == "Open" and 0 < item.gross <= paid:
            paid -= item.gross
            yield replace(item, accounting_state="Closed", closed_at=reservation.updated_at)
        else:
            yield item


def _data(names: Names, item: OrderItem) -> dict[str, object] | None:
    if item.kind != "ProductOrder":
        return None
    product = {"ProductId": names.id("product", "breakfast"), "AgeCategoryId": None, "ProductType": "Product"}
    return {
        "Discriminator": "Product",
        "Rebate": None,
        "Product": product,
        "AllowanceDiscount": None,
        "AllowanceProfits": None,
    }
