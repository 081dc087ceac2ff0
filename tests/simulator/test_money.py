import pytest

from simulator.money import decimal_text, minor_units, spread


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (45000, "EUR", "450.00"),
        (5, "EUR", "0.05"),
        (-1250, "EUR", "-12.50"),
        (45000, "JPY", "45000"),
        (1234, "KWD", "1.234"),
    ],
)
def test_minor_units_are_written_with_the_places_of_the_currency(
    minor: int, currency: str, text: str
) -> None:
    assert decimal_text(minor, currency) == text
    assert minor_units(text, currency) == minor


def test_a_number_with_a_binary_tail_is_read_as_printed() -> None:
    assert minor_units(230.29, "EUR") == 23029


def test_parts_add_up_to_the_whole() -> None:
    assert spread(100, 3) == (34, 33, 33)
    assert spread(-1, 2) == (0, -1)
    assert spread(100, 0) == ()
