"""Minor units to and from the ways a vendor writes money."""

from decimal import ROUND_HALF_UP, Decimal

_EXPONENTS = {
    "JPY": 0,
    "KRW": 0,
    "CLP": 0,
    "ISK": 0,
    "VND": 0,
    "KWD": 3,
    "BHD": 3,
    "OMR": 3,
    "TND": 3,
    "JOD": 3,
}


def exponent(currency: str) -> int:
    """Decimal places of a currency by ISO 4217 (2 unless known otherwise)."""
    return _EXPONENTS.get(currency, 2)


def decimal_text(minor: int, currency: str) -> str:
    """`45000`, `EUR` becomes `"450.00"`; `45000`, `JPY` becomes `"45000"`."""
    places = exponent(currency)
    if places == 0:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**places)
    return f"{sign}{whole}.{rest:0{places}d}"


def major_number(minor: int, currency: str) -> float:
    """The amount as the JSON number of the neutral hotel file."""
    return float(decimal_text(minor, currency))


def minor_units(major: float | int | str, currency: str) -> int:
    """The nearest whole minor unit; a float is read by its printed digits."""
    amount = Decimal(str(major)).scaleb(exponent(currency))
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def spread(total: int, parts: int) -> tuple[int, ...]:
    """`total` in `parts` whole amounts that add up to it, the larger ones first."""
    if parts <= 0:
        return ()
    each, left = divmod(total, parts)
    return tuple(each + 1 if n < left else each for n in range(parts))
