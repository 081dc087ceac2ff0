import re
from datetime import date
from pathlib import Path

import pytest
import requests

from simulator.faults import Fault, FaultKind
from simulator.generate import build_world
from simulator.pms.mews import UNCERTIFIED
from simulator.pms.mews_access import Window
from simulator.pms.mews_control import Switches
from simulator.pms.mews_hooks import Action, Subscription
from simulator.postman import Manners
from simulator.server import Server, start
from simulator.world import World
from tests.simulator.mews_partner import EVERYTHING, RESERVATIONS, Partner

VENDORS = ("mews",)


@pytest.fixture
def partner(vendor: Server, http: requests.Session) -> Partner:
    return Partner(vendor, http)


def test_the_configuration_names_the_hotel_and_its_clock(partner: Partner) -> None:
    told = partner.ask("configuration/get")
    enterprise = told["Enterprise"]
    assert told["NowUtc"] == "2026-05-13T07:20:00Z"
    assert (enterprise["Name"], enterprise["TimeZoneIdentifier"]) == ("Hotel Aurora", "Europe/Helsinki")
    assert enterprise["Currencies"] == [{"Currency": "EUR", "IsDefault": True, "IsEnabled": True}]
    assert enterprise["IsPortfolio"] is False


@pytest.mark.parametrize("token", ["ClientToken", "AccessToken"])
@pytest.mark.parametrize("value", ["another", "", None, 7])
def test_a_wrong_token_is_refused(partner: Partner, token: str, value: object) -> None:
    answer = partner.send("configuration/get", **{token: value})
    assert answer.status_code == 401
    assert answer.json() == {"Message": f"Invalid {token}.", "RequestId": answer.headers["Request-Id"]}


@pytest.mark.parametrize("operation", sorted(UNCERTIFIED))
def test_an_operation_without_certificate_is_refused_like_a_wrong_token(
    partner: Partner, operation: str
) -> None:
    answer = partner.send(operation)
    assert answer.status_code == 401
    assert "no permission" in answer.json()["Message"]


def test_one_denied_operation_leaves_the_others(partner: Partner) -> None:
    partner.desk.switches = Switches(denied=frozenset({"customers/getAll"}))
    body = {"Extent": {"Customers": True}, "Emails": ["a@example.org"], **EVERYTHING}
    assert partner.send("customers/getAll", **body).status_code == 401
    assert partner.send("configuration/get").status_code == 200


@pytest.mark.parametrize("action", ["IntegrationDisabled", "IntegrationCanceled", "IntegrationDeleted"])
def test_an_integration_that_ended_refuses_its_tokens_until_it_begins_again(
    partner: Partner, action: str
) -> None:
    partner.desk.happen(Action(action))
    assert partner.send("configuration/get").status_code == 401
    partner.desk.happen(Action.REINSTATED)
    assert partner.send("configuration/get").status_code == 200


def test_a_new_key_takes_the_place_of_the_old_one(partner: Partner) -> None:
    fresh = partner.desk.happen(Action.API_KEY_CREATED)
    assert fresh != partner.signed["AccessToken"]
    assert partner.send("configuration/get").status_code == 401
    assert partner.send("configuration/get", AccessToken=fresh).status_code == 200


def test_tokens_and_ids_are_the_same_for_the_same_hotel(vendor: Server) -> None:
    with start(build_world(date(2026, 5, 13), seed=8), rate_limit=0, vendors=VENDORS) as other:
        assert (
            other.dialect("mews").credentials["tokens"]["access_token"]
            == (vendor.dialect("mews").credentials["tokens"]["access_token"])
        )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "configuration/get"),
        ("POST", "configuration/get/"),
        ("POST", "Configuration/get"),
        ("POST", "hotels/getAll"),
        ("POST", "services/getAvailability/2024-01-23"),
    ],
)
def test_a_path_that_is_not_exact_is_not_found(
    partner: Partner, http: requests.Session, method: str, path: str
) -> None:
    answer = http.request(method, partner.url + path, json=partner.signed)
    assert answer.status_code == 404
    assert set(answer.json()) == {"Message", "RequestId"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"ClientToken": "x",}'),
        ("application/json", b"[]"),
        ("application/json", b"\xff"),
        ("text/plain", b"{}"),
    ],
)
def test_what_is_no_json_object_is_refused(
    partner: Partner, http: requests.Session, content_type: str, body: bytes
) -> None:
    headers = {"Content-Type": content_type}
    answer = http.post(f"{partner.url}configuration/get", data=body, headers=headers)
    assert (answer.status_code, answer.json()["Message"]) == (400, "Invalid JSON.")


DOCUMENT = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
SPAN = {"StartUtc": "2026-02-01T00:00:00Z", "EndUtc": "2026-05-02T00:00:00Z"}
STRANGER = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("operation", "body", "parameter"),
    [
        ("configuration/get", {"Client": ""}, "Client"),
        ("configuration/get", {"LanguageCode": "en-GB"}, "CultureCode"),
        ("services/getAll", {}, "Limitation"),
        ("services/getAll", {"Limitation": {"Count": 0}}, "Limitation"),
        ("services/getAll", {"Limitation": {"Count": 1001}}, "Limitation"),
        ("services/getAll", {"Limitation": {"Count": 1, "Cursor": STRANGER}}, "Cursor"),
        ("services/getAll", {**EVERYTHING, "EnterpriseIds": [STRANGER]}, "EnterpriseIds"),
        (RESERVATIONS, {**EVERYTHING, "Extent": {}}, "Extent"),
        (RESERVATIONS, {**EVERYTHING, "UpdatedUtc": SPAN}, "UpdatedUtc"),
        (RESERVATIONS, {**EVERYTHING, "UpdatedUtc": {"StartUtc": "2026-05-01T00:00:00Z"}}, "UpdatedUtc"),
        (RESERVATIONS, {**EVERYTHING, "States": ["Enquired"]}, "States"),
        (RESERVATIONS, {**EVERYTHING, "ReservationIds": []}, "ReservationIds"),
        (RESERVATIONS, {**EVERYTHING, "ReservationIds": [STRANGER] * 1001}, "ReservationIds"),
        (RESERVATIONS, {**EVERYTHING, "ReservationIds": ["17"]}, "ReservationIds"),
        (RESERVATIONS, {**EVERYTHING, "ChannelNumbers": ["1"] * 101}, "ChannelNumbers"),
        (RESERVATIONS, {**EVERYTHING, "ServiceIds": [STRANGER]}, "ServiceIds"),
        ("rates/getAll", EVERYTHING, "ServiceIds"),
        ("resources/getAll", EVERYTHING, "Extent"),
        ("customers/getAll", {**EVERYTHING, "Extent": {}}, "CustomerIds"),
        ("orderItems/getAll", EVERYTHING, "ServiceOrderIds"),
        ("companionships/getAll", {**EVERYTHING, "Extent": {}}, "ReservationIds"),
        ("reservationGroups/getAll", EVERYTHING, "ReservationGroupIds"),
        ("resources/getOccupancyState", {"ResourceCategoryIds": [STRANGER]}, "ResourceCategoryIds"),
        ("resources/getOccupancyState", {"ResourceCategoryIds": [STRANGER] * 6}, "ResourceCategoryIds"),
    ],
)
def test_a_wrong_request_names_the_parameter(
    partner: Partner, operation: str, body: dict[str, object], parameter: str
) -> None:
    answer = partner.send(operation, **body)
    assert (answer.status_code, answer.json()["Message"]) == (400, f"Invalid {parameter}.")


def test_scheduled_and_actual_times_of_one_side_exclude_each_other(partner: Partner) -> None:
    week = {"StartUtc": "2026-05-10T00:00:00Z", "EndUtc": "2026-05-17T00:00:00Z"}
    answer = partner.send(RESERVATIONS, ScheduledStartUtc=week, ActualStartUtc=week, **EVERYTHING)
    assert answer.json()["Message"] == "Invalid ActualStartUtc."


def test_a_list_is_walked_from_the_newest_to_the_oldest(partner: Partner) -> None:
    whole = partner.reservations()
    walked: list[str] = []
    cursor = None
    while True:
        page = partner.ask(RESERVATIONS, Limitation={"Count": 400, "Cursor": cursor})
        walked += [row["Id"] for row in page["Reservations"]]
        cursor = page["Cursor"]
        if len(page["Reservations"]) < 400:
            break
        assert cursor == walked[-1]
    assert walked == [row["Id"] for row in whole]
    created = [row["CreatedUtc"] for row in whole]
    assert created == sorted(created, reverse=True)


def test_a_full_last_page_has_a_cursor_and_the_page_behind_it_is_empty(partner: Partner) -> None:
    services = partner.ask("services/getAll", Limitation={"Count": 2})
    assert len(services["Services"]) == 2
    behind = partner.ask("services/getAll", Limitation={"Count": 2, "Cursor": services["Cursor"]})
    assert behind == {"Services": [], "Cursor": None}


def test_a_change_while_paging_hides_no_other_record(partner: Partner, hotel_world: World) -> None:
    week = {"StartUtc": "2026-05-06T00:00:00Z", "EndUtc": "2026-05-13T07:20:00Z"}
    expected = {row["Id"] for row in partner.reservations(UpdatedUtc=week)}
    page = partner.ask(RESERVATIONS, UpdatedUtc=week, Limitation={"Count": 10})
    last = page["Reservations"][-1]
    hotel_world.set_notes(last["Number"][:6], "changed between two pages")
    found = {row["Id"] for row in page["Reservations"]}
    while page["Reservations"]:
        page = partner.ask(RESERVATIONS, UpdatedUtc=week, Limitation={"Count": 10, "Cursor": page["Cursor"]})
        found |= {row["Id"] for row in page["Reservations"]}
    moved = {row["Id"] for row in partner.of(last["Number"][:6])}  # its other rooms go to the front with it
    assert expected - moved <= found <= expected


def test_an_empty_page_has_no_content_for_whoever_prefers_that(partner: Partner) -> None:
    nobody = {"Numbers": ["0"], **EVERYTHING}
    answer = partner.send(RESERVATIONS, {"Prefer": "return=minimal"}, **nobody)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert answer.headers["Request-Id"]
    assert partner.send(RESERVATIONS, **nobody).json() == {"Reservations": [], "Cursor": None}
    somebody = partner.send(RESERVATIONS, {"Prefer": "return=minimal"}, **EVERYTHING)
    assert somebody.status_code == 200


def test_too_much_data_times_out_until_less_is_asked_for(partner: Partner) -> None:
    partner.desk.switches = Switches(most_rows=100)
    assert partner.send(RESERVATIONS, **EVERYTHING).status_code == 408
    day = {"StartUtc": "2026-05-13T00:00:00Z", "EndUtc": "2026-05-14T00:00:00Z"}
    assert partner.send(RESERVATIONS, CollidingUtc=day, **EVERYTHING).status_code == 200


def test_the_two_hundred_and_first_call_in_half_a_minute_has_to_wait() -> None:
    now = 100.0
    window = Window(monotonic=lambda: now)
    assert [window.enter() for _ in range(200)] == [0] * 200
    now = 110.4
    assert window.enter() == 20
    now = 130.0
    assert window.enter() == 0


def test_the_limit_is_on_unless_the_server_has_none(hotel_world: World, http: requests.Session) -> None:
    with start(hotel_world) as vendor:
        partner = Partner(vendor, http)
        statuses = [partner.send("configuration/get").status_code for _ in range(201)]
        last = partner.send("configuration/get")
        partner.desk.switches = Switches(is_retry_after_sent=False)
        untold = partner.send("configuration/get")
    assert statuses == [200] * 200 + [429]
    assert 1 <= int(last.headers["Retry-After"]) <= 30
    assert (untold.status_code, "Retry-After" in untold.headers) == (429, False)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("unauthorized", 401),
        ("forbidden", 403),
        ("not_found", 404),
        ("rate_limited", 429),
        ("unavailable", 503),
    ],
)
def test_a_fault_looks_like_this_vendor(partner: Partner, vendor: Server, kind: str, status: int) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind(kind), times=1, match="/mews/", retry_after=9))
    answer = partner.send("configuration/get")
    assert answer.status_code == status
    assert answer.json()["RequestId"] == answer.headers["Request-Id"]
    assert answer.headers.get("Retry-After") == ("9" if status == 429 else None)
    assert partner.send("configuration/get").status_code == 200


def test_the_faults_of_every_vendor_are_this_vendor_s_too(partner: Partner, vendor: Server) -> None:
    def with_fault(kind: FaultKind) -> requests.Response:
        vendor.faults.switch_on(Fault(kind=kind, times=1, ms=30))
        return partner.send(RESERVATIONS, **EVERYTHING)

    assert with_fault(FaultKind.EMPTY).json() == {"Reservations": [], "Cursor": None}
    assert with_fault(FaultKind.HTML).headers["Content-Type"].startswith("text/html")
    assert "Reservations" not in with_fault(FaultKind.WRONG_SHAPE).json()
    assert with_fault(FaultKind.SLOW).elapsed.total_seconds() >= 0.03
    with pytest.raises(requests.exceptions.JSONDecodeError):
        with_fault(FaultKind.GARBAGE_JSON).json()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        with_fault(FaultKind.TRUNCATED)
    vendor.faults.switch_on(Fault(kind=FaultKind.REDIRECT, times=1))
    redirected = requests.post(f"{partner.url}configuration/get", json={}, allow_redirects=False, timeout=5)
    assert redirected.status_code == 302


def test_calls_are_recorded_without_their_bodies(partner: Partner, vendor: Server) -> None:
    partner.send("configuration/get")
    (seen,) = vendor.calls.seen()
    assert (seen.method, seen.path, seen.status) == ("POST", "/mews/api/connector/v1/configuration/get", 200)
    assert partner.signed["AccessToken"] not in repr(seen)


def test_the_door_keeps_its_tokens_out_of_its_repr(vendor: Server) -> None:
    door = vendor.dialect("mews")
    assert door.base_url == f"{vendor.url}/mews"
    assert door.credentials["tokens"]["access_token"] not in repr(door)


def test_every_operation_and_switch_is_documented(partner: Partner) -> None:
    section = DOCUMENT.partition("# The pretend Mews")[2].partition("\n# ")[0]
    named = set(re.findall(r"`([^`\n]+)`", section))
    switches = {field for kind in (Switches, Subscription, Manners) for field in kind.__struct_fields__}
    assert set(partner.vendor.operations) <= named
    assert switches <= named
