"""The pages of bookings as Ben at the front desk sees them: list, search, paging, one booking, paper and download."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from tests.cast import BEN, IAN, Browser, Character, Statements
from tests.conftest import FixedClock
from tests.hotel_data import HotelData, Line
from webapp.runtime import Runtime

ClientOf = Callable[[Character | None], Browser]
EVIL = '<script>alert("x")</script>'


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    hotel = HotelData(hub)
    hotel.synced("bookings", 3)
    return hotel


@pytest.fixture
def ben(client_of: ClientOf) -> Browser:
    return client_of(BEN)


def page(answer: TestResponse, status: int = 200) -> BeautifulSoup:
    assert answer.status_code == status, answer.text[:500]
    return BeautifulSoup(answer.text, "html.parser")


def text_of(node: BeautifulSoup | Tag) -> str:
    return " ".join(node.get_text(" ").split())


def guests(soup: BeautifulSoup) -> list[str]:
    return [link.get_text() for link in soup.select("tbody tr .cell-title a")]


def link(soup: BeautifulSoup, words: str) -> str:
    found = next(one for one in soup.find_all("a") if words in text_of(one))
    return str(found["href"])


# --- the list


def test_without_a_pms_staff_is_told_whom_to_ask_and_an_admin_gets_the_button(client_of: ClientOf) -> None:
    for_ben = page(client_of(BEN).get("/bookings"))
    assert "No PMS yet" in text_of(for_ben)
    assert "Ask your admin" in text_of(for_ben)
    assert not for_ben.select('a[href="/settings/integrations/new"]')
    assert page(client_of(IAN).get("/bookings")).select('a[href="/settings/integrations/new"]')


def test_a_row_says_who_when_where_and_what_is_owed(ben: Browser, hotel: HotelData) -> None:
    booking = hotel.book(
        "Müller", "Anna", nights=3, room="204", balance=12_050, source="Expedia", status="checked_in"
    )
    soup = page(ben.get("/bookings"))
    row = text_of(soup.select("tbody tr")[0])
    for words in (
        "Müller, Anna",
        "AUR-00001 · Expedia",
        "Tue 14 Jul – Fri 17 Jul",
        "3 nights, 2 adults",
        "204",
        "€120.50",
    ):
        assert words in row
    assert "Checked in" in row
    assert link(soup, "Müller, Anna") == f"/bookings/{booking}"
    assert "Every sync is on time as of 12:27." in text_of(soup)
    assert "1 booking" in text_of(soup)


def test_a_row_that_says_something_else_is_written_anew(
    ben: Browser, hotel: HotelData, clock: FixedClock
) -> None:
    """Rows are kept as they were written: never longer than what they say is so."""
    hotel.book("Anna Weber", arrival=1)
    first = page(ben.get("/bookings")).select_one("tbody tr")
    assert first == page(ben.get("/bookings")).select_one("tbody tr")
    clock.advance(hours=2)
    later = page(ben.get("/bookings")).select_one("tbody tr")
    assert first is not None
    assert later is not None
    assert "2 hours ago" not in text_of(first)
    assert "2 hours ago" in text_of(later)


def test_what_was_booked_within_a_day_is_marked_new(
    ben: Browser, hotel: HotelData, clock: FixedClock
) -> None:
    hotel.book("With the history")
    hotel.fact(hotel.book("Announced"), "booking.created")
    assert [text_of(row) for row in page(ben.get("/bookings")).select(".two-lines:has(.pill)")] == [
        "Announced, Anna new AUR-00002 · Direct"
    ]
    clock.advance(days=1)
    hotel.synced("bookings", 3)
    assert not page(ben.get("/bookings")).select(".two-lines .pill")


def test_cancelled_and_deleted_bookings_are_struck_through_and_say_so(ben: Browser, hotel: HotelData) -> None:
    hotel.book("Cancelled", status="cancelled")
    hotel.book("Deleted", gone=True)
    soup = page(ben.get("/bookings"))
    assert [text_of(struck) for struck in soup.select("s")] == ["Deleted, Anna", "Cancelled, Anna"]
    assert "Deleted in the PMS" in text_of(soup)


def test_what_guests_are_called_is_text_and_never_markup(ben: Browser, hotel: HotelData) -> None:
    booking = hotel.book(EVIL, EVIL, notes=EVIL, source=EVIL, room=EVIL, number=EVIL, email=EVIL)
    hotel.change(booking, ("notes", EVIL, EVIL))
    for address in ("/bookings", f"/bookings?q={EVIL}", "/bookings?print=1", f"/bookings/{booking}", "/"):
        answer = ben.get(address)
        assert EVIL not in answer.text, address
        assert not BeautifulSoup(answer.text, "html.parser").find_all(
            string=lambda s: s and "alert" in s and s.parent.name == "script"
        )
    assert "&lt;script&gt;" in ben.get(f"/bookings/{booking}").text


def test_a_very_long_name_is_shown_whole(ben: Browser, hotel: HotelData) -> None:
    name = "von-und-zu-" * 10
    hotel.book(name)
    assert name in text_of(page(ben.get("/bookings")))


def test_the_page_includes_what_htmx_swaps(ben: Browser, hotel: HotelData) -> None:
    hotel.book()
    whole = page(ben.get("/bookings"))
    assert whole.select("#bookings-list #bookings-table tbody tr")
    part = page(ben.get("/bookings", hx=True))
    assert part.select("#bookings-list #bookings-table")
    assert not part.select("html")
    table = page(ben.get("/bookings", hx=True, headers={"HX-Target": "bookings-table"}))
    assert table.select("#bookings-table")
    assert not table.select("#bookings-filter")


def test_the_filter_is_a_plain_form_that_also_searches_while_typing(ben: Browser, hotel: HotelData) -> None:
    form = page(ben.get("/bookings?q=keller&view=in_house&status=checked_in")).select_one("#bookings-filter")
    assert form is not None
    assert (form["method"], form["action"]) == ("get", "/bookings")
    assert form.select_one("button[type=submit]")
    assert "input changed delay:300ms" in str(form["hx-trigger"])
    values = {field["name"]: field.get("value") for field in form.select("input")}
    assert (values["q"], values["view"]) == ("keller", "in_house")
    chosen = form.select_one("select[name=status] option[selected]")
    assert chosen is not None
    assert chosen["value"] == "checked_in"


def test_the_address_bar_gets_the_list_without_empty_fields(ben: Browser, hotel: HotelData) -> None:
    typed = "/bookings?q=Müller+jr&status=&order=latest&from=&to=&source=&room_type="
    answer = ben.get(typed, hx=True, headers={"HX-Target": "bookings-table"})
    assert answer.headers["HX-Push-Url"] == "/bookings?q=M%C3%BCller+jr"


def test_each_active_filter_can_be_taken_away_alone(ben: Browser, hotel: HotelData) -> None:
    soup = page(ben.get("/bookings?q=kel&status=confirmed&from=2026-07-14&source=Direct&view=in_house"))
    assert link(soup, "Status: Confirmed") == "/bookings?q=kel&view=in_house&from=2026-07-14&source=Direct"
    assert (
        link(soup, "Arrival from: Tue 14 Jul")
        == "/bookings?q=kel&view=in_house&status=confirmed&source=Direct"
    )
    assert link(soup, "Clear all") == "/bookings"


def test_todays_views_are_one_click_away(ben: Browser, hotel: HotelData) -> None:
    hotel.book("Coming")
    hotel.book("Here", arrival=-1, status="checked_in")
    hotel.book("Leaving", arrival=-2, status="checked_in")
    soup = page(ben.get("/bookings"))
    for words, expected in (
        ("Arriving today", ["Coming"]),
        ("In house", ["Here", "Leaving"]),
        ("Departing today", ["Leaving"]),
    ):
        shown = page(ben.get(link(soup, words)))
        assert [name.partition(",")[0] for name in guests(shown)] == expected
        current = shown.select_one(".chip[aria-current]")
        assert current is not None
        assert text_of(current) == words
    assert link(soup, "From today on") == "/bookings?view=upcoming&order=soonest"


def test_older_and_newer_walk_through_the_list_and_keep_the_filter(ben: Browser, hotel: HotelData) -> None:
    hotel.fill(300)
    first = page(ben.get("/bookings?source=Phone"))
    assert "75 bookings" in text_of(first)
    assert not any("Newer" in text_of(one) for one in first.select(".pager a"))
    second = page(ben.get(link(first, "Older")))
    assert len(guests(first)) == 50
    assert len(guests(second)) == 25
    assert "source=Phone" in link(second, "Newer")
    assert guests(page(ben.get(link(second, "Newer")))) == guests(first)


def test_soonest_first_pages_towards_later_arrivals(ben: Browser, hotel: HotelData) -> None:
    hotel.fill(120)
    first = page(ben.get("/bookings?order=soonest"))
    assert page(ben.get(link(first, "Later"))).select("tbody tr")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=14.7.2026", "Arrival from: This is not a date"),
        ("to=2026-02-30", "This is not a date"),
        ("from=2026-07-14&to=2026-07-01", "This day lies before the first one."),
        ("status=sleeping", "Choose one of the list."),
        ("view=nowhere", "Choose one of the list."),
        ("order=random", "Choose one of the list."),
        ("after=junk", "This page of the list is not there any more."),
        ("after=%00", "This page of the list is not there any more."),
        (f"q={'x' * 201}", "Search for at most 200 letters."),
    ],
)
def test_what_cannot_be_understood_is_said_and_never_breaks(
    ben: Browser, hotel: HotelData, query: str, words: str
) -> None:
    hotel.book()
    soup = page(ben.get(f"/bookings?{query}"), 422)
    assert words in text_of(soup)
    assert not soup.select("tbody tr")
    part = ben.get(f"/bookings?{query}", hx=True, headers={"HX-Target": "bookings-table"})
    assert part.status_code == 422
    assert part.headers["HX-Push-Url"] == "false"
    assert words in text_of(page(part, 422))


@pytest.mark.parametrize(
    "query",
    [
        "q=%00%01",
        "q=%FF",
        "source=%00",
        "room_type=nowhere",
        "q=%F0%9F%98%80",
        "q=%27%22%3B--",
        "from=",
        "status=",
    ],
)
def test_odd_but_harmless_input_gives_a_list(ben: Browser, hotel: HotelData, query: str) -> None:
    hotel.book()
    assert ben.get(f"/bookings?{query}").status_code == 200


def test_an_empty_list_says_why(ben: Browser, hotel: HotelData) -> None:
    assert "The history is set to 30 days." in text_of(page(ben.get("/bookings")))
    hotel.book()
    nothing = page(ben.get("/bookings?q=nobody"))
    assert "Nothing matches “nobody”." in text_of(nothing)
    assert link(nothing, "Clear all filters") == "/bookings"
    assert "No booking fits these filters." in text_of(page(ben.get("/bookings?status=no_show")))
    assert "No booking here today." in text_of(page(ben.get("/bookings?view=departing")))


def test_before_the_first_sync_the_list_says_so(ben: Browser, hub: Runtime) -> None:
    HotelData(hub).connection(last_good_at=None)
    soup = page(ben.get("/bookings"))
    assert "Nothing loaded yet" in text_of(soup)
    assert "The first sync is about to start." in text_of(soup)


def test_old_bookings_carry_their_age_and_its_cause(
    ben: Browser, hotel: HotelData, clock: FixedClock
) -> None:
    hotel.book()
    hotel.synced("bookings", 42)
    fault = {"code": "x", "message": "The key was refused.", "advice": "Enter a new one.", "actor": "admin"}
    hotel.connection(state="needs_attention", fault=fault)
    words = text_of(page(ben.get("/bookings")))
    assert "Bookings are 42 minutes old because Aurora PMS needs attention." in words
    assert "The key was refused. Enter a new one." in words


def test_a_search_before_the_index_is_built_says_that_it_is_not_complete(
    ben: Browser, hotel: HotelData
) -> None:
    hotel.connection(is_search_stale=True)
    assert "The search is not complete yet." in text_of(page(ben.get("/bookings?q=keller")))


def test_a_page_takes_few_statements(
    ben: Browser,
    hotel: HotelData,
    hub: Runtime,
    count_queries: Callable[[Runtime], AbstractContextManager[Statements]],
) -> None:
    hotel.fill(500)
    with count_queries(hub) as whole:
        ben.get("/bookings")
    with count_queries(hub) as part:
        ben.get("/bookings", hx=True, headers={"HX-Target": "bookings-table"})
    assert len(whole) <= 13
    assert len(part) <= 10


# --- paper and download


def test_the_list_for_printing_is_whole_and_by_name(ben: Browser, hotel: HotelData) -> None:
    for number in range(60):
        hotel.book(f"Guest {59 - number:02}")
    soup = page(ben.get("/bookings?view=arriving&print=1"))
    assert [name.partition(",")[0] for name in guests(soup)] == [f"Guest {number:02}" for number in range(60)]
    heading = soup.h1
    assert heading is not None
    assert text_of(heading) == "Arriving today"
    assert "60 bookings" in text_of(soup)
    assert "Business date Tue 14 Jul" in text_of(soup)


def test_the_download_holds_what_the_filter_lets_through(ben: Browser, hotel: HotelData) -> None:
    hotel.book("Wójcik, jr.", "Łukasz", arrival=2, total=12_345, currency="EUR", external_id="r1")
    hotel.book("Cancelled", status="cancelled")
    answer = ben.get("/bookings.csv?status=confirmed")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="bookings-2026-07-14.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row == {
        "external_id": "r1",
        "confirmation_number": "AUR-00001",
        "guest_last": "Wójcik, jr.",
        "guest_first": "Łukasz",
        "arrival": "2026-07-16",
        "departure": "2026-07-18",
        "status": "confirmed",
        "room_type": "Double",
        "total_minor": "12345",
        "balance_minor": "0",
        "currency": "EUR",
    }


def test_a_name_that_is_a_formula_stays_a_name_in_a_spreadsheet(ben: Browser, hotel: HotelData) -> None:
    hotel.book("=HYPERLINK(1)", "@cmd", balance=-500)
    (row,) = csv.DictReader(io.StringIO(ben.get("/bookings.csv").text))
    assert (row["guest_last"], row["guest_first"]) == ("'=HYPERLINK(1)", "'@cmd")
    assert row["balance_minor"] == "-500"


def test_a_download_with_a_filter_that_is_not_understood_is_refused(ben: Browser, hotel: HotelData) -> None:
    assert ben.get("/bookings.csv?from=junk").status_code == 422


# --- one booking


def test_an_unknown_booking_is_not_found(ben: Browser, hotel: HotelData) -> None:
    assert ben.get("/bookings/bk_none").status_code == 404


def test_the_page_of_a_booking_tells_all_that_is_known(client_of: ClientOf, hotel: HotelData) -> None:
    booking = hotel.book(
        "Keller",
        "Anna",
        status="checked_in",
        lines=(
            Line(-1, 1, room="204", status="checked_out", money=[(20_000, 18_000)]),
            Line(0, 2, room="305", room_type="Suite", children=1, money=[(30_000, None), (30_000, None)]),
        ),
        total=80_000,
        balance=20_000,
        notes="Late arrival",
        email="anna@example.org",
        vip=True,
        guests=[("Karl", "Keller")],
        spread=True,
        group_ref="WEDDING",
        raw_status="INH",
    )
    hotel.change(booking, ("created", None, None), minutes_ago=5_000, road="backfill")
    hotel.change(
        booking, ("room", "204", "305"), ("balance_minor", "80000", "20000"), road="hit", run="run_7"
    )
    hotel.fact(booking, "guest.checkin", occurrence=2)
    soup = page(client_of(IAN).get(f"/bookings/{booking}"))
    words = text_of(soup)
    for expected in (
        "Keller, Anna",
        "Room 204, Double",
        "Room 305, Suite",
        "2 rooms one after the other",
        "2 adults, 1 child",
        "€200.00",
        "€180.00",
        "evenly",
        "anna@example.org",
        "VIP",
        "Late arrival",
        "WEDDING",
        "INH",
        "€800.00",
        "€600.00",
        "3 minutes ago",
        "At the provider Tue 14 Jul, 12:26. Here Tue 14 Jul, 12:27",
        "Aurora PMS",
        "Custom PMS (via REST API)",
        "Room: 204 → 305",
        "Balance due: €800.00 → €200.00",
        "came by webhook.",
        "First seen",
        "came with the history.",
        "Guest checked in, time 2",
    ):
        assert expected in words, expected
    assert link(soup, "The sync run that brought it").startswith("/settings/integrations/cn_")


def test_staff_gets_no_link_into_the_settings(ben: Browser, hotel: HotelData) -> None:
    booking = hotel.book()
    hotel.change(booking, ("room", "1", "2"), run="run_1")
    soup = page(ben.get(f"/bookings/{booking}"))
    assert not soup.select('a[href^="/settings"]')
    assert "Aurora PMS" in text_of(soup)


def test_a_deleted_booking_and_one_of_a_shadow_say_so_on_top(
    client_of: ClientOf, hub: Runtime, hotel: HotelData
) -> None:
    ian = client_of(IAN)
    assert "deleted in the PMS" in text_of(page(ian.get(f"/bookings/{hotel.book(gone=True)}")))
    shadow = HotelData(hub, name="New PMS", role="shadow")
    assert "comes from New PMS, which is only watched" in text_of(page(ian.get(f"/bookings/{shadow.book()}")))


def test_a_change_that_cannot_be_read_is_shown_as_it_is(ben: Browser, hotel: HotelData) -> None:
    booking = hotel.book()
    hotel.change(
        booking,
        ("status", "martian", "confirmed"),
        ("nights", "junk", "[[100,null]]"),
        ("odd_field", "1", "2"),
    )
    words = text_of(page(ben.get(f"/bookings/{booking}")))
    for expected in ("martian → Confirmed", "junk → 1 night, €1.00", "odd_field: 1 → 2"):
        assert expected in words
