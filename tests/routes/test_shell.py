"""The frame: hotel, clock, menu and person."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from tests.cast import ADA, BEN, IAN, Browser, Character, open_browser
from webapp.routes.shell import Account
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]


def text_of(browser: Browser, address: str = "/account") -> str:
    return BeautifulSoup(browser.get(address).text, "html.parser").get_text(" ", strip=True)


def menu_of(browser: Browser, address: str = "/account") -> list[tuple[str, bool]]:
    page = BeautifulSoup(browser.get(address).text, "html.parser")
    return [(str(link["href"]), link.get("aria-current") == "page") for link in page.select("nav.menu a")]


def test_the_frame_tells_hotel_business_date_and_hotel_time(client_of: ClientOf) -> None:
    shown = text_of(client_of(BEN))
    assert "Hotel Aurora" in shown
    assert "Business date Tue 14 Jul" in shown
    assert "Tue 14 Jul, 12:30" in shown  # half past ten in UTC


def test_the_frame_names_the_person_and_the_role(client_of: ClientOf) -> None:
    assert "BR Ben Roth Staff" in text_of(client_of(BEN))


def test_people_are_in_the_menu_of_owners_only(client_of: ClientOf) -> None:
    assert ("/settings/security/users", True) in menu_of(client_of(ADA), "/settings/security/users")
    assert "/settings/security/users" not in dict(menu_of(client_of(IAN)))


def test_the_menu_holds_pages_that_exist_and_are_open_to_the_person(app: Flask, hub: Runtime) -> None:
    addresses = dict(menu_of(open_browser(app, hub, BEN)))
    assert "/bookings" in addresses
    assert "/settings/security/users" not in addresses
    assert not any(addresses.values())


def test_a_stranger_gets_no_menu(client_of: ClientOf) -> None:
    assert menu_of(client_of(None), "/login") == []


@pytest.mark.parametrize(
    ("name", "initials"), [("Ben Roth", "BR"), ("Ada", "A"), ("María José García", "MG"), ("王小明", "王")]
)
def test_initials_stand_for_a_name(name: str, initials: str) -> None:
    assert Account(name, "Staff", "x@aurora.example").initials == initials
