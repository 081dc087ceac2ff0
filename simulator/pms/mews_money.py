"""Amounts as Mews writes them: decimal numbers, net, gross, and the tax between."""

import msgspec

from simulator.money import major_number

_VAT_PERCENT = 10
TAX_CODE = "VAT-L"


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    pass


class TaxValue(_Part, frozen=True, kw_only=True):
    code: str
    value: float


class TaxBreakdownItem(_Part, frozen=True, kw_only=True):
    tax_rate_code: str
    net_value: float
    tax_value: float


class TaxBreakdown(_Part, frozen=True, kw_only=True):
    items: tuple[TaxBreakdownItem, ...]


class Amount(_Part, frozen=True, kw_only=True):
    currency: str
    net_value: float
    gross_value: float
    tax_values: tuple[TaxValue, ...]
    breakdown: TaxBreakdown


class ExtendedAmount(Amount, frozen=True, kw_only=True):
    """With the older fields that products still carry."""

    value: float
    net: float
    tax: float
    tax_rate: float


def net_of(gross: int) -> int:
    """Whole minor units without tax, rounded half away from zero."""
    taxed = 100 + _VAT_PERCENT
    net = (abs(gross) * 200 + taxed) // (2 * taxed)
    return net if gross >= 0 else -net


def amount(gross: int, currency: str) -> Amount:
    """`gross` is in minor units."""
    net = net_of(gross)
    net_value, tax_value = major_number(net, currency), major_number(gross - net, currency)
    return Amount(
        currency=currency,
        net_value=net_value,
        gross_value=major_number(gross, currency),
        tax_values=(TaxValue(code=TAX_CODE, value=tax_value),),
        breakdown=TaxBreakdown(
            items=(TaxBreakdownItem(tax_rate_code=TAX_CODE, net_value=net_value, tax_value=tax_value),)
        ),
    )


def extended_amount(gross: int, currency: str) -> ExtendedAmount:
    plain = amount(gross, currency)
    return ExtendedAmount(
        currency=plain.currency,
        net_value=plain.net_value,
        gross_value=plain.gross_value,
        tax_values=plain.tax_values,
        breakdown=plain.breakdown,
        value=plain.gross_value,
        net=plain.net_value,
        tax=plain.tax_values[0].value,
        tax_rate=_VAT_PERCENT / 100,
    )
