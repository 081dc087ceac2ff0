"""Every answer of the pretend Cloudbeds against the contract the vendor has published, read strictly.

The contract requires nothing and allows any further key. Here every key it names must come unless it may be null, none
may come that it does not name, and what differs on purpose stands in one table with its reason.
"""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator

from simulator.hotel import State
from simulator.pms.cloudbeds import Cloudbeds
from simulator.pms.cloudbeds_books import Quirks
from simulator.server import Server
from simulator.world import World

VENDORS = ("cloudbeds",)
CONTRACT = Path(__file__).parents[3] / "shared" / "specs" / "cloudbeds" / "pms-v1.3-openapi.yaml"
pytestmark = pytest.mark.skipif(
    not CONTRACT.exists(), reason=f"the published contract is not beside the project ({CONTRACT.name})"
)

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_CURRENCY: Schema = {
    "type": "object",
    "required": ["currencyCode", "currencySymbol", "currencyPosition"],
    "properties": {"currencyCode": _TEXT, "currencySymbol": _TEXT, "currencyPosition": _TEXT},
    "additionalProperties": False,
}
_EMPTY_LIST: Schema = {"type": "array", "maxItems": 0}
MAY_BE_ABSENT: Schema = {"absent": True}


@dataclass(frozen=True)
class Deviation:
    """At `place` of the answer of `method` the simulator follows `instead`, and why."""

    method: str
    place: str
    instead: Schema
    reason: str


_ASKED_FOR = "comes only when the query asks for it"
_DATE_SEEN = "the contract says date-time; the answers on record have a plain date"
DEVIATIONS = (
    Deviation(
        "getHotels", "data[].propertyCurrency", _CURRENCY, "an array in the contract, an object in answers"
    ),
    Deviation(
        "getAvailableRoomTypes", "data[].propertyCurrency", _CURRENCY, "the same object as in getHotels"
    ),
    Deviation("getReservationsWithRateDetails", "data[].reservationCheckIn", _DAY, _DATE_SEEN),
    Deviation("getReservationsWithRateDetails", "data[].reservationCheckOut", _DAY, _DATE_SEEN),
    Deviation("getGuestsModified", "data[].startDate", _DAY, _DATE_SEEN),
    Deviation("getGuestsModified", "data[].endDate", _DAY, _DATE_SEEN),
    Deviation("getGuestsByStatus", "data[].startDate", _DAY, _DATE_SEEN),
    Deviation("getGuestsByStatus", "data[].endDate", _DAY, _DATE_SEEN),
    *(
        Deviation(
            method,
            f"data[].{name}",
            {"type": "string", "maxLength": 0},
            "a date in the contract; unknown, and no null is allowed there: an empty text, as PHP writes it",
        )
        for method in ("getGuestsModified", "getGuestsByStatus")
        for name in ("guestBirthDate", "guestDocumentIssueDate", "guestDocumentExpirationDate")
    ),
    Deviation(
        "getReservationsWithRateDetails",
        "data[].rooms[].roomID",
        {"type": "string", "nullable": True},
        "a text in the contract, whose own description says null before a room is assigned",
    ),
    Deviation(
        "getReservations",
        "data[].rooms[].roomID",
        {"type": "string", "nullable": True},
        "a text in the contract, whose own description says null before a room is assigned",
    ),
    Deviation("getRatePlans", "data[].roomTypeName", _TEXT, "an integer in the contract; a name is a text"),
    Deviation("getReservations", "data[].rooms", MAY_BE_ABSENT, _ASKED_FOR),
    Deviation(
        "getReservation",
        "data.channelProvidedCreditCard",
        MAY_BE_ABSENT,
        "only for reservations of a channel, says its description",
    ),
    Deviation("getGuestList", "data", _EMPTY_LIST, "PHP writes an empty map as an empty list"),
    Deviation("getGuestList", "data.*.propertyID", _TEXT, "not in the contract, in every answer on record"),
    Deviation("getRoomBlocks", "message", MAY_BE_ABSENT, "only with success false, says its description"),
)


class _Yaml(yaml.SafeLoader):
    """Leaves dates as the text they are."""


_Yaml.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

FORMATS = FormatChecker(())
# The contract's date-time is a wall clock without zone in every answer on record.
_FORMS = {
    "date-time": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}",
    "date": r"\d{4}-\d{2}-\d{2}",
    "time": r"\d{2}:\d{2}(:\d{2})?",
}
for _name, _form in _FORMS.items():
    FORMATS.checks(_name)(
        lambda value, form=_form: not isinstance(value, str) or re.fullmatch(form, value) is not None
    )


@pytest.fixture(scope="module")
def contract() -> Schema:
    read: Schema = yaml.load(CONTRACT.read_text(encoding="utf-8"), Loader=_Yaml)  # noqa: S506 - a SafeLoader
    return read


def _strict(schema: Schema, method: str, place: str) -> Schema:
    """The schema with every key required that may not be null, and no other key allowed."""
    here = [d for d in DEVIATIONS if d.method == method and d.place == place and d.instead != MAY_BE_ABSENT]
    if here and place != "data":
        return here[0].instead
    made = deepcopy(schema)
    for kind in ("oneOf", "anyOf", "allOf"):
        if kind in made:
            made[kind] = [_strict(each, method, place) for each in made[kind]]
    if "items" in made:
        made["items"] = _strict(made["items"], method, f"{place}[]")
    if isinstance(made.get("additionalProperties"), dict):
        made["additionalProperties"] = _strict(made["additionalProperties"], method, f"{place}.*")
    if "properties" in made:
        made |= _closed(made["properties"], method, place)
    return {"anyOf": [made, *(d.instead for d in here)]} if here else made


def _closed(properties: Schema, method: str, place: str) -> Schema:
    prefix = f"{place}." if place else ""
    mine = [d for d in DEVIATIONS if d.method == method and re.fullmatch(re.escape(prefix) + r"\w+", d.place)]
    absent = {d.place.removeprefix(prefix) for d in mine if d.instead == MAY_BE_ABSENT}
    further = {d.place.removeprefix(prefix): d.instead for d in mine if d.instead != MAY_BE_ABSENT}
    closed = {name: _strict(each, method, prefix + name) for name, each in properties.items()}
    closed |= {name: instead for name, instead in further.items() if name not in closed}
    required = [name for name, each in closed.items() if not each.get("nullable") and name not in absent]
    shape: Schema = {"properties": closed, "additionalProperties": False}
    return shape | ({"required": required} if required else {})


def _published(contract: Schema, name: str) -> Schema:
    """The schema of the answer of a method, as the vendor wrote it."""
    (operation,) = contract["paths"][f"/{name}"].values()
    (answer,) = (each for status, each in operation["responses"].items() if str(status) == "200")
    reference = answer["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    schema: Schema = contract["components"]["schemas"][reference]
    return schema


def _wrongs(contract: Schema, name: str, answer: object) -> list[str]:
    validator = OAS30Validator(_strict(_published(contract, name), name, ""), format_checker=FORMATS)
    return [f"{name}: {error.json_path}: {error.message[:300]}" for error in validator.iter_errors(answer)]


def _pages(ask: Callable[..., Any], name: str, **query: object) -> Iterator[Any]:
    number = total = 1
    while (number - 1) * 100 < total:
        page = ask(name, pageNumber=number, pageSize=100, **query)
        total = page["total"]
        number += 1
        yield page


def test_every_method_has_the_contracts_verb_and_scope(contract: Schema, cloudbeds: Cloudbeds) -> None:
    for name, method in cloudbeds.methods.items():
        ((verb, operation),) = contract["paths"][f"/{name}"].items()
        assert method.verb == verb.upper(), name
        scopes = [scope for each in operation.get("security", []) for scope in each.get("api_key", [])]
        assert ([method.scope] if method.scope else []) == scopes, name
    assert len(cloudbeds.methods) == 26


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("getReservations", [{}, {"includeGuestsDetails": "true", "includeAllRooms": "true"}]),
        ("getReservationsWithRateDetails", [{}, {"includeGuestsDetails": "true", "includeDeleted": "true"}]),
        ("getGuestList", [{}, {"includeGuestInfo": "true"}, {"resultsFrom": "2031-01-01"}]),
        ("getGuestsModified", [{}, {"resultsFrom": "2026-01-01"}]),
        ("getGuestsByStatus", [{"status": "in_house"}, {"status": "canceled"}, {"status": "not_checked_in"}]),
    ],
)
def test_every_row_of_every_page_keeps_the_contract(
    name: str, queries: list[dict[str, str]], contract: Schema, ask: Callable[..., Any]
) -> None:
    for query in queries:
        for page in _pages(ask, name, **query):
            assert _wrongs(contract, name, page) == []


_NIGHTS = {"startDate": "2026-05-14", "endDate": "2026-05-17"}


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("userinfo", {}),
        ("userinfo", {"role_details": "true"}),
        ("oauth/metadata", {}),
        ("getHotels", {}),
        ("getHotelDetails", {}),
        ("getSources", {}),
        ("getGroups", {"propertyID": "191045"}),
        ("getItems", {}),
        ("getPackages", {}),
        ("getPackageNames", {}),
        ("getRoomTypes", {}),
        ("getRooms", {"pageSize": "100"}),
        ("getRooms", _NIGHTS),
        ("getRoomBlocks", {"endDate": "2026-06-10"}),
        ("getHousekeepingStatus", {}),
        ("getRatePlans", _NIGHTS),
        ("getRatePlans", {**_NIGHTS, "detailedRates": "true"}),
        (
            "getAvailableRoomTypes",
            {**_NIGHTS, "rooms": "1", "adults": "1", "children": "0", "detailedRates": "true"},
        ),
    ],
)
def test_answers_about_the_property_keep_the_contract(
    name: str, query: dict[str, str], contract: Schema, ask: Callable[..., Any]
) -> None:
    answer = ask(name, **query)
    assert answer.get("data", answer)
    assert _wrongs(contract, name, answer) == []


def test_one_reservation_of_every_kind_keeps_the_contract(
    contract: Schema, ask: Callable[..., Any], hotel_world: World, cloudbeds: Cloudbeds
) -> None:
    cloudbeds.books.quirks = Quirks(tax_percent=10)
    chosen = {
        (record.state, len(record.lines), record.group_code, bool(record.sharer_ids), record.source): record
        for record in hotel_world.reservations()
    }
    assert {state for state, *_ in chosen} == set(State)
    for record in chosen.values():
        identifier = cloudbeds.books.ids.reservation(record.number)
        for name in ("getReservation", "getReservationNotes"):
            assert _wrongs(contract, name, ask(name, reservationID=identifier)) == []
        assert _wrongs(contract, "getGuest", ask("getGuest", reservationID=identifier)) == []


def test_a_hotel_that_has_lived_on_keeps_the_contract(
    contract: Schema, ask: Callable[..., Any], hotel_world: World, cloudbeds: Cloudbeds
) -> None:
    hotel_world.advance(2)
    number = next(r.number for r in hotel_world.reservations() if r.state is State.IN_HOUSE)
    cloudbeds.delete(number)
    guest = cloudbeds.books.occupants(hotel_world.reservations()[0])[0].id
    cloudbeds.books.anonymize(guest)
    query = {"includeGuestsDetails": "true", "includeDeleted": "true", "sortByRecent": "true"}
    page = ask("getReservationsWithRateDetails", **query)
    assert any(row["isDeleted"] for row in page["data"])
    assert _wrongs(contract, "getReservationsWithRateDetails", page) == []
    assert _wrongs(contract, "getGuestList", ask("getGuestList", includeGuestInfo="true", pageNumber=7)) == []


def test_webhook_subscriptions_keep_the_contract(contract: Schema, ask: Callable[..., Any]) -> None:
    form = {"object": "reservation", "action": "created", "endpointUrl": "http://127.0.0.1:9/hook"}
    made = ask("postWebhook", "POST", form)
    assert _wrongs(contract, "postWebhook", made) == []
    assert _wrongs(contract, "getWebhooks", ask("getWebhooks")) == []
    gone = ask("deleteWebhook", "DELETE", subscriptionID=made["data"]["subscriptionID"])
    assert _wrongs(contract, "deleteWebhook", gone) == []


def test_the_token_of_a_code_keeps_the_contract(
    contract: Schema, vendor: Server, http: requests.Session
) -> None:
    app = vendor.dialect("cloudbeds").credentials["oauth2"]
    form = {name: app[name] for name in ("client_id", "client_secret", "redirect_uri", "code")}
    answer = http.post(app["token_url"], data={"grant_type": "authorization_code", **form})
    assert _wrongs(contract, "access_token", answer.json()) == []


def test_the_check_itself_finds_what_is_wrong(contract: Schema, ask: Callable[..., Any]) -> None:
    page = ask("getReservationsWithRateDetails", pageSize=1)
    row = page["data"][0]
    row["rooms"][0]["adults"] = 2
    row["dateModified"] = "2026-05-13T10:20:00Z"
    row["surprise"] = True
    del row["total"]
    wrongs = " ".join(_wrongs(contract, "getReservationsWithRateDetails", page))
    assert all(word in wrongs for word in ("adults", "2026-05-13T10", "surprise", "'total'"))


def test_every_deviation_is_still_needed(contract: Schema) -> None:
    """A place that the contract no longer has would hide a mistake."""
    for deviation in DEVIATIONS:
        schema = _published(contract, deviation.method)
        for part in re.findall(r"\w+|\[\]|\*", deviation.place):
            if part == "propertyID" and deviation.method == "getGuestList":
                assert part not in schema["properties"]
                break
            steps = {"[]": "items", "*": "additionalProperties"}
            schema = schema[steps[part]] if part in steps else schema["properties"][part]
        assert deviation.reason


def test_the_business_date_of_these_tests_is_the_hotels(hotel_world: World) -> None:
    assert hotel_world.business_date == date(2026, 5, 13)
