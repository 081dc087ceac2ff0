"""The connection test of Mews."""

from tests.integrations.pms.mews.samples import (
    HOTEL,
    Script,
    sample,
    told,
)
from tests.integrations.vendor import Reply
from webapp.domain.stream import Stream
from webapp.integrations.pms.mews.adapter import Adapter

RESERVATIONS = "reservations/getAll/2023-06-06"


def test_the_ladder_reads_nothing_from_the_cache(script: Script, adapter: Adapter) -> None:
    assert all(rung.ok for rung in adapter.check(list(Stream)))
    script.asked.clear()
    rungs = {rung.name: rung for rung in adapter.check(list(Stream))}
    assert rungs["property"].account == "Hotel Invented"
    assert rungs["property"].detail == HOTEL
    assert rungs["stream:bookings"].detail == "9"
    assert rungs["stream:availability"].detail == "4"
    assert rungs["stream:rates"].detail == "3"
    assert script.operations.count("configuration/get") == 1
    assert "services/getAll" in script.operations


def test_an_operation_that_is_not_enabled_leaves_the_other_kinds_of_data(
    script: Script, adapter: Adapter
) -> None:
    script.instead["customers/getAll"] = told(401)
    rungs = {rung.name: rung for rung in adapter.check(list(Stream))}
    closed = {name for name, rung in rungs.items() if not rung.ok}
    assert closed == {"stream:guests", "stream:bookings"}  # a booking without a guest's name helps nobody
    fault = rungs["stream:guests"].fault
    assert fault is not None
    assert (fault.code, fault.params["path"]) == ("permission_missing", "customers/getAll")


def test_refused_tokens_hint_at_the_other_environment(script: Script, adapter: Adapter) -> None:
    script.instead["configuration/get"] = told(401)
    fault = list(adapter.check([Stream.BOOKINGS]))[-1].fault
    assert fault is not None
    assert "demo environment" in fault.advice


def test_a_hotel_without_rooms_stops_nothing_but_what_needs_them(script: Script, adapter: Adapter) -> None:
    script.instead["services/getAll"] = Reply(body={"Services": [], "Cursor": None})
    rungs = {rung.name: rung for rung in adapter.check(list(Stream))}
    assert rungs["stream:guests"].ok
    fault = rungs["stream:bookings"].fault
    assert fault is not None
    assert fault.code == "no_rooms"


def test_new_states_are_named_by_the_test(script: Script, adapter: Adapter) -> None:
    document = sample("reservations")
    document["Reservations"][0]["State"] = "Teleported"
    script.instead[RESERVATIONS] = Reply(body=document)
    rungs = {rung.name: rung for rung in adapter.check([Stream.BOOKINGS])}
    assert rungs["stream:bookings"].detail == "9, ? Teleported ×1"
