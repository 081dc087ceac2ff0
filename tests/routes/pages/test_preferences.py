"""What people set for themselves."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from tests.cast import ADA, BEN, Browser, Character
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
NEW = "a new and long password"


def theme_of(page: str) -> str:
    html = BeautifulSoup(page, "html.parser").select_one("html")
    assert html is not None
    return str(html["data-theme"])


def test_a_stranger_keeps_a_theme_in_the_browser(client_of: ClientOf) -> None:
    cleo = client_of(None)
    assert theme_of(cleo.get("/login").text) == "system"
    answer = cleo.post("/theme", data={"theme": "dark", "next": "/login"})
    assert (answer.status_code, answer.location) == (303, "/login")
    assert theme_of(cleo.get("/login").text) == "dark"


def test_a_persons_theme_comes_along_to_another_browser(client_of: ClientOf) -> None:
    client_of(BEN).post("/theme", data={"theme": "dark"})
    assert theme_of(client_of(BEN).get("/account").text) == "dark"
    assert theme_of(client_of(ADA).get("/account").text) == "system"


def test_an_unknown_theme_is_refused_and_a_planted_cookie_ignored(client_of: ClientOf) -> None:
    cleo = client_of(None)
    assert cleo.post("/theme", data={"theme": "pink"}).status_code == 400
    cleo.set_cookie("theme", '"><script>')
    assert theme_of(cleo.get("/login").text) == "system"


def test_the_theme_never_leads_off_this_site(client_of: ClientOf) -> None:
    assert client_of(None).post("/theme", data={"theme": "dark", "next": "//evil.example"}).location == "/"


def test_a_new_name_shows_in_the_frame(client_of: ClientOf) -> None:
    ben = client_of(BEN)
    assert ben.post("/account/name", data={"name": "Benedikt Roth"}).location == "/account"
    page = BeautifulSoup(ben.get("/account").text, "html.parser")
    assert "Benedikt Roth" in page.select_one("header").text  # type: ignore[union-attr]
    assert "Your name is changed." in page.text


def test_a_changed_password_signs_out_everywhere_else(client_of: ClientOf, hub: Runtime) -> None:
    here, elsewhere = client_of(BEN), client_of(BEN)
    answer = here.post(
        "/account/password", data={"old_password": BEN.password, "password": NEW, "again": NEW}
    )
    assert answer.location == "/account"
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"old_password": "no", "password": NEW, "again": NEW}, "old_password"),
        ({"old_password": BEN.password, "password": "short", "again": "short"}, "password"),
        ({"old_password": BEN.password, "password": NEW, "again": NEW + "x"}, "again"),
        ({"old_password": BEN.password, "password": BEN.email, "again": BEN.email}, "password"),
    ],
    ids=["old", "short", "different", "e-mail"],
)
@pytest.mark.parametrize("hx", [False, True], ids=["page", "partial"])
def test_a_wrong_password_form_comes_back_with_the_field_marked(
    client_of: ClientOf, typed: dict[str, str], wrong: str, hx: bool
) -> None:
    answer = client_of(BEN).post("/account/password", data=typed, hx=hx)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    assert [field["name"] for field in page.select('[aria-invalid="true"]')] == [wrong]
    assert (page.select_one("html") is None) == hx
    assert answer.headers.get("HX-Retarget") == ("#users-password" if hx else None)
    assert BEN.password.replace("'", "&#39;") not in answer.text


def test_an_account_works_without_scripts(client_of: ClientOf) -> None:
    page = BeautifulSoup(client_of(BEN).get("/account").text, "html.parser")
    posts = {str(form["action"]) for form in page.select("form[method=post]")}
    assert {"/account/name", "/account/password", "/theme", "/logout"} <= posts
    assert all(form.select_one("input[name=csrf_token]") for form in page.select("form[method=post]"))
