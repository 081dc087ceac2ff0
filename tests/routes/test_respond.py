"""One address, two answers: what htmx gets and what a browser without scripts gets."""

import json

import pytest
from flask import Flask

from webapp.routes.respond import Failure, page_behind, problem, same_site_path, saved, wants_partial


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
    ids=["browser", "htmx", "boosted", "history"],
)
def test_only_a_plain_htmx_request_wants_a_partial(
    app: Flask, headers: dict[str, str], expected: bool
) -> None:
    with app.test_request_context(headers=headers):
        assert wants_partial() is expected


def test_saving_leads_on_with_303_or_the_htmx_header(app: Flask) -> None:
    with app.test_request_context():
        plain = saved("/there")
    with app.test_request_context(headers={"HX-Request": "true"}):
        partial = saved("/there")
    assert (plain.status_code, plain.location) == (303, "/there")
    assert (partial.status_code, partial.headers["HX-Redirect"]) == (204, "/there")


FAILURE = Failure("stale", "Changed <meanwhile>.", "Look again.", "Reload.", reference="abc123")


def test_a_failure_is_a_page_for_a_browser(app: Flask) -> None:
    with app.test_request_context("/bookings"):
        answer = problem(409, FAILURE)
    assert answer.status_code == 409
    assert "<html" in answer.get_data(as_text=True)
    assert "Changed &lt;meanwhile&gt;." in answer.get_data(as_text=True)
    assert "abc123" in answer.get_data(as_text=True)


def test_a_failure_is_a_banner_for_htmx(app: Flask) -> None:
    with app.test_request_context("/bookings", headers={"HX-Request": "true", "HX-Boosted": "true"}):
        answer = problem(409, FAILURE)
    assert answer.status_code == 409
    assert "<html" not in answer.get_data(as_text=True)
    assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#banner", "innerHTML")


def test_a_failure_is_a_problem_document_for_a_program(app: Flask) -> None:
    with app.test_request_context("/api/v1/bookings", headers={"HX-Request": "true"}):
        answer = problem(409, FAILURE)
    assert answer.content_type == "application/problem+json"
    said = json.loads(answer.get_data(as_text=True))
    assert said.pop("request_id").startswith("rq_")
    assert said == {
        "type": "about:blank",
        "instance": "/api/v1/bookings",
        "title": "Changed <meanwhile>.",
        "status": 409,
        "code": "stale",
        "detail": "Look again. Reload.",
        "reference": "abc123",
    }


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/bookings?q=x#top", "/bookings?q=x#top"),
        ("/", "/"),
        (None, "/home"),
        ("", "/home"),
        ("bookings", "/home"),
        ("//evil.example/x", "/home"),
        ("/\\evil.example", "/home"),
        ("https://evil.example", "/home"),
        ("/a\r\nSet-Cookie: x", "/home"),
    ],
)
def test_only_a_path_of_this_site_is_gone_to(target: str | None, expected: str) -> None:
    assert same_site_path(target, "/home") == expected


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        ("http://localhost/bookings?q=x", "/bookings?q=x"),
        ("http://localhost/bookings", "/bookings"),
        ("http://evil.example/bookings", "/"),
        ("http://localhost//evil.example", "/"),
        ("", "/"),
    ],
)
def test_the_page_behind_a_partial_is_known_only_if_it_is_ours(
    app: Flask, current: str, expected: str
) -> None:
    with app.test_request_context(headers={"HX-Current-URL": current}):
        assert page_behind() == expected


def test_every_page_says_that_it_differs_for_htmx(app: Flask) -> None:
    answer = app.test_client().get("/login")
    assert {"HX-Request", "Accept-Encoding", "Cookie"} <= {
        name.strip() for name in answer.headers["Vary"].split(",")
    }
