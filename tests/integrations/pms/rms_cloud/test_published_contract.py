"""RMS's published contract against what our adapter sends and expects, by a validator that knows neither.

The copy is not part of this repository; without one beside it these tests are skipped.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import LOOPBACK
from tests.integrations.pms.rms_cloud.samples import sample
from tests.integrations.providers import BUSINESS_DATE, Running
from tests.integrations.published import Recording, problems, resolved, template_of
from tests.integrations.rms_provider import rms_cloud
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.answer import Call
from webapp.integrations.pms.rms_cloud.adapter import Adapter

SPEC = Path(__file__).parents[5] / "shared" / "specs" / "rms-cloud" / "rms-rest-1.4.37.1-structure.json"
pytestmark = pytest.mark.skipif(
    not SPEC.exists(), reason="RMS's published contract is not beside the repository"
)


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def sent() -> Iterator[list[Call]]:
    """Everything the adapter asks of the pretend RMS: all streams in all modes, single records, orders."""
    with rms_cloud() as running:
        clock = FixedClock()
        clock.now = running.world.clock.now()
        client = Recording(running.base_url, LOOPBACK, clock=clock, tries=1)
        client.sent = []
        _do_everything(Adapter(running.good, client, memory_caches(clock)), running, clock)
        yield client.sent
        client.close()


def _do_everything(adapter: Adapter, running: Running, clock: FixedClock) -> None:
    days = BUSINESS_DATE - timedelta(2), BUSINESS_DATE + timedelta(3)
    list(adapter.check(tuple(Stream)))
    for minutes, mode in enumerate(Mode):
        clock.now += timedelta(minutes=2 * minutes)
        for stream in Stream:
            since = clock() - timedelta(hours=3) if mode is Mode.DELTA else None
            list(adapter.fetch(stream, Window(mode, since, clock(), *days), None))
    clock.now += timedelta(minutes=2)
    list(adapter.fetch(Stream.CHECK_INS, Window(Mode.DELTA, None, clock(), *days), None))
    numbers = [running.telling.booking_id(found.number) for found in running.world.reservations()[:20]]
    adapter.fetch_by_ids(Stream.BOOKINGS, [*numbers, "1"])
    adapter.fetch_by_ids(Stream.GUESTS, [next(iter(running.telling.guest_ids(running.world)))])
    adapter.subscribe("http://127.0.0.1:9/hook")
    adapter.subscriptions()
    adapter.unsubscribe("http://127.0.0.1:9/hook")


def name_of(spec: dict[str, Any], call: Call) -> str:
    """`GET /agents/{id}/rates`."""
    path = urlsplit(call.url).path.removeprefix("/rms_cloud")
    return f"{call.method} {template_of(spec, path)}"


def test_every_call_is_in_the_contract_as_we_make_it(spec: dict[str, Any], sent: list[Call]) -> None:
    assert {
        f"{name}: {problem}"
        for call in sent
        if (name := name_of(spec, call))
        for problem in _call_problems(spec, call, name)
    } == set()


def test_all_the_calls_we_know_were_made(spec: dict[str, Any], sent: list[Call]) -> None:
    assert {name_of(spec, call) for call in sent} == {
        "GET /clienturl/{rmsClientId}",
        "POST /authToken",
        "GET /properties",
        "GET /properties/{id}/currency",
        "GET /categories",
        "GET /countries",
        "GET /onlineAgents",
        "GET /agents/{id}/rates",
        "POST /reservations/search",
        "POST /reservations/dailyRates/search",
        "POST /reservations/actualAccount/search",
        "POST /auditTrail/search",
        "POST /guests/search",
        "POST /availabilityGrid",
        "POST /availabilityRateGrid",
        "POST /rates/packages/search",
        "GET /webhooks",
        "POST /webhooks",
        "DELETE /webhooks/{id}",
    }


def test_one_token_serves_them_all(spec: dict[str, Any], sent: list[Call]) -> None:
    assert [name_of(spec, call) for call in sent].count("POST /authToken") == 1
    assert all("authtoken" in call.headers for call in sent if not call.is_login)


def test_stays_have_both_ends_and_every_search_its_property(spec: dict[str, Any], sent: list[Call]) -> None:
    bodies = [
        json.loads(call.body or b"")
        for call in sent
        if name_of(spec, call) in ("POST /reservations/search", "POST /auditTrail/search")
    ]
    assert all(body["propertyIds"] == [1] for body in bodies)
    assert all(("departFrom" in body) == ("arriveTo" in body) for body in bodies)


def _call_problems(spec: dict[str, Any], call: Call, name: str) -> Iterator[str]:
    method, _, template = name.partition(" ")
    operation = spec["paths"].get(template, {}).get(method.lower())
    if operation is None:
        yield "no such operation"
        return
    declared = {
        item["name"]: item for raw in operation.get("parameters", ()) for item in [resolved(spec, raw)]
    }
    given = dict(parse_qsl(urlsplit(call.url).query, keep_blank_values=True))
    for key, value in given.items():
        if key not in declared:
            yield f"parameter {key} is not declared"
            continue
        schema = resolved(spec, declared[key]["schema"])
        typed = int(value) if schema.get("type") == "integer" and value.isdigit() else value
        yield from (f"parameter {key}: {one}" for one in problems(spec, schema, typed, is_closed=True))
    for key, item in declared.items():
        if item.get("required") and item["in"] == "query" and key not in given:
            yield f"parameter {key} is required"
    body = resolved(spec, operation.get("requestBody"))
    if (body is None) != (call.body is None):
        yield "a body where none belongs, or none where one does"
    elif body is not None and call.body is not None:
        yield from problems(
            spec, body["content"]["application/json"]["schema"], json.loads(call.body), is_closed=True
        )


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("reservations", "reservationFull"),
        ("guests", "guestFull"),
        ("daily_rates", "dailyRateBasicArray"),
        ("accounts", "actualAccountArray"),
        ("audit_trail", "auditTrailBasic"),
        ("packages", "rateTablePackage"),
        ("properties", "propertiesBasic"),
        ("grid", "availabilityGridResponse"),
    ],
)
def test_our_samples_name_what_the_contract_names(spec: dict[str, Any], name: str, schema: str) -> None:
    known = set(spec["components"]["schemas"][schema]["properties"])
    assert {key for row in sample(name) for key in row} - known == set()
