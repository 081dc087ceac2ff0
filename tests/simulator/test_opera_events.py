from datetime import timedelta
from typing import Any

import pytest
import requests

from simulator.faults import Fault, FaultKind
from simulator.hotel import NewReservation, Reservation, State
from simulator.server import Server
from tests.simulator.opera_partner import Partner

VENDORS = ("opera_cloud",)
QUEUE = "/int/v1/externalSystem/OURHUB/hotels/{hotel}/businessEvents"


@pytest.fixture
def partner(vendor: Server, http: requests.Session) -> Partner:
    return Partner(vendor, http)


def booked(partner: Partner, **order: Any) -> Reservation:
    today = partner.world.business_date
    span = {"arrival": today, "departure": today + timedelta(2)}
    return partner.world.book(NewReservation(**{"last": "Lind", **span, **order}))


def elements(event: Any) -> dict[str, tuple[str | None, str]]:
    details = event["businessEvent"]["details"]
    return {each["dataElement"]: (each.get("oldValue"), each["newValue"]) for each in details}


def test_an_empty_queue_is_204(partner: Partner) -> None:
    answer = partner.call("GET", QUEUE)
    assert (answer.status_code, answer.content) == (204, b"")


def test_reading_removes_and_takes_twenty_at_a_time(partner: Partner) -> None:
    later = partner.world.business_date + timedelta(300)
    for _ in range(15):
        booked(partner, arrival=later, departure=later + timedelta(1))
    waiting = partner.vendor.events.waiting
    assert waiting == 30
    first = partner.get(QUEUE)["businessEventData"]
    assert len(first) == 20
    assert len(partner.get(QUEUE, limit=5)["businessEventData"]) == 5
    assert len(partner.get(QUEUE)["businessEventData"]) == 5
    assert partner.call("GET", QUEUE).status_code == 204
    assert partner.call("GET", QUEUE, limit=21).status_code == 400


def test_a_stay_is_told_from_its_booking_to_its_end(partner: Partner) -> None:
    world, record = partner.world, booked(partner)
    (stay,) = partner.vendor.tenant.book.of(record)
    profile = partner.vendor.tenant.names.profile(record.guest_id)
    world.check_in(record.number)
    world.reverse_check_in(record.number)
    world.cancel(record.number)
    world.reinstate(record.number)
    world.mark_no_show(record.number)
    world.reinstate(record.number)
    world.check_in(record.number)
    world.check_out(record.number)
    world.edit_guest(record.guest_id, phone="+44 7700 900555")
    assert partner.heads() == [
        ("NEW PROFILE", profile),
        ("NEW RESERVATION", stay.id),
        ("CHECK IN", stay.id),
        ("REVERSE CHECK IN", stay.id),
        ("CANCEL", stay.id),
        ("ROLLBACK CANCEL", stay.id),
        ("NO SHOW", stay.id),
        ("ROLLBACK NO SHOW", stay.id),
        ("CHECK IN", stay.id),
        ("CHECK OUT", stay.id),
        ("UPDATE PROFILE", profile),
    ]


def test_a_check_out_that_is_undone_is_told(partner: Partner) -> None:
    today = partner.world.business_date
    stay = next(s for s in partner.stays(State.IN_HOUSE) if s.departure == today and s.units == 1)
    partner.world.check_out(stay.number)
    partner.world.reverse_check_out(stay.number)
    assert partner.heads() == [("CHECK OUT", stay.id), ("REVERSE CHECK OUT", stay.id)]


def test_a_change_names_what_was_and_what_is(partner: Partner) -> None:
    record = booked(partner)
    partner.events()
    partner.world.change_stay(record.number, departure=record.departure + timedelta(1))
    (event,) = partner.events()
    assert event["businessEvent"]["header"]["actionType"] == "UPDATE RESERVATION"
    told = elements(event)
    assert told["DEPARTURE DATE"] == ("2026-05-15", "2026-05-16")
    assert told["LENGTH OF STAY"] == ("2", "3")
    assert told["ARRIVAL DATE"] == ("2026-05-13", "2026-05-13")


def test_a_check_in_may_come_as_an_update_with_the_status(partner: Partner) -> None:
    record = booked(partner)
    partner.events()
    partner.switch(check_in_as_update=True)
    partner.world.check_in(record.number)
    (event,) = partner.events()
    assert event["businessEvent"]["header"]["actionType"] == "UPDATE RESERVATION"
    assert elements(event)["RESERVATION STATUS"] == ("RESERVED", "CHECKED IN")


def test_every_room_of_a_booking_has_its_own_event(partner: Partner) -> None:
    stays = [s for s in partner.stays(State.CONFIRMED) if s.units == 2]
    partner.world.cancel(stays[0].number)
    ids = [stay.id for stay in partner.vendor.tenant.book.of_number(stays[0].number)]
    assert partner.heads() == [("CANCEL", ids[0]), ("CANCEL", ids[1])]


def test_a_payment_is_no_matter_of_the_reservation_module(partner: Partner) -> None:
    stay = partner.stays(State.CONFIRMED)[0]
    partner.world.set_balance(stay.number, 100)
    assert partner.events() == []


def test_without_chosen_elements_only_the_header_comes(partner: Partner) -> None:
    partner.switch(event_elements=False)
    booked(partner)
    assert all("details" not in event["businessEvent"] for event in partner.events())


def test_modules_may_be_numbers_and_profile_numbers_are_text(partner: Partner) -> None:
    booked(partner)
    profile, reservation = (event["businessEvent"]["header"] for event in partner.events())
    assert (profile["moduleName"], type(profile["actionId"])) == ("Profile", str)
    assert (reservation["moduleName"], type(reservation["actionId"])) == ("Reservation", int)
    partner.switch(module_numbers=True)
    booked(partner)
    assert all(isinstance(e["businessEvent"]["header"]["moduleName"], int) for e in partner.events())


def test_two_who_share_a_queue_see_half_each(partner: Partner) -> None:
    partner.switch(is_queue_shared=True)
    for _ in range(4):
        booked(partner)
    assert partner.vendor.events.waiting == 8
    assert len(partner.events()) == 4


def test_events_may_come_late(partner: Partner) -> None:
    partner.switch(event_lag_seconds=120)
    booked(partner)
    assert partner.events() == []
    partner.world.clock.shift(timedelta(minutes=2))
    assert len(partner.events()) == 2


def test_an_external_system_nobody_set_up_has_no_queue(partner: Partner) -> None:
    answer = partner.call("GET", QUEUE.replace("OURHUB", "OTHER"))
    assert answer.status_code == 400
    assert answer.json()["o:errorCode"] == "INT00021"


def test_the_night_audit_is_told(partner: Partner) -> None:
    partner.world.advance(1)
    partner.sign_in()
    (audit,) = [e for e in partner.events() if e["businessEvent"]["header"]["moduleName"] == "NightAudit"]
    assert elements(audit) == {"BUSINESS DATE": ("2026-05-13", "2026-05-14")}


def test_an_empty_fault_leaves_the_queue_as_it_is(vendor: Server, partner: Partner) -> None:
    booked(partner)
    vendor.faults.switch_on(Fault(kind=FaultKind.EMPTY, match="/businessEvents", times=1))
    assert partner.events() == []
    assert len(partner.events()) == 2
