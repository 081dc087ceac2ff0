"""The list of bookings: what each filter lets through, paging by key, search, plans and the neutral export."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from tests.cast import Statements
from tests.hotel_data import TODAY, HotelData, Line
from webapp.domain.booking import BookingStatus
from webapp.runtime import Runtime
from webapp.services import booking_search, bookings, front_desk
from webapp.services.booking_place import BadCursor
from webapp.services.booking_views import COUNTED, BookingFilter, BookingPage, BookingRow, Order, View

Counting = Callable[[Runtime], AbstractContextManager[Statements]]


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    return HotelData(hub)


def find(hotel: HotelData, after: str | None = None, limit: int = 50, **wanted: Any) -> BookingPage:
    with hotel.runtime.reading() as session:
        return bookings.search(session, BookingFilter(**wanted), after, limit)


def names(hotel: HotelData, **wanted: Any) -> list[str]:
    return [row.guest_last for row in find(hotel, **wanted).rows]


def walk(hotel: HotelData, limit: int, **wanted: Any) -> list[BookingRow]:
    """Every row, page by page."""
    found: list[BookingRow] = []
    after: str | None = None
    while True:
        page = find(hotel, after, limit, **wanted)
        found.extend(page.rows)
        after = page.older if wanted.get("order", Order.LATEST) is Order.LATEST else page.newer
        if after is None:
            return found


# --- filters


def test_without_a_connection_the_list_is_empty(hub: Runtime) -> None:
    with hub.reading() as session:
        assert bookings.search(session, BookingFilter(text="keller")) == BookingPage()


def test_each_filter_lets_through_what_it_says(hotel: HotelData) -> None:
    hotel.book("Past", arrival=-9, status="checked_out", source="Phone", room_type="Suite")
    hotel.book("Today", arrival=0, source="Expedia")
    hotel.book("Later", arrival=5, source="Expedia", room_type="Suite")
    hotel.book("Never", arrival=1, status="cancelled")
    assert names(hotel) == ["Later", "Never", "Today", "Past"]
    assert names(hotel, order=Order.SOONEST) == ["Past", "Today", "Never", "Later"]
    assert names(hotel, status=BookingStatus.CANCELLED) == ["Never"]
    assert names(hotel, source="Expedia") == ["Later", "Today"]
    assert names(hotel, room_type="Suite") == ["Later", "Past"]
    assert names(hotel, arrival_from=hotel.day(1)) == ["Later", "Never"]
    assert names(hotel, arrival_to=hotel.day(0)) == ["Today", "Past"]
    assert names(
        hotel, arrival_from=hotel.day(0), arrival_to=hotel.day(1), status=BookingStatus.CONFIRMED
    ) == ["Today"]
    assert names(hotel, view=View.UPCOMING, order=Order.SOONEST) == ["Today", "Never", "Later"]


def test_todays_views_are_those_of_the_dashboard(hotel: HotelData) -> None:
    hotel.book("Coming", arrival=0)
    hotel.book("Come", arrival=0, status="checked_in")
    hotel.book("Cancelled", arrival=0, status="cancelled")
    hotel.book("Mover", status="checked_in", lines=(Line(-2, 2, room="1"), Line(0, 2, room="2")))
    hotel.book("Leaving", arrival=-2, nights=2, status="checked_in")
    hotel.book("Gone", arrival=0, gone=True)
    hotel.book("Second room later", lines=(Line(-1, 4, unit="1", status="checked_in"), Line(0, 3, unit="2")))
    assert names(hotel, view=View.ARRIVING) == ["Come", "Coming", "Second room later"]
    assert names(hotel, view=View.IN_HOUSE) == ["Come", "Second room later", "Leaving", "Mover"]
    assert names(hotel, view=View.DEPARTING) == ["Leaving"]
    assert names(hotel, view=View.ARRIVING, text="come") == ["Come"]


def test_shadow_and_archived_connections_are_not_listed(hub: Runtime, hotel: HotelData) -> None:
    hotel.book("Ours")
    HotelData(hub, name="Shadow", role="shadow").book("Theirs", number="AUR-00001")
    assert names(hotel) == ["Ours"]
    assert names(hotel, text="AUR-00001") == ["Ours"]
    hotel.connection(archived_at=hub.clock())
    assert names(hotel) == []


def test_a_booking_gone_at_the_provider_stays_listed_and_marked(hotel: HotelData) -> None:
    hotel.book("Gone", gone=True)
    (row,) = find(hotel).rows
    assert row.is_gone


def test_a_row_tells_its_rooms_and_people_once_each(hotel: HotelData) -> None:
    hotel.book(
        "Mover",
        lines=(
            Line(0, 1, room="204", adults=2, children=1),
            Line(1, 2, room="305", adults=2, children=1, room_type="Suite"),
            Line(0, 3, room="206", unit="2", adults=1),
        ),
    )
    (row,) = find(hotel).rows
    assert sorted(row.rooms) == ["204", "206", "305"]
    assert sorted(row.room_types) == ["Double", "Suite"]
    assert (row.units, row.adults, row.children, row.nights) == (2, 3, 1, 3)


# --- paging


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_every_booking_is_on_one_page_even_when_arrivals_are_equal(
    hotel: HotelData, order: Order, limit: int
) -> None:
    for number in range(20):
        hotel.book(f"Guest {number}", arrival=number % 3)
    rows = walk(hotel, limit, order=order)
    assert len({row.public_id for row in rows}) == len(rows) == 20
    arrivals = [row.arrival for row in rows]
    assert arrivals == sorted(arrivals, reverse=order is Order.LATEST)


def test_the_way_back_shows_the_pages_of_the_way_there(hotel: HotelData) -> None:
    for number in range(10):
        hotel.book(f"Guest {number}", arrival=number % 2)
    first = find(hotel, limit=4)
    second = find(hotel, first.older, limit=4)
    third = find(hotel, second.older, limit=4)
    assert (first.newer, third.older) == (None, None)
    assert find(hotel, third.newer, limit=4).rows == second.rows
    back = find(hotel, second.newer, limit=4)
    assert (back.rows, back.newer) == (first.rows, None)


def test_a_booking_that_arrives_between_two_pages_moves_nobody(hotel: HotelData) -> None:
    for number in range(6):
        hotel.book(f"Guest {number}", arrival=number)
    first = find(hotel, limit=3)
    hotel.book("New", arrival=9)
    second = find(hotel, first.older, limit=3)
    assert [row.guest_last for row in second.rows] == ["Guest 2", "Guest 1", "Guest 0"]
    assert second.newer is not None
    assert [row.guest_last for row in find(hotel, second.newer, limit=3).rows] == [
        "Guest 5",
        "Guest 4",
        "Guest 3",
    ]


@pytest.mark.parametrize(
    "cursor",
    ["x", "b2", "%%%", "bzIwMjYtMDctMTQ", "bzIwMjYtMDctMTQuLTE", "ä", "eDIwMjYtMDctMTQuMQ", "A" * 500],
)
def test_a_text_that_is_no_cursor_is_refused(hotel: HotelData, cursor: str) -> None:
    with pytest.raises(BadCursor):
        find(hotel, cursor)


def test_rows_are_counted_up_to_a_thousand(hotel: HotelData) -> None:
    hotel.book("Only")
    assert find(hotel).found == 1
    hotel.fill(COUNTED + 500)
    page = find(hotel, limit=10)
    assert page.found == COUNTED + 1
    assert find(hotel, page.older, limit=10).found is None
    assert find(hotel, source="Phone", limit=10).found == (COUNTED + 500) // 4


# --- search


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lukasz", ["Wójcik"]),
        ("Łukasz", ["Wójcik"]),
        ("wojc", ["Wójcik"]),
        ("mueller", ["Müller"]),
        ("Müller", ["Müller"]),
        ("muller", ["Müller"]),
        ("o'brien", ["O’Brien"]),
        ("OBRIEN", ["O’Brien"]),
        ("garcia smith", ["García-Smith"]),
        ("smith", ["García-Smith"]),
        ("305", ["O’Brien"]),
        ("AUR-00002", ["Müller"]),
        ("aur-00002", ["Müller"]),
        ("anna muller", ["Müller"]),
        ("nobody", []),
        ("'\"*:()^", []),
        ("-", []),
        ("NEAR(anna)", []),
    ],
)
def test_a_search_finds_names_rooms_and_numbers_as_people_type_them(
    hotel: HotelData, typed: str, found: list[str]
) -> None:
    hotel.book("Wójcik", "Łukasz")
    hotel.book("Müller", "Anna")
    hotel.book("O’Brien", "Sinéad", room="305")
    hotel.book("García-Smith", "Luz")
    assert names(hotel, text=typed) == found


def test_the_booking_of_that_number_comes_first(hotel: HotelData) -> None:
    hotel.book("Early", number="4711", arrival=-30, external_id="r-1")
    hotel.book("Longer number", number="47112", arrival=5)
    hotel.book("Room of that number", room="4711", arrival=9)
    assert names(hotel, text="4711") == ["Early", "Room of that number", "Longer number"]
    assert names(hotel, text=" r-1 ") == ["Early"]
    assert names(hotel, text="4711", status=BookingStatus.CANCELLED) == []


def test_a_search_pages_like_any_list(hotel: HotelData) -> None:
    for number in range(9):
        hotel.book("Keller", arrival=number % 2, number="KELLER" if number == 0 else "")
    rows = walk(hotel, 4, text="keller")
    assert rows[0].confirmation_number == "KELLER"
    assert len({row.public_id for row in rows}) == len(rows) == 9


def test_rare_and_common_words_find_the_same_as_a_look_at_every_row(hotel: HotelData) -> None:
    hotel.fill(4_000)
    everything = walk(hotel, 500)
    for typed, name in (("garcia", "García"), ("smith", "Smith"), ("b", "")):
        expected = [row.public_id for row in everything if not name or row.guest_last == name]
        assert [row.public_id for row in walk(hotel, 500, text=typed)] == expected


def test_filters_and_search_agree_with_a_look_at_every_row(hotel: HotelData) -> None:
    chance = random.Random(5)  # noqa: S311  # only to be repeatable
    for _ in range(120):
        hotel.book(
            chance.choice(["Keller", "Kellermann", "Roth"]),
            arrival=chance.randint(-5, 5),
            status=chance.choice(list(BookingStatus)).value,
            source=chance.choice(["Direct", "Phone"]),
            room_type=chance.choice(["Double", "Suite"]),
        )
    everything = walk(hotel, 500)
    for status in (None, BookingStatus.CONFIRMED):
        for source in ("", "Phone"):
            for kind in ("", "Suite"):
                for typed in ("", "keller", "roth"):
                    expected = {
                        row.public_id
                        for row in everything
                        if (status is None or row.status is status)
                        and source in ("", row.source)
                        and (not kind or kind in row.room_types)
                        and row.guest_last.lower().startswith(typed)
                        and row.arrival >= TODAY
                    }
                    found = walk(
                        hotel, 7, status=status, source=source, room_type=kind, text=typed, arrival_from=TODAY
                    )
                    assert {row.public_id for row in found} == expected
                    assert len(found) == len(expected)


def test_both_databases_find_and_page_alike(either_hub: Runtime) -> None:
    hotel = HotelData(either_hub)
    hotel.book("Wójcik", "Łukasz", arrival=1, status="checked_in", room="305")
    hotel.book("Müller", "Anna", arrival=0, source="Phone", room_type="Suite")
    hotel.book("O’Brien", "Sinéad", arrival=-2, status="checked_in")
    for typed, found in (
        ("lukasz", "Wójcik"),
        ("mueller", "Müller"),
        ("o'brien", "O’Brien"),
        ("305", "Wójcik"),
    ):
        assert names(hotel, text=typed) == [found]
    assert names(hotel, text="AUR-00002") == ["Müller"]
    assert names(hotel, text="'&|!:*\\") == []
    assert names(hotel, view=View.ARRIVING) == ["Müller"]
    assert names(hotel, view=View.DEPARTING) == ["O’Brien"]
    assert names(hotel, view=View.IN_HOUSE) == ["Wójcik", "O’Brien"]
    assert names(hotel, source="Phone", room_type="Suite") == ["Müller"]
    assert [row.guest_last for row in walk(hotel, 1)] == ["Wójcik", "Müller", "O’Brien"]
    assert [row.guest_last for row in walk(hotel, 1, order=Order.SOONEST)] == ["O’Brien", "Müller", "Wójcik"]
    hotel.rooms(12)
    with either_hub.reading() as session:
        assert bookings.choices(session, TODAY).sources == ("Direct", "Phone")
        desk = front_desk.today(session, TODAY, either_hub.clock())
    assert [night.sold for night in desk.nights[:4]] == [1, 2, 1, 0]
    assert {night.rooms for night in desk.nights} == {12}


# --- what it costs

WALKS: list[tuple[dict[str, Any], str]] = [
    ({}, "ix_booking_arrival"),
    ({"order": Order.SOONEST}, "ix_booking_arrival"),
    ({"arrival_from": TODAY, "arrival_to": TODAY + timedelta(days=9)}, "ix_booking_arrival"),
    ({"view": View.UPCOMING, "order": Order.SOONEST}, "ix_booking_arrival"),
    ({"status": BookingStatus.CONFIRMED}, "ix_booking_status_arrival"),
    ({"source": "Phone"}, "ix_booking_source_arrival"),
    ({"room_type": "Suite"}, "ix_booking_arrival"),
]
PICKS: list[tuple[dict[str, Any], str]] = [
    ({"text": "garcia"}, "VIRTUAL TABLE INDEX"),
    ({"text": "BULK-000012"}, "ix_booking_confirmation"),
    ({"view": View.ARRIVING}, "ix_stay_arrival"),
    ({"view": View.IN_HOUSE}, "ix_stay_in_house"),
    ({"view": View.DEPARTING}, "ix_stay_departure"),
]


def plans(hotel: HotelData, after: str | None, **wanted: Any) -> list[str]:
    """The plans of the statements that read bookings for one page."""
    sent: list[tuple[str, Any]] = []
    engine = hotel.runtime._engine

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "FROM booking" in statement:
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        find(hotel, after, **wanted)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        return [
            " / ".join(
                row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            )
            for statement, parameters in sent
        ]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("wanted", "index"), WALKS)
def test_a_long_list_is_walked_in_the_order_of_an_index(
    hotel: HotelData, wanted: dict[str, Any], index: str
) -> None:
    hotel.fill(300)
    after = find(hotel, limit=50).older
    for cursor in (None, after):
        pages = plans(hotel, cursor, **wanted)
        assert index in pages[0]
        assert not any("TEMP B-TREE" in plan or "SCAN booking" in plan for plan in pages), pages


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("wanted", "index"), PICKS)
def test_few_candidates_are_picked_by_an_index_and_then_sorted(
    hotel: HotelData, wanted: dict[str, Any], index: str
) -> None:
    hotel.fill(300)
    all_plans = plans(hotel, None, **wanted)
    assert any(index in plan for plan in all_plans), all_plans
    assert not any("SCAN booking /" in plan or plan.endswith("SCAN booking") for plan in all_plans)
    assert not any("ix_booking_arrival" in plan for plan in all_plans), all_plans


def test_a_page_costs_the_same_few_statements_however_long_the_list(
    hotel: HotelData, count_queries: Counting
) -> None:
    hotel.book()
    with count_queries(hotel.runtime) as short:
        find(hotel)
    hotel.fill(2_000)
    with count_queries(hotel.runtime) as long:
        page = find(hotel)
    assert len(page.rows) == 50
    assert len(long) <= len(short) + 1 <= 5  # one more counts the list


@pytest.mark.sqlite_only
def test_choices_are_found_by_leaping_through_the_index(hotel: HotelData) -> None:
    hotel.fill(1_000)
    hotel.book("Once", source="Zoo", room_type="Tower")
    hotel.book("Nowhere", source="")
    with hotel.runtime.reading() as session:
        found = bookings.choices(session, TODAY)
    assert found.sources == ("Booking.com", "Direct", "Expedia", "Phone", "Zoo")
    assert "Tower" in found.room_types
    with hotel.runtime._engine.connect() as connection:
        plan = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT min(source) FROM booking WHERE connection_id = 1 AND source > 'a'"
            )
        ).fetchall()
    assert "ix_booking_source_arrival" in str(plan)


# --- export


def test_the_export_holds_every_booking_in_neutral_words(hotel: HotelData) -> None:
    hotel.book("Later", arrival=3, room_type="Suite", total=None, balance=None, external_id="r2")
    hotel.book(
        "Sooner",
        "Zoë",
        arrival=1,
        status="checked_in",
        total=12_345,
        balance=45,
        currency="CHF",
        external_id="r1",
    )
    hotel.book("Gone", gone=True)
    with hotel.runtime.reading() as session:
        first, second = bookings.export(session)
    assert (first.external_id, first.guest_last, first.guest_first, first.status) == (
        "r1",
        "Sooner",
        "Zoë",
        "checked_in",
    )
    assert (first.arrival, first.departure) == (hotel.day(1), hotel.day(3))
    assert (first.total_minor, first.balance_minor, first.currency) == (12_345, 45, "CHF")
    assert (second.external_id, second.room_type, second.total_minor) == ("r2", "Suite", None)


def test_the_export_is_complete_beyond_one_batch(hotel: HotelData) -> None:
    hotel.fill(1_203)
    with hotel.runtime.reading() as session:
        rows = list(bookings.export(session))
        phone = list(bookings.export(session, BookingFilter(source="Phone", order=Order.LATEST)))
    assert len({row.external_id for row in rows}) == len(rows) == 1_203
    assert [row.arrival for row in rows] == sorted(row.arrival for row in rows)
    assert len(phone) == len([number for number in range(1_203) if number % 4 == 3])


def test_a_word_is_common_when_more_match_than_are_sorted(
    hotel: HotelData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking_search, "COMMON", 3)
    for _ in range(3):
        hotel.book("Weber")
    with hotel.runtime.reading() as session:
        assert not booking_search.matches(session, hotel.connection_id, "weber").is_common
    hotel.book("Weber")
    with hotel.runtime.reading() as session:
        assert booking_search.matches(session, hotel.connection_id, "weber").is_common
