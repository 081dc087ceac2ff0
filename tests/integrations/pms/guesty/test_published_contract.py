"""Guesty's published contract against what our adapter sends and expects, by a validator that knows neither.

The copy is of mid-2024 and lacks what came later, which is named here. It is not part of this repository; without a copy
beside it these tests are skipped.
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
from tests.integrations.guesty_provider import guesty, guesty_credentials
from tests.integrations.pms.guesty.samples import sample
from tests.integrations.providers import BUSINESS_DATE, Running
from tests.integrations.published import Recording, problems, resolved, template_of
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.answer import Call
from webapp.integrations.pms.guesty.adapter import Adapter

SPEC = Path(__file__).parents[5] / "shared" / "specs" / "guesty" / "guesty-open-api-2024-structure.json"
pytestmark = pytest.mark.skipif(
    not SPEC.exists(), reason="Guesty's published contract is not beside the repository"
)

YOUNGER = {
    "GET /reservations-v3/search": "came in May 2026",
    "POST /oauth2/token": "stands beside the API, not in it",
}
# Where the copy says otherwise than Guesty's pages of 2026 do.
DEVIATIONS = {
    "POST /webhooks": "its list of events is that of 2024",
    "PUT /webhooks/{id}": "its list of events is that of 2024",
    "GET /reservations": "types the value of a filter as a number, and the page shows texts and lists",
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def sent() -> Iterator[list[Call]]:
    """Everything the adapter asks of the pretend Guesty: both generations, all streams in all modes, orders."""
    with guesty() as running:
        clock = FixedClock()
        clock.now = running.world.clock.now()
        client = Recording(running.base_url, LOOPBACK, clock=clock, tries=1)
        client.sent = []
        caches = memory_caches(clock)
        for kind in ("v3", "legacy"):
            given = guesty_credentials(running.server, reservations_api=kind)
            _do_everything(Adapter(given, client, caches), running, clock)
        yield client.sent
        client.close()


def _do_everything(adapter: Adapter, running: Running, clock: FixedClock) -> None:
    days = BUSINESS_DATE - timedelta(2), BUSINESS_DATE + timedelta(3)
    list(adapter.check(tuple(Stream)))
    for stream in Stream:
        for mode in Mode:
            since = clock() - timedelta(hours=3) if mode is Mode.DELTA else None
            list(adapter.fetch(stream, Window(mode, since, clock(), *days), None))
    number = running.telling.booking_id(running.world.reservations()[0].number)
    adapter.fetch_by_ids(Stream.BOOKINGS, [number, "1" * 24])
    adapter.fetch_by_ids(Stream.GUESTS, [next(iter(running.telling.guest_ids(running.world)))])
    adapter.subscribe("http://127.0.0.1:9/hook")
    adapter.unsubscribe("http://127.0.0.1:9/hook")


def name_of(spec: dict[str, Any], call: Call) -> str:
    """`GET /listings/{id}`."""
    path = urlsplit(call.url).path.removeprefix("/guesty").removeprefix("/v1")
    return f"{call.method} {template_of(spec, path)}"


def test_every_call_is_in_the_contract_as_we_make_it(spec: dict[str, Any], sent: list[Call]) -> None:
    wrong = {
        f"{name}: {problem}"
        for call in sent
        if (name := name_of(spec, call)) not in YOUNGER
        for problem in _call_problems(spec, call, name)
    }
    assert wrong == set()


def test_all_the_calls_we_know_were_made(spec: dict[str, Any], sent: list[Call]) -> None:
    assert {name_of(spec, call) for call in sent} == {
        "POST /oauth2/token",
        "GET /accounts/me",
        "GET /listings",
        "GET /listings/{id}",
        "GET /reservations",
        "GET /reservations/{id}",
        "GET /reservations-v3",
        "GET /reservations-v3/search",
        "GET /guests-crud",
        "GET /availability-pricing/api/calendar/listings",
        "GET /rm-rate-plans-ext/rate-plans",
        "GET /rm-rate-plans-ext/ari-calendar/listing/{listingId}/ratePlan/{ratePlanId}",
        "GET /webhooks",
        "POST /webhooks",
        "DELETE /webhooks/{id}",
        "GET /webhooks-v2/secret",
    }


def test_a_token_is_asked_for_once_and_as_the_page_says(spec: dict[str, Any], sent: list[Call]) -> None:
    (login,) = [call for call in sent if name_of(spec, call) == "POST /oauth2/token"]
    form = dict(parse_qsl((login.body or b"").decode()))
    assert form.keys() == {"grant_type", "scope", "client_id", "client_secret"}
    assert (form["grant_type"], form["scope"]) == ("client_credentials", "open-api")
    assert login.headers["Content-Type"] == "application/x-www-form-urlencoded"


def _call_problems(spec: dict[str, Any], call: Call, name: str) -> Iterator[str]:
    method, _, template = name.partition(" ")
    operation = spec["paths"].get(template, {}).get(method.lower())
    if operation is None:
        yield "no such operation"
        return
    declared = {
        item["name"]: item for raw in operation.get("parameters", ()) for item in [resolved(spec, raw)]
    }
    given: dict[str, list[str]] = {}
    for key, value in parse_qsl(urlsplit(call.url).query, keep_blank_values=True):
        given.setdefault(key.removesuffix("[]"), []).append(value)
    for key, values in given.items():
        if key not in declared:
            yield f"parameter {key} is not declared"
        elif not (name in DEVIATIONS and key == "filters"):
            schema = resolved(spec, declared[key]["schema"])
            yield from (f"parameter {key}: {one}" for one in problems(spec, schema, _typed(schema, values)))
    for key, item in declared.items():
        if item.get("required") and item["in"] == "query" and key not in given:
            yield f"parameter {key} is required"
    body = resolved(spec, operation.get("requestBody"))
    if (body is None) != (call.body is None):
        yield "a body where none belongs, or none where one does"
    elif body is not None and call.body is not None:
        found = problems(spec, body["content"]["application/json"]["schema"], json.loads(call.body))
        yield from (one for one in found if not (name in DEVIATIONS and ".events" in one))


def _typed(schema: dict[str, Any], values: list[str]) -> Any:
    """A value of the query as its schema means it."""
    kind = schema.get("type")
    if kind == "array":
        return values
    (text,) = values
    if kind in ("integer", "number") and text.isdigit():
        return int(text)
    return text == "true" if kind == "boolean" and text in ("true", "false") else text


@pytest.mark.parametrize(
    ("name", "path"),
    [("by_ids", "/reservations-v3"), ("legacy", "/reservations"), ("guests", "/guests-crud")],
)
def test_our_samples_name_what_the_contract_names(spec: dict[str, Any], name: str, path: str) -> None:
    """Types are not compared: the copy types ids as objects, which they never are."""
    later = {"reservationId", "plannedArrival", "plannedDeparture", "canceledAt", "guest", "listing"}
    answer = resolved(spec, spec["paths"][path]["get"]["responses"]["200"])["content"]["application/json"]
    schema = resolved(spec, answer["schema"])
    known = set(resolved(spec, schema.get("items", schema)).get("properties", {}))
    found = sample(name)
    rows = found if isinstance(found, list) else [found] if name == "guests" else found["results"]
    assert {key for row in rows for key in row} - known - later - {"id"} == set()
