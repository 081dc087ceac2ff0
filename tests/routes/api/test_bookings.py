"""Bookings, guests, events, rooms and the front desk over the API: what is told, in which order, at which cost."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.cast import counting
from tests.conftest import FixedClock
from tests.hotel_data import HotelData, Line
from tests.routes.api.program import Program, code_of
from webapp.models import Booking, Fact
from webapp.runtime import Runtime
from webapp.services import booking_notes


@pytest.fixture
def hotel(hub: Runtime) -> HotelData:
    return HotelData(hub)


def names(records: list[dict[str, Any]]) -> list[str]:
    return [record["guest"]["last_name"] for record in records]


def change(hub: Runtime, public_id: str) -> None:
    """A sync brought news about a booking just now."""
    with hub.writing() as session:
        session.execute(
            update(Booking).where(Booking.public_id == public_id).values(changed_at=hub.clock(), source="Web")
        )


def test_a_booking_is_told_in_plain_words(hotel: HotelData, reader: Program) -> None:
    made = hotel.book("Keller", nights=2, total=40_000, balance=12_900)
    (told,) = reader.every("/bookings")
    assert told["id"] == made
    assert told["guest"] == {"first_name": "Anna", "last_name": "Keller"}
    assert (told["arrival"], told["departure"], told["nights"]) == ("2026-07-14", "2026-07-16", 2)
    assert told["balance"] == {"amount": 12_900, "currency": "EUR"}
    assert told["created_at"] == "2026-07-14T10:30:00Z"


def test_contacts_and_provider_notes_are_never_told(hotel: HotelData, reader: Program) -> None:
    made = hotel.book(
        "Keller", email="anna@keller.example", phone="+41 79 000", notes="allergic to nuts", vip=True
    )
    for path in ("/bookings", f"/bookings/{made}", "/guests", "/check-ins"):
        text = reader.get(path).text
        assert "Keller" in text
        assert "keller.example" not in text
        assert "+41" not in text
        assert "nuts" not in text


def test_pages_neither_repeat_nor_skip_what_comes_meanwhile(hotel: HotelData, reader: Program) -> None:
    for number in range(5):
        hotel.book(f"G{number}", arrival=5 - number)
    first = reader.get("/bookings?limit=2").json
    assert first is not None
    hotel.book("Late", arrival=-9)
    second = reader.get(f"/bookings?limit=4&cursor={first['next_cursor']}").json
    assert second is not None
    assert names(first["data"] + second["data"]) == ["G0", "G1", "G2", "G3", "G4", "Late"]
    assert (second["has_more"], second["next_cursor"]) == (False, None)


def test_a_cursor_of_other_filters_is_refused(hotel: HotelData, reader: Program) -> None:
    for _ in range(3):
        hotel.book()
    cursor = (reader.get("/bookings?limit=1").json or {})["next_cursor"]
    refused = reader.get(f"/bookings?limit=1&status=confirmed&cursor={cursor}")
    assert (refused.status_code, code_of(refused)) == (400, "bad_cursor")
    assert code_of(reader.get(f"/guests?cursor={cursor}")) == "bad_cursor"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=checked_in", ["In"]),
        ("status=confirmed", ["Today", "Later"]),
        ("view=arriving", ["Today"]),
        ("view=in_house", ["In"]),
        ("view=upcoming", ["Today", "Later"]),
        ("arrival_from=2026-07-15", ["Later"]),
        ("arrival_to=2026-07-13", ["In"]),
        ("source=Web", ["Later"]),
        ("room_type=Suite", ["Later"]),
        ("q=later", ["Later"]),
        ("q=AUR-00002", ["Today"]),
        ("q=%C3%BC", []),
    ],
)
def test_filters_are_those_of_the_list(
    hotel: HotelData, reader: Program, query: str, found: list[str]
) -> None:
    hotel.book("In", arrival=-1, status="checked_in", nights=3)
    hotel.book("Today")
    hotel.book("Later", arrival=4, source="Web", room_type="Suite")
    assert names((reader.get(f"/bookings?{query}").json or {})["data"]) == found


def test_updated_since_tells_changes_in_their_order(
    hub: Runtime, hotel: HotelData, reader: Program, clock: FixedClock
) -> None:
    ids = [hotel.book(f"G{number}") for number in range(4)]
    clock.advance(minutes=5)
    since = "2026-07-14T10:31:00Z"
    assert reader.every("/bookings", updated_since=since) == []
    change(hub, ids[2])
    clock.advance(seconds=1)
    change(hub, ids[0])
    assert names(reader.every("/bookings", updated_since=since, limit="1")) == ["G2", "G0"]


def test_what_changes_while_paging_comes_again_instead_of_being_lost(
    hub: Runtime, hotel: HotelData, reader: Program, clock: FixedClock
) -> None:
    ids = [hotel.book(f"G{number}") for number in range(3)]
    page = reader.get("/bookings?limit=2&updated_since=2026-07-14T00:00:00%2B00:00").json
    assert page is not None
    clock.advance(minutes=1)
    change(hub, ids[0])
    rest = reader.get(
        "/bookings",
        query_string={"updated_since": "2026-07-14T00:00:00+00:00", "cursor": page["next_cursor"]},
    ).json
    assert rest is not None
    assert names(rest["data"]) == ["G2", "G0"]


def test_a_shadow_is_not_told(hub: Runtime, hotel: HotelData, reader: Program) -> None:
    shadow = HotelData(hub, name="New PMS", role="shadow").book("Twin")
    assert reader.every("/bookings") == []
    assert reader.get(f"/bookings/{shadow}").status_code == 404


def test_one_booking_has_its_rooms_and_nights(hotel: HotelData, reader: Program) -> None:
    made = hotel.book(
        lines=(
            Line(0, 1, room="101", money=((20_000, 18_000),)),
            Line(1, 2, room="204", money=((21_000, None), (22_000, None))),
        )
    )
    told = reader.get(f"/bookings/{made}").json
    assert told is not None
    assert [(stay["room"], len(stay["nights"])) for stay in told["stays"]] == [("101", 1), ("204", 2)]
    assert told["stays"][0]["nights"][0] == {
        "night": "2026-07-14",
        "gross": {"amount": 20_000, "currency": "EUR"},
        "net": {"amount": 18_000, "currency": "EUR"},
    }
    assert (told["units"], told["adults"]) == (1, 2)


def test_an_unchanged_booking_need_not_be_sent_again(hub: Runtime, hotel: HotelData, reader: Program) -> None:
    made = hotel.book()
    etag = reader.get(f"/bookings/{made}").headers["ETag"]
    same = reader.get(f"/bookings/{made}", headers={"If-None-Match": etag})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", etag)
    change(hub, made)
    assert reader.get(f"/bookings/{made}", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/bookings", "/check-ins", "/guests", "/events", "/rooms", "/availability", "/rates", "/integrations"],
)
def test_a_longer_page_asks_the_database_no_more_often(
    hub: Runtime, hotel: HotelData, reader: Program, path: str
) -> None:
    def statements() -> int:
        with counting(hub) as seen:
            assert reader.get(path, query_string={"limit": "100"}).status_code == 200
        return len(seen)

    hotel.book("One", email="one@example.com")
    reader.get(path)
    few = statements()
    for number in range(30):
        hotel.book(f"G{number}", email=f"g{number}@example.com")
    assert statements() == few


def test_events_are_those_that_webhooks_tell(hub: Runtime, hotel: HotelData, reader: Program) -> None:
    booking = hotel.book()
    with hub.writing() as session:
        key = session.scalars(select(Booking.id).where(Booking.public_id == booking)).one()
        for kind in ("booking.created", "guest.checkin"):
            session.add(
                Fact(
                    public_id=hub.new_id("ev"),
                    booking_id=key,
                    type=kind,
                    occurrence=1,
                    recorded_at=hub.clock(),
                    road="poll",
                    document={"stays": [{"line": "1", "unit": "1", "room": "101"}]}
                    if "guest" in kind
                    else {},
                )
            )
    told = reader.every("/events", limit="1")
    assert [(one["type"], one["booking_id"]) for one in told] == [
        ("booking.created", booking),
        ("guest.checkin", booking),
    ]
    (arrived,) = reader.every("/events", type="guest.checkin", booking_id=booking)
    assert arrived["stays"] == [{"line": "1", "unit": "1", "room": "101"}]
    assert reader.get(f"/events/{arrived['id']}").json == arrived


def test_the_front_desk_counts_like_the_dashboard(hotel: HotelData, reader: Program) -> None:
    hotel.book("Here", arrival=-1, status="checked_in", nights=2, room="101")
    hotel.book("Coming", room="102")
    hotel.book("Leaving", arrival=-2, nights=2, status="checked_in", room="103")
    for movement, expected in (
        ("arrivals", {"Coming"}),
        ("departures", {"Leaving"}),
        ("in_house", {"Here", "Leaving"}),
    ):
        assert set(names(reader.every("/check-ins", movement=movement, limit="1"))) == expected
    assert names(reader.every("/check-ins", movement="departures", date="2026-07-15")) == ["Here"]
    occupied = {room["name"]: room["is_occupied"] for room in reader.every("/rooms")}
    assert occupied == {"101": True, "102": False, "103": True}


def test_a_note_is_written_read_and_shown_with_the_keys_name(
    hub: Runtime, hotel: HotelData, writer: Program
) -> None:
    booking = hotel.book()
    made = writer.post(f"/bookings/{booking}/notes", {"text": "Key card 7 handed out"})
    assert made.status_code == 201
    assert writer.every(f"/bookings/{booking}/notes") == [made.json]
    with hub.reading() as session:
        (note,) = booking_notes.of_booking(session, booking)
    assert note.author == "API key Door locks"


@pytest.mark.parametrize("text", ["", "   ", "x" * 2_001, "a\x00b", 7, None])
def test_a_note_without_words_is_refused(hotel: HotelData, writer: Program, text: object) -> None:
    answer = writer.post(f"/bookings/{hotel.book()}/notes", {"text": text})
    assert (answer.status_code, code_of(answer)) == (422, "invalid")


def test_a_note_on_nothing_is_refused(hotel: HotelData, writer: Program) -> None:
    nobody = hotel.book()[:-4] + "0000"
    assert writer.post(f"/bookings/{nobody}/notes", {"text": "x"}).status_code == 404


def test_days_are_told_between_their_bounds(hub: Runtime, hotel: HotelData, reader: Program) -> None:
    from webapp.models import Availability, Rate

    now = hub.clock()
    with hub.writing() as session:
        for offset in range(5):
            day = hotel.today + timedelta(days=offset)
            for kind in ("double", "suite"):
                session.add(
                    Availability(
                        connection_id=hotel.connection_id, day=day, room_type_id=kind, room_type=kind.title(),
                        available=offset, total=10, content_hash=b"0" * 16, stored_at=now, changed_at=now,
                    )
                )  # fmt: skip
            session.add(
                Rate(
                    connection_id=hotel.connection_id, day=day, rate_plan_id="bar", room_type_id="double",
                    price_minor=12_900 + offset, currency="EUR", content_hash=b"0" * 16, stored_at=now, changed_at=now,
                )
            )  # fmt: skip
    told = reader.every("/availability", start="2026-07-15", end="2026-07-17", limit="1")
    assert [(one["date"], one["room_type"], one["available"]) for one in told] == [
        ("2026-07-15", "Double", 1),
        ("2026-07-15", "Suite", 1),
        ("2026-07-16", "Double", 2),
        ("2026-07-16", "Suite", 2),
    ]
    only = reader.every("/availability", room_type_id=told[1]["room_type_id"])
    assert {one["room_type"] for one in only} == {"Suite"}
    prices = reader.every("/rates", limit="2")
    assert [one["price"]["amount"] for one in prices] == [12_900, 12_901, 12_902, 12_903, 12_904]
    assert reader.every("/rates", end="2026-07-01") == []
    kinds = {one["name"]: one["total"] for one in reader.every("/room-types")}
    assert kinds == {"Double": 10, "Suite": 10}
