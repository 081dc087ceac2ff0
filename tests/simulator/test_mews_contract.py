"""The pretend Mews keeps to the vendor's published contract, as an independent validator reads it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from simulator.pms.mews import ROOT, UNCERTIFIED
from simulator.server import Server
from tests.simulator.mews_partner import EVERYTHING, RESERVATIONS, Partner

VENDORS = ("mews",)
REPOSITORY = Path(__file__).parents[2]
CONTRACT = REPOSITORY.parent / "shared" / "specs" / "mews" / "mews-connector-subset.openapi.json"

pytestmark = pytest.mark.skipif(not CONTRACT.exists(), reason="the published contract is not on this machine")

# Where the vendor's other documents, and so this simulator, differ from the contract.
DEVIATIONS = {
    "nullable": "null is meant to pass where `nullable` stands beside `allOf`; read literally, 3.0 forbids it",
    "language": "the guidelines allow LanguageCode and CultureCode in every body, the contract lists them nowhere",
    "count": "the guidelines say 1 to 1,000 rows a page, the contract sets no bounds",
    "no content": "the contract gives a 204 the error body, the guidelines say that it has none",
}

WEEK = {"StartUtc": "2026-05-10T00:00:00Z", "EndUtc": "2026-05-17T00:00:00Z"}
METRICS = (
    "OutOfOrderBlocks PublicAvailabilityAdjustment OtherServiceReservationCount Occupied ConfirmedReservations "
    "OptionalReservations BlockAvailability AllocatedBlockAvailability UsableResources ActiveResources HouseUse"
).split()


class Contract:
    """The published file, with the habit corrected that no validator can follow."""

    def __init__(self, is_literal: bool = False) -> None:
        self._document = json.loads(CONTRACT.read_text(encoding="utf-8"))
        if not is_literal:
            _allow_null(self._document["components"])

    @property
    def operations(self) -> set[str]:
        return {path.removeprefix(ROOT) for path in self._document["paths"]}

    def body(self, operation: str) -> Validator:
        return self._validator(self._post(operation)["requestBody"])

    def answer(self, operation: str, status: int) -> Validator:
        return self._validator(self._post(operation)["responses"][str(status)])

    def _post(self, operation: str) -> Any:
        return self._document["paths"][ROOT + operation]["post"]

    def _validator(self, holder: Any) -> Validator:
        schema = holder["content"]["application/json"]["schema"]
        whole = {**schema, "components": self._document["components"]}
        return OAS30Validator(whole, format_checker=oas30_format_checker)


def _allow_null(node: Any) -> None:
    """See the deviation `nullable`."""
    if isinstance(node, list):
        for part in node:
            _allow_null(part)
    if isinstance(node, dict):
        for part in node.values():
            _allow_null(part)
        if node.get("nullable") and "allOf" in node:
            node["anyOf"] = [{"allOf": node.pop("allOf")}, {"enum": [None]}]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


class CheckedPartner(Partner):
    """Checks each body it sends and each answer it gets against the contract."""

    def __init__(self, vendor: Server, http: requests.Session, contract: Contract) -> None:
        super().__init__(vendor, http)
        self._contract = contract

    def ask(self, operation: str, **body: Any) -> Any:
        assert not list(_errors(self._contract.body(operation), {**self.signed, **body}))
        return self.told(200, operation, **body)

    def told(self, status: int, operation: str, **body: Any) -> Any:
        answer = self.send(operation, **body)
        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        assert not list(_errors(self._contract.answer(operation, status), answer.json()))
        return answer.json()


def _errors(validator: Validator, instance: object) -> Iterator[str]:
    for error in validator.iter_errors(instance):
        yield f"{error.json_path}: {error.message[:200]}"


@pytest.fixture
def partner(vendor: Server, http: requests.Session, contract: Contract) -> CheckedPartner:
    return CheckedPartner(vendor, http, contract)


def test_every_operation_here_is_published_and_the_others_are_refused_for_want_of_permission(
    contract: Contract, partner: CheckedPartner
) -> None:
    here = set(partner.vendor.operations)
    assert here <= contract.operations
    assert len(here) == 22
    assert contract.operations - here <= UNCERTIFIED


def test_the_whole_set_up_is_as_published(partner: CheckedPartner) -> None:
    services = {"ServiceIds": [partner.names.stay_service]}
    categories = partner.ask("resourceCategories/getAll", **services, **EVERYTHING)["ResourceCategories"]
    ids = [category["Id"] for category in categories]
    extent = {"RuleActions": True, "Rates": True, "RateGroups": True, "ResourceCategories": True}
    rules = partner.ask("rules/getAll", Extent=extent, **services, **EVERYTHING)
    assert rules["Rules"]
    assert rules["RuleActions"]
    assert rules["Rates"]
    sizes = [
        len(partner.ask(operation, **asked, **EVERYTHING)[name])
        for operation, name, asked in (
            ("enterprises/getAll", "Enterprises", {}),
            ("services/getAll", "Services", {}),
            ("ageCategories/getAll", "AgeCategories", {}),
            ("resources/getAll", "Resources", {"Extent": {"Resources": True}}),
            (
                "resourceCategoryAssignments/getAll",
                "ResourceCategoryAssignments",
                {"ResourceCategoryIds": ids},
            ),
            ("resourceBlocks/getAll", "ResourceBlocks", {}),
            ("rateGroups/getAll", "RateGroups", services),
            ("rates/getAll", "Rates", services),
            ("products/getAll", "Products", services),
        )
    ]
    assert sizes == [1, 2, 3, 60, 60, 3, 2, 8, 2]


def test_the_configuration_is_as_published(partner: CheckedPartner) -> None:
    assert partner.ask("configuration/get")["Enterprise"]["Id"] == partner.names.enterprise


def test_every_reservation_and_all_that_hangs_on_it_is_as_published(partner: CheckedPartner) -> None:
    reservations = partner.ask(RESERVATIONS, **EVERYTHING)["Reservations"]
    ids = [reservation["Id"] for reservation in reservations][:1000]
    groups = list({reservation["GroupId"] for reservation in reservations})
    accounts = list({reservation["AccountId"] for reservation in reservations})
    counts = {
        "OrderItems": ("orderItems/getAll", {"ServiceOrderIds": ids}),
        "Companionships": ("companionships/getAll", {"ReservationIds": ids, "Extent": {}}),
        "ReservationGroups": ("reservationGroups/getAll", {"ReservationGroupIds": groups}),
        "Customers": ("customers/getAll", {"CustomerIds": accounts, "Extent": {"Customers": True}}),
        "Addresses": ("addresses/getAll", {"AccountIds": accounts}),
    }
    found = {
        name: len(partner.ask(operation, **asked, **EVERYTHING)[name])
        for name, (operation, asked) in counts.items()
    }
    assert {state["State"] for state in reservations} == set(
        "Inquired Requested Optional Confirmed Started Processed Canceled".split()
    )
    assert found["ReservationGroups"] == len(groups)
    assert found["Customers"] == len(accounts)
    assert found["Companionships"] > len(reservations)
    assert found["OrderItems"] == 1000
    assert found["Addresses"] > 0


def test_every_filter_of_reservations_is_as_published(partner: CheckedPartner) -> None:
    one = partner.ask(RESERVATIONS, Limitation={"Count": 1})["Reservations"][0]
    for filters in (
        {"UpdatedUtc": WEEK, "States": ["Confirmed"]},
        {"CollidingUtc": WEEK, "CreatedUtc": WEEK},
        {"ScheduledStartUtc": WEEK, "ActualEndUtc": WEEK},
        {"ActualStartUtc": WEEK, "ScheduledEndUtc": WEEK},
    ):
        assert "Reservations" in partner.ask(RESERVATIONS, **filters, **EVERYTHING)
    for naming in (
        {"ReservationIds": [one["Id"]], "EnterpriseIds": [partner.names.enterprise]},
        {"Numbers": [one["Number"]], "ServiceIds": [one["ServiceId"]]},
    ):
        found = partner.ask(RESERVATIONS, **naming, **EVERYTHING)["Reservations"]
        assert one["Id"] in [each["Id"] for each in found]
        assert {each["Number"] for each in found} == {one["Number"]}


def test_free_rooms_and_prices_are_as_published(partner: CheckedPartner) -> None:
    names = partner.names
    span = {"FirstTimeUnitStartUtc": "2026-05-12T21:00:00Z", "LastTimeUnitStartUtc": "2026-05-19T21:00:00Z"}
    service = {"ServiceId": names.stay_service, **span}
    dated = partner.ask("services/getAvailability/2024-01-22", Metrics=METRICS, **service)
    assert len(dated["TimeUnitStartsUtc"]) == 8
    assert len(partner.ask("services/getAvailability", **service)["CategoryAvailabilities"]) == 6
    priced = partner.ask("rates/getPricing", RateId=names.id("rate", "FLEX"), **span)
    assert len(priced["CategoryPrices"]) == 6
    categories = [names.id("category", code) for code in ("SGL", "DBL", "STE")]
    rooms = partner.ask("resources/getOccupancyState", ResourceCategoryIds=categories)
    assert len(rooms["ResourceCategoryOccupancyStates"]) == 3


@pytest.mark.parametrize(
    ("expect", "operation", "body"),
    [
        (400, RESERVATIONS, {}),
        (401, "configuration/get", {"AccessToken": "another"}),
        (401, "customers/search", {"Name": "Lind"}),
    ],
)
def test_an_error_is_as_published(
    partner: CheckedPartner, expect: int, operation: str, body: dict[str, object]
) -> None:
    assert partner.told(expect, operation, **body)["Message"]


def test_the_validator_notices_what_is_wrong(partner: CheckedPartner, contract: Contract) -> None:
    told = partner.ask(RESERVATIONS, Limitation={"Count": 1})
    check = contract.answer(RESERVATIONS, 200)
    one = told["Reservations"][0]
    for wrong in (
        {"State": "Cancelled"},
        {"Number": 7},
        {"Invented": 1},
        {"Id": "no uuid"},
        {"UpdatedUtc": "x"},
    ):
        assert len(list(_errors(check, {"Reservations": [{**one, **wrong}]}))) == 1


def _deviates_by_null(partner: CheckedPartner, contract: Contract) -> bool:
    told = partner.ask(RESERVATIONS, Limitation={"Count": 1})
    literal = Contract(is_literal=True).answer(RESERVATIONS, 200)
    return any("None" in error for error in _errors(literal, told))


def _deviates_by_language(partner: CheckedPartner, contract: Contract) -> bool:
    language = {"LanguageCode": "en-GB", "CultureCode": "en-GB"}
    is_published = not list(_errors(contract.body("configuration/get"), partner.signed | language))
    return partner.send("configuration/get", **language).status_code == 200 and not is_published


def _deviates_by_count(partner: CheckedPartner, contract: Contract) -> bool:
    body = {"Limitation": {"Count": 1001}}
    is_published = not list(_errors(contract.body("services/getAll"), partner.signed | body))
    return partner.send("services/getAll", **body).status_code == 400 and is_published


def _deviates_by_no_content(partner: CheckedPartner, contract: Contract) -> bool:
    nobody = {"Numbers": ["0"], "Limitation": {"Count": 10}}
    answer = partner.send(RESERVATIONS, {"Prefer": "return=minimal"}, **nobody)
    has_schema = bool(contract.answer(RESERVATIONS, 204).schema)
    return (answer.status_code, answer.content) == (204, b"") and has_schema


def test_each_known_deviation_is_still_one(partner: CheckedPartner, contract: Contract) -> None:
    found = {
        "nullable": _deviates_by_null(partner, contract),
        "language": _deviates_by_language(partner, contract),
        "count": _deviates_by_count(partner, contract),
        "no content": _deviates_by_no_content(partner, contract),
    }
    assert found == dict.fromkeys(DEVIATIONS, True)
