"""One booking's page: its timeline with filters and links, and how it looked at a moment."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, Tag
from sqlalchemy import update
from werkzeug.test import TestResponse

from tests.cast import BEN, IAN, Browser, Character
from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider
from tests.hotel_data import HotelData
from tests.sync_stage import booking, stay
from webapp.models import Booking, Hotel, WebhookHit
from webapp.runtime import Runtime

__all__ = ["hooked_provider"]
ClientOf = Callable[[Character | None], Browser]


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


def text_of(node: BeautifulSoup | Tag | None) -> str:
    assert node is not None
    return " ".join(node.get_text(" ").split())


def link(soup: BeautifulSoup | Tag, words: str) -> str:
    return str(next(one for one in soup.find_all("a") if words in text_of(one))["href"])


# --- the timeline


def test_the_timeline_tells_a_webhook_from_its_call_to_the_stored_field(
    hub: Runtime,
    client_of: ClientOf,
    hooked_provider: None,
    memory_provider: None,
    clock: FixedClock,
) -> None:
    stage = HookStage(hub)
    for room in ("204", "305"):
        stage.answers(booking("R1", stays=(stay(room=room),)))
        stage.call(event(number="R1", guest="Anna Keller"))
        stage.process()
        clock.advance(minutes=5)
    public_id = stage.all(Booking, Booking.id)[0].public_id
    soup = page(client_of(IAN).get(f"/bookings/{public_id}"))
    words = text_of(soup.select_one("#bookings-history"))
    for expected in (
        "Room: 204 → 305",
        "Here Tue 14 Jul, 12:35, business date Tue 14 Jul, came by webhook.",
        "First seen",
        "Booking changed",
    ):
        assert expected in words, expected
    call = link(soup, "The webhook call that brought it")
    assert call == f"/integrations/logs/inbox/{stage.hits()[1].public_id}"
    shown = client_of(IAN).get(call)
    assert "Anna Keller" not in shown.text
    assert "What it changed" in shown.text
    assert "webhook call" not in text_of(page(client_of(BEN).get(f"/bookings/{public_id}")))
    with hub.writing() as session:
        session.execute(update(WebhookHit).values(received_at=clock.now))
        for hit in session.query(WebhookHit):
            session.delete(hit)
    gone = text_of(page(client_of(IAN).get(f"/bookings/{public_id}")))
    assert "The call itself is not kept any more." in gone


def test_fields_are_filtered_by_group_and_pages_are_walked(hotel: HotelData, ben: Browser) -> None:
    public_id = hotel.book()
    for number in range(30):
        hotel.change(public_id, ("notes", str(number), str(number + 1)), minutes_ago=100 - number)
    hotel.change(public_id, ("total_minor", "100", "200"), minutes_ago=1)
    soup = page(ben.get(f"/bookings/{public_id}"))
    older = link(soup.select_one("#bookings-history") or soup, "Older")
    part = page(ben.get(older, hx=True))
    assert part.select_one("#bookings-history")
    assert "Notes: 0 → 1" in text_of(part)
    assert "Notes: 29 → 30" not in text_of(part)
    assert link(part, "Newest") == f"/bookings/{public_id}/history"
    prices = page(ben.get(link(soup, "Prices")))
    assert "Total: €1.00 → €2.00" in text_of(prices)
    assert "Notes: 29" not in text_of(prices)
    people = text_of(page(ben.get(f"/bookings/{public_id}/history?group=people", hx=True)))
    assert "None of these fields has changed." in people


def test_a_deletion_is_told_in_words(hotel: HotelData, ben: Browser) -> None:
    public_id = hotel.book()
    hotel.change(public_id, ("gone", "no", "yes"))
    assert "Deleted at the provider: no → yes" in text_of(page(ben.get(f"/bookings/{public_id}")))


# --- as it looked at


def past(answer: TestResponse, status: int = 200) -> str:
    return text_of(page(answer, status).select_one("#bookings-past"))


@pytest.fixture
def old(hotel: HotelData, clock: FixedClock) -> str:
    """A booking first seen two days ago; its total and status changed an hour ago."""
    clock.advance(days=-2)
    public_id = hotel.book(total=45_000, status="checked_in")
    hotel.change(public_id, ("created", None, None), minutes_ago=0)
    clock.advance(days=2)
    hotel.change(
        public_id, ("total_minor", "40000", "45000"), ("status", "confirmed", "checked_in"), minutes_ago=60
    )
    return public_id


def test_a_moment_in_hotel_time_is_shown_beside_today(old: str, ben: Browser) -> None:
    words = past(ben.get(f"/bookings/{old}/as-of?at=2026-07-14T11:00", hx=True))
    for expected in (
        "2 fields differ from today.",
        "Total differs €400.00 €450.00",
        "Status differs Confirmed Checked in",
    ):
        assert expected in words, expected
    assert "are not kept for the past" in words
    same = past(ben.get(f"/bookings/{old}/as-of?at=2026-07-14T11:31"))
    assert "Nothing differs from today." in same


def test_quick_picks_and_the_link_of_a_change_lead_there(old: str, ben: Browser) -> None:
    soup = page(ben.get(f"/bookings/{old}"))
    for words in ("Yesterday 18:00", "Before the last change", "How it looked before"):
        assert "2 fields differ from today." in past(ben.get(link(soup, words))), words


def test_before_the_first_sight_it_says_so(old: str, ben: Browser) -> None:
    words = past(ben.get(f"/bookings/{old}/as-of?at=2026-07-01T12:00"))
    assert "did not know the booking at that moment" in words
    assert "first seen on Sun 12 Jul" in words


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("at=yesterday", "This is not a moment"),
        ("", "This is not a moment"),
        ("at=2026-07-15T12:00", "This moment is still to come."),
        ("at=2026-03-29T02:30", "The hotel's clock skipped this time"),
        ("at=9999-12-31T23:59", "This moment is still to come."),
        ("at=0001-01-01T00:00", "This is not a moment"),
    ],
)
def test_what_is_no_moment_of_the_past_is_refused_in_the_field(
    old: str, ben: Browser, query: str, words: str
) -> None:
    assert words in past(ben.get(f"/bookings/{old}/as-of?{query}"), 422)


def test_an_hour_that_came_twice_asks_which(
    hotel: HotelData, ben: Browser, clock: FixedClock, hub: Runtime
) -> None:
    public_id = hotel.book()
    clock.advance(days=120)
    with hub.writing() as session:
        session.execute(update(Hotel).values(business_date=clock.now.date()))
    soup = page(ben.get(f"/bookings/{public_id}/as-of?at=2026-10-25T02:30"))
    assert "Which one do you mean?" in text_of(soup)
    first, second = (link(soup, words) for words in ("CEST", "CET"))
    assert (first[-7:], second[-7:]) == ("which=1", "which=2")
    assert "differ" in past(ben.get(second))


def test_nothing_is_found_for_unknown_bookings_and_changes(hotel: HotelData, ben: Browser) -> None:
    assert ben.get("/bookings/bk_none/as-of?at=2026-07-14T12:00").status_code == 404
    assert ben.get("/bookings/bk_none/history").status_code == 404
    assert ben.get(f"/bookings/{hotel.book()}/as-of?before=999").status_code == 404
