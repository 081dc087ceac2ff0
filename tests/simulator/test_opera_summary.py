from datetime import timedelta
from typing import Any

import pytest
import requests

from simulator.hotel import State
from simulator.server import Server
from tests.simulator.opera_partner import Partner, number

VENDORS = ("opera_cloud",)
START = "/rsv/async/v1/externalSystems/OURHUB/hotels/{hotel}/reservations/dailySummary"


@pytest.fixture
def partner(vendor: Server, http: requests.Session) -> Partner:
    return Partner(vendor, http)


def changed(partner: Partner, first: str, last: str) -> dict[str, Any]:
    span = {"startLastModifiedDate": f"{first}T00:00:00Z", "endLastModifiedDate": f"{last}T00:00:00Z"}
    return {"criteria": {"hotelId": partner.hotel, "lastModifiedDate": span}}


def dated(partner: Partner, first: str, last: str) -> dict[str, Any]:
    return {"criteria": {"hotelId": partner.hotel, "timeSpan": {"startDate": first, "endDate": last}}}


def place(partner: Partner, answer: requests.Response) -> str:
    return answer.headers["Location"].removeprefix(partner.url)


def finished(partner: Partner, body: dict[str, Any]) -> str:
    """Where the finished list is."""
    asked = partner.call("POST", START, body)
    assert asked.status_code == 202, asked.text
    partner.world.clock.shift(timedelta(minutes=1))
    done = partner.call("HEAD", place(partner, asked))
    assert (done.status_code, done.headers["Status"]) == (201, "Completed")
    return place(partner, done)


def test_a_summary_is_asked_for_waited_for_and_fetched_once(partner: Partner) -> None:
    asked = partner.call("POST", START, changed(partner, "2026-05-10", "2026-05-14"))
    assert (asked.status_code, asked.content) == (202, b"")
    waiting = partner.call("HEAD", place(partner, asked))
    assert (waiting.status_code, waiting.headers["Status"]) == (200, "Processing")
    assert waiting.headers["Cache-Control"] == "max-age=60"
    partner.world.clock.shift(timedelta(minutes=1))
    done = partner.call("HEAD", place(partner, asked))
    assert (done.status_code, done.headers["Status"]) == (201, "Completed")
    assert place(partner, done) != place(partner, asked)
    rows = partner.get(place(partner, done))["reservations"]
    assert rows
    assert partner.call("GET", place(partner, done)).status_code == 404
    assert all(
        "2026-05-10T00:00:00Z" <= row["lastModifiedDateTime"] <= "2026-05-14T00:00:00Z" for row in rows
    )


def test_rows_are_in_utc_with_a_line_per_night(partner: Partner) -> None:
    rows = partner.get(finished(partner, dated(partner, "2026-05-13", "2026-05-14")))["reservations"]
    stays = {stay.id: stay for stay in partner.vendor.tenant.stays()}
    for row in rows:
        stay = stays[number(row)]
        assert len(row["dailySummary"]) == (stay.departure - stay.arrival).days
        assert row["createDateTime"] == stay.record.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {row["resvStatus"] for row in rows} >= {"IN HOUSE", "DUE OUT", "DUE IN", "CHECKED OUT", "RESERVED"}


def test_what_changes_is_in_the_next_summary(partner: Partner) -> None:
    stay = partner.stays(State.CONFIRMED)[0]
    partner.world.cancel(stay.number)
    rows = partner.get(finished(partner, changed(partner, "2026-05-13", "2026-05-14")))["reservations"]
    (row,) = [row for row in rows if number(row) == stay.id]
    assert row["resvStatus"] == "CANCELLED"
    assert row["cancellationDate"].startswith("2026-05-13T07:20")


def test_the_same_request_may_come_every_half_hour(partner: Partner) -> None:
    body = dated(partner, "2026-05-13", "2026-05-20")
    assert partner.call("POST", START, body).status_code == 202
    refused = partner.call("POST", START, body)
    assert (refused.status_code, refused.json()["o:errorCode"]) == (400, "RSV00101")
    assert partner.call("POST", START, dated(partner, "2026-05-13", "2026-05-21")).status_code == 202
    partner.world.clock.shift(timedelta(minutes=30))
    assert partner.call("POST", START, body).status_code == 202


def test_changes_may_be_asked_for_every_three_hours_unless_the_list_was_fetched(partner: Partner) -> None:
    assert partner.call("POST", START, changed(partner, "2026-05-01", "2026-05-14")).status_code == 202
    refused = partner.call("POST", START, changed(partner, "2026-05-02", "2026-05-14"))
    assert (refused.status_code, refused.json()["o:errorCode"]) == (400, "RSV00102")
    partner.world.clock.shift(timedelta(hours=3))
    partner.sign_in()
    partner.get(finished(partner, changed(partner, "2026-05-03", "2026-05-14")))
    assert partner.call("POST", START, changed(partner, "2026-05-04", "2026-05-14")).status_code == 202


@pytest.mark.parametrize(
    "change",
    [
        {"hotelId": "OTHER"},
        {"timeSpan": {"startDate": "2026-05-13", "endDate": "2026-05-14"}},
        {"lastModifiedDate": None},
        {
            "lastModifiedDate": {
                "startLastModifiedDate": "2026-01-01T00:00:00Z",
                "endLastModifiedDate": "2026-05-01T00:00:00Z",
            }
        },
        {
            "lastModifiedDate": {
                "startLastModifiedDate": "yesterday",
                "endLastModifiedDate": "2026-05-01T00:00:00Z",
            }
        },
    ],
)
def test_wrong_criteria_are_refused(partner: Partner, change: dict[str, Any]) -> None:
    body = changed(partner, "2026-05-10", "2026-05-14")
    body["criteria"] |= change
    assert partner.call("POST", START, body).status_code == 400


def test_unknown_requests_and_systems_are_refused(partner: Partner) -> None:
    assert partner.call("HEAD", f"{START}/none").status_code == 404
    assert partner.call("GET", f"{START}/none").status_code == 404
    answer = partner.call(
        "POST", START.replace("OURHUB", "OTHER"), dated(partner, "2026-05-13", "2026-05-14")
    )
    assert answer.status_code == 400


def test_a_request_may_turn_out_invalid(partner: Partner) -> None:
    asked = partner.call("POST", START, dated(partner, "2026-05-13", "2026-05-14"))
    partner.switch(is_summary_invalid=True)
    told = partner.call("HEAD", place(partner, asked))
    assert (told.status_code, told.headers["Status"]) == (200, "Invalid")
