"""The door of the API: who gets in, what is said to those who do not, and what every answer carries."""

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import RateLimitItemPerMinute

from tests.cast import ADA, open_browser
from tests.conftest import FixedClock, app_of
from tests.hotel_data import HotelData
from tests.routes.api.conftest import ProgramOf
from tests.routes.api.program import Program, code_of
from webapp.models import Scope
from webapp.runtime import Runtime
from webapp.services import api_access, api_keys


def test_a_key_opens_the_door_and_is_told_what_it_may(reader: Program) -> None:
    answer = reader.get("/me")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["scope"] == "read"
    assert answer.json["hotel"]["name"] == "Hotel Aurora"
    assert reader.key not in answer.text


def test_without_a_key_the_answer_names_the_scheme_and_no_error(wire: FlaskClient) -> None:
    answer = wire.get("/api/v1/bookings")
    assert (answer.status_code, code_of(answer)) == (401, "no_key")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Basic YWRhOmFkYQ==", "Bearer ", "Bearer aiha_" + "0" * 36, "bearer"]
)
def test_what_is_no_living_key_is_refused_in_one_way(wire: FlaskClient, header: str) -> None:
    answer = wire.get("/api/v1/bookings", headers={"Authorization": header})
    assert (answer.status_code, code_of(answer)) == (401, "invalid_key")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_revoked_key_is_refused_at_once_and_an_expired_one_is_told_so(
    hub: Runtime, program_of: ProgramOf, clock: FixedClock
) -> None:
    revoked, expired = program_of(), program_of(days=1)
    api_keys.revoke(hub, revoked.key_id, actor="ian@aurora.example")
    assert code_of(revoked.get("/me")) == "invalid_key"
    clock.advance(days=2)
    assert code_of(expired.get("/me")) == "expired_key"


def test_a_small_scope_is_told_which_one_is_needed(reader: Program, writer: Program) -> None:
    answer = reader.post(
        "/webhooks/endpoints", {"url": "https://example.com/h", "events": ["ticket.created"]}
    )
    assert (answer.status_code, code_of(answer)) == (403, "insufficient_scope")
    assert 'scope="write"' in answer.headers["WWW-Authenticate"]
    assert 'scope="admin"' in writer.get("/keys").headers["WWW-Authenticate"]


def test_a_key_works_from_its_own_networks_only(program_of: ProgramOf) -> None:
    locks = program_of(networks=["10.0.0.0/8"])
    refused = locks.get("/me", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert (refused.status_code, code_of(refused)) == (403, "address_not_allowed")
    assert refused.json is not None
    assert refused.json["type"] != "about:blank"
    assert locks.get("/me", environ_base={"REMOTE_ADDR": "::ffff:10.1.2.3"}).status_code == 200


@pytest.mark.parametrize("query", ["api_key={}", "access_token={}", "Key={}", "q={}"])
def test_a_key_in_the_address_is_refused_and_never_repeated(
    reader: Program, query: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = reader.get(f"/bookings?{query.format(reader.key)}")
    assert (answer.status_code, code_of(answer)) == (400, "key_in_address")
    assert reader.key not in answer.text
    assert reader.key not in caplog.text


def test_a_session_does_not_open_the_api(app: Flask, hub: Runtime) -> None:
    browser = open_browser(app, hub, ADA)
    assert browser.get("/bookings").status_code == 200
    assert code_of(browser.get("/api/v1/bookings")) == "no_key"


def test_a_key_does_not_open_the_dashboard(admin: Program) -> None:
    answer = admin.client.get("/bookings", headers={"Authorization": f"Bearer {admin.key}"})
    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login")


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("GET", "/nothing", {}, 404, "not_found"),
        ("GET", "/bookings/bk_1", {}, 404, "not_found"),
        ("DELETE", "/bookings", {}, 405, "method_not_allowed"),
        ("OPTIONS", "/bookings", {}, 405, "method_not_allowed"),
        ("GET", "/bookings", {"headers": {"Accept": "text/html"}}, 406, "not_acceptable"),
        ("GET", "/bookings?limit=0", {}, 422, "invalid"),
        ("GET", "/bookings?limit=5&limit=6", {}, 422, "invalid"),
        ("GET", "/bookings?staus=confirmed", {}, 422, "invalid"),
        ("GET", "/bookings?updated_since=2026-07-14T10:00:00", {}, 422, "invalid"),
        ("GET", "/bookings?arrival_from=14.7.2026", {}, 422, "invalid"),
        ("GET", "/bookings?cursor=none", {}, 400, "bad_cursor"),
        ("POST", "/keys", {"data": "{", "content_type": "application/json"}, 400, "malformed_json"),
        ("POST", "/keys", {"data": "a=b", "content_type": "text/plain"}, 415, "unsupported_media_type"),
        ("POST", "/keys", {"data": b"x" * 1_048_577, "content_type": "application/json"}, 413, "too_large"),
        ("POST", "/keys", {"json": {"name": "x", "scope": "read", "days": "9"}}, 422, "invalid"),
        ("POST", "/keys", {"json": {"name": "x", "scope": "read", "color": "red"}}, 422, "invalid"),
    ],
)
def test_every_wrong_call_gets_its_problem(
    admin: Program, *, method: str, path: str, more: dict[str, object], status: int, code: str
) -> None:
    answer = admin.call(method, path, **more)
    assert (answer.status_code, code_of(answer)) == (status, code)
    if status == 405:
        assert answer.headers["Allow"] == "GET, HEAD"


def test_a_wrong_member_is_pointed_at(admin: Program) -> None:
    answer = admin.post("/keys", {"name": "x", "scope": "read", "days": 900})
    assert answer.json is not None
    assert [one["pointer"] for one in answer.json["errors"]] == ["/days"]


def test_what_breaks_is_a_problem_with_the_calls_name(
    hub: Runtime, admin: Program, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = False
    HotelData(hub)
    with hub.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE booking RENAME TO booking_away")
    answer = admin.get("/bookings", headers={"X-Request-Id": "locks-7"})
    assert (answer.status_code, code_of(answer)) == (500, "internal_error")
    assert "Traceback" not in answer.text
    assert answer.headers["X-Request-Id"] == "locks-7"
    assert "locks-7" in caplog.text


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "é"])
def test_an_unusable_request_id_is_replaced(reader: Program, sent: str) -> None:
    made = reader.get("/me", headers={"X-Request-Id": sent}).headers["X-Request-Id"]
    assert made.startswith("rq_")


def test_answers_are_never_stored_and_say_how_much_is_left(reader: Program) -> None:
    headers = reader.get("/me").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["RateLimit-Policy"] == '"default";q=100;w=60'
    assert headers["RateLimit"].startswith('"default";r=99;t=')
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("100", "99")
    assert 0 < int(headers["X-RateLimit-Reset"]) <= 60
    assert not [name for name, _ in headers if name.startswith("Access-Control")]
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("host", "begins"),
    [
        ("hub.aurora.example", "https://hub.aurora.example"),  # a proxy that ends TLS tells us http
        ("10.0.0.5:3000", "http://10.0.0.5:3000"),  # a program in the house does not go out to come back
    ],
)
def test_the_next_page_is_where_the_caller_came_to(
    hub: Runtime, reader: Program, monkeypatch: pytest.MonkeyPatch, host: str, begins: str
) -> None:
    public = replace(hub.settings, public_base_url="https://hub.aurora.example")
    monkeypatch.setattr(hub, "settings", public)
    hotel = HotelData(hub)
    hotel.book("One"), hotel.book("Two")
    link = reader.get("/bookings?limit=1", headers={"Host": host}).headers["Link"]
    assert link.startswith(f"<{begins}/api/v1/bookings?limit=1&cursor=")


def test_a_good_key_from_elsewhere_leaves_the_calls_of_its_program_alone(program_of: ProgramOf) -> None:
    fenced = program_of(Scope.READ, networks=["10.0.0.0/8"])
    statuses = [fenced.get("/me").status_code for _ in range(11)]
    assert statuses == [403] * 10 + [429]
    inside = {"REMOTE_ADDR": "10.0.0.7"}
    assert fenced.get("/me", environ_base=inside).headers["X-RateLimit-Remaining"] == "99"


def test_a_used_up_allowance_says_when_to_come_back(reader: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_access, "PER_KEY", RateLimitItemPerMinute(2, namespace="two"))
    answers = [reader.get("/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    last = answers[-1]
    assert code_of(last) == "quota_exceeded"
    assert last.json is not None
    assert last.json["violated-policies"] == ["default"]
    assert int(last.headers["Retry-After"]) >= 1


def test_a_stranger_may_guess_ten_times_a_minute(wire: FlaskClient, reader: Program) -> None:
    statuses = [
        wire.get("/api/v1/me", headers={"Authorization": "Bearer wrong"}).status_code for _ in range(11)
    ]
    assert statuses == [401] * 10 + [429]
    assert reader.get("/me").status_code == 200


def test_head_answers_like_get_without_a_body(reader: Program) -> None:
    answer = reader.call("HEAD", "/me")
    assert (answer.status_code, answer.data) == (200, b"")


def test_the_document_is_open_and_need_not_be_sent_twice(wire: FlaskClient) -> None:
    answer = wire.get("/api/v1/openapi.json")
    assert answer.json is not None
    assert answer.json["openapi"].startswith("3.1")
    again = wire.get("/api/v1/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_uses_are_counted_and_refusals_beside_them(hub: Runtime, app: Flask, reader: Program) -> None:
    from webapp.services import api_usage

    reader.get("/me")
    reader.get("/keys")
    app.extensions["api_door"].flush()
    with hub.reading() as session:
        use = api_usage.of_keys(session, hub.clock())[reader.key_id]
    assert (use.calls, use.refused) == (2, 1)


def test_before_the_set_up_the_api_is_not_ready(runtime: Runtime) -> None:
    answer = app_of(runtime).test_client().get("/api/v1/bookings")
    assert (answer.status_code, code_of(answer)) == (503, "not_ready")
