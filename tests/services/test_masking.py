"""Masking keeps the shape of a payload and hides what it says of people."""

import pytest

from webapp.services.masking import DOTS, masked


def test_people_are_hidden_and_the_shape_stays() -> None:
    payload = {
        "event": "reservation.created",
        "guests": [
            {"name": "Anna Keller", "email": "anna@example.com", "phone": "+41791234567", "vip": True}
        ],
        "arrival": "2026-07-14",
        "at": "2026-07-14T10:30:00Z",
        "nights": 3,
        "currency": "EUR",
        "id": 4111111111111111,
        "note": None,
    }
    assert masked(payload) == {
        "event": "reservation.created",
        "guests": [{"name": DOTS, "email": DOTS, "phone": DOTS, "vip": True}],
        "arrival": "2026-07-14",
        "at": "2026-07-14T10:30:00Z",
        "nights": 3,
        "currency": "EUR",
        "id": DOTS,
        "note": None,
    }


def test_a_type_that_is_a_sentence_or_an_address_is_hidden() -> None:
    assert masked({"type": "call Anna Keller", "topic": "anna@example.com"}) == {"type": DOTS, "topic": DOTS}


def test_ours_is_shown_but_for_secrets() -> None:
    mine = {
        "after": {
            "name": "Front office",
            "api_key": "k",
            "client_secret": "s",
            "api_key (secret)": "2026-07-14",
        }
    }
    assert masked(mine, is_ours=True) == {
        "after": {
            "name": "Front office",
            "api_key": DOTS,
            "client_secret": DOTS,
            "api_key (secret)": "2026-07-14",
        }
    }


@pytest.mark.parametrize("is_ours", [False, True])
def test_a_list_is_called_as_its_key_is(is_ours: bool) -> None:
    payload = {
        "tokens": ["k3y", ["k3y"]],
        "events": ["ABC", {"secret": "k3y"}],
        "currency": ["EUR", "points"],
    }
    assert masked(payload, is_ours=is_ours) == {
        "tokens": [DOTS, [DOTS]],
        "events": ["ABC", {"secret": DOTS}],
        "currency": ["EUR", "points"],
    }


@pytest.mark.parametrize(
    ("number", "is_shown"), [(999_999_999, True), (1_000_000_000, False), (-1_000_000_000, False)]
)
def test_a_number_as_long_as_a_telephone_number_is_hidden(number: int, is_shown: bool) -> None:
    assert masked({"room": number}) == {"room": number if is_shown else DOTS}


def test_a_value_without_a_key_is_judged_by_itself() -> None:
    assert masked(["EUR", "Anna Keller", 214]) == ["EUR", DOTS, 214]
