"""Totals and nights out of order items."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.integrations.pms.mews.samples import (
    BOOKED,
    CANCELLED,
    HELD,
    ZONE,
    parts,
)
from webapp.integrations.pms.mews.prices import Prices, prices_of
from webapp.integrations.pms.mews.shapes import Amount, OrderItem

NIGHTS = [date(2026, 7, day) for day in (20, 21, 22)]


def item(day: int, gross: str, net: str | None = None, **changes: Any) -> OrderItem:
    """A night consumed at the hotel's midnight of a day of July."""
    return OrderItem(
        id=f"{day}",
        service_order_id=BOOKED,
        type=changes.pop("type", "SpaceOrder"),
        amount=Amount(
            currency=changes.pop("currency", "EUR"),
            gross_value=Decimal(gross),
            net_value=None if net is None else Decimal(net),
        ),
        consumed_utc=datetime(2026, 7, day, tzinfo=UTC) - timedelta(hours=1),
        **changes,
    )


def prices(*items: OrderItem) -> Prices:
    return prices_of(items, NIGHTS, ZONE, "EUR")


def test_nights_have_their_prices_and_extras_stand_in_the_total_only() -> None:
    found = prices_of(parts().items[BOOKED], NIGHTS, ZONE, "EUR")
    assert found.nights == ((12950, 12217), (12990, 12255), (15000, 14151))
    assert found.total_minor == 42740  # 129.50 + 139.90 - 10.00 + 150.00 + 18.005, to the even cent


def test_a_cancelled_booking_costs_its_fee() -> None:
    found = prices_of(parts().items[CANCELLED], NIGHTS, ZONE, "EUR")
    assert (found.total_minor, found.nights) == (5000, ())


def test_a_held_room_has_a_price_before_it_is_confirmed() -> None:
    assert prices_of(parts().items[HELD], [NIGHTS[0]], ZONE, "EUR") == Prices("EUR", 12950, ((12950, 12217),))


def test_no_items_is_no_total_but_cancelled_items_are_nothing_to_pay() -> None:
    assert prices() == Prices("EUR", None, ())
    gone = item(20, "80", canceled_utc=datetime(2026, 7, 1, tzinfo=UTC))
    assert prices(gone).total_minor == 0


def test_nights_booked_at_their_mornings_are_taken_in_order() -> None:
    found = prices(item(21, "100"), item(22, "110"), item(23, "120"))
    assert [gross for gross, _ in found.nights] == [10000, 11000, 12000]


def test_a_missing_night_leaves_all_of_them_to_the_total() -> None:
    found = prices(item(20, "100"), item(21, "110"))
    assert (found.total_minor, found.nights) == (21000, ())


def test_several_items_of_a_night_are_one_price_and_an_unknown_net_stays_unknown() -> None:
    found = prices(item(20, "60", "50"), item(20, "40"), item(21, "1", "1"), item(22, "1", "1"))
    assert found.nights == ((10000, None), (100, 100), (100, 100))


def test_the_currency_is_that_of_the_nights_and_others_are_not_added() -> None:
    yen = [item(day, "9000", currency="JPY") for day in (20, 21, 22)]
    found = prices(*yen, item(20, "18", type="ProductOrder", currency="EUR"))
    assert found == Prices("JPY", 27000, ((9000, None), (9000, None), (9000, None)))


def test_a_day_room_has_a_total_and_no_nights() -> None:
    assert prices_of([item(20, "45")], [], ZONE, "EUR") == Prices("EUR", 4500, ())
