"""Mapping: every shape of a record becomes a booking, a guest, a day; what cannot be read says why."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest

from webapp.domain.booking import Booking, BookingGuest, BookingStatus
from webapp.domain.guest import Guest
from webapp.domain.rate import RateDay
from webapp.domain.room import AvailabilityDay
from webapp.domain.stream import Stream
from webapp.integrations.pms.custom_rest.mapping import Mapped, Mapper
from webapp.integrations.pms.custom_rest.problems import read

FIELDS: dict[str, Any] = {"external_id": "id", "status": "state", "arrival": "from", "departure": "to"}
ROW: dict[str, Any] = {"id": 7, "state": "OK", "from": "2026-07-14", "to": "2026-07-16"}


def mapper(stream: Stream = Stream.BOOKINGS, top: dict[str, Any] | None = None, **source: Any) -> Mapper:
    bookings = {"path": "/x", "fields": FIELDS, "status_map": {"OK": "confirmed"}}
    streams = {"bookings": bookings} | {
        stream.value: {"path": "/x", **(bookings if stream is Stream.BOOKINGS else {}), **source}
    }
    document = {
        "version": 1,
        "timezone": "Europe/Zurich",
        "currency": "EUR",
        "streams": streams,
        **(top or {}),
    }
    return Mapper(read(document), stream)


def booking(row: dict[str, Any], fields: dict[str, Any] | None = None, **source: Any) -> Booking:
    mapped = mapper(fields=FIELDS | (fields or {}), **source).page([ROW | row])
    assert not mapped.skipped, mapped.skipped
    (record,) = mapped.records
    assert isinstance(record, Booking)
    return record


def reason(row: Any, fields: dict[str, Any] | None = None, **source: Any) -> str:
    mapped = mapper(fields=FIELDS | (fields or {}), **source).page([row])
    (skipped,) = mapped.skipped
    assert not mapped.records
    return str(skipped.reason)


def test_the_least_record_is_a_booking_of_one_stay() -> None:
    found = booking({})
    assert found.external_id == "7"
    assert found.status is BookingStatus.CONFIRMED
    assert found.raw_status == "OK"
    assert found.currency == "EUR"
    (stay,) = found.stays
    assert (stay.line, stay.unit, stay.arrival, stay.departure) == (
        "1",
        "1",
        date(2026, 7, 14),
        date(2026, 7, 16),
    )
    assert stay.status is BookingStatus.CONFIRMED
    assert found.guests == ()


def test_a_flat_record_fills_booking_stay_and_guest() -> None:
    found = booking(
        {
            "ref": "  R-7 ",
            "room": {"code": "DBL", "no": 12},
            "pax": "2",
            "kids": 1.0,
            "who": {"f": "Zoë", "l": "Łuk"},
        },
        {
            "confirmation_number": "ref",
            "room_type_id": "room.code",
            "room": "room.no",
            "adults": "pax",
            "children": "kids",
            "guest_first_name": "who.f",
            "guest_last_name": "who.l",
        },
    )
    assert found.confirmation_number == "R-7"
    (stay,) = found.stays
    assert (stay.room_type_id, stay.room, stay.adults, stay.children) == ("DBL", "12", 2, 1)
    assert found.guests == (
        BookingGuest(external_id="7:1", first_name="Zoë", last_name="Łuk", role="booker"),
    )


def test_stays_of_a_booking_are_lines() -> None:
    rooms = [
        {"n": 1, "u": "a", "from": "2026-07-14", "to": "2026-07-15", "prices": [100.5], "s": "GONE"},
        {"n": 2, "u": "a", "from": "2026-07-15", "to": "2026-07-17", "prices": [100, "80.25"]},
        {"n": 3, "u": "b", "from": "2026-07-14", "to": "2026-07-17", "prices": [1, 2]},
    ]
    fields = {
        "line": "n",
        "unit": "u",
        "arrival": "from",
        "departure": "to",
        "nights": "prices",
        "status": "s",
    }
    found = booking(
        {"rooms": rooms},
        stays={"select": "rooms", "fields": fields},
        status_map={"OK": "confirmed", "GONE": "checked_out"},
    )
    assert [(stay.line, stay.unit, stay.nights) for stay in found.stays] == [
        ("1", "a", ((10050, None),)),
        ("2", "a", ((10000, None), (8025, None))),
        ("3", "b", ()),  # two prices for three nights say nothing
    ]
    assert [stay.status for stay in found.stays][:2] == [BookingStatus.CHECKED_OUT, BookingStatus.CONFIRMED]
    assert (found.arrival, found.departure) == (date(2026, 7, 14), date(2026, 7, 17))


def test_nights_may_carry_net_prices() -> None:
    found = booking(
        {"p": [{"g": 11900, "n": 10000}, {"g": 5950, "n": 5000}]},
        {"nights": {"path": "p.*.g", "transform": "from_minor_units"}, "nights_net": "p.*.n"},
    )
    assert found.stays[0].nights == ((11900, 10000), (5950, 5000))


def test_a_booking_without_lines_falls_back_to_its_own_days() -> None:
    stays = {"select": "rooms", "fields": {"arrival": "from", "departure": "to"}}
    assert len(booking({"rooms": []}, stays=stays).stays) == 1
    assert len(booking({}, stays=stays).stays) == 1
    bare = {"external_id": "id", "status": "state"}
    mapped = mapper(fields=bare, stays=stays).page([ROW])
    assert [str(skipped.reason) for skipped in mapped.skipped] == ["the booking has no stay"]


def test_check_in_and_out_of_the_booking_reach_its_first_and_last_line() -> None:
    rooms = [{"from": "2026-07-14", "to": "2026-07-15"}, {"from": "2026-07-15", "to": "2026-07-17"}]
    found = booking(
        {"rooms": rooms, "in": "2026-07-14T15:00:00+02:00", "out": "2026-07-17T09:00:00Z"},
        {"checked_in_at": "in", "checked_out_at": "out"},
        stays={"select": "rooms", "fields": {"arrival": "from", "departure": "to"}},
    )
    first, last = found.stays
    assert (first.checked_in_at, first.checked_out_at) == (datetime(2026, 7, 14, 13, tzinfo=UTC), None)
    assert (last.checked_in_at, last.checked_out_at) == (None, datetime(2026, 7, 17, 9, tzinfo=UTC))


def test_people_of_a_booking_come_from_a_list_or_a_map() -> None:
    fields = {"external_id": "gid", "last_name": "name", "is_checked_in": "here"}
    people = {"a": {"gid": "G1", "name": "Ada", "here": "yes"}, "b": {"name": "Ben"}, "c": {}}
    found = booking({"people": people}, guests={"select": "people.*", "fields": fields})
    assert [(guest.external_id, guest.last_name, guest.is_checked_in) for guest in found.guests] == [
        ("G1", "Ada", True),
        ("7:2", "Ben", None),
    ]


def test_the_booker_comes_first_and_once() -> None:
    found = booking(
        {"g": "G1", "l": "Ada", "people": [{"gid": "G1", "name": "Ada"}, {"gid": "G2", "name": "Ben"}]},
        {"guest_external_id": "g", "guest_last_name": "l"},
        guests={"select": "people", "fields": {"external_id": "gid", "last_name": "name"}},
    )
    assert [(guest.external_id, guest.role) for guest in found.guests] == [("G1", "booker"), ("G2", "guest")]


# --- statuses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "target", "status", "holds"),
    [
        ("ok", "confirmed", BookingStatus.CONFIRMED, False),
        (" Ok ", "checked_in", BookingStatus.CHECKED_IN, False),
        ("OPT", "hold", BookingStatus.INQUIRY, True),
        ("TEN", "inquiry", BookingStatus.INQUIRY, False),
        ("3", "no_show", BookingStatus.NO_SHOW, False),
    ],
)
def test_words_for_a_status_have_no_case(word: str, target: str, status: BookingStatus, holds: bool) -> None:
    found = booking({"state": word}, status_map={word.upper(): target})
    assert (found.status, found.holds_room) == (status, holds)


def test_our_own_words_need_no_table() -> None:
    assert booking({"state": "Checked_In"}, status_map={}).status is BookingStatus.CHECKED_IN


def test_an_unknown_word_is_an_inquiry_and_counted() -> None:
    mapped = mapper().page([ROW | {"state": "PEND"}, ROW | {"id": 8, "state": "PEND"}, ROW | {"id": 9}])
    assert [record.status for record in mapped.records if isinstance(record, Booking)] == [
        BookingStatus.INQUIRY,
        BookingStatus.INQUIRY,
        BookingStatus.CONFIRMED,
    ]
    assert mapped.unmapped == {"PEND": 2}


def test_an_unknown_word_is_counted_once_per_booking() -> None:
    rooms = [{"from": "2026-07-14", "to": "2026-07-15", "s": "PEND"}] * 3
    stays = {"select": "rooms", "fields": {"arrival": "from", "departure": "to", "status": "s"}}
    assert mapper(stays=stays).page([ROW | {"state": "PEND", "rooms": rooms}]).unmapped == {"PEND": 1}


def test_counts_begin_anew_with_every_page() -> None:
    one = mapper()
    assert one.page([ROW | {"state": "PEND"}]).unmapped == {"PEND": 1}
    assert one.page([ROW]).unmapped == {}


def test_ignored_bookings_are_left_out_and_are_no_failure() -> None:
    mapped = mapper(status_map={"OK": "ignore"}).page([ROW])
    assert (mapped.records, mapped.skipped, mapped.ignored) == ([], [], 1)


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("a", "x"),
        (["missing", "empty", "a"], "x"),
        ({"const": "fixed"}, "fixed"),
        ({"path": "a", "map": {"X": "eks"}}, "eks"),
        ({"path": "a", "map": {"other": "y"}}, "x"),
        ({"path": "a", "transform": "upper"}, "X"),
        ({"path": "pad", "transform": ["trim", "lower"]}, "abc"),
        ({"path": "name", "transform": "split_first"}, "Mary Ann"),
        ({"path": "name", "transform": "split_last"}, "Evans"),
        ({"path": "turned", "transform": "split_first"}, "Mary Ann"),
        ({"path": "turned", "transform": "split_last"}, "Evans"),
        ({"path": "single", "transform": "split_first"}, ""),
        ({"path": "single", "transform": "split_last"}, "Cher"),
        ("number", "12"),
        ("round", "3"),
        ("object", ""),
        ("missing", ""),
    ],
)
def test_a_value_comes_from_paths_constants_tables_and_transforms(source: Any, value: str) -> None:
    row = {
        "a": "x", "empty": "", "pad": "  ABC ", "name": "Mary Ann Evans", "turned": "Evans, Mary Ann", "single": "Cher",
        "number": 12, "round": 3.0, "object": {"x": 1},
    }  # fmt: skip
    assert booking(row, {"notes": source}).notes == value


@pytest.mark.parametrize(
    ("value", "transform", "currency", "minor"),
    [
        ("450.00", (), "EUR", 45000),
        ("-0.50", (), "EUR", -50),
        ("450", (), "EUR", 45000),
        ("450.5", (), "EUR", 45050),
        (450, (), "EUR", 45000),
        (99.99, (), "EUR", 9999),
        ("1e3", (), "EUR", 100000),
        ("450", (), "JPY", 450),
        ("1.234", (), "KWD", 1234),
        (45000, "from_minor_units", "EUR", 45000),
        ("45000", "from_minor_units", "EUR", 45000),
        (450, "from_minor_units", "JPY", 450),
        ("1.234,50", "decimal_comma", "EUR", 123450),
        ("1 234,50", "decimal_comma", "EUR", 123450),
        ("1'234,50", "decimal_comma", "CHF", 123450),
        ("7,5", "decimal_comma", "EUR", 750),
        (7.5, "decimal_comma", "EUR", 750),
        (None, (), "EUR", None),
        ("", (), "EUR", None),
    ],
)
def test_amounts_become_minor_units(value: Any, transform: Any, currency: str, minor: int | None) -> None:
    found = booking(
        {"t": value, "c": currency.lower()},
        {"total_amount": {"path": "t", "transform": transform}, "currency": "c"},
    )
    assert (found.total_minor, found.currency) == (minor, currency)


@pytest.mark.parametrize("value", ["a lot", True, {}, [], "12,50", "NaN", "Infinity"])
def test_an_amount_that_is_none_is_told(value: Any) -> None:
    assert reason(ROW | {"t": value}, {"total_amount": "t"}) == "total_amount is not an amount"


def test_a_record_without_a_currency_takes_the_recipes() -> None:
    assert booking({"c": None}, {"currency": "c"}).currency == "EUR"


@pytest.mark.parametrize(
    ("value", "formats", "day"),
    [
        ("2026-07-14", ["YYYY-MM-DD"], date(2026, 7, 14)),
        ("14.07.2026", ["YYYY-MM-DD", "DD.MM.YYYY"], date(2026, 7, 14)),
        ("07/14/2026", ["MM/DD/YYYY"], date(2026, 7, 14)),
        ("14/07/2026", ["DD/MM/YYYY", "MM/DD/YYYY"], date(2026, 7, 14)),
        ("20260714", ["YYYYMMDD"], date(2026, 7, 14)),
        ("2026-07-14T22:30:00Z", ["YYYY-MM-DD"], date(2026, 7, 15)),  # half past midnight in Zurich
        ("2026-07-14T15:00:00", ["YYYY-MM-DD"], date(2026, 7, 14)),
        ("/Date(1784037600000)/", ["YYYY-MM-DD"], date(2026, 7, 14)),
        (1784037600, ["YYYY-MM-DD"], date(2026, 7, 14)),
    ],
)
def test_days_come_in_many_spellings(value: Any, formats: list[str], day: date) -> None:
    source = {"fields": FIELDS, "top": {"date_formats": formats}}
    mapped = mapper(**source).page([ROW | {"from": value, "to": value}])
    assert not mapped.skipped
    assert [record.arrival for record in mapped.records if isinstance(record, Booking)] == [day]


@pytest.mark.parametrize(
    "value",
    [
        "2026-07-14T12:30:00Z",
        "2026-07-14T14:30:00+02:00",
        "2026-07-14T14:30:00",  # without an offset it is the recipe's zone
        "2026-07-14 14:30:00",
        1784032200,
        1784032200000,
        "1784032200",
        "/Date(1784032200000+0200)/",
    ],
)
def test_instants_come_in_many_spellings(value: Any) -> None:
    found = booking({"u": value}, {"updated_at": "u"}).updated_at
    assert found == datetime(2026, 7, 14, 12, 30, tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("value", ["yesterday", True, {}, "2026-13-40", 10**30, "9" * 30])
def test_a_time_that_is_none_is_told(value: Any) -> None:
    assert reason(ROW | {"u": value}, {"updated_at": "u"}) == "updated_at is not a date or time"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"id": None}, "external_id is missing"),
        ({"id": ""}, "external_id is missing"),
        ({"state": None}, "status is missing"),
        ({"from": None}, "arrival is missing"),
        ({"to": ""}, "departure is missing"),
        ({"from": "soon"}, "arrival is not a date or time"),
        ({"from": "2026-07-20"}, "departure is before arrival"),
    ],
)
def test_what_must_be_there_is_told(row: dict[str, Any], why: str) -> None:
    assert reason(ROW | row) == why


def test_a_skipped_record_is_named_by_its_id_and_nothing_else() -> None:
    mapped = mapper().page([ROW | {"from": "Ada Lovelace"}, "Ada", None, ROW | {"id": 8}])
    assert [(skipped.external_id, str(skipped.reason)) for skipped in mapped.skipped] == [
        ("7", "arrival is not a date or time"),
        ("", "the record is not an object"),
        ("", "the record is not an object"),
    ]
    assert len(mapped.records) == 1


def test_the_high_water_is_the_latest_stamp() -> None:
    rows = [ROW | {"id": n, "u": f"2026-07-14T1{n}:00:00Z"} for n in (1, 3, 2)]
    mapped = mapper(fields=FIELDS | {"updated_at": "u"}).page(rows)
    assert mapped.high_water == datetime(2026, 7, 14, 13, tzinfo=UTC)
    assert mapper().page([ROW]).high_water is None
    assert Mapped([]).unmapped == {}


# --- other streams --------------------------------------------------------------------------------------------------


def test_guests() -> None:
    fields = {
        "external_id": "id",
        "first_name": "f",
        "country": "c",
        "is_vip": "v",
        "updated_at": "u",
        "email": "e",
    }
    one = mapper(Stream.GUESTS, fields=fields)
    rows = [
        {"id": 1, "f": "Zoë", "c": "ch", "v": "Y", "u": "2026-07-14T12:00:00Z", "e": None},
        {"id": 2, "c": "Switzerland", "v": 0},
    ]
    assert one.page(rows).records == [
        Guest(
            "1", first_name="Zoë", country="CH", is_vip=True, updated_at=datetime(2026, 7, 14, 12, tzinfo=UTC)
        ),
        Guest("2"),
    ]
    assert str(one.page([{"f": "nobody"}]).skipped[0].reason) == "external_id is missing"


def test_availability() -> None:
    fields = {"date": "d", "room_type_id": "t", "available": "n", "total": "all"}
    one = mapper(Stream.AVAILABILITY, fields=fields)
    assert one.page(
        [{"d": "2026-07-14", "t": "DBL", "n": "0"}, {"d": "2026-07-15", "t": "DBL", "n": 3, "all": 9}]
    ).records == [
        AvailabilityDay("DBL", date(2026, 7, 14), 0),
        AvailabilityDay("DBL", date(2026, 7, 15), 3, total=9),
    ]
    assert str(one.page([{"d": "2026-07-14", "t": "DBL"}]).skipped[0].reason) == "available is missing"


def test_rates() -> None:
    fields = {"date": "d", "rate_plan_id": "p", "price": "x", "min_stay": "m", "closed_to_arrival": "cta"}
    one = mapper(Stream.RATES, fields=fields)
    assert one.page([{"d": "2026-07-14", "p": "BAR", "x": "99.90", "m": 2, "cta": True}]).records == [
        RateDay("BAR", date(2026, 7, 14), 9990, "EUR", min_stay=2, closed_to_arrival=True)
    ]
    assert str(one.page([{"d": "2026-07-14", "p": "BAR"}]).skipped[0].reason) == "price is missing"


def test_check_ins_are_read_like_bookings() -> None:
    document = {
        "version": 1,
        "streams": {
            "bookings": {"path": "/x", "fields": FIELDS},
            "check_ins": {"path": "/y", "select": "rows"},
        },
    }
    mapped = Mapper(read(document), Stream.CHECK_INS).page([ROW | {"state": "confirmed"}])
    assert isinstance(mapped.records[0], Booking)


def test_one_mapper_serves_two_threads_and_each_hears_of_its_own_unknown_words() -> None:
    shared = mapper(fields=FIELDS | {"notes": "note"})

    def rows(word: str) -> Any:
        yield ROW | {"state": word}
        with ThreadPoolExecutor(1) as other:
            assert other.submit(shared.page, [ROW | {"state": "ELSEWHERE"}]).result().unmapped == {
                "ELSEWHERE": 1
            }
        yield ROW | {"state": word}

    assert shared.page(rows("LIMBO")).unmapped == {"LIMBO": 2}
