"""Hotel Aurora, the built-in hotel: sixty rooms on six floors in Helsinki."""

from datetime import date, timedelta

from simulator.hotel import Hotel, OutOfOrder, RatePlan, Room, RoomType
from simulator.money import exponent

PROPERTY_ID = "AUR1"
TIMEZONE = "Europe/Helsinki"

# What one euro of room rate is roughly worth elsewhere, so that prices look like prices.
_WORTH = {
    "EUR": 100,
    "USD": 110,
    "GBP": 86,
    "CHF": 95,
    "SEK": 1130,
    "NOK": 1160,
    "PLN": 430,
    "JPY": 16200,
    "KWD": 33,
}

# code, name, most people, euros a night
_TYPES = (
    ("SGL", "Classic Single", 1, 92),
    ("TWN", "Classic Twin", 2, 118),
    ("DBL", "Classic Double", 2, 124),
    ("SUP", "Superior Double", 3, 149),
    ("FAM", "Family Room", 4, 178),
    ("STE", "Aurora Suite", 4, 268),
)

_FLOORS = {
    1: ("SGL", "SGL", "SGL", "SGL", "DBL", "DBL", "DBL", "DBL", "TWN", "TWN"),
    2: ("SGL", "SGL", "DBL", "DBL", "DBL", "DBL", "TWN", "TWN", "TWN", "TWN"),
    3: ("SGL", "SGL", "DBL", "DBL", "DBL", "DBL", "TWN", "TWN", "TWN", "TWN"),
    4: ("DBL", "DBL", "DBL", "DBL", "DBL", "DBL", "TWN", "TWN", "FAM", "FAM"),
    5: ("DBL", "DBL", "SUP", "SUP", "SUP", "SUP", "SUP", "FAM", "FAM", "FAM"),
    6: ("SUP", "SUP", "SUP", "SUP", "SUP", "FAM", "STE", "STE", "STE", "STE"),
}


def aurora(business_date: date, currency: str = "EUR") -> Hotel:
    """The hotel as it stands around a business date; three rooms are out of order for a while."""
    euro = _WORTH.get(currency, 100) * 10 ** exponent(currency)
    rooms = tuple(
        Room(f"{floor}{place:02d}", kind, floor)
        for floor, kinds in _FLOORS.items()
        for place, kind in enumerate(kinds, start=1)
    )
    room_types = tuple(
        RoomType(code, name, sum(room.room_type == code for room in rooms), most, price * euro // 100)
        for code, name, most, price in _TYPES
    )
    breakfast = 14 * euro // 100
    return Hotel(
        code=PROPERTY_ID,
        name="Hotel Aurora",
        timezone=TIMEZONE,
        currency=currency,
        room_types=room_types,
        rooms=rooms,
        rate_plans=(
            RatePlan("FLEX", "Flexible Rate", breakfast=False, refundable=True),
            RatePlan("NREF", "Non-Refundable", breakfast=False, refundable=False, percent=88),
            RatePlan("BB", "Bed and Breakfast", breakfast=True, refundable=True, per_person=breakfast),
            RatePlan("CORP", "Company Rate", breakfast=True, refundable=True, percent=90),
            RatePlan("GRP", "Group Rate", breakfast=True, refundable=False, percent=82),
            RatePlan("LONG", "Long Stay", breakfast=False, refundable=True, percent=75),
        ),
        out_of_order=(
            _closed(business_date, "207", -19, -15, "Bathroom tiles"),
            _closed(business_date, "104", -1, 3, "Air conditioning"),
            _closed(business_date, "409", 9, 12, "New carpet"),
        ),
    )


def _closed(business_date: date, room: str, start: int, end: int, reason: str) -> OutOfOrder:
    return OutOfOrder(room, business_date + timedelta(start), business_date + timedelta(end), reason)
