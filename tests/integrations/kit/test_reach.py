"""The first rungs of a connection test: name, port, clock."""

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.integrations.conftest import MakeClient
from tests.integrations.vendor import Vendor, free_port
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
    ("seconds", "ok"), [(0, True), (119, True), (-119, True), (121, False), (-7200, False)]
)
def test_a_clock_that_is_off_is_a_warning(seconds: int, ok: bool) -> None:
    rung = clock_rung(NOW + timedelta(seconds=seconds), NOW)
    assert (rung.ok, rung.stops, rung.fault) == (ok, False, None)


def test_a_vendor_without_a_clock_is_fine() -> None:
    assert clock_rung(None, NOW).ok
