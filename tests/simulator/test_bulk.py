import time
import tracemalloc
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
import requests

from simulator.aurora import aurora
from simulator.bulk import BulkHotel
from simulator.pms import custom_rest_shapes as shapes
from simulator.pms.custom_rest_bulk import BulkRows
from simulator.register import Query
from simulator.server import start
from simulator.world import World

TODAY = date(2026, 5, 13)
NOW = datetime(2026, 5, 13, 7, 20, tzinfo=UTC)


def bulk(count: int) -> BulkHotel:
    return BulkHotel(aurora(TODAY), TODAY, NOW, count)


@pytest.mark.parametrize("share", [None, 0.01])
def test_a_fast_row_is_the_row_of_the_whole_record(share: float | None) -> None:
    hotel = bulk(40_000)
    rows = BulkRows(hotel)
    if share:
        hotel.touch(share, NOW)
    for index in range(0, 40_000, 701):
        record, guest = hotel.reservation(index), hotel.guest(hotel.guest_index(index))
        slow = msgspec.json.encode(shapes.reservation_row(hotel.hotel, record, guest))
        assert rows.one("reservations", record.number) == slow
        assert rows.one("guests", guest.id) == msgspec.json.encode(shapes.guest_row(hotel.hotel, guest))


@pytest.mark.parametrize("share", [None, 0.03])
def test_a_full_list_has_every_record_once_in_order_of_change(share: float | None) -> None:
    hotel = bulk(5_000)
    if share:
        hotel.touch(share, NOW)
    found = list(hotel.select(Query()))
    stamps = [hotel.changed_ms(index) for index in found]
    assert sorted(found) == list(range(5_000))
    assert stamps == sorted(stamps)
    assert stamps[-1] < NOW.timestamp() * 1000


def test_what_was_touched_is_what_changed_since() -> None:
    hotel = bulk(5_000)
    since = Query(changed_since=NOW - timedelta(hours=1))
    assert list(hotel.select(since)) == []
    assert hotel.touch(0.01, NOW) == 50
    assert list(hotel.select(since)) == list(range(0, 5_000, 100))
    note = hotel.note(100)
    hotel.touch(0.01, NOW + timedelta(minutes=5))
    assert hotel.note(100) != note
    assert list(hotel.select(Query(changed_since=NOW))) == list(range(0, 5_000, 100))
    with pytest.raises(ValueError, match="same on every call"):
        hotel.touch(0.02, NOW)


@pytest.mark.parametrize("share", [None, 0.1])
def test_windows_of_change_and_of_stay_agree_with_a_count_one_by_one(share: float | None) -> None:
    hotel = bulk(3_000)
    if share:
        hotel.touch(share, NOW)
    since, until = NOW - timedelta(days=9), NOW - timedelta(days=3, microseconds=400)
    expected = [
        index
        for index in range(3_000)
        if since <= hotel.reservation(index).updated_at < until
        and hotel.reservation(index).arrival <= TODAY <= hotel.reservation(index).departure
    ]
    query = Query(changed_since=since, changed_until=until, stay_from=TODAY, stay_to=TODAY)
    assert sorted(hotel.select(query)) == expected != []


def test_memory_does_not_grow_with_the_number_of_records() -> None:
    hotels = [(count, BulkRows(bulk(count))) for count in (20_000, 2_000_000)]
    tracemalloc.start()
    try:
        peaks = []
        for count, dialect in hotels:
            rows = dialect.rows("reservations", Query())
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            for start_at in range(0, count, count // 8):
                assert len(rows.part(start_at, 500)) == 500
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5
    assert peaks[1] < 10_000_000


def test_a_page_of_five_hundred_costs_little() -> None:
    rows = BulkRows(bulk(100_000)).rows("reservations", Query())
    for warm in range(0, 4_000, 500):
        rows.part(warm, 500)
    started = time.thread_time()
    for place in range(0, 10_000, 500):
        rows.part(place, 500)
    # 3.5 ms on the machine this was written on; the bound leaves room for slower ones.
    assert (time.thread_time() - started) / 20 < 0.03


def test_bulk_is_served_in_the_same_dialect(hotel_world: World, http: requests.Session) -> None:
    with start(hotel_world, bulk=2_500) as vendor:
        http.headers["X-Api-Key"] = vendor.credentials["api_key_header"]["value"]
        url = f"{vendor.url}/v2/properties/AUR1/reservations"
        numbers: list[str] = []
        cursor = None
        while cursor != "":
            params = {"paging": "cursor", "pageSize": "1000", **({"cursor": cursor} if cursor else {})}
            body = http.get(url, params=params).json()
            numbers += [row["reservationNo"] for row in body["reservations"]]
            cursor = body["paging"]["nextCursor"] or ""
        one = http.get(f"{url}/{numbers[7]}").json()
        guest = http.get(f"{vendor.url}/v2/properties/AUR1/guests/{one['guest']['id']}").json()
        missing = http.get(f"{url}/7")
    assert len(numbers) == len(set(numbers)) == 2_500
    assert one["reservationNo"] == numbers[7]
    assert guest["family"] == one["guest"]["family"]
    assert missing.status_code == 404
