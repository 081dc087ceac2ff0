"""Every answer of the pretend RMS Cloud against the contract the vendor has published, read strictly.

The contract requires nothing and allows any further key. Here no key may come that it does not name, and what differs on
purpose stands in one table with its reason.
"""

import json
import re
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator

from simulator.hotel import State
from simulator.server import Server
from simulator.world import World
from tests.simulator.rms_agent import Agent

VENDORS = ("rms_cloud",)
CONTRACT = Path(__file__).parents[3] / "shared" / "specs" / "rms-cloud" / "rms-rest-1.4.37.1-structure.json"
pytestmark = pytest.mark.skipif(
    not CONTRACT.exists(), reason=f"the published contract is not beside the project ({CONTRACT.name})"
)

Schema = dict[str, Any]
_WHEN: Schema = {"type": "string", "format": "date-time", "nullable": True}
_NEVER = "null for what has not happened, as in answers on record"
_DECIMAL = "an integer in the contract; money has decimals"


@dataclass(frozen=True)
class Deviation:
    """Where a schema has `name`, the simulator follows `instead`, and why."""

    schema: str
    name: str
    instead: Schema
    reason: str


DEVIATIONS = (
    *(
        Deviation(schema, name, _WHEN, _NEVER)
        for schema, names in (
            ("reservationLite", "cancelledDate"),
            ("reservationFull", "cancelledDate confirmedDate"),
            ("guestBasic", "birthday"),
            ("guestFull", "birthday"),
            ("guestMovementBasic", "arrive depart"),
        )
        for name in names.split()
    ),
    Deviation("projectedBalance", "projectedBalance", {"type": "number"}, _DECIMAL),
    *(
        Deviation("rateTablePackagePerPersonFee", name, {"type": "number"}, _DECIMAL)
        for name in ("adults", "children", "infants")
    ),
    Deviation(
        "reservationBasic",
        "status",
        {"type": "string"},
        "the body of another operation in the contract; both other models have a text",
    ),
    Deviation(
        "webhookSubscriptionResponse",
        "action",
        {"type": "string"},
        "the answer's enumeration lacks actions that the request has",
    ),
    Deviation(
        "webhookSubscriptionResponse",
        "subAction",
        {"type": "string", "nullable": True},
        "the answer's enumeration lacks values of the request, and most have none",
    ),
)
# Operations whose published answer is one object, though they answer for many.
ANSWERS_A_LIST = {"/reservations/dailyRates/search", "/reservations/actualAccount/search"}

FORMATS = FormatChecker(())
# The contract's date-time is a wall clock without zone.
_FORMS = {"date-time": r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}", "date": r"\d{4}-\d{2}-\d{2}"}
for _name, _form in _FORMS.items():
    FORMATS.checks(_name)(
        lambda value, form=_form: not isinstance(value, str) or re.fullmatch(form, value) is not None
    )


class Contract:
    """The published file, each object closed and corrected by the table."""

    def __init__(self) -> None:
        self.document = json.loads(CONTRACT.read_text(encoding="utf-8"))
        self._schemas = deepcopy(self.document["components"]["schemas"])
        for name, schema in self._schemas.items():
            if "properties" in schema:
                for each in DEVIATIONS:
                    if each.schema == name:
                        schema["properties"][each.name] = each.instead
                schema["additionalProperties"] = False

    def wrongs(self, schema: str, answer: object, is_list: bool = True) -> list[str]:
        one: Schema = {"$ref": f"#/components/schemas/{schema}"}
        whole: Schema = {"type": "array", "items": one} if is_list else one
        validator = OAS30Validator(
            {**whole, "components": {"schemas": self._schemas}}, format_checker=FORMATS
        )
        return [
            f"{schema}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(answer)
        ]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


@pytest.fixture
def agent(vendor: Server, http: requests.Session) -> Agent:
    return Agent(vendor, http)


def test_every_operation_here_is_published(contract: Contract, agent: Agent) -> None:
    published = {
        (method.upper(), re.sub(r"\{\w+\}", "*", path).strip("/"))
        for path, each in contract.document["paths"].items()
        for method in each
    }
    assert set(agent.vendor.routes) <= published
    assert len(agent.vendor.routes) == 37


def test_signing_in_keeps_the_contract(contract: Contract, agent: Agent) -> None:
    assert contract.wrongs("authTokenResponse", agent.sign_in().json(), is_list=False) == []


@pytest.mark.parametrize("model", ["Lite", "Basic", "Full"])
def test_reservations_and_guests_of_every_model_keep_the_contract(
    contract: Contract, agent: Agent, hotel_world: World, model: str
) -> None:
    hotel_world.advance(1)
    wish = {"includeGroupMasterReservations": "includeGroupMasters", "includeRoomMoveHeaders": True}
    for offset in (0, 500, 1000):
        query = {"modelType": model.lower(), "limit": 500, "offset": offset, "sort": "id"}
        rows = agent.post("reservations/search", query, **wish)
        assert contract.wrongs(f"reservation{model}", rows) == []
    assert contract.wrongs(f"guest{model}", agent.post("guests/search", {"modelType": model.lower()})) == []
    identifier = agent.search(limit=1)[0]["id"]
    one = agent.ask(f"reservations/{identifier}", modelType=model.lower())
    assert contract.wrongs(f"reservation{model}", one) == []


def test_every_kind_of_row_is_among_them(agent: Agent) -> None:
    wish = {"includeGroupMasterReservations": "includeGroupMasters", "includeRoomMoveHeaders": True}
    rows = agent.search(**wish)
    assert {row["reservationType"] for row in rows} == {"Normal", "Maintenance", "RoomMoveHeader"}
    assert len({row["status"] for row in rows}) == len(State) + 1


@pytest.mark.parametrize("model", ["Lite", "Basic", "Full"])
def test_the_house_keeps_the_contract(contract: Contract, agent: Agent, model: str) -> None:
    query = {"propertyId": 1, "modelType": model.lower()}
    assert contract.wrongs(f"properties{model}", agent.ask("properties", modelType=model.lower())) == []
    assert contract.wrongs(f"category{model}", agent.ask("categories", **query)) == []
    assert contract.wrongs(f"area{model}", agent.ask("areas", **query)) == []
    rate = "rateTypeFull" if model == "Full" else "rateTypeLite"
    assert contract.wrongs(rate, agent.ask("rates", modelType=model.lower())) == []


def test_look_ups_keep_the_contract(contract: Contract, agent: Agent) -> None:
    assert contract.wrongs("currency", agent.ask("properties/1/currency")) == []
    assert contract.wrongs("country", agent.ask("countries")) == []
    assert contract.wrongs("bookingSourceBasic", agent.ask("bookingSources")) == []
    assert contract.wrongs("mealPlan", agent.ask("mealPlans")) == []
    assert contract.wrongs("agentLite", agent.ask("onlineAgents", propertyId=1)) == []
    assert contract.wrongs("travelAgentRateBasic", agent.ask("agents/1/rates")) == []
    assert contract.wrongs("rateTablePackage", agent.post("rates/packages/search")) == []


def test_grids_keep_the_contract(contract: Contract, agent: Agent) -> None:
    span = {"propertyId": 1, "dateFrom": "2026-05-13", "dateTo": "2026-05-26"}
    assert contract.wrongs("availabilityGridResponse", agent.post("availabilityGrid", **span)) == []
    grid = agent.post("availabilityRateGrid", **span, agentId=1)
    assert contract.wrongs("availabilityRateGridResponse", grid, is_list=False) == []


def test_money_keeps_the_contract(contract: Contract, agent: Agent, hotel_world: World) -> None:
    chosen = {record.state: record for record in hotel_world.reservations()}
    ids = [row["id"] for record in chosen.values() for row in agent.of(record.number)][:50]
    assert set(chosen) == set(State)
    for path, schema in (
        ("dailyRates", "dailyRateBasicArray"),
        ("actualAccount", "actualAccountArray"),
        ("dailyRevenue", "dailyRevenueArray"),
    ):
        rows = agent.post(f"reservations/{path}/search", ids=ids)
        assert rows
        assert contract.wrongs(schema, rows) == []
    balance = agent.ask(f"reservations/{ids[0]}/projectedBalance")
    assert contract.wrongs("projectedBalance", balance) == []
    account = agent.ask(f"reservations/{ids[0]}/actualAccount")
    assert contract.wrongs("actualAccountArray", account, is_list=False) == []
    assert contract.wrongs("dailyRate", agent.ask(f"reservations/{ids[0]}/dailyRates")) == []
    assert contract.wrongs("dailyRevenue", agent.ask(f"reservations/{ids[0]}/dailyRevenue")) == []


def test_the_trail_movements_and_webhooks_keep_the_contract(contract: Contract, agent: Agent) -> None:
    assert contract.wrongs("auditTrailBasic", agent.post("auditTrail/search")) == []
    movements = agent.post("reservations/guestMovements/search", {"limit": 500})
    assert contract.wrongs("guestMovementBasic", movements) == []
    wish = {"endpoint": "http://127.0.0.1:9/hook", "entityType": "reservation", "propertyId": 1}
    further = {"action": "statusModification", "subAction": "noShow", "headers": [{"key": "X", "value": "y"}]}
    made = agent.post("webhooks", **wish, **further)
    assert contract.wrongs("webhookSubscriptionResponse", made, is_list=False) == []
    assert contract.wrongs("webhookSubscriptionResponse", agent.ask("webhooks", propertyId=1)) == []


def test_the_check_itself_finds_what_is_wrong(contract: Contract, agent: Agent) -> None:
    (row,) = agent.post("reservations/search", {"modelType": "full", "limit": 1, "sort": "id"})
    row |= {"adults": "2", "arrivalDate": "2026-05-13T10:20:00Z", "surprise": True}
    wrongs = " ".join(contract.wrongs("reservationFull", [row]))
    assert all(word in wrongs for word in ("'2'", "T10:20", "surprise"))
    assert all(
        each.reason and each.schema in contract.document["components"]["schemas"] for each in DEVIATIONS
    )
    assert set(contract.document["paths"]) >= ANSWERS_A_LIST
