"""The likeliest cause of a missed webhook call, by what came instead: each sign counts in its own time only."""

from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.hotel_data import HotelData
from webapp.models import Connection, HitState, HitTrust, RunState, SyncRun, WebhookHit, WebhookStray
from webapp.runtime import Runtime
from webapp.services.missed_causes import Cause, Question, likeliest

GRACE = timedelta(minutes=10)


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    """Its change was found now, and happened ten minutes ago."""
    return HotelData(hub)


def cause(hotel: HotelData, **asked: Any) -> Cause:
    now = hotel.runtime.clock()
    base = {
        "words": frozenset({"made"}), "found_at": now, "occurred_at": now - timedelta(minutes=10),
        "grace": GRACE, "ordered": None,
    }  # fmt: skip
    with hotel.runtime.reading() as session:
        connection = session.get_one(Connection, hotel.connection_id)
        return likeliest(session, connection, Question(**{**base, **asked}))


def came(hotel: HotelData, minutes: float, **more: Any) -> None:
    """A call so many minutes after the change was found; before it with a minus."""
    base = {
        "public_id": hotel.runtime.new_id("hi"), "connection_id": hotel.connection_id, "trace_id": "t", "sealed": b"",
        "received_at": hotel.runtime.clock() + timedelta(minutes=minutes), "size": 1, "digest": "d",
        "trust": HitTrust.SIGNED, "state": HitState.APPLIED, "events": "changed",
    }  # fmt: skip
    with hotel.runtime.writing() as session:
        session.add(WebhookHit(**{**base, **more}))


def strayed(hotel: HotelData, minutes: float, reason: str = "unknown_token") -> None:
    at = hotel.runtime.clock() + timedelta(minutes=minutes)
    with hotel.runtime.writing() as session:
        session.add(WebhookStray(day=at.date(), reason=reason, count=1, last_at=at))


def ran(hotel: HotelData, minutes: float, code: str = "", **more: Any) -> None:
    at = hotel.runtime.clock() + timedelta(minutes=minutes)
    base = {
        "public_id": hotel.runtime.new_id("run"), "connection_id": hotel.connection_id, "trace_id": "t",
        "mode": "delta", "trigger": "schedule", "started_at": at, "heartbeat_at": at, "finished_at": at,
        "state": RunState.FAILED if code else RunState.SUCCEEDED, "fault": {"code": code} if code else None,
    }  # fmt: skip
    with hotel.runtime.writing() as session:
        session.add(SyncRun(**{**base, **more}))


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (-69, Cause.UNKNOWN_ADDRESS),  # an hour before it happened counts still
        (-71, Cause.SILENCE),
        (10, Cause.UNKNOWN_ADDRESS),  # as long as a call is waited for
        (11, Cause.SILENCE),
    ],
)
@pytest.mark.parametrize("reason", ["unknown_token", "unknown_hotel"])
def test_calls_to_an_address_of_nobody_point_at_the_address(
    hotel: HotelData, minutes: float, expected: Cause, reason: str
) -> None:
    strayed(hotel, minutes, reason)
    assert cause(hotel) is expected


def test_strays_of_another_kind_say_nothing_of_the_address(hotel: HotelData) -> None:
    strayed(hotel, 0, "too_large")
    assert cause(hotel) is Cause.SILENCE


@pytest.mark.parametrize(
    ("minutes", "code", "expected"),
    [
        (-5, "provider_unavailable", Cause.OUTAGE),
        (-5, "certificate_rejected", Cause.OUTAGE),
        (-5, "contract_broken", Cause.SILENCE),  # it answered
        (-5, "", Cause.SILENCE),
        (-71, "provider_unavailable", Cause.SILENCE),
        (11, "provider_unavailable", Cause.SILENCE),
    ],
)
def test_a_provider_that_did_not_answer_us_either_was_away(
    hotel: HotelData, minutes: float, code: str, expected: Cause
) -> None:
    ran(hotel, minutes, code)
    assert cause(hotel) is expected


def test_an_outage_of_another_connection_explains_nothing(hotel: HotelData) -> None:
    other = HotelData(hotel.runtime, name="Other", role="shadow")
    ran(other, -5, "provider_unavailable")
    came(other, -5)
    assert cause(hotel) is Cause.SILENCE


@pytest.mark.parametrize(
    ("days", "events", "expected"),
    [
        (-6.9, "made", Cause.LOST),  # its kind comes, this one did not
        (-6.9, "changed, made", Cause.LOST),
        (-6.9, "made, changed", Cause.LOST),
        (-7.1, "made", Cause.FILTERED),
        (-6.9, "made_up", Cause.FILTERED),
    ],
)
def test_a_kind_that_came_within_a_week_was_lost_and_one_that_never_comes_is_filtered(
    hotel: HotelData, days: float, events: str, expected: Cause
) -> None:
    came(hotel, -5)
    came(hotel, days * 24 * 60, events=events)
    assert cause(hotel) is expected


def test_the_gravest_sign_is_named_first(hotel: HotelData) -> None:
    came(hotel, -5, state=HitState.IGNORED)
    assert cause(hotel) is Cause.ONLY_PINGS
    came(hotel, -5, state=HitState.FAILED)
    assert cause(hotel) is Cause.UNREADABLE
    came(hotel, -5, trust=HitTrust.REJECTED, state=HitState.REJECTED)
    strayed(hotel, -5)
    assert cause(hotel) is Cause.REFUSED
    assert cause(hotel, ordered=("changed",)) is Cause.NOT_ORDERED
    assert cause(hotel, ordered=("changed", "made")) is Cause.REFUSED
    assert cause(hotel, ordered=()) is Cause.SUBSCRIPTION_GONE


def test_of_a_change_that_is_long_past_one_day_is_looked_at(hotel: HotelData) -> None:
    long_ago = hotel.runtime.clock() - timedelta(days=3)
    came(hotel, -25 * 60, trust=HitTrust.REJECTED, state=HitState.REJECTED)
    assert cause(hotel, occurred_at=long_ago) is Cause.SILENCE
    came(hotel, -23 * 60, trust=HitTrust.REJECTED, state=HitState.REJECTED)
    assert cause(hotel, occurred_at=long_ago) is Cause.REFUSED
    # When it happened nobody says: an hour before it was found.
    assert cause(hotel, occurred_at=None) is Cause.SILENCE


@pytest.mark.parametrize(("minutes", "expected"), [(-33, Cause.NOT_RUNNING), (-32, Cause.SILENCE)])
def test_a_hub_that_missed_two_rounds_was_not_running(
    hotel: HotelData, clock: FixedClock, minutes: float, expected: Cause
) -> None:
    """Its interval is a quarter of an hour."""
    ran(hotel, minutes)
    ran(hotel, 0)  # the one that found it
    assert cause(hotel, ordered=()) is (
        expected if expected is Cause.NOT_RUNNING else Cause.SUBSCRIPTION_GONE
    )
    assert cause(hotel) is expected


def test_a_run_that_never_ended_was_here_until_its_last_sign_of_life(hotel: HotelData) -> None:
    ran(hotel, -60, finished_at=None, heartbeat_at=hotel.runtime.clock() - timedelta(minutes=20))
    ran(hotel, 0)
    assert cause(hotel) is Cause.SILENCE


def test_runs_after_the_one_that_found_it_do_not_hide_that_the_hub_was_off(hotel: HotelData) -> None:
    """The verdict is spoken when the grace is over, and runs go on meanwhile."""
    for minutes in (-60, 0, 8):
        ran(hotel, minutes)
    assert cause(hotel) is Cause.NOT_RUNNING
