"""What is said of a record that cannot be read: which field, where, and never the value."""

from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.unreadable import MISSING, NO_DATE, Unreadable, at_place, reason_of


def test_the_field_is_named_whichever_way_a_record_is_unreadable() -> None:
    assert str(reason_of(Unreadable(NO_DATE, field="arrival"))) == "arrival is not a date"
    assert str(reason_of(ContractBroken("guest.name"))) == "guest.name is missing or unexpected"


def test_the_place_comes_before_the_reason() -> None:
    reason = reason_of(Unreadable(MISSING, field="rooms"))
    assert str(at_place("getReservations", reason)) == "getReservations: rooms is missing"
