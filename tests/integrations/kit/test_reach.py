"""The first rungs of a connection test: name, port, clock."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.integrations.conftest import MakeClient
from tests.integrations.tls_listener import tls_listener
from tests.integrations.vendor import Vendor, free_port
from webapp.domain.fault import Actor
from webapp.integrations.kit.call_record import CallRecord
from webapp.integrations.kit.contract import Rung
from webapp.integrations.kit.errors import CredentialsRejected, PermissionMissing
from webapp.integrations.kit.guard import NetworkPolicy
from webapp.integrations.kit.http import Timeouts
from webapp.integrations.kit.reach import broken, clock_before_login, clock_rung, reach


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
    assert [(rung.name, rung.label, rung.ok, rung.stops) for rung in rungs] == [
        ("name", "Server name", False, True)
    ]
    assert rungs[0].fault is not None
    assert rungs[0].fault.code == "address_refused"


def test_a_closed_port_stops_at_the_port(make_client: MakeClient) -> None:
    rungs = list(reach(make_client(f"http://127.0.0.1:{free_port()}")))
    assert [(rung.name, rung.ok) for rung in rungs] == [("name", True), ("port", False)]
    assert rungs[1].fault is not None
    assert rungs[1].fault.code == "address_wrong"


def test_a_server_that_keeps_silent_when_it_should_show_its_certificate_breaks_that_rung(
    tmp_path: Path, make_client: MakeClient
) -> None:
    with tls_listener(tmp_path, is_silent=True) as listener:
        client = make_client(f"https://127.0.0.1:{listener.port}", timeouts=Timeouts(connect=0.3))
        rungs = list(reach(client))
    assert [(rung.name, rung.ok) for rung in rungs] == [
        ("name", True),
        ("port", True),
        ("certificate", False),
    ]
    assert rungs[-1].fault is not None
    assert (rungs[-1].fault.code, rungs[-1].stops) == ("provider_unavailable", True)


@pytest.mark.parametrize("stops", [True, False])
def test_a_broken_rung_stops_the_ladder_unless_it_says_otherwise(stops: bool) -> None:
    error = PermissionMissing("/guests", "status 403")
    rung = broken("stream:guests", "Guest profiles", error, time.monotonic(), stops=stops)
    assert (rung.ok, rung.stops, rung.fault, rung.detail) == (False, stops, error.fault, "status 403")
    assert broken("login", "Login", error, time.monotonic()).stops


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


def test_a_vendor_without_a_clock_proves_nothing_and_breaks_nothing() -> None:
    assert (clock_rung(None, NOW).ok, clock_rung(None, NOW).is_known) == (True, False)
    assert (clock_rung(NOW, NOW).ok, clock_rung(NOW, NOW).is_known) == (True, True)


def login_call(sent_at: datetime | None) -> CallRecord:
    return CallRecord(NOW, "POST", "/token", 401, 5, 20, "", 0, sent_at=sent_at)


def in_order(rungs: list[Rung], calls: list[CallRecord]) -> list[str]:
    return [
        f"{rung.name} {'ok' if rung.ok else 'broken'}"
        for rung in clock_before_login(rungs, calls, lambda: NOW)
    ]


def test_the_clock_stands_before_the_login_whose_answer_told_the_time() -> None:
    climbed = [
        Rung("port", "", True),
        Rung("login", "", True),
        clock_rung(NOW, NOW),
        Rung("property", "", True),
    ]
    assert in_order(climbed, []) == ["port ok", "clock ok", "login ok", "property ok"]
    without_clock = [Rung("login", "", True), Rung("property", "", True)]
    assert in_order(without_clock, []) == ["login ok", "property ok"]
    assert in_order([Rung("login", "", True)], []) == ["login ok"]


@pytest.mark.parametrize(
    ("seconds", "climbed"),
    [
        (0, ["clock ok", "login broken"]),
        (120, ["clock broken", "login broken"]),
        (3600, ["clock broken"]),
        (None, ["login broken"]),
    ],
)
def test_a_clock_that_is_wrong_explains_a_refused_login(seconds: int | None, climbed: list[str]) -> None:
    """Signed and timed logins are refused for it; which one it was is not told by the provider."""
    refused = broken("login", "", CredentialsRejected("status 401"), time.monotonic())
    sent_at = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert in_order([refused], [login_call(sent_at), login_call(None)]) == climbed
