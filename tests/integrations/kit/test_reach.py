"""The first rungs of a connection test: name, port, clock."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.integrations.conftest import MakeClient
from tests.integrations.vendor import Vendor, free_port
from webapp.domain.fault import Actor
from webapp.integrations.kit.guard import NetworkPolicy
from webapp.integrations.kit.reach import clock_rung, reach


def test_a_server_that_listens_is_reached(vendor: Vendor, make_client: MakeClient) -> None:
    rungs = list(reach(make_client(vendor.url)))
    assert [(rung.name, rung.ok, rung.fault) for rung in rungs] == [
        ("name", True, None),
        ("port", True, None),
    ]
    assert rungs[0].detail == "127.0.0.1"
    assert vendor.asked == []


def test_a_refused_address_stops_at_the_name(vendor: Vendor, make_client: MakeClient) -> None:
    rungs = list(reach(make_client(vendor.url, policy=NetworkPolicy())))
    assert [(rung.name, rung.ok) for rung in rungs] == [("name", False)]
    assert rungs[0].fault is not None
    assert rungs[0].fault.code == "address_refused"


def test_a_closed_port_stops_at_the_port(make_client: MakeClient) -> None:
    rungs = list(reach(make_client(f"http://127.0.0.1:{free_port()}")))
    assert [(rung.name, rung.ok) for rung in rungs] == [("name", True), ("port", False)]
    assert rungs[1].fault is not None
    assert rungs[1].fault.code == "address_wrong"


@pytest.mark.parametrize(
    ("seconds", "code", "stops"),
    [
        (0, None, True),
        (60, None, True),
        (-60, None, True),
        (61, "clock_off", False),
        (-300, "clock_off", False),
        (301, "clock_wrong", True),
        (-7200, "clock_wrong", True),
    ],
)
def test_a_clock_a_minute_off_is_a_warning_and_five_minutes_break_the_ladder(
    seconds: int, code: str | None, stops: bool
) -> None:
    rung = clock_rung(NOW + timedelta(seconds=seconds), NOW)
    assert (rung.ok, rung.stops) == (code is None, stops)
    assert (rung.fault.code if rung.fault else None) == code
    if rung.fault is not None:
        assert rung.fault.actor is Actor.IT
        assert f"{seconds:+d}" in rung.fault.message % rung.fault.params


def test_a_vendor_without_a_clock_is_fine() -> None:
    assert clock_rung(None, NOW).ok
