from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from simulator.credentials import AuthKind
from simulator.hotel import State
from simulator.pms.custom_rest_shapes import STATES
from simulator.register import Query
from simulator.server import Server, start
from simulator.world import World

VENDORS = ()
Meanwhile = Callable[[], None]


def walk(
    http: requests.Session, url: str, kind: str, params: dict[str, str], meanwhile: Meanwhile | None = None
) -> list[dict[str, object]]:
    """Every record of a list by one way of paging; `meanwhile` happens after each page."""
    name = url.rsplit("/", 1)[1]
    size = "limit" if kind == "offset" else "pageSize"
    query: dict[str, str] | None = {**params, "paging": kind, size: "100"}
    found: list[dict[str, object]] = []
    page = 1
    while True:
        answer = http.get(url, params=query)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += body[name]
        if meanwhile is not None:
            meanwhile()
        paging = body["paging"]
        following = {**(query or {})}
        if kind == "page":
            page += 1
            if page > paging["totalPages"]:
                return found
            following["page"] = str(page)
        elif kind == "offset":
            if not paging["hasMore"]:
                return found
            following["offset"] = str(len(found))
        elif kind in ("cursor", "headerCursor"):
            cursor = paging.get("nextCursor") or answer.headers.get("X-Next-Cursor")
            if not cursor:
                return found
            following["cursor"] = cursor
        else:
            link = paging.get("next") or answer.links.get("next", {}).get("url")
            if not link:
                return found
            url, following = link, {}
        query = following or None


KINDS = ["page", "offset", "cursor", "headerCursor", "nextLink", "linkHeader"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_way_of_paging_gives_each_record_once_while_records_change(
    kind: str, keyed: requests.Session, address: str, hotel_world: World
) -> None:
    numbers = [r.number for r in hotel_world.reservations()]
    until = hotel_world.horizon()
    victims = iter([r.number for _, r in hotel_world.select_reservations(Query())][50:])

    def meanwhile() -> None:
        for _ in range(3):
            hotel_world.set_balance(next(victims), 4200)

    found = walk(keyed, f"{address}/reservations", kind, {"changedUntil": until.isoformat()}, meanwhile)
    assert sorted(str(row["reservationNo"]) for row in found) == numbers


@pytest.mark.parametrize("kind", ["cursor", "headerCursor", "nextLink", "linkHeader"])
def test_a_list_walked_by_cursor_stands_still_without_an_until(
    kind: str, keyed: requests.Session, address: str, hotel_world: World
) -> None:
    number = hotel_world.reservations()[-1].number

    def meanwhile() -> None:
        hotel_world.set_balance(number, 1)

    found = walk(keyed, f"{address}/reservations", kind, {}, meanwhile)
    numbers = [row["reservationNo"] for row in found]
    assert len(numbers) == len(set(numbers)) == len(hotel_world.reservations())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["availability", "rates"])
def test_days_are_paged_like_everything_else(
    kind: str, name: str, keyed: requests.Session, address: str, hotel_world: World
) -> None:
    first = hotel_world.business_date
    last = first + timedelta(20)
    found = walk(keyed, f"{address}/{name}", kind, {"from": first.isoformat(), "to": last.isoformat()})
    types, plans = len(hotel_world.hotel.room_types), len(hotel_world.hotel.rate_plans)
    assert len(found) == 21 * types * (plans if name == "rates" else 1)
    assert len({(row["date"], row["roomType"], row.get("ratePlan")) for row in found}) == len(found)


def test_lists_are_ordered_by_change_then_number(keyed: requests.Session, address: str) -> None:
    rows = walk(keyed, f"{address}/reservations", "page", {})
    keys = [(datetime.fromisoformat(str(r["lastChanged"])), str(r["reservationNo"])) for r in rows]
    assert keys == sorted(keys)
    assert len({at for at, _ in keys}) < len(keys), "a group is booked in one instant"


def test_a_reservation_reads_as_the_document_says(
    keyed: requests.Session, address: str, hotel_world: World
) -> None:
    truth = next(r for r in hotel_world.reservations() if r.state is State.IN_HOUSE and len(r.lines) == 2)
    row = keyed.get(f"{address}/reservations/{truth.number}").json()
    guest = hotel_world.guest(truth.guest_id)
    assert row["state"] == "INH"
    assert row["guest"]["family"] == guest.last
    assert (row["from"], row["to"]) == (truth.arrival.isoformat(), truth.departure.isoformat())
    assert [(s["roomType"]["code"], s["room"]) for s in row["stays"]] == [
        (line.room_type, line.room) for line in truth.lines
    ]
    assert [s["dailyCents"] for s in row["stays"]] == [list(line.nightly) for line in truth.lines]
    assert row["total"] == f"{truth.total / 100:.2f}"
    assert row["balanceCents"] == truth.balance
    changed = datetime.fromisoformat(row["lastChanged"])
    assert changed == truth.updated_at
    assert changed.utcoffset() == timedelta(hours=3)
    assert row["createdAt"].endswith("Z")


def test_every_state_has_its_word(keyed: requests.Session, address: str) -> None:
    rows = walk(keyed, f"{address}/reservations", "page", {})
    assert {row["state"] for row in rows} == set(STATES.values())
    assert sum(row["state"] == "WLT" for row in rows) == 2


def test_changes_since_hold_only_what_changed(
    keyed: requests.Session, address: str, hotel_world: World
) -> None:
    since = hotel_world.horizon().isoformat()
    assert walk(keyed, f"{address}/reservations", "page", {"changedSince": since}) == []
    number = next(r.number for r in hotel_world.reservations() if r.state is State.CONFIRMED)
    hotel_world.cancel(number)
    rows = walk(keyed, f"{address}/reservations", "page", {"changedSince": since})
    assert [(row["reservationNo"], row["state"]) for row in rows] == [(number, "CXL")]
    assert rows[0]["cancelledAt"] == "2026-05-13T07:20:00Z"


def test_a_stay_window_holds_every_stay_that_touches_it(
    keyed: requests.Session, address: str, hotel_world: World
) -> None:
    today = hotel_world.business_date
    rows = walk(keyed, f"{address}/reservations", "page", {"stayFrom": f"{today}", "stayTo": f"{today}"})
    expected = {r.number for r in hotel_world.reservations() if r.arrival <= today <= r.departure}
    assert {row["reservationNo"] for row in rows} == expected


def test_a_few_are_asked_for_by_number_in_query_or_search(
    keyed: requests.Session, address: str, hotel_world: World
) -> None:
    wanted = [r.number for r in hotel_world.reservations()[5:8]]
    by_query = keyed.get(f"{address}/reservations", params={"ids": ",".join([*wanted, "999999999"])}).json()
    by_body = keyed.post(f"{address}/reservations/search", json={"ids": wanted, "pageSize": 2}).json()
    assert sorted(row["reservationNo"] for row in by_query["reservations"]) == wanted
    assert by_body["paging"] == {"page": 1, "pageSize": 2, "totalPages": 2, "totalCount": 3}


def test_movements_of_a_day_say_who_comes_goes_and_moves(
    keyed: requests.Session, address: str, hotel_world: World
) -> None:
    today = hotel_world.business_date
    due = next(r for r in hotel_world.reservations() if r.state is State.CONFIRMED and r.arrival == today)
    hotel_world.check_in(due.number)
    rows = walk(keyed, f"{address}/movements", "page", {"date": f"{today}"})
    kinds = {row["kind"] for row in rows}
    assert {"arrival", "departure"} <= kinds
    mine = [row for row in rows if row["reservationNo"] == due.number and row["kind"] == "arrival"]
    assert [(row["done"], row["at"]) for row in mine] == [(True, "2026-05-13T07:20:00Z")] * len(due.lines)
    month = {"from": f"{today - timedelta(20)}", "to": f"{today}"}
    assert "move" in {row["kind"] for row in walk(keyed, f"{address}/movements", "page", month)}


def test_guests_are_a_resource_of_their_own(
    keyed: requests.Session, address: str, hotel_world: World
) -> None:
    rows = walk(keyed, f"{address}/guests", "page", {})
    assert {row["id"] for row in rows} == {g.id for g in hotel_world.guests()}
    one = hotel_world.guests()[0]
    assert keyed.get(f"{address}/guests/{one.id}").json()["family"] == one.last


def test_an_edited_guest_shows_in_the_reservation_at_once(
    keyed: requests.Session, address: str, hotel_world: World
) -> None:
    known = hotel_world.reservations()[0]
    keyed.get(f"{address}/reservations/{known.number}")
    hotel_world.edit_guest(known.guest_id, phone="+44 7700 900999")
    assert keyed.get(f"{address}/reservations/{known.number}").json()["guest"]["phone"] == "+44 7700 900999"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("", 404, "NOT_FOUND"),
        ("/v1/properties", 404, "NOT_FOUND"),
        ("/v2/hotels", 404, "NOT_FOUND"),
        ("/v2/properties/NOPE", 404, "PROPERTY_UNKNOWN"),
        ("/v2/properties/NOPE/reservations", 404, "PROPERTY_UNKNOWN"),
        ("/v2/properties/AUR1/spa", 404, "NOT_FOUND"),
        ("/v2/properties/AUR1/reservations/1", 404, "RECORD_UNKNOWN"),
        ("/v2/properties/AUR1/guests/G1", 404, "RECORD_UNKNOWN"),
        ("/v2/properties/AUR1/reservations?changedSince=yesterday", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/reservations?changedSince=2026-05-13T07:20:00", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/reservations?stayFrom=2026-05-13&stayTo=2026-05-12", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/reservations?stayFrom=20260513", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/reservations?changed_since=x", 422, "PARAMETER_UNKNOWN"),
        ("/v2/properties/AUR1/reservations?pageSize=501", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/reservations?page=0", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/reservations?paging=magic", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/reservations?paging=cursor&cursor=%C3%A9", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/availability", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/availability?from=2026-05-13&to=2028-05-13", 422, "PARAMETER_INVALID"),
        ("/v2/properties/AUR1/movements?date=2026-05-13&from=2026-05-13", 422, "PARAMETER_INVALID"),
    ],
)
def test_a_wrong_address_or_parameter_is_named(
    path: str, status: int, code: str, keyed: requests.Session, vendor: Server
) -> None:
    answer = keyed.get(vendor.url + path)
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_cursor_belongs_to_its_filters(keyed: requests.Session, address: str) -> None:
    url = f"{address}/reservations"
    cursor = keyed.get(url, params={"paging": "cursor", "stayFrom": "2026-05-01"}).json()["paging"][
        "nextCursor"
    ]
    other = keyed.get(url, params={"paging": "cursor", "stayFrom": "2026-05-02", "cursor": cursor})
    assert other.status_code == 422
    assert keyed.get(url, params={"paging": "cursor", "cursor": cursor}).status_code == 200


def test_another_method_is_refused(keyed: requests.Session, address: str) -> None:
    answer = keyed.delete(f"{address}/reservations")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_the_key_lists_its_property_and_the_set_up(keyed: requests.Session, vendor: Server) -> None:
    listed = keyed.get(f"{vendor.url}/v2/properties").json()["properties"]
    assert [(p["id"], p["name"], p["businessDate"]) for p in listed] == [
        ("AUR1", "Hotel Aurora", "2026-05-13")
    ]
    sheet = keyed.get(f"{vendor.url}/v2/properties/AUR1").json()
    assert sum(t["rooms"] for t in sheet["roomTypes"]) == len(sheet["rooms"]) == 60


def test_a_key_without_a_scope_is_refused_only_there(
    vendor: Server, address: str, http: requests.Session
) -> None:
    key = vendor.keyring.issue(AuthKind.API_KEY_HEADER, {"reservations"}).secret
    headers = {"X-Api-Key": key}
    refused = http.get(f"{address}/guests", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "SCOPE_MISSING")
    assert http.get(f"{address}/reservations", headers=headers).status_code == 200


def test_too_many_calls_are_told_how_long_to_wait(hotel_world: World, http: requests.Session) -> None:
    with start(hotel_world, rate_limit=1) as vendor:
        headers = {"X-Api-Key": vendor.credentials["api_key_header"]["value"]}
        statuses = [http.get(f"{vendor.url}/v2/ping", headers=headers) for _ in range(3)]
    assert [s.status_code for s in statuses] == [200, 200, 429]
    assert statuses[2].headers["Retry-After"] == "1"


def test_the_date_header_is_the_worlds_clock(keyed: requests.Session, vendor: Server) -> None:
    assert keyed.get(f"{vendor.url}/v2/ping").headers["Date"] == "Wed, 13 May 2026 07:20:00 GMT"
    assert vendor.world.clock.now() == datetime(2026, 5, 13, 7, 20, tzinfo=UTC)
