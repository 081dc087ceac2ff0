"""Single records, read again."""

from tests.integrations.pms.mews.samples import (
    ANA,
    BOOKED,
    CANCELLED,
    CLEO,
    DUPLICATE,
    ERASED,
    HOUSE,
    NOBODY,
    ROOM,
    Script,
    by_ids,
    identity,
    sample,
)
from tests.integrations.vendor import Reply
from webapp.domain.booking import Booking
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Missing
from webapp.integrations.pms.mews.adapter import Adapter

RESERVATIONS = "reservations/getAll/2023-06-06"


def test_bookings_are_read_again_in_the_order_asked(script: Script, adapter: Adapter) -> None:
    script.instead[RESERVATIONS] = by_ids("reservations", "Reservations", "ReservationIds")
    found = adapter.fetch_by_ids(Stream.BOOKINGS, [CANCELLED, NOBODY, "no id at all", BOOKED.upper()])
    assert [type(item) for item in found] == [Booking, Missing, Missing, Booking]
    assert [item.external_id for item in found] == [CANCELLED, NOBODY, "no id at all", BOOKED]
    assert script.bodies(RESERVATIONS)[0]["ReservationIds"] == [CANCELLED, NOBODY, BOOKED.upper()]


def test_orders_of_other_services_are_no_bookings(script: Script, adapter: Adapter) -> None:
    document = sample("reservations")
    document["Reservations"] = [{**document["Reservations"][0], "ServiceId": identity("4", 2)}]
    script.instead[RESERVATIONS] = Reply(body=document)
    assert adapter.fetch_by_ids(Stream.BOOKINGS, [BOOKED]) == (Missing(BOOKED),)


def test_nothing_to_ask_is_not_asked(script: Script, adapter: Adapter) -> None:
    assert adapter.fetch_by_ids(Stream.BOOKINGS, []) == ()
    assert adapter.fetch_by_ids(Stream.GUESTS, ["x"]) == (Missing("x"),)
    assert adapter.fetch_by_ids(Stream.AVAILABILITY, [ROOM]) == (Missing(ROOM),)
    assert script.asked == []


def test_guests_are_read_again_unless_they_are_gone_or_somebody_else(
    script: Script, adapter: Adapter
) -> None:
    script.instead["customers/getAll"] = by_ids("customers", "Customers", "CustomerIds")
    found = adapter.fetch_by_ids(Stream.GUESTS, [CLEO, DUPLICATE, ERASED, HOUSE, NOBODY, ANA])
    missing = [Missing(one) for one in (DUPLICATE, ERASED, HOUSE, NOBODY)]
    assert [item for item in found if isinstance(item, Missing)] == missing
    assert [found[0].external_id, found[-1].external_id] == [CLEO, ANA]
    script.instead["companionships/getAll"] = Reply(body={"Companionships": []})
    script.instead[RESERVATIONS] = Reply(body={"Reservations": []})
    assert adapter.fetch_by_ids(Stream.GUESTS, [ANA]) == (Missing(ANA),)  # a sister hotel's
