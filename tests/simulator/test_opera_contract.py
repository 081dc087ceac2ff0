"""The pretend OPERA Cloud keeps to the contract Oracle has published, read strictly.

The contract requires next to nothing and allows further members. Here no member may come that it does not name, and
what differs on purpose stands in one table.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft4Validator, FormatChecker

from simulator.hotel import State
from simulator.pms.opera_names import EXTERNAL_SYSTEM
from simulator.server import Server
from tests.simulator.opera_partner import Partner, number

VENDORS = ("opera_cloud",)
CONTRACT = Path(__file__).parents[3] / "shared" / "specs" / "opera"
pytestmark = pytest.mark.skipif(
    not CONTRACT.exists(), reason="the published contract is not beside the project"
)

Schema = dict[str, Any]
MODULES = {
    "oauth": "oauth",
    "rsv": "rsv",
    "rsv/async": "rsvasync",
    "crm": "crm",
    "inv": "inv",
    "rtp": "rtp",
    "fof": "fof",
    "int": "int",
}
# Where other documents of the vendor, and so this simulator, differ from the contract.
DEVIATIONS = {
    "date length": "a date of ten characters has maxLength 8 in several modules",
    "date-time": "the contract's own examples have `2020-01-28 17:22:35.0`, without zone, where it says date-time",
    "statistics": "values of inventory statistics are numbers in the contract, texts in its example",
    "event numbers": "actionId and publisherId are numbers in the contract, texts in its examples of profile events",
    "context": "the contract at hand has no `ent/config` module, so getOperaContext cannot be compared",
}
_TEXT_OR_NUMBER: Schema = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d+$"}]}

FORMATS = FormatChecker(())
FORMATS.checks("date")(lambda value: not isinstance(value, str) or _is_like(r"\d{4}-\d{2}-\d{2}", value))
FORMATS.checks("date-time")(
    lambda value: (
        not isinstance(value, str)
        or _is_like(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}\.0|T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2}))", value)
    )
)


def _is_like(pattern: str, value: str) -> bool:
    return re.fullmatch(pattern, value) is not None


class Contract:
    """The published files, made strict; every schema is compiled before it judges."""

    def __init__(self, is_literal: bool = False) -> None:
        files = {module: CONTRACT / f"{name}.json" for module, name in MODULES.items()}
        self._files = {module: json.loads(path.read_text("utf-8")) for module, path in files.items()}
        self._validators: dict[str, Draft4Validator] = {}
        self.operations: dict[str, tuple[str, str, str, Schema]] = {}
        for module, document in self._files.items():
            if not is_literal:
                _close(document["definitions"])
            for path, item in document["paths"].items():
                for verb, operation in item.items():
                    place = (module, verb.upper(), path, operation)
                    self.operations[operation["operationId"]] = place

    def base(self, module: str) -> str:
        return str(self._files[module]["basePath"])

    def answer(self, operation: str, status: int = 200) -> Draft4Validator:
        """Raises when the operation has no such answer, or its schema does not compile."""
        module, _, _, published = self.operations[operation]
        document = self._files[module]
        found = published["responses"][str(status)]
        if "$ref" in found:
            found = _looked_up(document, found["$ref"])
        return self._compiled(module, found["schema"])

    def body(self, operation: str) -> Draft4Validator:
        module, _, _, published = self.operations[operation]
        (schema,) = [each["schema"] for each in published["parameters"] if each.get("in") == "body"]
        return self._compiled(module, schema)

    def filters(self, operation: str) -> set[str]:
        """The names a query may have."""
        _, _, _, published = self.operations[operation]
        return {each["name"] for each in published["parameters"] if each.get("in") == "query"}

    def _compiled(self, module: str, schema: Schema) -> Draft4Validator:
        """Only what the schema reaches is compiled, and only once."""
        key = f"{module} {json.dumps(schema)}"
        if key not in self._validators:
            document, reached = self._files[module], set[str]()
            _prove(document, schema, reached)
            names = {reference.removeprefix("#/definitions/") for reference in reached}
            definitions = {name: document["definitions"][name] for name in names}
            whole = {**schema, "definitions": definitions}
            Draft4Validator.check_schema(whole)
            self._validators[key] = Draft4Validator(whole, format_checker=FORMATS)
        return self._validators[key]


def _looked_up(document: Schema, reference: str) -> Schema:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, dict)
    return found


def _prove(document: Schema, node: Any, seen: set[str]) -> None:
    """Everything that can be reached: each reference leads somewhere, each pattern is one."""
    if isinstance(node, list):
        for part in node:
            _prove(document, part, seen)
    if not isinstance(node, dict):
        return
    reference = node.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        seen.add(reference)
        _prove(document, _looked_up(document, reference), seen)
    if isinstance(node.get("pattern"), str):
        re.compile(node["pattern"])
    for name, part in node.items():
        if name not in ("example", "examples", "enum"):
            _prove(document, part, seen)


def _close(definitions: Schema) -> None:
    """See the table of deviations; beside it, no object may have members that are not named."""
    for schema in list(definitions.values()):
        _close_one(schema)
    for name, members in (
        ("numericCategorySummaryType", ("value",)),
        ("businessEventHeaderType", ("actionId", "publisherId")),
    ):
        if name in definitions:
            for member in members:
                definitions[name]["properties"][member] = _TEXT_OR_NUMBER


def _close_one(node: Any) -> None:
    if isinstance(node, list):
        for part in node:
            _close_one(part)
    if not isinstance(node, dict):
        return
    if node.get("format") == "date" and node.get("type") == "string":
        node.pop("maxLength", None)
    if isinstance(node.get("properties"), dict):
        node.setdefault("additionalProperties", False)
    for name, part in node.items():
        if name not in ("example", "examples", "enum"):
            _close_one(part)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


class CheckedPartner(Partner):
    """Checks each answer it gets, and each query and body it sends, against the contract."""

    def __init__(self, vendor: Server, http: requests.Session, contract: Contract) -> None:
        super().__init__(vendor, http)
        self._contract = contract

    def ask(self, operation: str, body: Any = None, status: int = 200, **query: Any) -> Any:
        """A word of the query that stands in the path fills it."""
        module, verb, path, _ = self._contract.operations[operation]
        parts = {"hotelId": self.hotel, "extSystemCode": EXTERNAL_SYSTEM, **query}
        filled = re.sub(r"\{(\w+)\}", lambda found: str(parts[found[1]]), self._contract.base(module) + path)
        filters = {name: value for name, value in query.items() if f"{{{name}}}" not in path}
        assert filters.keys() <= self._contract.filters(operation)
        if body is not None:
            assert list(_errors(self._contract.body(operation), body)) == []
        answer = self.call(verb, filled, body, **filters)
        assert answer.status_code == status, answer.text
        assert list(_errors(self._contract.answer(operation, status), answer.json())) == []
        return answer.json()


def _errors(validator: Draft4Validator, instance: object) -> Iterator[str]:
    for error in validator.iter_errors(instance):
        yield f"{error.json_path}: {error.message[:200]}"


@pytest.fixture
def partner(vendor: Server, http: requests.Session, contract: Contract) -> CheckedPartner:
    return CheckedPartner(vendor, http, contract)


def test_every_operation_has_the_published_id_verb_and_path(
    contract: Contract, partner: CheckedPartner
) -> None:
    compared = [operation for operation in partner.vendor.operations if operation.module != "ent/config"]
    for operation in compared:
        module, verb, path, _ = contract.operations[operation.id]
        assert (operation.module, operation.verb, operation.path) == (module, verb, path)
        assert contract.base(module) == f"/{module}/v1"
    assert len(compared) == 25
    assert len(partner.vendor.operations) == 26


def test_every_schema_that_is_used_compiles(contract: Contract, partner: CheckedPartner) -> None:
    without_body = {"startReservationsDailySummaryProcess", "getReservationsProcessStatus"}
    for operation in partner.vendor.operations:
        if operation.module == "ent/config":
            continue
        if operation.id not in without_body:
            assert contract.answer(operation.id).schema
        if operation.verb == "POST":
            assert contract.body(operation.id).schema


def test_the_token_is_as_published(contract: Contract, partner: CheckedPartner) -> None:
    for kind in ("ocim", "ssd"):
        answer = partner.sign_in(kind)
        assert list(_errors(contract.answer("getToken"), answer.json())) == []


@pytest.mark.parametrize("operation", ["getHotelReservations", "searchHotelReservations"])
def test_every_row_of_the_list_is_as_published_in_both_forms(partner: CheckedPartner, operation: str) -> None:
    seen, statuses = 0, set()
    while True:
        asked: dict[str, Any] = {"limit": 200, "offset": seen, "fetchInstructions": ["Reservation"]}
        form = {"body": asked} if operation.startswith("search") else asked
        page = partner.ask(operation, **form)["reservations"]
        seen += page["count"]
        statuses |= {row["computedReservationStatus"] for row in page["reservationInfo"]}
        if not page["hasMore"]:
            break
    assert seen == page["totalResults"] == len(partner.vendor.tenant.stays())
    assert statuses == set(
        "Reserved DueIn InHouse DueOut CheckedOut Cancelled NoShow Requested Waitlisted".split()
    )


def test_the_lists_of_the_chain_and_the_light_ones_are_as_published(partner: CheckedPartner) -> None:
    assert partner.ask("getReservations", hotelIds=partner.hotel, limit=200)["reservations"]["hasMore"]
    by_day = {"hotelIds": [partner.hotel], "stayOn": "2026-05-13", "limit": 200}
    assert partner.ask("searchReservations", body=by_day)["reservations"]["count"] > 30
    light = partner.ask("getReservationsSummary")["reservationsSummaryInformation"]
    assert (light["count"], light["limit"]) == (200, 200)
    again = partner.ask("searchReservationsSummary", body={"offset": 200})["reservationsSummaryInformation"]
    assert number(again["reservationsInformation"][0]) != number(light["reservationsInformation"][0])
    assert partner.ask("getDistributionReservationsSummary", limit=200)["checkReservations"]


def test_one_reservation_of_every_kind_is_as_published(partner: CheckedPartner) -> None:
    partner.switch(tax_percent=10)
    chosen = {
        (
            stay.state,
            len(stay.lines),
            stay.units,
            stay.record.group_code,
            len(stay.people),
            stay.record.source,
        ): stay
        for stay in partner.vendor.tenant.stays()
    }
    assert {state for state, *_ in chosen} == set(State)
    for stay in chosen.values():
        asked = {"reservationId": stay.id, "fetchInstructions": ["Reservation", "Comments"]}
        partner.ask("getReservation", **asked)


def test_every_profile_is_as_published(partner: CheckedPartner) -> None:
    wanted = ["Profile", "Address", "Communication"]
    guests = partner.vendor.tenant.profiles.all()
    partner.vendor.tenant.profiles.anonymized[guests[0].id] = partner.world.clock.now()
    partner.vendor.tenant.profiles.inactive.add(guests[1].id)
    numbers = [partner.vendor.tenant.names.profile(guest.id) for guest in guests]
    for start in range(0, len(numbers), 200):
        some = numbers[start : start + 200]
        found = partner.ask("getProfilesByIds", profileIds=some, fetchInstructions=wanted)
        assert found["profiles"]["count"] == len(some)
        searched = partner.ask("getProfiles", limit=200, offset=start, fetchInstructions=wanted)
        assert searched["profileSummaries"]["count"] == len(some)
    partner.ask("searchProfiles", body={"profileName": "a", "limit": 200})
    partner.ask("getProfile", profileId=numbers[0], fetchInstructions=wanted)


def test_free_rooms_and_their_state_are_as_published(partner: CheckedPartner) -> None:
    span = {"dateRangeStart": "2026-05-01", "dateRangeEnd": "2026-06-30"}
    for daily in ("true", "false"):
        partner.ask("getHotelInventory", roomCountRequested=1, dailyInventory=daily, **span)
    partner.ask("getInventoryStatistics", reportCode="RoomsAvailabilitySummary", **span)
    told = partner.ask("getHotelRooms", limit=200, includePseudoRooms="true")
    assert told["count"] == 63


def test_prices_and_packages_are_as_published(partner: CheckedPartner) -> None:
    listed = partner.ask("getRatePlans", hotelId=partner.hotel, limit=200)
    codes = [row["ratePlanCode"] for row in listed["ratePlanShortInfoList"]["ratePlanShortInfo"]]
    partner.switch(derived_plans=frozenset({"NREF"}))
    for code in codes:
        partner.ask("getRatePlan", ratePlanCode=code)
    span = {"startDate": "2026-05-13", "endDate": "2026-08-13", "limit": 500}
    partner.ask("getRatePlanSchedules", ratePlanCode="BB", **span)
    asked = {"startDate": "2026-05-13", "endDate": "2026-05-20", "adults": 2, "children": 0}
    partner.ask(
        "getPackages", hotelId=partner.hotel, fetchInstructions=["Header", "CalculatedPrice"], **asked
    )


def test_events_of_two_days_are_as_published(partner: CheckedPartner) -> None:
    partner.world.advance(2)
    guest = partner.world.guests()[0]
    partner.world.edit_guest(guest.id, email="new@example.org")
    partner.sign_in()
    seen = set()
    while partner.vendor.events.waiting > 20:
        page = partner.ask("getBusinessEvents", limit=20)
        seen |= {each["businessEvent"]["header"]["actionType"] for each in page["businessEventData"]}
    partner.ask("getBusinessEventsByExternalSystem")
    assert {"NEW RESERVATION", "CANCEL", "CHECK IN", "CHECK OUT", "NEW PROFILE", "NIGHT AUDIT"} <= seen


def test_the_daily_summary_is_as_published(contract: Contract, partner: CheckedPartner) -> None:
    _, _, path, published = contract.operations["startReservationsDailySummaryProcess"]
    address = "/rsv/async/v1" + path.format(extSystemCode=EXTERNAL_SYSTEM, hotelId=partner.hotel)
    span = {"startDate": "2026-04-01", "endDate": "2026-06-30"}
    body = {"criteria": {"hotelId": partner.hotel, "timeSpan": span}}
    assert list(_errors(contract.body("startReservationsDailySummaryProcess"), body)) == []
    asked = partner.call("POST", address, body)
    assert (asked.status_code, asked.content) == (202, b"")
    assert "Location" in published["responses"]["202"]["headers"]
    partner.world.clock.shift(timedelta(minutes=1))
    done = partner.call("HEAD", asked.headers["Location"].removeprefix(partner.url))
    (status,) = contract.operations["getReservationsProcessStatus"][3]["responses"]["201"]["headers"][
        "Status"
    ]["enum"]
    assert (done.status_code, done.headers["Status"]) == (201, status)
    summary = done.headers["Location"].rsplit("/", 1)[1]
    rows = partner.ask("getReservationsDailySummary", summaryId=summary)["reservations"]
    assert len(rows) == len(partner.vendor.tenant.stays())


def test_an_error_that_has_a_body_is_as_published(contract: Contract, partner: CheckedPartner) -> None:
    answer = partner.call("GET", "/rsv/v1/hotels/{hotel}/reservations", limit="many")
    assert answer.status_code == 400
    assert list(_errors(contract.answer("getHotelReservations", 400), answer.json())) == []


def test_the_check_itself_finds_what_is_wrong(contract: Contract, partner: CheckedPartner) -> None:
    page = partner.ask("getHotelReservations", limit=1)
    row = page["reservations"]["reservationInfo"][0]
    validator = contract.answer("getHotelReservations")
    for place, name, value in (
        (row, "reservationStatus", "Confirmed"),
        (row, "surprise", 1),
        (row, "lastModifyDateTime", "13.5.2026"),
        (row["roomStay"], "adultCount", "2"),
        (row["roomStay"], "arrivalDate", None),
        (row["reservationGuest"], "surname", 7),
    ):
        before = place.get(name)
        place[name] = value
        assert len(list(_errors(validator, page))) == 1, name
        place[name] = before
        if before is None:
            del place[name]
    assert list(_errors(validator, page)) == []


def test_a_schema_that_does_not_compile_fails(contract: Contract) -> None:
    with pytest.raises(KeyError):
        _prove({"definitions": {}}, {"$ref": "#/definitions/nowhere"}, set())
    with pytest.raises(re.error):
        _prove({}, {"pattern": "("}, set())
    with pytest.raises(KeyError):
        contract.answer("getHotelReservations", 299)


def test_each_known_deviation_is_still_one(partner: CheckedPartner) -> None:
    literal = Contract(is_literal=True)
    span = {"dateRangeStart": "2026-05-13", "dateRangeEnd": "2026-05-14"}
    inventory = partner.ask("getHotelInventory", roomCountRequested=1, dailyInventory="true", **span)
    statistics = partner.ask("getInventoryStatistics", reportCode="RoomsAvailabilitySummary", **span)
    partner.world.edit_guest(partner.world.guests()[0].id, email="new@example.org")
    events = partner.ask("getBusinessEvents")
    row = partner.ask("getHotelReservations", limit=1)["reservations"]["reservationInfo"][0]
    found = {
        "date length": "too long" in " ".join(_errors(literal.answer("getHotelInventory"), inventory)),
        "date-time": " " in row["createDateTime"],
        "statistics": "'60' is not of type 'number'"
        in " ".join(_errors(literal.answer("getInventoryStatistics"), statistics)),
        "event numbers": "actionId" in " ".join(_errors(literal.answer("getBusinessEvents"), events)),
        "context": "getOperaContext" not in literal.operations,
    }
    assert found == dict.fromkeys(DEVIATIONS, True)
