"""The pretend Mews keeps to the vendor's published contract, as an independent validator reads it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema.protocols import Validator
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from simulator.pms.mews import ROOT, UNCERTIFIED, Mews
from simulator.server import Server

REPOSITORY = Path(__file__).parents[2]
CONTRACT = REPOSITORY.parent / "shared" / "specs" / "mews" / "mews-connector-subset.openapi.json"

pytestmark = pytest.mark.skipif(not CONTRACT.exists(), reason="the published contract is not on this machine")

# Where the vendor's other documents, and so this simulator, differ from the contract.
DEVIATIONS = {
    "nullable beside allOf": "the contract means that null is allowed; read literally, OpenAPI 3.0 forbids it",
    "LanguageCode and CultureCode": "the guidelines allow them in every body, the contract lists them nowhere",
    "Count": "the guidelines say 1 to 1,000, the contract sets no bounds",
    "204": "the contract gives it the error body; the guidelines say that it has none",
}

EVERYTHING = {"Limitation": {"Count": 1000}}
WEEK = {"StartUtc": "2026-05-10T00:00:00Z", "EndUtc": "2026-05-17T00:00:00Z"}
METRICS = (
    "OutOfOrderBlocks PublicAvailabilityAdjustment OtherServiceReservationCount Occupied ConfirmedReservations "
    "OptionalReservations BlockAvailability AllocatedBlockAvailability UsableResources ActiveResources HouseUse"
).split()


class Contract:
    """The published file, with its one habit corrected that no validator can follow."""

    def __init__(self) -> None:
        self._document = json.loads(CONTRACT.read_text(encoding="utf-8"))
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
    """See the first deviation."""
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


class Partner:
    """A client that checks each body it sends and each answer it gets against the contract."""

    def __init__(self, vendor: Server, http: requests.Session, contract: Contract) -> None:
        door = vendor.dialect("mews")
        assert isinstance(door.vendor, Mews)
        self.names = door.vendor.names
        self._contract = contract
        self._http = http
        self._url = door.base_url + ROOT
        tokens = door.credentials["tokens"]
        self._signed = {
            "ClientToken": tokens["client_token"],
            "AccessToken": tokens["access_token"],
            "Client": tokens["client"],
        }

    def ask(self, operation: str, expect: int = 200, **body: Any) -> Any:
        whole = {**self._signed, **body}
        if expect == 200:
            assert not list(_errors(self._contract.body(operation), whole))
        answer = self._http.post(self._url + operation, json=whole)
        assert answer.status_code == expect, answer.text
        assert answer.headers["Content-Type"] == "application/json"
        told = answer.json()
        assert not list(_errors(self._contract.answer(operation, expect), told))
        return told


def _errors(validator: Validator, instance: object) -> Iterator[str]:
    for error in validator.iter_errors(instance):
        yield f"{error.json_path}: {error.message[:200]}"


@pytest.fixture
def partner(vendor: Server, http: requests.Session, contract: Contract) -> Partner:
    return Partner(vendor, http, contract)


def test_every_operation_here_is_published_and_the_others_are_refused_for_want_of_permission(
    contract: Contract, vendor: Server
) -> None:
    door = vendor.dialect("mews")
    assert isinstance(door.vendor, Mews)
    here = set(door.vendor.operations)
    assert here <= contract.operations
    assert len(here) == 22
    assert contract.operations - here <= UNCERTIFIED


def test_the_whole_set_up_is_as_published(partner: Partner) -> None:
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


def test_the_configuration_is_as_published(partner: Partner) -> None:
    assert partner.ask("configuration/get")["Enterprise"]["Id"] == partner.names.enterprise


def test_every_reservation_and_all_that_hangs_on_it_is_as_published(partner: Partner) -> None:
    reservations = partner.ask("reservations/getAll/2023-06-06", **EVERYTHING)["Reservations"]
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


def test_every_filter_of_reservations_is_as_published(partner: Partner) -> None:
    one = partner.ask("reservations/getAll/2023-06-06", Limitation={"Count": 1})["Reservations"][0]
    for filters in (
        {"UpdatedUtc": WEEK, "States": ["Confirmed"]},
        {"CollidingUtc": WEEK, "CreatedUtc": WEEK},
        {"ScheduledStartUtc": WEEK, "ActualEndUtc": WEEK},
        {"ActualStartUtc": WEEK, "ScheduledEndUtc": WEEK},
        {"ReservationIds": [one["Id"]], "EnterpriseIds": [partner.names.enterprise]},
        {"Numbers": [one["Number"]], "ServiceIds": [one["ServiceId"]]},
    ):
        partner.ask("reservations/getAll/2023-06-06", **filters, **EVERYTHING)


def test_free_rooms_and_prices_are_as_published(partner: Partner) -> None:
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
        (400, "reservations/getAll/2023-06-06", {}),
        (401, "configuration/get", {"AccessToken": "another"}),
        (401, "customers/search", {"Name": "Lind"}),
    ],
)
def test_an_error_is_as_published(
    partner: Partner, expect: int, operation: str, body: dict[str, object]
) -> None:
    assert partner.ask(operation, expect, **body)["Message"]
