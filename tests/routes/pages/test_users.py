"""People, as an owner sees and changes them."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from tests.cast import ADA, BEN, Browser, Character, counting, public_id_of
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
PEOPLE = "/settings/security/users"
EVA = {"name": "Eva Holm", "email": "eva@aurora.example", "role": "admin"}


def root_of(answer: TestResponse) -> str:
    first = BeautifulSoup(answer.text, "html.parser").find(True)
    assert first is not None
    return str(first.get("id"))  # type: ignore[union-attr]


def password_in(answer: TestResponse) -> str:
    shown = BeautifulSoup(answer.text, "html.parser").select_one("#users-password-once")
    assert shown is not None
    return shown.text


def test_the_list_shows_everybody_and_their_role(client_of: ClientOf) -> None:
    page = BeautifulSoup(client_of(ADA).get(PEOPLE).text, "html.parser")
    rows = [row.get_text(" ", strip=True) for row in page.select("tbody tr")]
    assert len(rows) == 3
    assert "Ben Roth ben@aurora.example Staff never Active" in " ".join(rows)


@pytest.mark.parametrize("hx", [False, True], ids=["page", "partial"])
def test_an_invitation_shows_a_password_once(client_of: ClientOf, hx: bool) -> None:
    ada = client_of(ADA)
    answer = ada.post(PEOPLE, data=EVA, hx=hx)
    password = password_in(answer)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert password not in ada.get(PEOPLE).text
    eva = client_of(None)
    assert eva.post("/login", data={"email": EVA["email"], "password": password}).status_code == 303
    assert eva.get(PEOPLE).status_code == 403
    if hx:
        assert root_of(answer) == "users-invite"
        assert answer.headers["HX-Trigger"] == "people-changed"


def test_the_list_reads_itself_again_after_an_invitation(client_of: ClientOf) -> None:
    ada = client_of(ADA)
    ada.post(PEOPLE, data=EVA, hx=True)
    again = ada.get(PEOPLE, hx=True)
    assert root_of(again) == "users-list"
    assert "Eva Holm" in again.text


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [({"email": BEN.email}, "email"), ({"name": ""}, "name"), ({"role": "king"}, "role")],
)
def test_a_wrong_invitation_comes_back_with_the_field_marked(
    client_of: ClientOf, changed: dict[str, str], wrong: str
) -> None:
    answer = client_of(ADA).post(PEOPLE, data={**EVA, **changed}, hx=True)
    page = BeautifulSoup(answer.text, "html.parser")
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#users-invite")
    assert [field["name"] for field in page.select('[aria-invalid="true"]')] == [wrong]


def test_a_new_role_takes_effect_with_the_next_request(client_of: ClientOf, hub: Runtime) -> None:
    ben = client_of(BEN)
    assert ben.get(PEOPLE).status_code == 403
    answer = client_of(ADA).post(f"{PEOPLE}/{public_id_of(hub, BEN)}/role", data={"role": "owner"}, hx=True)
    assert (answer.status_code, root_of(answer)) == (200, "users-person")
    assert ben.get(PEOPLE).status_code == 200


def test_a_deactivated_person_is_out_at_once_and_may_come_back(client_of: ClientOf, hub: Runtime) -> None:
    ada, ben = client_of(ADA), client_of(BEN)
    address = f"{PEOPLE}/{public_id_of(hub, BEN)}"
    assert "Activate again" in ada.post(f"{address}/deactivate").text
    assert ben.get("/account").status_code == 303
    assert "Deactivate" in ada.post(f"{address}/reactivate", hx=True).text
    assert client_of(BEN).get("/account").status_code == 200


@pytest.mark.parametrize("act", ["deactivate", "role"])
def test_the_last_owner_is_told_why_not(client_of: ClientOf, hub: Runtime, act: str) -> None:
    answer = client_of(ADA).post(f"{PEOPLE}/{public_id_of(hub, ADA)}/{act}", data={"role": "staff"}, hx=True)
    assert answer.status_code == 422
    assert "last owner" in answer.text


def test_a_reset_password_is_shown_once_and_ends_the_sessions(client_of: ClientOf, hub: Runtime) -> None:
    ben = client_of(BEN)
    password = password_in(client_of(ADA).post(f"{PEOPLE}/{public_id_of(hub, BEN)}/password", hx=True))
    assert ben.get("/account").status_code == 303
    assert client_of(None).post("/login", data={"email": BEN.email, "password": password}).status_code == 303


@pytest.mark.parametrize("act", ["", "/role", "/deactivate", "/reactivate", "/password"])
def test_nobody_is_found_under_an_unknown_id(client_of: ClientOf, act: str) -> None:
    ada = client_of(ADA)
    address = f"{PEOPLE}/us_nobody{act}"
    answer = ada.post(address, data={"role": "staff"}) if act else ada.get(address)
    assert answer.status_code == 404


def test_a_long_list_asks_no_more_often(client_of: ClientOf, hub: Runtime) -> None:
    ada = client_of(ADA)
    for number in range(5):
        ada.post(PEOPLE, data={**EVA, "email": f"eva{number}@aurora.example"})
    with counting(hub) as statements:
        assert ada.get(PEOPLE).text.count("Eva Holm") >= 5
    assert len(statements) == 3, statements.texts


def test_names_are_text_not_markup(client_of: ClientOf) -> None:
    ada = client_of(ADA)
    ada.post(PEOPLE, data={**EVA, "name": "<b>Eva</b>"})
    assert "&lt;b&gt;Eva&lt;/b&gt;" in ada.get(PEOPLE).text
