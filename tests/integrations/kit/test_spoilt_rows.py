"""Rows of a grid that cannot be read are set aside and named; when none can be read, the provider is not understood."""

import pytest

from webapp.integrations.kit.contract import Skipped
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.spoilt_rows import sift
from webapp.integrations.kit.unreadable import NO_AMOUNT, Unreadable


def price(row: dict[str, str]) -> int:
    if row["price"] == "odd":
        raise ContractBroken("prices: price")
    if not row["price"].isdigit():
        raise Unreadable(NO_AMOUNT, field="price")
    return int(row["price"])


def rows(*prices: str) -> list[dict[str, str]]:
    return [{"id": f"R{number}", "price": text} for number, text in enumerate(prices)]


def test_spoilt_rows_are_named_and_the_others_read() -> None:
    made, skipped = sift(rows("1", "much", "3", "odd"), price, lambda row: row["id"])
    assert made == [1, 3]
    assert [(one.external_id, str(one.reason)) for one in skipped] == [
        ("R1", "price is not an amount"),
        ("R3", "prices: price is missing or unexpected"),
    ]


def test_no_rows_are_no_fault() -> None:
    found: tuple[list[int], list[Skipped]] = sift([], price, str)
    assert found == ([], [])


@pytest.mark.parametrize("prices", [("much",), ("much", "odd", "much")])
def test_when_none_can_be_read_the_first_reason_is_told(prices: tuple[str, ...]) -> None:
    with pytest.raises(ContractBroken, match="price is not an amount"):
        sift(rows(*prices), price, lambda row: row["id"])
