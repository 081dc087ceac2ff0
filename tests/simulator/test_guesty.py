"""The pretend Guesty: tokens that are rationed, two generations of reservations, guests, calendars and rates."""

import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import requests

from simulator import NewReservation
from simulator.faults import Fault, FaultKind
from simulator.generate import build_world
from simulator.hotel import State
from simulator.pms.guesty_access import LIMITS, Windows
from simulator.pms.guesty_calls import Refused
from simulator.pms.guesty_switches import Switches
from simulator.server import Server, start
from simulator.world import World
from tests.simulator.guesty_account import Application

VENDORS = ("guesty",)
TODAY = date(2026, 5, 13)
SPAN = {"startDate": "2026-05-13", "endDate": "2026-05-20"}


@pytest.fixture
def app(vendor: Server, http: requests.Session) -> Application:
    return Application(vendor, http)


def _one(world: World, state: State) -> str:
    return next(each.number for each in world.reservations() if each.state is state and len(each.lines) == 1)


# --- tokens ---------------------------------------------------------------------------------------------------------


def test_a_token_lives_a_day_and_names_the_account(app: Application) -> None:
    told = app.mint().json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 86_400, "open-api")
    claims = told["access_token"].split(".")[1]
    read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert read["accountId"] == app.ask("/accounts/me")["id"]


def test_the_sixth_token_of_a_day_is_refused_for_hours(app: Application, hotel_world: World) -> None:
    for _ in range(5):
        assert app.mint().status_code == 200
        hotel_world.clock.shift(timedelta(hours=1))
    refused = app.mint()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == 19 * 3600
    hotel_world.clock.shift(timedelta(hours=19))
    assert app.mint().status_code == 200


def test_the_ration_is_seen_and_given_back_at_the_control_desk(
    app: Application, vendor: Server, http: requests.Session
) -> None:
    desk, headers = f"{vendor.url}/_control/guesty/tokens", {"X-Simulator-Token": vendor.control_token}
    app.ask("/accounts/me")
    http.post(f"{desk}/spend", json={"times": 4}, headers=headers)
    assert http.get(desk, headers=headers).json() == {"minted": 5, "left": 0, "alive": 1}
    assert app.mint().status_code == 429
    assert http.delete(desk, headers=headers).json()["left"] == 5
    assert app.mint().status_code == 200


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_wrong_secret_is_refused_in_one_of_three_ways(app: Application, status: Any) -> None:
    app.vendor.switches = Switches(wrong_client_status=status)
    refused = app.mint(client_secret="wrong")
    assert (refused.status_code, refused.json()["error"]) == (status, "invalid_client")
    assert app.vendor.access.count()["minted"] == 0


def test_a_dead_token_gets_the_answer_for_want_of_permission_or_401(
    app: Application, hotel_world: World
) -> None:
    app.ask("/accounts/me")
    hotel_world.clock.shift(timedelta(hours=24))
    dead = app.send("/accounts/me")
    assert dead.status_code == 403
    assert dead.json()["message"].startswith("You don't have permission")
    app.vendor.switches = Switches(dead_token_status=401)
    assert app.send("/accounts/me").status_code == 401


def test_a_feature_that_is_not_permitted_is_403_and_guests_are_401(app: Application) -> None:
    app.vendor.switches = Switches(denied=frozenset({"listings", "guests-crud"}))
    assert app.send("/listings").status_code == 403
    assert app.send("/guests-crud", columns="fullName").status_code == 401
    assert app.send("/accounts/me").status_code == 200


def test_the_three_windows_tell_how_long_to_wait() -> None:
    now = [1000.0]
    windows = Windows(is_on=True, monotonic=lambda: now[0])
    for _ in range(8):
        for _ in range(15):
            windows.enter()
        now[0] += 1
    with pytest.raises(Refused) as minute:
        windows.enter()
    assert (minute.value.status, dict(minute.value.headers)) == (429, {"Retry-After": "52"})
    assert dict(windows.headers())["X-RateLimit-Remaining-Minute"] == "0"
    assert [most for most, _, _ in LIMITS] == [15, 120, 5000]


def test_every_answer_counts_down_the_limits_and_has_a_number(app: Application) -> None:
    first, second = app.send("/accounts/me"), app.send("/accounts/me")
    left = [int(each.headers["X-RateLimit-Remaining-Hour"]) for each in (first, second)]
    assert left == [4999, 4998]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    missing = app.send("/listings/nothing")
    assert missing.status_code == 404
    assert missing.json()["code"] == "LISTING_NOT_FOUND"
    assert missing.json()["requestId"] == missing.headers["x-request-id"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (FaultKind.UNAUTHORIZED, 401),
        (FaultKind.FORBIDDEN, 403),
        (FaultKind.RATE_LIMITED, 429),
        (FaultKind.UNAVAILABLE, 503),
    ],
)
def test_the_common_faults_look_like_this_vendor(
    app: Application, vendor: Server, kind: FaultKind, status: int
) -> None:
    app.ask("/accounts/me")
    vendor.faults.switch_on(Fault(kind=kind, times=1, match="/guesty/v1/"))
    answer = app.send("/accounts/me")
    assert answer.status_code == status
    assert answer.json()["requestId"]
    assert ("Retry-After" in answer.headers) is (status == 429)


# --- reservations ---------------------------------------------------------------------------------------------------


def test_both_generations_have_the_same_bookings(app: Application, hotel_world: World) -> None:
    units = sum(len({line.unit for line in record.lines}) for record in hotel_world.reservations())
    old = {row["_id"] for row in app.old()}
    new = {row["reservationId"] for row in app.search()}
    assert len(old) == units
    assert old == new


def test_the_new_search_may_silently_lack_a_channel(app: Application) -> None:
    app.vendor.switches = Switches(missing_sources=frozenset({"booking.com"}))
    old, new = app.old(), app.search()
    lost = [row for row in old if row["source"] == "booking.com"]
    assert lost
    assert len(new) == len(old) - len(lost)


def test_the_old_list_ends_on_the_first_of_march_2027(http: requests.Session) -> None:
    with start(build_world(date(2027, 2, 27)), rate_limit=0, vendors=VENDORS) as server:
        app = Application(server, http)
        assert app.send("/reservations").status_code == 200
        server.world.clock.shift(timedelta(days=2))
        app = Application(server, http)
        assert app.send("/reservations").status_code == 410
        assert app.send("/reservations-v3/search").status_code == 200


def test_states_become_a_status_and_a_guest_stay(app: Application, hotel_world: World) -> None:
    expected = {
        State.INQUIRY: ("inquiry", "not_set"),
        State.OPTION: ("reserved", "not_set"),
        State.WAITLIST: ("awaiting_payment", "not_set"),
        State.CONFIRMED: ("confirmed", "not_set"),
        State.IN_HOUSE: ("confirmed", "checked_in"),
        State.CHECKED_OUT: ("confirmed", "checked_out"),
        State.NO_SHOW: ("confirmed", "no_show"),
        State.CANCELLED: ("canceled", "not_set"),
    }
    for state, told in expected.items():
        (row,) = app.of(_one(hotel_world, state))
        assert (row["status"], row["guestStay"]["status"]) == told


@pytest.mark.parametrize(
    ("state", "ending"),
    [(State.INQUIRY, "closed"), (State.OPTION, "expired"), (State.WAITLIST, "declined")],
)
def test_what_was_never_confirmed_ends_under_a_name_of_its_own(
    app: Application, hotel_world: World, state: State, ending: str
) -> None:
    number = _one(hotel_world, state)
    hotel_world.cancel(number)
    assert {row["status"] for row in app.of(number)} == {ending}


def test_a_room_move_is_a_further_segment_and_units_are_bookings_of_one_group(
    app: Application, hotel_world: World
) -> None:
    moved = next(
        r for r in hotel_world.reservations() if len(r.lines) > 1 and len({n.unit for n in r.lines}) == 1
    )
    (row,) = app.of(moved.number)
    assert [each["checkInDateLocalized"] for each in row["stay"]] == [str(n.arrival) for n in moved.lines]
    grouped = [r for r in hotel_world.reservations() if r.group_code is not None]
    groups = {row["groupId"] for record in grouped[:3] for row in app.of(record.number)}
    assert len(groups) == len({record.group_code for record in grouped[:3]})


def test_money_guest_and_listing_are_in_the_old_rows_only(app: Application, hotel_world: World) -> None:
    record = next(r for r in hotel_world.reservations() if r.balance and len(r.lines) == 1)
    (booking,) = app.vendor.books.of(record)
    row = app.ask(f"/reservations/{booking.id}")
    assert row["money"]["currency"] == "EUR"
    assert row["money"]["fareAccommodation"] == record.total / 100
    assert row["money"]["balanceDue"] == record.balance / 100
    assert row["guest"]["fullName"]
    assert not {"money", "guest", "listing"} & set(app.by_ids(booking.id)[0])


def test_the_old_filters_know_the_vendors_operators(app: Application) -> None:
    everything = app.old()
    since = "2026-05-12T00:00:00.000Z"
    changed = app.old({"field": "lastUpdatedAt", "operator": "$gt", "value": since}, sort="lastUpdatedAt")
    assert [row["lastUpdatedAt"] for row in changed] == sorted(row["lastUpdatedAt"] for row in changed)
    assert len(changed) == sum(row["lastUpdatedAt"] > since for row in everything)
    between = app.old(
        {"field": "checkInDateLocalized", "operator": "$between", "from": "2026-05-13", "to": "2026-05-14"}
    )
    assert {row["checkInDateLocalized"] for row in between} == {"2026-05-13", "2026-05-14"}
    gone = app.old({"field": "status", "operator": "$in", "value": ["canceled", "inquiry"]})
    stays = app.old({"field": "status", "operator": "$eq", "value": "confirmed"})
    open_ = app.old({"field": "status", "operator": "$not", "value": "confirmed"})
    assert len(stays) + len(open_) == len(everything)
    assert 0 < len(gone) < len(open_)
    assert app.old({"field": "guest.fullName", "operator": "$contains", "value": "kjærgård"})


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/reservations", {"filters": "{}"}),
        ("/reservations", {"filters": '[{"field":"shoeSize","operator":"$eq","value":1}]'}),
        ("/reservations", {"filters": '[{"field":"status","operator":"@eq","value":"x"}]'}),
        ("/reservations", {"sort": "nothing"}),
        ("/reservations", {"limit": "101"}),
        ("/reservations-v3/search", {"filter[status][gt]": "confirmed"}),
        ("/reservations-v3/search", {"filter[guestId]": "1"}),
        ("/reservations-v3/search", {"sort": "lastUpdatedAt"}),
        ("/reservations-v3", {}),
        ("/reservations-v3", {"reservationIds[]": [str(n) for n in range(11)]}),
        ("/guests-crud", {}),
        ("/guests-crud", {"columns": "id", "filters": "[]"}),
    ],
)
def test_a_wrong_question_is_400_and_says_so(app: Application, path: str, query: dict[str, Any]) -> None:
    refused = app.send(path, **query)
    assert refused.status_code == 400
    assert refused.json()["code"] == "VALIDATION_FAILED"


def test_the_default_order_of_the_old_list_moves_between_pages(app: Application) -> None:
    whole = [row["_id"] for row in app.ask("/reservations", limit=100)["results"]]
    halves = [
        row["_id"] for skip in (0, 50) for row in app.ask("/reservations", limit=50, skip=skip)["results"]
    ]
    assert whole[:50] == halves[:50]
    assert whole != halves


def test_bracket_filters_are_anded_and_commas_mean_any(app: Application) -> None:
    found = app.search(checkIn_gte="2026-05-13", checkIn_lt="2026-05-15", status="confirmed,canceled")
    assert {row["checkInDateLocalized"] for row in found} == {"2026-05-13", "2026-05-14"}
    assert {row["status"] for row in found} == {"confirmed", "canceled"}
    assert [row["reservationId"] for row in found] == sorted(
        (r["reservationId"] for r in found), reverse=True
    )


def test_the_new_search_by_change_can_be_unknown(app: Application, hotel_world: World) -> None:
    since = hotel_world.horizon()
    number = _one(hotel_world, State.CONFIRMED)
    hotel_world.set_notes(number, "late")
    (row,) = app.search(lastUpdatedAt_gte=since.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    assert row["reservationId"] == app.of(number)[0]["_id"]
    app.vendor.switches = Switches(is_updated_filter_known=False)
    asked = {"filter[lastUpdatedAt][gte]": "2026-05-13T00:00:00Z"}
    assert app.send("/reservations-v3/search", **asked).status_code == 400


def test_a_search_by_listing_sees_the_first_segment_only(app: Application, hotel_world: World) -> None:
    moved = next(
        r
        for r in hotel_world.reservations()
        if len({n.room_type for n in r.lines}) > 1 and r.lines[0].unit == r.lines[-1].unit
    )
    first, last = (app.vendor.names.room_type(line.room_type) for line in (moved.lines[0], moved.lines[-1]))
    ids = {row["_id"] for row in app.of(moved.number)}
    assert ids & {row["reservationId"] for row in app.search(listingId=first)}
    assert not ids & {row["reservationId"] for row in app.search(listingId=last)}


@pytest.mark.parametrize("name", ["_id", "id", "reservationId"])
def test_the_id_of_a_booking_has_three_names(app: Application, hotel_world: World, name: Any) -> None:
    app.vendor.switches = Switches(id_key=name)
    number = _one(hotel_world, State.IN_HOUSE)
    (row,) = app.of(number)
    assert row[name] == app.vendor.books.of(hotel_world.reservation(number))[0].id


def test_fields_are_picked_with_spaces_and_dots(app: Application) -> None:
    row = app.ask("/reservations", limit=1, fields="status guest.fullName")["results"][0]
    assert set(row) == {"_id", "status", "guest"}
    assert set(row["guest"]) == {"fullName"}


def test_some_accounts_tell_the_stay_in_the_old_status(app: Application, hotel_world: World) -> None:
    app.vendor.switches = Switches(is_stay_in_old_status=True, are_unconfirmed_hidden=True)
    assert {row["status"] for row in app.old()} == {"confirmed", "checked_in", "checked_out", "no_show"} - {
        "no_show"
    }


# --- guests, listings, calendars, rates -----------------------------------------------------------------------------


def test_guests_come_by_column_and_by_id(app: Application, hotel_world: World) -> None:
    guest = next(each for each in hotel_world.guests() if each.email is None)
    identifier = app.vendor.books.guest_id(guest)
    asked = {"columns": "fullName guestEmail id", "filters": json.dumps({"_id": {"@in": [identifier]}})}
    found = app.ask("/guests-crud", **asked)
    assert found["total"] == 1
    assert found["results"][0]["guestEmail"] is None
    whole = app.ask(f"/guests-crud/{identifier}", fields="fullName passportNumber tags")
    assert whole["passportNumber"]
    assert whole["lastName"] == guest.last
    assert app.send("/guests-crud/unknown", fields="fullName").status_code == 404


def test_a_listing_is_a_room_type_and_its_units_can_be_listed_too(
    app: Application, hotel_world: World
) -> None:
    assert app.ask("/listings")["count"] == 6
    app.vendor.switches = Switches(are_units_listed=True, are_listings_bare=True)
    rows = app.ask("/listings", limit=100, fields="title timezone")
    assert len(rows) == 6 + 60
    room = hotel_world.hotel.rooms[0].number
    assert app.ask(f"/listings/{app.vendor.names.room(room)}")["nickname"] == room


def test_calendars_count_free_rooms_as_the_hotel_does(app: Application, hotel_world: World) -> None:
    listing = app.vendor.names.room_type("DBL")
    path = f"/availability-pricing/api/calendar/listings/{listing}"
    days = app.ask(path, **SPAN, includeAllotment="true")["data"]["days"]
    truth = [row for row in hotel_world.availability(TODAY, date(2026, 5, 20)) if row.room_type == "DBL"]
    assert [day["allotment"] for day in days] == [row.available for row in truth]
    assert "allotment" not in app.ask(path, **SPAN)["data"]["days"][0]
    several = app.ask(
        "/availability-pricing/api/calendar/listings",
        listingIds=f"{listing},{app.vendor.names.room_type('SGL')}",
        **SPAN,
    )
    assert len(several["data"]["days"]) == 16


@pytest.mark.parametrize("envelope", ["data.days", "days", "data", "bare"])
def test_calendars_come_in_four_envelopes(app: Application, envelope: Any) -> None:
    app.vendor.switches = Switches(calendar=envelope)
    listing = app.vendor.names.room_type("DBL")
    answer = app.ask(f"/availability-pricing/api/calendar/listings/{listing}", **SPAN)
    for part in envelope.split(".") if envelope != "bare" else ():
        answer = answer[part]
    assert len(answer) == 8


def test_the_calendar_of_a_unit_names_the_booking_in_it(app: Application, hotel_world: World) -> None:
    record = next(r for r in hotel_world.reservations() if r.state is State.IN_HOUSE and len(r.lines) == 1)
    unit = app.vendor.names.room(record.lines[0].room or "")
    path = f"/availability-pricing/api/calendar/listings/{unit}"
    day = app.ask(path, startDate="2026-05-13", endDate="2026-05-13")["data"]["days"][0]
    assert day["status"] == "booked"
    assert day["reservationId"] == app.vendor.books.of(record)[0].id


@pytest.mark.parametrize(
    ("feature", "status"), [("on", 200), ("forbidden", 403), ("not_found", 404), ("empty", 200)]
)
def test_rate_plans_are_a_feature_that_many_lack(app: Application, feature: Any, status: int) -> None:
    app.vendor.switches = Switches(rate_plans=feature)
    query = {"skip": 0, "limit": 25, "sort": "name", "channelId": "manual"}
    answer = app.send("/rm-rate-plans-ext/rate-plans", **query)
    assert answer.status_code == status
    if status == 200:
        assert len(answer.json()["ratePlans"]) == (6 if feature == "on" else 0)


def test_a_plan_has_prices_by_day(app: Application, hotel_world: World) -> None:
    listing, plan = app.vendor.names.room_type("STE"), app.vendor.names.plan("BB")
    path = f"/rm-rate-plans-ext/ari-calendar/listing/{listing}/ratePlan/{plan}"
    days = app.ask(path, fromDate="2026-05-13", toDate="2026-05-15")["days"]
    truth = [
        row.price / 100
        for row in hotel_world.rates(TODAY, date(2026, 5, 15))
        if (row.room_type, row.rate_plan) == ("STE", "BB")
    ]
    assert [day["price"] for day in days] == truth


def test_an_empty_fault_empties_every_list(app: Application, vendor: Server) -> None:
    app.ask("/accounts/me")
    vendor.faults.switch_on(Fault(kind=FaultKind.EMPTY, match="/guesty/v1/"))
    assert (app.old(), app.search(), app.ask("/listings")["results"]) == ([], [], [])
    assert app.ask("/guests-crud", columns="id")["results"] == []


def test_a_new_booking_is_there_at_once(app: Application, hotel_world: World) -> None:
    order = NewReservation(arrival=TODAY, departure=TODAY + timedelta(2), last="Lind")
    number = hotel_world.book(order).number
    (row,) = app.of(number)
    assert (
        row["_id"]
        == app.search(createdAt_gte=_iso(hotel_world.reservation(number).created_at))[0]["reservationId"]
    )
    hotel_world.check_in(number)
    (row,) = app.of(number)
    assert row["guestStay"]["status"] == "checked_in"
    assert row["stay"][0]["unitId"] == app.vendor.names.room(
        hotel_world.reservation(number).lines[0].room or ""
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
