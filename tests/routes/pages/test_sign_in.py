"""Signing in: good, bad, too often, from where, and how it ends."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import ADA, BEN, Browser, Character, counting, open_browser
from webapp.models import LogEntry, User
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
WRONG = "do not belong together"


def sign_in(browser: Browser, email: str, password: str, **more: str) -> TestResponse:
    return browser.post("/login", data={"email": email, "password": password, **more})


def audit_lines(hub: Runtime) -> list[tuple[str, str, str]]:
    with hub.reading() as session:
        rows = session.execute(
            select(LogEntry.action, LogEntry.actor, LogEntry.summary).order_by(LogEntry.id)
        )
        return [tuple(row) for row in rows]


def test_the_right_password_opens_the_hub(client_of: ClientOf, hub: Runtime) -> None:
    cleo = client_of(None)
    answer = sign_in(cleo, ADA.email.upper(), ADA.password)
    assert (answer.status_code, answer.location) == (303, "/")
    assert ADA.name in cleo.get("/account").text
    assert audit_lines(hub)[-1] == ("user.signed_in", ADA.email, f"{ADA.email} signed in from 127.0.0.1")


@pytest.mark.parametrize(
    ("email", "password"),
    [(ADA.email, BEN.password), ("nobody@aurora.example", ADA.password)],
    ids=["password", "e-mail"],
)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    client_of: ClientOf, hub: Runtime, email: str, password: str
) -> None:
    answer = sign_in(client_of(None), email, password)
    assert answer.status_code == 422
    assert WRONG in answer.text
    assert password not in answer.text
    action, actor, summary = audit_lines(hub)[-1]
    assert (action, actor) == ("user.sign_in_failed", "")
    assert email not in summary
    assert "…@aurora.example" in summary


def test_what_was_typed_into_the_wrong_field_is_not_logged(client_of: ClientOf, hub: Runtime) -> None:
    sign_in(client_of(None), ADA.password, "x")
    assert ADA.password not in str(audit_lines(hub))


def test_a_deactivated_person_is_refused_like_anybody(client_of: ClientOf, hub: Runtime) -> None:
    with hub.writing() as session:
        session.scalars(select(User).where(User.email == BEN.email)).one().is_active = False
    assert WRONG in sign_in(client_of(None), BEN.email, BEN.password).text


def test_guessing_one_password_is_stopped_after_five_tries(client_of: ClientOf) -> None:
    cleo = client_of(None)
    answers = [sign_in(cleo, ADA.email, f"guess {turn}").status_code for turn in range(5)]
    stopped = sign_in(cleo, ADA.email, ADA.password)
    assert answers == [422] * 5
    assert stopped.status_code == 429
    assert int(stopped.headers["Retry-After"]) in {60 * minutes for minutes in range(1, 6)}
    assert "Too many tries" in stopped.text
    assert sign_in(cleo, BEN.email, BEN.password).status_code == 303


def test_a_right_password_ends_the_count(client_of: ClientOf, app: Flask, hub: Runtime) -> None:
    for turn in range(3):
        browser = open_browser(app, hub, None)
        assert sign_in(browser, ADA.email, f"guess {turn}").status_code == 422
    assert sign_in(client_of(None), ADA.email, ADA.password).status_code == 303
    assert [sign_in(client_of(None), ADA.email, "guess").status_code for _ in range(5)] == [422] * 5


def test_trying_many_people_from_one_address_is_stopped(client_of: ClientOf) -> None:
    cleo = client_of(None)
    statuses = [sign_in(cleo, f"guest{turn}@aurora.example", "x").status_code for turn in range(61)]
    assert statuses == [422] * 60 + [429]


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x", "\n/x"]
)
def test_sign_in_never_leads_off_this_site(client_of: ClientOf, elsewhere: str) -> None:
    assert sign_in(client_of(None), ADA.email, ADA.password, next=elsewhere).location == "/"


def test_sign_in_leads_back_to_the_page_that_asked_for_it(client_of: ClientOf) -> None:
    cleo = client_of(None)
    asked = cleo.get("/settings/security/users?x=1")
    assert asked.location == "/login?next=/settings/security/users?x%3D1"
    page = BeautifulSoup(cleo.get(asked.location).text, "html.parser")
    wanted = page.select_one("input[name=next]")
    assert wanted is not None
    assert (
        sign_in(cleo, ADA.email, ADA.password, next=str(wanted["value"])).location
        == "/settings/security/users?x=1"
    )


def test_a_session_planted_before_sign_in_is_not_the_one_after(client_of: ClientOf) -> None:
    cleo = client_of(None)
    with cleo.session_transaction() as planted:
        planted["planted"] = "by an attacker"
    sign_in(cleo, ADA.email, ADA.password)
    with cleo.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != "a page was read"


def test_the_session_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(client_of: ClientOf) -> None:
    cookies = sign_in(client_of(None), ADA.email, ADA.password).headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    assert "HttpOnly" in cookies[0]
    assert "SameSite=Lax" in cookies[0]
    assert "Secure" not in cookies[0]  # plain http in the house


def test_remembering_a_device_outlives_the_session(client_of: ClientOf) -> None:
    cleo = client_of(None)
    sign_in(cleo, ADA.email, ADA.password, remember="y")
    cleo.delete_cookie("hub_session")
    assert cleo.get("/account").status_code == 200


def test_signing_out_needs_a_post_and_forgets_the_device(client_of: ClientOf, hub: Runtime) -> None:
    browser = client_of(None)
    sign_in(browser, BEN.email, BEN.password, remember="y")
    assert browser.get("/logout").status_code == 405
    browser.take_token()
    assert browser.post("/logout").location == "/login"
    assert browser.get("/account").status_code == 303
    assert audit_lines(hub)[-1][0] == "user.signed_out"


def test_a_signed_in_person_does_not_see_the_form_again(client_of: ClientOf) -> None:
    assert client_of(BEN).get("/login?next=/account").location == "/account"


def test_sign_in_shows_which_fields_are_missing(client_of: ClientOf) -> None:
    page = BeautifulSoup(sign_in(client_of(None), "", "").text, "html.parser")
    assert [field["name"] for field in page.select('[aria-invalid="true"]')] == ["email", "password"]


def test_a_page_asks_the_database_twice_for_its_frame(client_of: ClientOf, hub: Runtime) -> None:
    ben = client_of(BEN)
    with counting(hub) as statements:
        assert ben.get("/account").status_code == 200
    assert len(statements) == 2, statements.texts
