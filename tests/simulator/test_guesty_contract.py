"""Every answer of the pretend Guesty against the contract the vendor has published, read strictly.

The contract requires little and allows any further key. Here no key may come that it does not name, and what differs on
purpose stands in one table with its reason.
"""

import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from simulator.hotel import State
from simulator.server import Server
from simulator.world import World
from tests.simulator.guesty_account import Application

VENDORS = ("guesty",)
CONTRACT = Path(__file__).parents[3] / "shared" / "specs" / "guesty" / "guesty-open-api-2024-structure.json"
pytestmark = pytest.mark.skipif(
    not CONTRACT.exists(), reason=f"the published contract is not beside the project ({CONTRACT.name})"
)

Schema = dict[str, Any]
_ANY: Schema = {}
_TEXT: Schema = {"type": "string"}
_ROW_IN_PAGE = "the contract shows one row; answers have a page around it"
_TEXT_ID = "an object in the contract (its database's own type); JSON has the text"
_EMPTY_NULL = "a text in the contract; unknown is null in the answers on record"


@dataclass(frozen=True)
class Deviation:
    """At `place` of the answer of `operation` the simulator follows `instead`, and why."""

    operation: str
    place: str
    instead: Schema
    reason: str


OLD, NEW = "/reservations", "/reservations-v3"
CALENDAR = "/availability-pricing/api/calendar/listings/{id}"
PLANS = "/rm-rate-plans-ext/rate-plans"
PRICES = "/rm-rate-plans-ext/ari-calendar/listing/{listingId}/ratePlan/{ratePlanId}"
GUEST = "/guests-crud/{guestId}"
_LATER = "in answers on record, missing in this version of the contract"
DEVIATIONS = (
    *(
        Deviation(each, name, kind, _LATER)
        for each in (OLD, "/reservations/{id}")
        for name, kind in (
            ("guest", {"type": "object"}),
            ("listing", {"type": "object"}),
            ("plannedArrival", {"type": "string", "pattern": r"^\d\d:\d\d$"}),
            ("plannedDeparture", {"type": "string", "pattern": r"^\d\d:\d\d$"}),
            ("canceledAt", {"type": "string", "nullable": True}),
        )
    ),
    *(
        Deviation(each, "confirmedAt", {"type": "string", "nullable": True}, _EMPTY_NULL)
        for each in (OLD, "/reservations/{id}")
    ),
    *(
        Deviation(NEW, f"[].{name}", _TEXT, _TEXT_ID)
        for name in (
            "_id",
            "groupId",
            "quoteId",
            "accountId",
            "stay[]._id",
            "stay[].unitTypeId",
            "stay[].unitId",
        )
    ),
    *(
        Deviation(NEW, f"[].{name}", {"type": "string", "nullable": True}, _EMPTY_NULL)
        for name in ("canceledAt", "confirmedAt", "alteredAt")
    ),
    Deviation(CALENDAR, "reservationId", {"type": "string", "nullable": True}, _EMPTY_NULL),
    Deviation(GUEST, "email", {"type": "string", "nullable": True}, _EMPTY_NULL),
    Deviation(GUEST, "phone", {"type": "string", "nullable": True}, _EMPTY_NULL),
    Deviation(GUEST, "preferredLanguage", {"type": "string", "nullable": True}, _EMPTY_NULL),
    Deviation(GUEST, "nationality", {"type": "string", "nullable": True}, _EMPTY_NULL),
    Deviation(GUEST, "birthday", {"type": "string", "nullable": True}, _EMPTY_NULL),
    Deviation(
        PLANS,
        "ratePlans[].mealPlans",
        {"type": "array", "items": {"enum": ["breakfast", "lunch", "dinner", "all_inclusive"]}},
        "a list of numbers with texts for an enumeration in the contract",
    ),
    Deviation(
        PLANS,
        "ratePlans[].cancellationFee",
        {"type": "string", "nullable": True},
        "null is not in the enumeration beside `nullable`",
    ),
    Deviation(PRICES, "ratePlan", {"type": "object"}, "checked in the list of plans"),
    Deviation(PRICES, "days[].date", _TEXT, "an object in the contract; a date"),
    Deviation(PRICES, "days[].price", {"type": "number"}, "an object in the contract; a number"),
)
# Places where a page stands around the row of the contract.
PAGED = {OLD: _ROW_IN_PAGE, CALENDAR: _ROW_IN_PAGE, "/listings": _ROW_IN_PAGE}


@pytest.fixture(scope="module")
def contract() -> Schema:
    read: Schema = json.loads(CONTRACT.read_text(encoding="utf-8"))
    return read


@pytest.fixture
def app(vendor: Server, http: requests.Session) -> Application:
    return Application(vendor, http)


def _strict(schema: Schema, operation: str, place: str = "") -> Schema:
    """The schema with no other key allowed; a place of the table follows the table."""
    here = [each for each in DEVIATIONS if (each.operation, each.place) == (operation, place)]
    if here:
        return here[0].instead
    made = deepcopy(schema)
    if "items" in made:
        made["items"] = _strict(made["items"], operation, f"{place}[]")
    if "properties" in made:
        prefix = f"{place}." if place else ""
        closed = {name: _strict(each, operation, prefix + name) for name, each in made["properties"].items()}
        for each in DEVIATIONS:
            head, _, last = each.place.rpartition(".")
            if each.operation == operation and head == place and not last.endswith("]"):
                closed.setdefault(last, each.instead)
        made |= {"properties": closed, "additionalProperties": False}
    return made


def _published(contract: Schema, operation: str, method: str = "get", status: str = "200") -> Schema:
    answer = contract["paths"][operation][method]["responses"][status]
    schema: Schema = answer["content"]["application/json"]["schema"]
    return schema


def _wrongs(schema: Schema, operation: str, answer: object) -> list[str]:
    validator = OAS30Validator(_strict(schema, operation), format_checker=oas30_format_checker)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(answer)]


def test_every_operation_is_published_or_of_later_date(contract: Schema, app: Application) -> None:
    later = {
        ("GET", "/reservations-v3/search"),
        ("GET", "/availability-pricing/api/calendar/listings/minified/{id}"),
    }
    published = {(method.upper(), path) for path, each in contract["paths"].items() for method in each}
    first_parts = {(method, path.split("/")[1]) for method, path in published | later}
    assert {(method, part) for method, part, _ in app.vendor.routes} <= first_parts


def test_old_reservations_keep_the_contract(contract: Schema, app: Application, hotel_world: World) -> None:
    hotel_world.advance(1)
    schema = _published(contract, OLD)
    rows = app.old()
    assert rows
    assert [wrong for row in rows for wrong in _wrongs(schema, OLD, row)] == []
    one = app.ask(f"/reservations/{rows[0]['_id']}")
    assert _wrongs(_published(contract, "/reservations/{id}"), "/reservations/{id}", one) == []


def test_new_reservations_of_every_kind_keep_the_contract(
    contract: Schema, app: Application, hotel_world: World
) -> None:
    chosen = {(each.state, len(each.lines), each.group_code): each for each in hotel_world.reservations()}
    assert {state for state, *_ in chosen} == set(State)
    schema = _published(contract, NEW)
    for record in chosen.values():
        assert _wrongs(schema, NEW, app.of(record.number)) == []


def test_the_house_keeps_the_contract(contract: Schema, app: Application) -> None:
    assert _wrongs(_published(contract, "/accounts/me"), "/accounts/me", app.ask("/accounts/me")) == []
    rows = app.ask("/listings", limit=100)["results"]
    assert _wrongs(_published(contract, "/listings"), "/listings", rows) == []
    one = app.ask(f"/listings/{rows[0]['_id']}")
    assert _wrongs(_published(contract, "/listings/{id}"), "/listings/{id}", one) == []
    span = {"startDate": "2026-05-13", "endDate": "2026-06-13", "includeAllotment": "true"}
    room = app.vendor.names.room("204")
    for listing in (rows[0]["_id"], room):
        days = app.ask(f"/availability-pricing/api/calendar/listings/{listing}", **span)["data"]["days"]
        assert len(days) == 32
        assert [
            wrong for day in days for wrong in _wrongs(_published(contract, CALENDAR), CALENDAR, day)
        ] == []


def test_rate_plans_and_their_prices_keep_the_contract(contract: Schema, app: Application) -> None:
    query = {"skip": 0, "limit": 25, "sort": "name", "channelId": "manual"}
    plans = app.ask(PLANS, **query)
    assert _wrongs(_published(contract, PLANS), PLANS, plans) == []
    listing, plan = app.vendor.names.room_type("DBL"), app.vendor.names.plan("FLEX")
    prices = app.ask(
        PRICES.format(listingId=listing, ratePlanId=plan), fromDate="2026-05-13", toDate="2026-06-13"
    )
    assert _wrongs(_published(contract, PRICES), PRICES, prices) == []


def test_guests_keep_the_contract(contract: Schema, app: Application, hotel_world: World) -> None:
    page = app.ask("/guests-crud", columns="fullName guestEmail guestPhone address id")
    assert set(page) == set(_published(contract, "/guests-crud")["required"])
    for guest in hotel_world.guests()[:40]:
        fields = " ".join(_published(contract, GUEST)["properties"])
        one = app.ask(f"/guests-crud/{app.vendor.books.guest_id(guest)}", fields=fields)
        assert _wrongs(_published(contract, GUEST), GUEST, one) == []


def test_refusals_keep_the_contract(contract: Schema, app: Application) -> None:
    span = {"startDate": "2026-05-13", "endDate": "2026-05-12"}
    path = "/availability-pricing/api/calendar/listings/"
    missing = app.send(path + "nothing", startDate="2026-05-13", endDate="2026-05-14")
    assert _wrongs(_published(contract, CALENDAR, status="404"), "refused", missing.json()) == []
    turned = app.send(path + app.vendor.names.room_type("DBL"), **span)
    assert _wrongs(_published(contract, CALENDAR, status="422"), "refused", turned.json()) == []


def test_the_check_itself_finds_what_is_wrong(contract: Schema, app: Application, hotel_world: World) -> None:
    number = next(
        each.number
        for each in hotel_world.reservations()
        if each.state is State.IN_HOUSE and len(each.lines) == 1
    )
    (row,) = app.of(number)
    row["stay"][0]["guestsCount"] = "2"
    row["guestStay"]["status"] = "sleeping"
    row["surprise"] = True
    del row["bookerId"]
    wrongs = " ".join(_wrongs(_published(contract, NEW), NEW, [row]))
    assert all(word in wrongs for word in ("'2'", "sleeping", "surprise", "bookerId"))
    assert all(each.reason for each in DEVIATIONS)
    assert set(PAGED) <= set(contract["paths"])
