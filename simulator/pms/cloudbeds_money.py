"""Money as Cloudbeds writes it: JSON numbers in major units, some of them texts."""

from simulator.hotel import TAKING_A_ROOM, Reservation
from simulator.money import decimal_text
from simulator.pms.cloudbeds_calls import Json


def amount(minor: int, currency: str) -> int | float:
    """`13000`, `EUR` becomes `130` and `13050` becomes `130.5`: PHP writes no needless zeros."""
    number = float(decimal_text(minor, currency))
    return int(number) if number.is_integer() else number


def net(gross: int, tax_percent: int) -> int:
    return round(gross * 100 / (100 + tax_percent))


def balance_detailed(record: Reservation, tax_percent: int) -> Json:
    """The sum of the rooms, what taxes add, and what is neither: a fee for leaving early."""
    currency = record.currency
    nights = [night for line in record.lines for night in line.nightly]
    rooms = sum(net(night, tax_percent) for night in nights)
    extra = max(0, record.total - sum(nights))
    paid = max(0, record.total - record.balance) if record.state in TAKING_A_ROOM else 0
    return {
        "suggestedDeposit": decimal_text(record.total // 5, currency),
        "subTotal": amount(rooms, currency),
        "additionalItems": amount(extra, currency),
        "taxesFees": amount(record.total - extra - rooms, currency),
        "grandTotal": amount(record.total, currency),
        "paid": amount(paid, currency),
    }
