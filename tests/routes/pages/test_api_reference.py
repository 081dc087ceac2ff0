"""The reference of the API as an admin reads it: complete, searchable, and closed to the front desk."""

from collections.abc import Callable

from bs4 import BeautifulSoup
from flask import Flask

from tests.cast import BEN, IAN, Browser, Character
from tests.hotel_data import HotelData
from webapp.runtime import Runtime
from webapp.services import booking_notes

ClientOf = Callable[[Character | None], Browser]
PAGE = "/settings/api-access/reference"


def test_every_operation_of_the_document_is_explained_with_a_command(app: Flask, client_of: ClientOf) -> None:
    ian = client_of(IAN)
    document = ian.get("/api/v1/openapi.json").json
    assert document is not None
    page = BeautifulSoup(ian.get(PAGE).text, "html.parser")
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            section = page.find(id=described["operationId"].replace("_", "-"))
            assert section is not None, (method, path)
            assert f"{method.upper()} {path}" in section.get_text()
            command = page.find(id="curl-" + described["operationId"].replace("_", "-"))
            assert command is not None
            assert command.get_text().startswith('curl -H "Authorization: Bearer $KEY"')
            for name in ("Parameters", "What can go wrong"):
                assert name in section.get_text() or not described["parameters"]


def test_chapters_lead_to_their_places(client_of: ClientOf) -> None:
    page = BeautifulSoup(client_of(IAN).get(PAGE).text, "html.parser")
    targets = [link["href"] for link in page.select("nav.chips a")]
    assert targets
    assert all(page.find(id=str(target).removeprefix("#")) is not None for target in targets)


def test_a_search_leaves_what_fits(client_of: ClientOf) -> None:
    part = client_of(IAN).get(f"{PAGE}?q=overlap_hours", hx=True).text
    assert "Renew an API key" in part
    assert "List bookings" not in part
    assert "<html" not in part
    assert "Nothing fits" in client_of(IAN).get(f"{PAGE}?q=%3Cscript%3Enothing").text


def test_the_front_desk_has_no_business_there(client_of: ClientOf) -> None:
    assert client_of(BEN).get(PAGE).status_code == 403


def test_a_note_from_the_api_stands_on_the_bookings_page(hub: Runtime, client_of: ClientOf) -> None:
    booking = HotelData(hub).book()
    booking_notes.add(hub, booking, "Key card <7> handed out", author="API key Door locks")
    page = BeautifulSoup(client_of(BEN).get(f"/bookings/{booking}").text, "html.parser").get_text()
    assert "Key card <7> handed out" in page
    assert "API key Door locks" in page
