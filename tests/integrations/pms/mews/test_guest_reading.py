"""Guests: those of the bookings, those that changed, and strangers of the chain."""

from datetime import UTC, datetime, timedelta

from tests.integrations.pms.mews.samples import (
    ANA,
    BEN,
    BOOKED,
    CARL,
    CLEO,
    ERASED,
    IN_HOUSE,
    NOW,
    Script,
    by_ids,
    identity,
    list_of,
    records,
    sample,
    window,
)
from tests.integrations.vendor import Reply
from webapp.domain.stream import Mode, Stream
from webapp.integrations.pms.mews.adapter import Adapter

RESERVATIONS = "reservations/getAll/2023-06-06"


def test_a_history_of_guests_is_that_of_its_bookings(script: Script, adapter: Adapter) -> None:
    script.instead["customers/getAll"] = by_ids("customers", "Customers", "CustomerIds")
    found = [guest.external_id for guest in records(adapter.fetch(Stream.GUESTS, window(), None))]
    assert sorted(found) == sorted([ANA, BEN, CLEO, CARL])  # no duplicate, no house account, no stranger
    assert "orderItems/getAll" not in script.operations


def test_changed_guests_of_sister_hotels_stay_away(script: Script, adapter: Adapter) -> None:
    script.instead |= {
        "customers/getAll": lambda body: (
            Reply(body={"Customers": []})
            if "DeletedUtc" in body
            else by_ids("customers", "Customers", "CustomerIds")(body)
        ),
        "companionships/getAll": list_of(
            "companionships", "Companionships", [identity("e", 0)]
        ),  # Ana stays here
        RESERVATIONS: list_of("reservations", "Reservations", [IN_HOUSE]),  # owned by the duplicate of Cleo
    }
    pages = list(adapter.fetch(Stream.GUESTS, window(Mode.DELTA, NOW - timedelta(hours=1)), None))
    assert sorted(guest.external_id for guest in records(pages)) == sorted([ANA, CLEO])
    assert ANA not in script.bodies(RESERVATIONS)[0]["AccountIds"]
    assert pages[0].high_water == datetime(2026, 7, 1, 10, tzinfo=UTC)  # a stranger's stamp counts too


def test_deleted_guests_are_asked_for_and_emptied(script: Script, adapter: Adapter) -> None:
    script.instead |= {
        "customers/getAll": lambda body: (
            list_of("customers", "Customers", [ERASED])
            if "DeletedUtc" in body
            else Reply(body={"Customers": []})
        ),
        RESERVATIONS: Reply(
            body={"Reservations": [sample("reservations")["Reservations"][0] | {"AccountId": ERASED}]}
        ),
    }
    (guest,) = records(adapter.fetch(Stream.GUESTS, window(Mode.DELTA, NOW - timedelta(hours=1)), None))
    assert (guest.external_id, guest.last_name, guest.email, guest.updated_at) == (ERASED, "", "", None)
    asked = next(body for body in script.bodies("customers/getAll") if "DeletedUtc" in body)
    assert asked["ActivityStates"] == ["Deleted"]


def test_a_quiet_hour_costs_two_calls(script: Script, adapter: Adapter) -> None:
    assert adapter.fetch_by_ids(Stream.BOOKINGS, [BOOKED])  # the set-up is remembered
    script.asked.clear()
    script.instead["customers/getAll"] = Reply(body={"Customers": [], "Cursor": None})
    assert records(adapter.fetch(Stream.GUESTS, window(Mode.DELTA, NOW - timedelta(hours=1)), None)) == []
    assert script.operations == ["customers/getAll", "customers/getAll"]
