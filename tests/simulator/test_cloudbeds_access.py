"""Who may call the pretend Cloudbeds, and how it says no."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import requests

from simulator.faults import Fault, FaultKind
from simulator.pms.cloudbeds import Cloudbeds
from simulator.pms.cloudbeds_books import Quirks
from simulator.pms.cloudbeds_keys import KEY_GRANT
from simulator.server import Server
from simulator.wire import Call, Refusal
from simulator.world import World

VENDORS = ("cloudbeds",)
DENIED = {
    "error": "access_denied",
    "message": "The resource owner or authorization server denied the request.",
}


class Client:
    """Calls with a key of its own choice."""

    def __init__(self, vendor: Server, http: requests.Session) -> None:
        self.door = vendor.dialect("cloudbeds")
        self.http = http
        self.key = self.door.credentials["api_key"]["api_key"]
        self.app = self.door.credentials["oauth2"]

    def get(self, name: str, headers: dict[str, str] | None = None, **query: object) -> requests.Response:
        given = {"x-api-key": self.key} if headers is None else headers
        url = f"{self.door.base_url}/api/v1.3/{name}"
        return self.http.get(url, params=query, headers=given, allow_redirects=False, timeout=30)

    def token(self, grant: str, **fields: str) -> requests.Response:
        form = {name: self.app[name] for name in ("client_id", "client_secret", "redirect_uri", "code")}
        return self.http.post(self.app["token_url"], data=form | {"grant_type": grant} | fields)


@pytest.fixture
def client(vendor: Server, http: requests.Session) -> Client:
    return Client(vendor, http)


def test_a_key_is_taken_in_either_header(client: Client) -> None:
    assert client.get("getHotels").json()["success"] is True
    bearer = {"Authorization": f"Bearer {client.key}"}
    assert client.get("getHotels", bearer).json()["success"] is True


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "cbat_wrong"}, {"Authorization": "Basic eDp5"}])
def test_a_wrong_key_is_denied(headers: dict[str, str], client: Client) -> None:
    answer = client.get("getHotels", headers)
    assert (answer.status_code, answer.json()) == (401, DENIED)


def test_a_key_dies_of_thirty_idle_days(client: Client, hotel_world: World) -> None:
    hotel_world.clock.shift(timedelta(days=30))
    assert client.get("userinfo").status_code == 200
    hotel_world.clock.shift(timedelta(days=30, seconds=1))
    assert client.get("userinfo").status_code == 401


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("getReservations", "read:reservation"),
        ("getGuestList", "read:guest"),
        ("getRoomTypes", "read:room"),
        ("getRatePlans", "read:rate"),
        ("getHotels", "read:hotel"),
        ("getHousekeepingStatus", "read:housekeeping"),
    ],
)
def test_a_missing_scope_is_forbidden_for_its_methods_only(
    name: str, scope: str, client: Client, cloudbeds: Cloudbeds
) -> None:
    client.key = cloudbeds.keys.issue({"read:item"}).secret
    query = {"startDate": "2026-05-13", "endDate": "2026-05-14"} if name == "getRatePlans" else {}
    answer = client.get(name, **query)
    assert answer.status_code == 403
    assert scope in answer.json()["message"]
    assert client.get("userinfo").status_code == 200, "needs no scope"
    client.key = cloudbeds.keys.issue({scope}).secret
    assert client.get(name, **query).json()["success"] is True


def test_a_method_version_or_verb_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("getUnicorns").status_code == 404
    key = {"x-api-key": client.key}
    assert client.http.post(f"{client.door.base_url}/api/v1.3/getHotels", headers=key).status_code == 404
    assert client.http.get(f"{client.door.base_url}/api/v1.1/getHotels", headers=key).status_code == 404
    assert client.http.get(f"{client.door.base_url}/api/v1.2/getHotels", headers=key).status_code == 200


def test_every_answer_has_a_number_of_its_own(client: Client) -> None:
    answers = [client.get("getHotels"), client.get("getUnicorns"), client.get("getHotels", {})]
    assert len({answer.headers["X-Request-ID"] for answer in answers}) == 3


@pytest.mark.parametrize(("name", "param"), [("getReservations", "propertyID"), ("getHotels", "propertyIDs")])
def test_a_property_the_key_does_not_cover_is_refused_with_200(name: str, param: str, client: Client) -> None:
    answer = client.get(name, **{param: "999"})
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert answer.json()["message"].startswith("None of the included property id's match")
    other = {"x-api-key": client.key, "X-PROPERTY-ID": "999"}
    assert client.get(name, other).json()["success"] is False


def test_a_key_of_an_organization_mixes_properties_unless_told(client: Client, cloudbeds: Cloudbeds) -> None:
    client.key = cloudbeds.keys.issue(organization=True).secret
    hotels = client.get("getHotels").json()["data"]
    assert [hotel["propertyName"] for hotel in hotels] == ["Hotel Aurora", "Hotel Aurora Annexe"]
    assert client.get("getReservations").json()["total"] > 0
    told = client.get("getReservationsWithRateDetails").json()
    assert (told["success"], "propertyID" in told["message"]) == (False, True)
    ours, sister = cloudbeds.books.ids.property_id, cloudbeds.books.ids.sister_id
    assert client.get("getReservationsWithRateDetails", propertyID=ours).json()["total"] > 0
    assert client.get("getReservations", propertyID=sister).json()["data"] == []


@pytest.mark.parametrize("account", ["user_inactive", "property_canceled"])
def test_a_closed_account_is_told_with_200(account: Any, client: Client, cloudbeds: Cloudbeds) -> None:
    cloudbeds.books.quirks = Quirks(account=account)
    answer = client.get("getHotels")
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert "active" in answer.json()["message"] or "canceled" in answer.json()["message"]


def test_a_code_is_good_once_and_its_token_for_eight_hours(client: Client, hotel_world: World) -> None:
    given = client.token("authorization_code").json()
    assert (given["expires_in"], given["resources"][0]["type"]) == (28800, "property")
    assert client.token("authorization_code").status_code == 401
    client.key = given["access_token"]
    assert client.get("getHotels").status_code == 200
    hotel_world.clock.shift(timedelta(hours=8))
    assert client.get("getHotels").status_code == 401
    client.key = client.token("refresh_token", refresh_token=given["refresh_token"]).json()["access_token"]
    assert client.get("getHotels").status_code == 200


def test_of_two_refreshes_with_one_token_the_second_fails(client: Client) -> None:
    given = client.token("authorization_code").json()
    assert client.token("refresh_token", refresh_token=given["refresh_token"]).status_code == 200
    late = client.token("refresh_token", refresh_token=given["refresh_token"])
    assert (late.status_code, late.json()["error"]) == (400, "invalid_request")


def test_a_code_is_too_old_after_ten_minutes(client: Client, hotel_world: World) -> None:
    hotel_world.clock.shift(timedelta(minutes=10))
    answer = client.token("authorization_code")
    assert (answer.status_code, answer.json()["error"]) == (401, "server_error")


def test_a_code_or_a_refresh_token_becomes_a_key(client: Client) -> None:
    key = client.token(KEY_GRANT).json()["access_token"]
    assert key.startswith("cbat_")
    client.app = client.door.vendor.sheet(client.door.base_url)["oauth2"]
    given = client.token("authorization_code").json()
    moved = client.token("refresh_token_exchange", refresh_token=given["refresh_token"]).json()
    client.key = moved["access_token"]
    assert client.get("getHotels").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [{"client_secret": "guess"}, {"redirect_uri": "https://evil.example/"}, {"grant_type": "password"}],
)
def test_a_wrong_exchange_gives_no_token(wrong: dict[str, str], client: Client) -> None:
    answer = client.token("authorization_code", **wrong)
    assert answer.status_code in (400, 401)
    assert "access_token" not in answer.json()


def test_json_in_a_post_is_not_read(client: Client) -> None:
    body = {"object": "reservation", "action": "created", "endpointUrl": "http://127.0.0.1:9/"}
    url = f"{client.door.base_url}/api/v1.3/postWebhook"
    answer = client.http.post(url, json=body, headers={"x-api-key": client.key})
    assert answer.json() == {"success": False, "message": "Parameter object is required"}


def test_the_sixth_call_at_once_meets_a_web_page(hotel_world: World) -> None:
    vendor = Cloudbeds(hotel_world, per_second=20)
    key = {"x-api-key": vendor.keys.first.secret}
    call = Call("GET", "/api/v1.3/userinfo", {}, key, b"", "http://127.0.0.1")
    assert [vendor.answer(call).status for _ in range(5)] == [200] * 5
    with pytest.raises(Refusal) as refusal:
        vendor.answer(call)
    answer = vendor.refused(refusal.value)
    assert (answer.status, answer.content_type) == (429, "text/html; charset=utf-8")
    assert "Retry-After" not in dict(answer.headers)


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("unauthorized", 401, "application/json"),
        ("forbidden", 403, "application/json"),
        ("not_found", 404, "application/json"),
        ("rate_limited", 429, "text/html; charset=utf-8"),
        ("unavailable", 503, "text/html; charset=utf-8"),
        ("html", 200, "text/html; charset=utf-8"),
        ("redirect", 302, "application/json"),
        ("slow", 200, "application/json"),
    ],
)
def test_a_fault_looks_as_the_vendor_does_and_meets_its_path(
    kind: str, status: int, content_type: str, client: Client, vendor: Server
) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind(kind), match="/cloudbeds/", times=1, retry_after=7, ms=1))
    assert vendor.faults.take("/v2/ping") is None
    answer = client.get("getReservations")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, content_type)
    assert answer.headers.get("Retry-After") == ("7" if kind == "rate_limited" else None)
    assert client.get("getReservations").status_code == 200
    seen = [(call.path, call.status) for call in vendor.calls.seen()]
    assert seen == [("/cloudbeds/api/v1.3/getReservations", code) for code in (status, 200)]


def test_a_fault_empties_lists(client: Client, vendor: Server) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.EMPTY))
    assert client.get("getReservations").json() == {"success": True, "data": [], "count": 0, "total": 0}
    assert client.get("getGuestList").json()["data"] == []
    nights = {"startDate": "2026-05-13", "endDate": "2026-05-14"}
    assert client.get("getRatePlans", **nights).json()["data"] == []
    assert client.get("getHotels").json()["total"] == 1


@pytest.mark.parametrize("kind", ["garbage_json", "truncated", "drop", "wrong_shape"])
def test_a_fault_breaks_the_body(kind: str, client: Client, vendor: Server) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind(kind), times=1))
    if kind == "wrong_shape":
        assert "reservationID" not in client.get("getReservations").text
        return
    broken = (requests.exceptions.JSONDecodeError, requests.exceptions.ChunkedEncodingError)
    with pytest.raises((*broken, requests.exceptions.ConnectionError)):
        client.get("getReservations").json()


def test_a_hanging_call_goes_on_when_released(client: Client, vendor: Server) -> None:
    vendor.faults.switch_on(Fault(kind=FaultKind.HANG, times=1, match="getHotels"))
    statuses: list[int] = []
    waiting = threading.Thread(target=lambda: statuses.append(client.get("getHotels").status_code))
    waiting.start()
    while not vendor.faults.hanging:
        assert waiting.is_alive()
    vendor.faults.clear()
    waiting.join(30)
    assert statuses == [200]
