from datetime import timedelta

import pytest
import requests

from simulator.credentials import AuthKind, Credential
from simulator.server import Server, start
from simulator.world import World

VENDORS = ()


def status(http: requests.Session, vendor: Server, **how: object) -> int:
    return http.get(f"{vendor.url}/v2/ping", **how).status_code  # type: ignore[arg-type]


def test_a_key_is_taken_in_the_header_or_the_query_it_was_issued_for(
    vendor: Server, http: requests.Session
) -> None:
    header = vendor.credentials["api_key_header"]["value"]
    query = vendor.credentials["api_key_query"]["value"]
    assert status(http, vendor, headers={"X-Api-Key": header}) == 200
    assert status(http, vendor, params={"apiKey": query}) == 200
    assert status(http, vendor, headers={"X-Api-Key": query}) == 401
    assert status(http, vendor, params={"apiKey": header}) == 401


def test_basic_wants_the_right_user_and_password(vendor: Server, http: requests.Session) -> None:
    sheet = vendor.credentials["basic"]
    assert status(http, vendor, auth=(sheet["username"], sheet["password"])) == 200
    assert status(http, vendor, auth=(sheet["username"], "wrong")) == 401
    assert status(http, vendor, auth=("wrong", sheet["password"])) == 401
    assert status(http, vendor, headers={"Authorization": "Basic ###"}) == 401


def test_a_static_bearer_token_is_taken(vendor: Server, http: requests.Session) -> None:
    token = vendor.credentials["bearer"]["token"]
    assert status(http, vendor, headers={"Authorization": f"Bearer {token}"}) == 200
    assert status(http, vendor, headers={"Authorization": "Bearer no"}) == 401


@pytest.mark.parametrize("in_header", [True, False])
def test_client_credentials_buy_a_token_that_expires(
    in_header: bool, vendor: Server, http: requests.Session
) -> None:
    sheet = vendor.credentials["oauth2_client_credentials"]
    pair = (sheet["client_id"], sheet["client_secret"])
    form = {"grant_type": "client_credentials", "scope": "reservations"}
    body = form if in_header else {**form, "client_id": pair[0], "client_secret": pair[1]}
    answer = http.post(sheet["token_url"], data=body, auth=pair if in_header else None).json()
    assert (answer["expires_in"], answer["token_type"], answer["scope"]) == (3600, "Bearer", "reservations")
    bearer = {"Authorization": f"Bearer {answer['access_token']}"}
    assert status(http, vendor, headers=bearer) == 200
    guests = http.get(f"{vendor.url}/v2/properties/AUR1/guests", headers=bearer)
    assert guests.status_code == 403
    vendor.world.clock.shift(timedelta(hours=1))
    expired = http.get(f"{vendor.url}/v2/ping", headers=bearer)
    assert (expired.status_code, expired.json()["error"]["code"]) == (401, "TOKEN_EXPIRED")


@pytest.mark.parametrize(
    ("form", "code", "error"),
    [
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_client_gets_no_token(
    form: dict[str, str], code: int, error: str, vendor: Server, http: requests.Session
) -> None:
    answer = http.post(f"{vendor.url}/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (code, error)
    assert vendor.keyring.tokens_given == 0


def test_a_login_gives_a_session_for_its_own_header(vendor: Server, http: requests.Session) -> None:
    sheet = vendor.credentials["login_token"]
    body = {"user": sheet["username"], "password": sheet["password"]}
    session = http.post(sheet["login_url"], json=body).json()["session"]
    assert status(http, vendor, headers={"X-Session": session["token"]}) == 200
    assert status(http, vendor, headers={"Authorization": f"Bearer {session['token']}"}) == 401
    assert http.post(sheet["login_url"], json={**body, "password": "no"}).status_code == 401
    assert http.post(sheet["login_url"], data=b"nonsense").status_code == 400


def test_no_credentials_and_strange_bytes_are_refused_politely(
    vendor: Server, http: requests.Session
) -> None:
    missing = http.get(f"{vendor.url}/v2/ping")
    assert (missing.status_code, missing.json()["error"]["code"]) == (401, "CREDENTIALS_MISSING")
    assert "WWW-Authenticate" in missing.headers
    assert status(http, vendor, headers={"X-Api-Key": b"\xff\xe9"}) == 401


def test_a_revoked_client_loses_its_tokens(vendor: Server, http: requests.Session) -> None:
    sheet = vendor.credentials["oauth2_client_credentials"]
    form = {
        "grant_type": "client_credentials",
        "client_id": sheet["client_id"],
        "client_secret": sheet["client_secret"],
    }
    token = http.post(sheet["token_url"], data=form).json()["access_token"]
    vendor.keyring.revoke(vendor.keyring.first(AuthKind.CLIENT_CREDENTIALS))
    assert status(http, vendor, headers={"Authorization": f"Bearer {token}"}) == 401


def test_a_credential_does_not_print_its_secret() -> None:
    assert "hush" not in repr(Credential(AuthKind.BASIC, "ada", "hush"))


def test_tokens_live_as_long_as_the_server_was_told(hotel_world: World, http: requests.Session) -> None:
    with start(hotel_world, token_lifetime=timedelta(seconds=90)) as vendor:
        sheet = vendor.credentials["oauth2_client_credentials"]
        form = {"grant_type": "client_credentials"}
        answer = http.post(sheet["token_url"], data=form, auth=(sheet["client_id"], sheet["client_secret"]))
    assert answer.json()["expires_in"] == 90
