"""Support: contacts, tickets with files and diagnostics, guides that need no internet."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.cast import ADA, BEN, IAN, Browser, Character
from tests.hotel_data import HotelData
from webapp.models import (
    Connection,
    DiagnosticsBundle,
    LogEntry,
    OutboxEvent,
    Ticket,
    TicketAttachment,
    TicketMessage,
)
from webapp.runtime import Runtime
from webapp.services import endpoints

ClientOf = Callable[[Character | None], Browser]
URL, TICKETS = "/support", "/support/tickets"
HOOK = "http://127.0.0.1:9099/hook"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def ben(client_of: ClientOf) -> Browser:
    return client_of(BEN)


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


def given(**changed: Any) -> dict[str, Any]:
    return {
        "subject": "The printer prints nothing",
        "message": "Since noon.",
        "category": "other",
        "priority": "normal",
        "booking": "",
        "connection": "",
        "bundle": "",
        **changed,
    }


def opened(browser: Browser, **changed: Any) -> str:
    """The address of a new ticket."""
    answer = browser.post(TICKETS, data=given(**changed))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def a_file(content: bytes = PNG, name: str = "screen.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def connection_of(hub: Runtime, **changed: Any) -> str:
    HotelData(hub)
    with hub.writing() as session:
        row = session.scalars(select(Connection)).one()
        for name, value in changed.items():
            setattr(row, name, value)
        return row.public_id


FAULT = {
    "code": "credentials_rejected",
    "message": "The provider refused the key.",
    "advice": "Enter a new one.",
    "actor": "admin",
}


# --- the page -------------------------------------------------------------------------------------------------------


def test_everybody_finds_the_contacts_of_the_guide(ben: Browser) -> None:
    html = ben.get(URL).text
    assert "integrations@aihotelassistant.com" in html
    assert "docs.aihotelassistant.com" in html
    assert "Phone (Enterprise)" in html
    assert "+1 (800) 555-0123" in html
    assert f'href="{URL}"' in ben.get("/").text
    assert "Change the contacts" not in html


def test_an_empty_list_says_what_helps_with_the_faults_of_now(
    hub: Runtime, ben: Browser, ian: Browser
) -> None:
    connection = connection_of(hub, state="needs_attention", fault=FAULT, fault_since=hub.clock())
    for browser, way in ((ben, "/support/guides?q="), (ian, f"{connection}/troubleshooting")):
        html = browser.get(URL).text
        assert "No tickets" in html
        assert "Aurora PMS: The provider refused the key." in html
        assert "A connection test fails" in html
        assert way in html
    opened(ben)
    html = ben.get(URL).text
    assert "Known problems" in html
    assert "A connection test fails" not in html


def test_a_reseller_puts_other_contacts_in_their_place(ian: Browser, ben: Browser) -> None:
    assert "Change the contacts" in ian.get(URL).text
    answer = ian.post(
        "/settings/hotel/support",
        data={"email": "help@reseller.example", "docs_url": "help.reseller.example", "phone": ""},
    )
    assert answer.location == URL
    html = ben.get(URL).text
    assert "help@reseller.example" in html
    assert 'href="https://help.reseller.example"' in html
    assert "Phone (Enterprise)" not in html
    ian.post("/settings/hotel/support", data={"shows_phone": "y"})
    assert "+1 (800) 555-0123" in ben.get(URL).text
    assert "integrations@aihotelassistant.com" in ben.get(URL).text


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody"},
        {"docs_url": "javascript:alert(1)"},
        {"docs_url": "https://user:pass@docs.example"},
        {"phone": "call us"},
    ],
)
def test_contacts_that_cannot_be_reached_are_named(ian: Browser, wrong: dict[str, str]) -> None:
    answer = ian.post("/settings/hotel/support", data=wrong, hx=True)
    assert answer.status_code == 422
    (field,) = wrong
    assert f'id="{field}-error"' in answer.text


# --- tickets --------------------------------------------------------------------------------------------------------


def test_a_ticket_has_a_number_a_thread_an_audit_line_and_an_event(hub: Runtime, ben: Browser) -> None:
    endpoints.add(hub, url=HOOK, events=["ticket.created", "ticket.updated"], actor="ian")
    page = opened(ben)
    html = ben.get(page).text
    for words in ("T-1001", "The printer prints nothing", "Since noon.", BEN.email):
        assert words in html
    assert ben.post(f"{page}/messages", data={"message": "It prints again."}).status_code == 303
    assert "It prints again." in ben.get(page).text
    with hub.reading() as session:
        told = list(session.scalars(select(OutboxEvent.type).order_by(OutboxEvent.id)))
        bodies = b"".join(session.scalars(select(OutboxEvent.body)))
        actions = list(session.scalars(select(LogEntry.action).where(LogEntry.action.startswith("ticket."))))
    assert told == ["ticket.created", "ticket.updated"]
    assert b"printer" not in bodies
    assert actions == ["ticket.created", "ticket.answered"]


@pytest.mark.parametrize("hx", [True, False])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"subject": " "}, "Say in a few words"),
        ({"subject": "x" * 201}, "at most 200 characters"),
        ({"message": ""}, "Write what happened."),
        ({"category": "magic"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_typed_is_lost(
    ben: Browser, wrong: dict[str, str], words: str, hx: bool
) -> None:
    answer = ben.post(TICKETS, data=given(**wrong), hx=hx)
    assert answer.status_code == 422
    (field,) = wrong
    assert words in answer.text
    assert f'id="{field}-error"' in answer.text
    kept = given(**wrong)
    assert all(kept[name] in answer.text for name in ("subject", "message"))


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"MZ\x90\0\xff\xfe", "setup.exe", "cannot be attached"),
        (b"", "empty.txt", "is empty"),
        (b"a" * (5 * 1024 * 1024 + 1), "big.log", "too large"),
    ],
)
def test_a_refused_file_keeps_what_was_typed(ben: Browser, content: bytes, name: str, words: str) -> None:
    boundary, body = encode_multipart(given(files=FileStorage(io.BytesIO(content), name)))
    kind = f'multipart/form-data; boundary="{boundary}"'
    answer = ben.post(TICKETS, data=body, content_type=kind, hx=True)
    assert answer.status_code == 422
    assert words in answer.text
    assert name in answer.text
    assert 'id="files-error"' in answer.text
    assert "The printer prints nothing" in answer.text
    assert "Since noon." in answer.text


def test_six_files_are_too_many(ben: Browser) -> None:
    answer = ben.post(TICKETS, data=given(files=[a_file() for _ in range(6)]))
    assert answer.status_code == 422
    assert "Choose 5 files at most" in answer.text


def test_a_good_file_beside_a_bad_field_has_to_be_chosen_again(ben: Browser) -> None:
    answer = ben.post(TICKETS, data=given(message="", files=a_file()))
    assert answer.status_code == 422
    assert "choose the files again" in answer.text


def test_a_file_is_sealed_and_only_ever_saved(hub: Runtime, ben: Browser) -> None:
    page = opened(ben, files=a_file(b"<script>alert('hello')</script>", "../../näme.html"))
    with hub.reading() as session:
        row = session.scalars(select(TicketAttachment)).one()
    assert b"script" not in row.sealed
    assert (row.name, row.media_type) == ("näme.html.txt", "text/plain")
    answer = ben.get(f"{page}/files/{row.public_id}")
    assert answer.data == b"<script>alert('hello')</script>"
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="n_me.html.txt"')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    other = opened(ben)
    assert ben.get(f"{other}/files/{row.public_id}").status_code == 404


def test_other_pages_stay_at_the_usual_limit(ian: Browser) -> None:
    assert ian.post("/settings/hotel/support", data={"email": "x" * 3_000_000}, hx=True).status_code == 413


def test_only_an_admin_moves_a_ticket_on(hub: Runtime, ben: Browser, ian: Browser) -> None:
    page = opened(ben)
    moved = {"status": "solved", "category": "payment", "priority": "high"}
    assert ben.post(f"{page}/manage", data=moved).status_code == 403
    assert "Move it on" not in ben.get(page).text
    assert ian.post(f"{page}/manage", data=moved).status_code == 303
    html = ian.get(page).text
    assert "Became: Solved" in html
    assert "Payment" in html
    assert ben.post(f"{page}/messages", data={"message": "Not at all."}).status_code == 303
    assert "Became: Open" in ben.get(page).text
    ian.post(f"{page}/manage", data={**moved, "status": "closed"})
    assert "A closed ticket takes no more messages" in ben.get(page).text
    refused = ben.post(f"{page}/messages", data={"message": "Once more"}, hx=True)
    assert refused.status_code == 422
    assert "takes no more messages" in refused.text
    back = ian.post(f"{page}/manage", data={**moved, "status": "open"}, hx=True)
    assert back.status_code == 422
    with hub.reading() as session:
        assert session.scalars(select(Ticket.status)).all() == ["closed"]
        assert len(session.scalars(select(TicketMessage)).all()) == 5


def test_tickets_are_found_by_words_number_and_state(ben: Browser, ian: Browser) -> None:
    opened(ben)
    second = opened(ben, subject="Zürich rate is wrong", category="booking", priority="urgent")
    ben.post(f"{second}/messages", data={"message": "Only on Sundays"})
    ian.post(f"{second}/manage", data={"status": "waiting", "category": "booking", "priority": "urgent"})

    def found(query: str) -> tuple[bool, bool]:
        html = ben.get(f"{URL}?{query}", hx=True, headers={"HX-Target": "support-table"}).text
        return "printer" in html, "Zürich" in html

    assert found("") == (True, True)
    assert found("q=zurich+sunday") == (False, True)
    assert found("q=t-1001") == (True, False)
    assert found("q=nothing+of+this") == (False, False)
    assert found("status=waiting") == (False, True)
    assert found("status=undone") == (True, True)
    assert found("category=booking&priority=urgent") == (False, True)
    assert ben.get(f"{URL}?after=nonsense").status_code == 422


def test_a_long_list_is_paged_by_key(ben: Browser) -> None:
    for number in range(27):
        opened(ben, subject=f"Ticket number {number:02}")
    html = ben.get(URL).text
    assert "Ticket number 26" in html
    assert "Ticket number 01" not in html
    older = html.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    page = ben.get(older).text
    assert "Ticket number 01" in page
    assert "Ticket number 02" not in page
    newer = page.partition('rel="prev"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "Ticket number 26" in ben.get(newer).text


def test_a_new_ticket_knows_what_it_is_about(hub: Runtime, ben: Browser, ian: Browser) -> None:
    connection = connection_of(hub, state="needs_attention", fault=FAULT, fault_since=hub.clock())
    html = ian.get(f"{TICKETS}/new?connection={connection}").text
    assert "This ticket is about: Aurora PMS" in html
    assert "Aurora PMS: The provider refused the key." in html
    assert "[credentials_rejected]" in html
    page = opened(ian, connection=connection, category="integration")
    assert f"/settings/integrations/{connection}" in ian.get(page).text
    assert f"/settings/integrations/{connection}" not in ben.get(page).text
    lost = ben.post(TICKETS, data=given(connection="cn_none"))
    assert lost.status_code == 422
    assert "is not there any more" in lost.text


def test_a_ticket_about_a_booking_leads_back_to_it(hub: Runtime, ben: Browser) -> None:
    booking = HotelData(hub).book("Keller")
    assert "Booking " in ben.get(f"{TICKETS}/new?booking={booking}").text
    assert f"/bookings/{booking}" in ben.get(opened(ben, booking=booking)).text


def test_without_internet_a_ticket_is_taken_along_as_a_file(ben: Browser) -> None:
    page = opened(ben, files=a_file())
    answer = ben.get(f"{page}/export")
    assert 'filename="T-1001.zip"' in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert sorted(archive.namelist()) == ["files/01-screen.png", "ticket.json", "ticket.txt"]
        assert archive.read("files/01-screen.png") == PNG
        assert "Since noon." in archive.read("ticket.txt").decode()
        assert json.loads(archive.read("ticket.json"))["ticket"]["number"] == "T-1001"
    assert "mailto:integrations@aihotelassistant.com?subject=T-1001" in ben.get(page).text


def test_ids_of_nothing_are_not_found(ben: Browser, ian: Browser) -> None:
    for address in (
        f"{TICKETS}/tk_none",
        f"{TICKETS}/tk_none/export",
        "/support/diagnostics/dg_none",
        "/support/guides/none",
    ):
        assert ben.get(address).status_code == 404
    assert ben.post(f"{TICKETS}/tk_none/messages", data={"message": "x"}).status_code == 404
    assert ian.post(f"{TICKETS}/tk_none/manage", data={}).status_code == 404


# --- diagnostics ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hx", [True, False])
def test_diagnostics_are_read_in_full_before_they_are_attached(hub: Runtime, ben: Browser, hx: bool) -> None:
    form = ben.post(f"{TICKETS}/diagnostics", data=given(), hx=hx)
    assert form.status_code == 200
    assert "The printer prints nothing" in form.text
    with hub.reading() as session:
        bundle = session.scalars(select(DiagnosticsBundle.public_id)).one()
    assert f"&#34;bundle_id&#34;: &#34;{bundle}&#34;" in form.text
    page = opened(ben, bundle=bundle, with_bundle="y")
    assert f"diagnostics-{bundle}.json" in ben.get(page).text
    assert "diagnostics-" not in ben.get(opened(ben, bundle=bundle)).text


def test_diagnostics_go_into_a_thread_too(hub: Runtime, ben: Browser) -> None:
    page = opened(ben)
    answer = ben.post(f"{page}/diagnostics", data={"message": "Here they are"}, hx=True)
    assert "Here they are" in answer.text
    assert "bundle_id" in answer.text
    assert ben.post("/support/tickets/tk_none/diagnostics", data={}).status_code == 404
    with hub.reading() as session:
        assert len(session.scalars(select(DiagnosticsBundle)).all()) == 1


def test_diagnostics_are_saved_as_json_and_zip_and_named_in_a_mail(ben: Browser) -> None:
    page = ben.post("/support/diagnostics").location
    html = ben.get(page).text
    name = page.rpartition("/")[2]
    assert f"Diagnostics%3A%20{name}" in html
    document = ben.get(f"{page}/file.json")
    assert json.loads(document.data)["bundle_id"] == name
    with zipfile.ZipFile(io.BytesIO(ben.get(f"{page}/file.zip").data)) as archive:
        assert archive.read(f"diagnostics-{name}.json") == document.data
    assert f'value="{name}"' in ben.get(f"{TICKETS}/new?bundle={name}").text


# --- guides ---------------------------------------------------------------------------------------------------------


def test_guides_are_searched_and_read_without_internet(ben: Browser) -> None:
    html = ben.get("/support/guides?q=guesty+access+token", hx=True).text
    assert "<mark>" in html
    link = html.partition('href="/support/guides/guesty#')[2].partition('"')[0]
    assert f'id="{link}"' in ben.get("/support/guides/guesty").text
    assert "Nothing found" in ben.get("/support/guides?q=xyzzyplugh").text
    assert "<script>alert" not in ben.get("/support/guides?q=<script>alert").text


def test_the_owner_sees_it_too(client_of: ClientOf) -> None:
    assert client_of(ADA).get(URL).status_code == 200


# --- ways in --------------------------------------------------------------------------------------------------------


def test_help_is_asked_for_where_the_trouble_is(hub: Runtime, ben: Browser, ian: Browser) -> None:
    connection = connection_of(hub, state="needs_attention", fault=FAULT, fault_since=hub.clock())
    way = f"{TICKETS}/new?connection={connection}"
    assert way in ian.get("/").text  # the repair card
    assert way in ian.get(f"/settings/integrations/{connection}/troubleshooting").text
    tested = ian.post(f"/settings/integrations/{connection}/test", hx=True).text
    assert f"{way}&amp;subject=" in tested
    assert "/settings/hotel/support" in ian.get("/settings/hotel").text


def test_a_booking_leads_to_a_ticket_about_it(hub: Runtime, ben: Browser) -> None:
    booking = HotelData(hub).book("Keller")
    assert f"{TICKETS}/new?booking={booking}" in ben.get(f"/bookings/{booking}").text
