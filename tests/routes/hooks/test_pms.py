"""The webhook addresses over HTTP: what is answered to whom, and how fast."""

import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import app_of
from tests.hook_stage import HookStage, event, hooked_provider, said, signature
from webapp.routes.hooks.pms import LARGEST_BODY
from webapp.runtime import Runtime

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")

SHARED = "/api/integrations/pms/webhook"


@pytest.fixture
def stage(hub: Runtime) -> HookStage:
    return HookStage(hub)


@pytest.fixture
def vendor(app: Flask) -> Iterator[FlaskClient]:
    """A program without a cookie and without a CSRF token."""
    with app.test_client(use_cookies=False) as client:
        yield client


def test_the_connections_own_address_stores_and_answers(stage: HookStage, vendor: FlaskClient) -> None:
    answer = vendor.post(stage.path, data=said(event()))
    assert (answer.status_code, answer.json) == (200, {"status": "stored"})
    assert stage.states() == ["waiting"]


def test_the_shared_address_is_the_one_of_the_guide(stage: HookStage, vendor: FlaskClient) -> None:
    answer = vendor.post(SHARED, data=said(event()))
    assert (answer.status_code, answer.json) == (202, {"status": "stored_unverified"})


def test_a_signed_call_to_the_shared_address_is_stored(hub: Runtime, vendor: FlaskClient) -> None:
    stage = HookStage(hub, signs=True)
    body = said(event())
    assert vendor.post(SHARED, data=body, headers=signature(body)).status_code == 200
    assert [hit.trust for hit in stage.hits()] == ["signed"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [(SHARED, 404, "unknown_address"), (f"{SHARED}/none", 404, "unknown_address")],
)
def test_whoever_is_unknown_is_told_so_in_json(
    vendor: FlaskClient, path: str, status: int, code: str
) -> None:
    answer = vendor.post(path, data=b"{}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert (answer.json["code"], answer.json["status"]) == (code, status)


def test_a_wrong_signature_is_401(hub: Runtime, vendor: FlaskClient) -> None:
    stage = HookStage(hub, signs=True)
    answer = vendor.post(stage.path, data=said(event()), headers=signature(b"another"))
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["code"] == "signature_rejected"
    assert stage.states() == ["rejected"]


def test_a_body_over_the_limit_is_413_and_not_stored(stage: HookStage, vendor: FlaskClient) -> None:
    answer = vendor.post(stage.path, data=b"x" * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"
    assert stage.hits() == []
    assert vendor.post(stage.path, data=b"x" * LARGEST_BODY).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"a=b&c=d", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"\xff\xfe\x00", "text/plain; charset=utf-8"),
        (b"<xml/>", "application/xml"),
        (b"{", ""),
    ],
)
def test_whatever_comes_is_stored_as_it_came(
    stage: HookStage, vendor: FlaskClient, body: bytes, kind: str
) -> None:
    assert vendor.post(stage.path, data=body, content_type=kind).status_code == 200
    (hit,) = stage.hits()
    assert hit.size == len(body)
    stage.process()
    assert stage.states() == ["failed"]


def test_only_post_is_understood(stage: HookStage, vendor: FlaskClient) -> None:
    answer = vendor.get(stage.path)
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"OPTIONS", "POST"})
    assert answer.content_type == "application/problem+json"


def test_no_cookie_is_set_and_nothing_is_cached(stage: HookStage, vendor: FlaskClient) -> None:
    answer = vendor.post(stage.path, data=said(event()))
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_before_the_set_up_nobody_is_called(runtime: Runtime) -> None:
    answer = app_of(runtime).test_client().post(SHARED, data=b"{}")
    assert answer.status_code == 503


def test_the_answer_comes_far_within_the_two_seconds_that_vendors_allow(
    stage: HookStage, vendor: FlaskClient
) -> None:
    body = said(*(event(number=f"R{number}") for number in range(20)))
    times = []
    for _ in range(100):
        began = time.thread_time()  # a busy machine takes longer, not more
        assert vendor.post(stage.path, data=body).status_code == 200
        times.append(time.thread_time() - began)
    assert sorted(times)[94] < 0.1
