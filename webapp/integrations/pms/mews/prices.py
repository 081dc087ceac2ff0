"""What a booking costs, out of its order items: the total, and the price of each night. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from webapp.domain.money import to_minor

from .shapes import OrderItem, utc

NIGHT = "SpaceOrder"
_OF_NIGHTS = frozenset({NIGHT, "NightRebate"})
ITEM_TYPES = (
    NIGHT,
    "NightRebate",
    "ProductOrder",
    "ProductOrderRebate",
    "AdditionalExpenseRebate",
    "CancellationFee",
    "CityTax",
    "CityTaxDiscount",
    "CustomItem",
    "ResourceUpgradeFee",
    "ServiceCharge",
    "Surcharge",
)
"""What a guest pays for; deposits and differences of exchange move money about without costing anything."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Minor units of `currency`. `total_minor` is None when Mews has no items; `nights` is empty when the nights
    cannot be told apart, else (gross, net) for each."""

    currency: str
    total_minor: int | None
    nights: tuple[tuple[int, int | None], ...]


def prices_of(items: Sequence[OrderItem], nights: Sequence[date], zone: ZoneInfo, currency: str) -> Prices:
    """`nights` are the dates of the stay, `currency` the hotel's, for a booking without items."""
    if not items:
        return Prices(currency, None, ())
    alive = [item for item in items if item.canceled_utc is None and item.accounting_state != "Canceled"]
    currency = _currency(alive or list(items), currency)
    counted = [item for item in alive if (item.amount.currency or currency) == currency]
    total = sum((item.amount.gross_value or Decimal(0) for item in counted), Decimal(0))
    return Prices(currency, to_minor(total, currency), _priced(counted, nights, zone, currency))


def _currency(items: Sequence[OrderItem], otherwise: str) -> str:
    """That of the nights; items in another one cannot be added to them."""
    nights = Counter(item.amount.currency for item in items if item.type == NIGHT and item.amount.currency)
    others = Counter(item.amount.currency for item in items if item.amount.currency)
    ranked = (nights or others).most_common(1)
    return (ranked[0][0] if ranked else None) or otherwise


def _priced(
    items: Sequence[OrderItem], nights: Sequence[date], zone: ZoneInfo, currency: str
) -> tuple[tuple[int, int | None], ...]:
    sums: dict[date, tuple[Decimal, Decimal | None]] = {}
    for item in items:
        if item.type not in _OF_NIGHTS or item.consumed_utc is None:
            continue
        day = utc(item.consumed_utc).astimezone(zone).date()
        gross, net = sums.get(day, (Decimal(0), Decimal(0)))
        amount = item.amount
        added = None if net is None or amount.net_value is None else net + amount.net_value
        sums[day] = (gross + (amount.gross_value or Decimal(0)), added)
    if set(nights) <= set(sums):
        found = [sums[night] for night in nights]
    elif len(sums) == len(nights):
        # The documents do not say whether a night is consumed at its evening's midnight or at its morning's;
        # with one price for each night the order tells which is which.
        found = [sums[day] for day in sorted(sums)]
    else:
        return ()
    return tuple(
        (to_minor(gross, currency), None if net is None else to_minor(net, currency)) for gross, net in found
    )
