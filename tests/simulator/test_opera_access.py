import pytest
import requests

from simulator.faults import Fault, FaultKind
from simulator.generate import build_world
from simulator.server import Server, start
from tests.simulator.conftest import BUSINESS_DATE
from tests.simulator.opera_partner import Partner

VENDORS = ("opera_cloud",)
PING = "/rsv/v1/services/reservations/status"
LIST = "/rsv/v1/hotels/{hotel}/reservations"
CONTEXT = "/ent/config/v1/hotels/{hotel}/operaContext"


@pytest.fixture
def partner(vendor: Server, http: requests.Session) -> Partner:
    return Partner(vendor, http)


def test_both_ways_of_signing_in_open_the_ping_and_the_context(partner: Partner) -> None:
    for kind in ("ocim", "ssd"):
        token = partner.sign_in(kind).json()
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
        assert partner.get(PING) == {"operaVersion": "26.2.0.0"}
    told = partner.get(CONTEXT)
    assert (told["hotelName"], told["businessDate"], told["currencyCode"]) == (
        "Hotel Aurora",
        "2026-05-13",
        "EUR",
    )


@pytest.mark.parametrize(
    ("kind", "changes", "status", "error"),
    [
        ("ocim", {"client_secret": "another"}, 401, ""),
        ("ocim", {"client_id": "another"}, 401, ""),
        ("ocim", {"app_key": "another"}, 401, ""),
        ("ocim", {"enterprise_id": "OTHER"}, 401, ""),
        ("ocim", {"enterprise_id": None}, 400, "enterpriseId is required"),
        ("ocim", {"scope": "urn:opc:hgbu:ws:_myscopes_"}, 400, "invalid_scope"),
        ("ssd", {"client_secret": "another"}, 401, ""),
        ("ssd", {"password": "another"}, 402, "invalid_grant"),
    ],
)
def test_a_wrong_sign_in_is_refused(
    partner: Partner, kind: str, changes: dict[str, str | None], status: int, error: str
) -> None:
    answer = partner.sign_in(kind, **changes)
    assert answer.status_code == status
    assert error in answer.text
    assert bool(answer.content) == bool(error)


def test_a_client_of_one_way_is_not_taken_for_the_other(partner: Partner) -> None:
    other = partner.credentials["ssd"]
    answer = partner.sign_in(client_id=other["client_id"], client_secret=other["client_secret"])
    assert answer.status_code == 401


def test_after_the_move_the_old_sign_in_is_forbidden(partner: Partner) -> None:
    partner.switch(is_migrated=True)
    assert partner.sign_in("ssd").status_code == 403
    assert partner.sign_in("ocim").status_code == 200


def test_a_token_ends_after_an_hour_and_every_one_is_counted(partner: Partner) -> None:
    assert partner.call("GET", PING).status_code == 200
    partner.vendor.access.expire_tokens()
    answer = partner.call("GET", PING)
    assert (answer.status_code, answer.content, answer.headers.get("Content-Type")) == (401, b"", None)
    partner.sign_in()
    assert partner.call("GET", PING).status_code == 200
    assert partner.vendor.access.tokens_given == 2


@pytest.mark.parametrize("header", ["x-app-key", "Authorization"])
def test_a_call_without_key_or_token_gets_an_empty_401(partner: Partner, header: str) -> None:
    answer = partner.call("GET", PING, headers={header: None})
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize(
    ("hotel", "text"),
    [("NOWHERE", "Unauthorized access"), (None, "Unauthorized access"), ("AUR1S", "data for the resort")],
)
def test_another_hotel_is_forbidden(partner: Partner, hotel: str | None, text: str) -> None:
    answer = partner.call("GET", PING, headers={"x-hotelid": hotel})
    assert answer.status_code == 403
    assert text in answer.json()["detail"]


def test_the_hotel_of_the_header_must_be_the_hotel_of_the_address(partner: Partner) -> None:
    answer = partner.call("GET", "/rsv/v1/hotels/AUR1S/reservations")
    assert answer.status_code == 403


def test_an_application_nobody_approved_and_a_user_without_the_role_are_forbidden(partner: Partner) -> None:
    partner.switch(is_approved=False)
    assert "Unauthorized access" in partner.call("GET", PING).json()["detail"]
    partner.switch(has_web_service_role=False)
    assert partner.call("GET", PING).status_code == 200
    partner.sign_in("ssd")
    assert partner.call("GET", PING).status_code == 403


def test_a_module_outside_the_subscription_is_forbidden_alone(partner: Partner) -> None:
    partner.switch(unsubscribed=frozenset({"ent"}))
    answer = partner.call("GET", CONTEXT)
    assert answer.status_code == 403
    assert "no subscribed plan or API" in answer.json()["detail"]
    assert partner.call("GET", PING).status_code == 200


def test_the_networks_list_answers_with_a_web_page(partner: Partner) -> None:
    partner.sign_in()
    partner.switch(is_allow_listed=False)
    for answer in (partner.sign_in(), partner.call("GET", PING)):
        assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html")
        assert "Forbidden" in answer.text


@pytest.mark.parametrize("status", [404, 405, 400])
def test_a_release_may_lack_an_operation(partner: Partner, status: int) -> None:
    partner.switch(missing={"searchHotelReservations": status})
    answer = partner.call("POST", f"{LIST}/searches", {"limit": 1})
    assert answer.status_code == status
    assert ("database version" in answer.text) == (status == 400)
    assert partner.call("GET", LIST, limit=1).status_code == 200


def test_wrong_addresses_verbs_and_media_types_have_no_body(partner: Partner) -> None:
    for status, answer in (
        (404, partner.call("GET", "/rsv/v0/hotels/{hotel}/reservations")),
        (405, partner.call("DELETE", LIST)),
        (406, partner.call("GET", LIST, headers={"Accept": "application/xml"})),
        (415, partner.call("POST", f"{LIST}/searches", {}, headers={"Content-Type": "text/plain"})),
    ):
        assert (answer.status_code, answer.content) == (status, b"")


def test_a_wrong_criterion_is_told_with_a_code(partner: Partner) -> None:
    answer = partner.call("GET", LIST, arrivalStartDate="13.5.2026")
    assert answer.status_code == 400
    assert answer.json()["o:errorCode"] == "GEN00002"


def test_too_many_calls_are_told_without_the_time_to_wait(http: requests.Session) -> None:
    with start(build_world(BUSINESS_DATE)) as vendor:
        partner = Partner(vendor, http)
        answers = [partner.call("GET", PING) for _ in range(400)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert all("Retry-After" not in answer.headers and not answer.content for answer in refused)


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        (FaultKind.UNAUTHORIZED, 401, ""),
        (FaultKind.FORBIDDEN, 403, "Unauthorized access"),
        (FaultKind.NOT_FOUND, 404, ""),
        (FaultKind.RATE_LIMITED, 429, ""),
        (FaultKind.UNAVAILABLE, 503, "<html>"),
        (FaultKind.EMPTY, 204, ""),
        (FaultKind.HTML, 200, "<!doctype html>"),
        (FaultKind.GARBAGE_JSON, 200, "{"),
        (FaultKind.WRONG_SHAPE, 200, "result"),
    ],
)
def test_faults_look_as_this_vendors_do(
    vendor: Server, partner: Partner, kind: FaultKind, status: int, body: str
) -> None:
    vendor.faults.switch_on(Fault(kind=kind, match="/reservations"))
    answer = partner.call("GET", LIST)
    assert answer.status_code == status
    assert body in answer.text
    assert bool(answer.content) == bool(body)
    assert "Retry-After" not in answer.headers


def test_every_call_is_in_the_call_book_without_its_credentials(vendor: Server, partner: Partner) -> None:
    partner.get(LIST, limit=1)
    told = [(call.method, call.path, call.status) for call in vendor.calls.seen()]
    assert told == [
        ("POST", "/opera_cloud/oauth/v1/tokens", 200),
        ("GET", "/opera_cloud/rsv/v1/hotels/AUR1/reservations", 200),
    ]


def test_ids_and_secrets_are_the_same_for_the_same_hotel(partner: Partner) -> None:
    with start(build_world(BUSINESS_DATE), rate_limit=0, vendors=VENDORS) as other:
        assert (
            other.dialect("opera_cloud").credentials["ocim"]["client_secret"]
            == (partner.credentials["ocim"]["client_secret"])
        )


def test_the_control_desk_switches_and_tells(
    vendor: Server, partner: Partner, http: requests.Session
) -> None:
    base, key = f"{vendor.url}/_control/opera_cloud", {"x-simulator-token": vendor.control_token}
    told = http.post(f"{base}/switches", json={"unsubscribed": ["rsv"], "overbooking": 3}, headers=key)
    assert told.json()["overbooking"] == 3
    assert partner.call("GET", PING).status_code == 403
    assert http.get(f"{base}/tokens", headers=key).json() == {"given": 1}
    assert http.post(f"{base}/tokens/expire", headers=key).status_code == 200
    assert partner.call("GET", PING).status_code == 401
    ids = http.get(f"{base}/ids", headers=key).json()
    assert ids["profiles"]["G100001"] == "44100001"
    assert http.post(f"{base}/switches", json={"surprise": 1}, headers=key).status_code == 422
    assert http.post(f"{base}/merge", json={"guest_id": "G1", "into": "G2"}, headers=key).status_code == 404
    assert http.get(f"{base}/nowhere", headers=key).status_code == 404
