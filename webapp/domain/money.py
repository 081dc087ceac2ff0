"""Money as whole minor units of a currency, with the exponents of ISO 4217."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

# ISO 4217 (list one, 2024-06): currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(),
        0,
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


class BadAmount(ValueError):
    """A text that is no amount of money in the named currency."""


def exponent(currency: str) -> int:
    """Digits after the point: EUR 2, JPY 0, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def to_minor(amount: str | int | float | Decimal, currency: str) -> int:
    """`"450.00"`, EUR -> 45000. A finer fraction than the currency knows is rounded half to even."""
    try:
        value = Decimal(str(amount).strip())
        scaled = value.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_EVEN)
    except InvalidOperation as error:
        raise BadAmount(f"{amount!r} is not an amount of {currency}") from error
    if not value.is_finite():
        raise BadAmount(f"{amount!r} is not an amount of {currency}")
    return int(scaled)


def to_major(minor: int, currency: str) -> Decimal:
    """45000, EUR -> Decimal("450.00")."""
    return Decimal(minor).scaleb(-exponent(currency))


def spread(minor: int, nights: int) -> tuple[int, ...]:
    """Share an amount evenly over nights; what does not divide goes to the first ones, so the sum is kept."""
    if nights <= 0:
        return ()
    share, rest = divmod(minor, nights)
    return tuple(share + (1 if night < rest else 0) for night in range(nights))
