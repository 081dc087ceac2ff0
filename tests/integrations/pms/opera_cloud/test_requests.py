"""Every question of the adapter keeps to Oracle's published files, as an independent validator reads them; so do the
answers that the other tests are made of."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft4Validator

from simulator.hotel import State
from simulator.pms.opera_switches import Switches
from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import LOOPBACK
from tests.integrations.opera_provider import dialect_of, opera_cloud, opera_credentials
from tests.integrations.pms.opera_cloud.opera_samples import sample
from tests.integrations.providers import BUSINESS_DATE, Running
from tests.simulator.test_opera_contract import CONTRACT, FORMATS, MODULES, Contract
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.answer import Answer, Call
from webapp.integrations.kit.contract import Credentials
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.pms.opera_cloud.adapter import Adapter

pytestmark = pytest.mark.skipif(not CONTRACT.exists(), reason="the published contract is not on this machine")

UNPUBLISHED = ("ent/config/v1/hotels/",)
"""Not among the files at hand."""


class Recording(ProviderClient):
    """A client that keeps every call as it goes out, with what came back."""

    sent: list[tuple[Call, int]]

    def _exchange(self, call: Call) -> Answer:
        answer = super()._exchange(call)
        self.sent.append((call, answer.status))
        return answer


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract(is_literal=True)


@pytest.fixture(scope="module")
def sent() -> Iterator[list[tuple[Call, int]]]:
    """Everything the adapter asks of the pretend gateway, with both kinds of sign-in and both forms of searching."""
    found: list[tuple[Call, int]] = []
    with opera_cloud() as running:
        for kind in ("ocim", "ssd"):
            given = opera_credentials(running.server, kind)
            found += _all_calls(running, given)
            found += _all_calls(running, given, external_system="")
        found += _old_forms(running)
        yield found


def _all_calls(running: Running, given: Credentials, **options: Any) -> list[tuple[Call, int]]:
    clock = FixedClock(running.world.clock.now())
    client = Recording(running.base_url, LOOPBACK, clock=clock, tries=1)
    client.sent = []
    credentials = Credentials({**given.options, **options}, given.secrets)
    adapter = Adapter(credentials, client, memory_caches(clock))
    assert all(rung.ok for rung in adapter.check(tuple(Stream)))
    days = BUSINESS_DATE - timedelta(7), BUSINESS_DATE + timedelta(14)
    for stream in Stream:
        for mode in Mode:
            since = clock() - timedelta(hours=3) if mode is Mode.DELTA else None
            list(adapter.fetch(stream, Window(mode, since, clock(), *days), None))
    reservation = running.world.reservations()[0]
    adapter.fetch_by_ids(Stream.BOOKINGS, [running.telling.booking_id(reservation.number), "1"])
    adapter.fetch_by_ids(Stream.GUESTS, [running.telling.main_guest_id(reservation), "1"])
    if adapter.queue_of(credentials.options):
        coming = (one for one in running.world.reservations() if one.state is State.CONFIRMED)
        running.world.cancel(next(one.number for one in coming if one.arrival > BUSINESS_DATE))
        list(adapter.drain())
    client.close()
    return client.sent


def _old_forms(running: Running) -> list[tuple[Call, int]]:
    """As at a release without POST searches."""
    old = Switches(missing={"searchHotelReservations": 404, "searchProfiles": 405})
    dialect_of(running.server).switch(old)
    return _all_calls(running, running.good, external_system="")


def test_every_call_is_in_the_contract_as_we_make_it(
    contract: Contract, sent: list[tuple[Call, int]]
) -> None:
    wrong = {
        f"{call.method} {_path(call)}: {problem}"
        for call, _status in sent
        for problem in _problems(contract, call)
    }
    assert wrong == set()


def test_all_that_we_need_was_asked(contract: Contract, sent: list[tuple[Call, int]]) -> None:
    asked = {found[0] for call, _ in sent if (found := _operation(contract, call))}
    paths = {contract.operations[name][2] for name in asked}
    assert {
        "/tokens", "/services/reservations/status", "/hotels/{hotelId}/reservations/searches",
        "/hotels/{hotelId}/reservations", "/hotels/{hotelId}/reservations/{reservationId}", "/profilesByIds",
        "/profiles/searches", "/profiles", "/hotels/{hotelId}/hotelInventory", "/ratePlans",
        "/hotels/{hotelId}/ratePlans/{ratePlanCode}/schedules", "/packages",
        "/externalSystem/{extSystemCode}/hotels/{hotelId}/businessEvents",
        "/externalSystems/{extSystemCode}/hotels/{hotelId}/reservations/dailySummary",
        "/externalSystems/{extSystemCode}/hotels/{hotelId}/reservations/dailySummary/{summaryId}",
    } <= paths  # fmt: skip


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("reservations", ("rsv", "POST", "/hotels/{hotelId}/reservations/searches")),
        ("reservation", ("rsv", "GET", "/hotels/{hotelId}/reservations/{reservationId}")),
        ("profiles", ("crm", "GET", "/profilesByIds")),
        ("inventory", ("inv", "GET", "/hotels/{hotelId}/hotelInventory")),
        ("events", ("int", "GET", "/externalSystem/{extSystemCode}/hotels/{hotelId}/businessEvents")),
    ],
)
def test_the_samples_are_answers_of_the_contract(name: str, place: tuple[str, str, str]) -> None:
    strict = Contract()
    operation = next(key for key, found in strict.operations.items() if found[:3] == place)
    errors = strict.answer(operation).iter_errors(sample(name))
    lengths = re.compile(r"is too long$")  # dates of ten characters, where the contract allows eight
    assert [
        f"{error.json_path} {error.message}" for error in errors if not lengths.search(error.message)
    ] == []


def _path(call: Call) -> str:
    return urlsplit(call.url).path.partition("/opera_cloud/")[2]


def _operation(contract: Contract, call: Call) -> tuple[str, dict[str, Any], dict[str, str]] | None:
    """Its id, its description, and the parts of the address."""
    for name, (module, verb, template, operation) in contract.operations.items():
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(contract.base(module) + template))
        found = re.fullmatch(pattern, "/" + _path(call))
        if found and verb == call.method:
            return name, operation, found.groupdict()
    return None


def _problems(contract: Contract, call: Call) -> Iterator[str]:
    if _path(call).startswith(UNPUBLISHED):
        return
    found = _operation(contract, call)
    if found is None:
        yield "no such operation"
        return
    name, operation, parts = found
    document = _document(contract.operations[name][0])
    declared = {}
    for raw in operation["parameters"]:
        item = raw
        while "$ref" in item:
            item = document["parameters"][item["$ref"].rpartition("/")[2]]
        declared[item["in"], item["name"].lower()] = item
    headers = {key.lower(): value for key, value in call.headers.items()}
    query = parse_qsl(urlsplit(call.url).query, keep_blank_values=True)
    form = parse_qsl((call.body or b"").decode()) if call.is_login else []
    given = [("query", key, value) for key, value in query]
    given += [("formData", key, value) for key, value in form]
    given += [("path", key, value) for key, value in parts.items()]
    given += [("header", key, value) for key, value in headers.items() if ("header", key) in declared]
    for where, key, value in given:
        item = declared.get((where, key.lower()))
        if item is None:
            yield f"{where} {key} is not in the contract"
        else:
            yield from _value_problems(key, value, item)
    told = {(where, key.lower()) for where, key, _ in given}
    for (where, key), item in declared.items():
        if item.get("required") and where != "body" and (where, key) not in told:
            yield f"{where} {key} is missing"
    if call.body and any(where == "body" for where, _ in declared):
        yield from (error.message for error in contract.body(name).iter_errors(json.loads(call.body)))


def _document(module: str) -> dict[str, Any]:
    if module not in _DOCUMENTS:
        _DOCUMENTS[module] = json.loads((CONTRACT / f"{MODULES[module]}.json").read_text("utf-8"))
    return _DOCUMENTS[module]


_DOCUMENTS: dict[str, dict[str, Any]] = {}


def _value_problems(key: str, text: str, item: dict[str, Any]) -> Iterator[str]:
    """A text of the address, the form or a header against its description."""
    schema = item["items"] if item["type"] == "array" else item
    value: Any = text
    if schema["type"] in {"integer", "number"}:
        value = int(text)
    elif schema["type"] == "boolean":
        value = {"true": True, "false": False}.get(text, text)
    allowed = {
        name: schema[name]
        for name in ("type", "enum", "pattern", "format", "maximum", "minimum")
        if name in schema
    }
    if "pattern" in allowed and allowed["pattern"].startswith("~*"):  # their web server's way of writing one
        allowed["pattern"] = allowed["pattern"][2:]
    for error in Draft4Validator(allowed, format_checker=FORMATS).iter_errors(value):
        yield f"{key}: {error.message}"
