"""Failures in the browser, in a partial and for a program."""

import json
import logging
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import abort, request
from sqlalchemy.exc import DBAPIError

from tests.cast import ADA, BEN, Browser, Character, open_browser
from tests.conftest import app_of
from webapp.routes.guards import open_to_all
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
SECRET = "a secret inside the exception"


@pytest.fixture
def failing(hub: Runtime) -> Browser:
    """Ada's browser over routes that fail; exceptions are answered as in production."""
    app = app_of(hub)
    app.testing = False

    @open_to_all
    def fail(status: int) -> str:
        if status == 500:
            raise ValueError(SECRET)
        if status == 413:
            request.get_data()
        abort(status)

    for prefix in ("", "/api"):
        app.add_url_rule(f"{prefix}/fail/<int:status>", f"fail{len(prefix)}", fail, methods=["GET", "POST"])
    return open_browser(app, hub, ADA)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 429, 500, 418, 503])
def test_a_failure_names_a_way_out_on_a_whole_page(failing: Browser, status: int) -> None:
    answer = failing.get(f"/fail/{status}")
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == status
    assert page.select_one("h1")
    assert page.select_one('main a[href="/"]')


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 429, 500])
def test_a_failure_is_a_small_banner_for_htmx(failing: Browser, status: int) -> None:
    answer = failing.get(f"/fail/{status}", hx=True)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == status
    assert answer.headers["HX-Retarget"] == "#banner"
    assert page.select_one("html") is None
    assert page.select_one('[role="alert"]')


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 429, 500])
def test_a_failure_is_a_problem_document_under_api(failing: Browser, status: int) -> None:
    answer = failing.get(f"/api/fail/{status}")
    document = json.loads(answer.text)
    assert answer.content_type == "application/problem+json"
    assert answer.status_code == document["status"] == status
    assert document["code"].isidentifier()


def test_an_unexpected_error_shows_a_reference_and_logs_the_rest(
    failing: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = failing.get("/fail/500?token=in-the-query")
    page = BeautifulSoup(answer.text, "html.parser")
    shown = page.select_one("code")
    assert shown is not None
    assert len(caplog.records) == 1
    assert shown.text in caplog.records[0].getMessage()
    assert caplog.records[0].exc_info
    assert "in-the-query" not in caplog.records[0].getMessage()
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text


def test_an_unexpected_error_leads_to_a_ticket_that_names_its_reference(
    failing: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        page = BeautifulSoup(failing.get("/fail/500").text, "html.parser")
    reference, link = page.select_one("code"), page.select_one('main a[href^="/support/tickets/new"]')
    assert reference is not None
    assert link is not None
    assert f"Reference {reference.text}" in failing.get(str(link["href"])).text


def test_the_error_page_survives_a_broken_database(
    failing: Browser, hub: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    with hub.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE hotel RENAME TO hidden")
    with caplog.at_level(logging.ERROR):
        answer = failing.get("/account")
    assert answer.status_code == 500
    assert "Reference" in answer.text
    assert isinstance(caplog.records[0].exc_info[1] if caplog.records[0].exc_info else None, DBAPIError)


def test_a_partial_of_a_signed_out_person_offers_the_way_back(client_of: ClientOf) -> None:
    answer = client_of(None).get(
        "/account", hx=True, headers={"HX-Current-URL": "http://localhost/settings/security/users?page=2"}
    )
    page = BeautifulSoup(answer.text, "html.parser")
    link = page.select_one("a[href]")
    assert answer.status_code == 401
    assert link is not None
    assert link["href"] == "/login?next=/settings/security/users?page%3D2"


def test_a_page_with_an_old_token_says_so(client_of: ClientOf) -> None:
    answer = client_of(BEN).post("/theme", data={"theme": "dark", "csrf_token": "stale"}, csrf=False, hx=True)
    assert answer.status_code == 400
    assert "Your page was open too long" in answer.text


def test_more_than_two_megabytes_are_refused(client_of: ClientOf) -> None:
    answer = client_of(BEN).post("/account/name", data={"name": "x" * (2 * 1024 * 1024 + 1)})
    assert answer.status_code == 413


def test_a_wrong_method_names_the_right_one(client_of: ClientOf) -> None:
    answer = client_of(BEN).get("/logout")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
