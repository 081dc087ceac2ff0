"""Cloudbeds' published contract against what our adapter sends and expects, by a validator that knows neither.

The contract is not part of this repository; without a copy beside it these tests are skipped.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
import yaml

from simulator.faults import FaultKind
from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import LOOPBACK
from tests.integrations.pms.cloudbeds.cloudbeds_samples import FIXTURES, sample
from tests.integrations.providers import BUSINESS_DATE, Running, cloudbeds
from tests.integrations.published import Recording, problems, resolved
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.answer import Call
from webapp.integrations.pms.cloudbeds import payloads
from webapp.integrations.pms.cloudbeds.adapter import Adapter
from webapp.integrations.pms.cloudbeds.refusals import SCOPES

SPEC = Path(__file__).parents[5] / "shared" / "specs" / "cloudbeds" / "pms-v1.3-openapi.yaml"
pytestmark = pytest.mark.skipif(
    not SPEC.exists(), reason="Cloudbeds' published contract is not beside the repository"
)


class _Loader(yaml.CSafeLoader):
    """Leaves the contract's sample dates as the texts they are."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(SPEC.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    return loaded


def answer_schema(spec: dict[str, Any], method: str, verb: str = "get") -> dict[str, Any]:
    response = resolved(spec, spec["paths"][f"/{method}"][verb]["responses"][200])
    found: dict[str, Any] = resolved(spec, response["content"]["application/json"]["schema"])
    return found


# --- what we send -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sent() -> Iterator[list[Call]]:
    """Everything the adapter asks of the pretend Cloudbeds: the test, all streams in all modes, re-reads, orders."""
    with cloudbeds() as running:
        clock = FixedClock()
        clock.now = running.world.clock.now()
        client = Recording(running.base_url, LOOPBACK, clock=clock, tries=1)
        client.sent = []
        _do_everything(Adapter(running.good, client, memory_caches(clock)), running, clock)
        yield client.sent
        client.close()


def _do_everything(adapter: Adapter, running: Running, clock: FixedClock) -> None:
    days = BUSINESS_DATE - timedelta(7), BUSINESS_DATE + timedelta(14)
    assert all(rung.ok for rung in adapter.check(tuple(Stream)))
    for stream in Stream:
        for mode in Mode:
            since = clock() - timedelta(hours=3) if mode is Mode.DELTA else None
            list(adapter.fetch(stream, Window(mode, since, clock(), *days), None))
    number = running.telling.booking_id(running.world.reservations()[0].number)
    adapter.fetch_by_ids(Stream.BOOKINGS, [number, "1"])
    adapter.fetch_by_ids(Stream.GUESTS, [next(iter(running.telling.guest_ids(running.world)))])
    adapter.subscribe("https://hub.example/hook")
    adapter.unsubscribe("https://hub.example/hook")
    running.fault(FaultKind.FORBIDDEN, match="getHotels", times=1)
    assert not all(rung.ok for rung in adapter.check(()))


def test_every_call_is_in_the_contract_as_we_make_it(spec: dict[str, Any], sent: list[Call]) -> None:
    wrong = {
        f"{call.method} {_method(call)}: {problem}" for call in sent for problem in _call_problems(spec, call)
    }
    assert wrong == set()


def test_all_the_methods_we_know_were_asked(sent: list[Call]) -> None:
    assert {_method(call) for call in sent} == set(SCOPES) | {
        "oauth/metadata", "userinfo", "postWebhook", "getWebhooks", "deleteWebhook",
    }  # fmt: skip


def test_the_permissions_we_name_are_the_contracts(spec: dict[str, Any]) -> None:
    told = {
        method: [
            scope
            for way in spec["paths"][f"/{method}"]["get"]["security"]
            for scope in way.get("api_key", [])
        ]
        for method in SCOPES
    }
    assert told == {method: [scope] for method, scope in SCOPES.items()}


def _method(call: Call) -> str:
    return urlsplit(call.url).path.partition("/api/v1.3/")[2]


def _call_problems(spec: dict[str, Any], call: Call) -> Iterator[str]:
    operation = spec["paths"].get(f"/{_method(call)}", {}).get(call.method.lower())
    if operation is None:
        yield "no such operation"
        return
    declared = {
        item["name"]: item for raw in operation.get("parameters", ()) for item in [resolved(spec, raw)]
    }
    given = dict(parse_qsl(urlsplit(call.url).query, keep_blank_values=True))
    for name, text in given.items():
        if name not in declared:
            yield f"parameter {name} is not declared"
            continue
        schema = resolved(spec, declared[name]["schema"])
        for problem in problems(spec, schema, _typed(schema, text)):
            yield f"parameter {name}: {problem}"
    for name, item in declared.items():
        if item.get("required") and name not in given:
            yield f"parameter {name} is required"
    yield from _body_problems(spec, call, operation)


def _body_problems(spec: dict[str, Any], call: Call, operation: dict[str, Any]) -> Iterator[str]:
    body = resolved(spec, operation.get("requestBody"))
    if body is None or call.body is None:
        if (body is None) != (call.body is None):
            yield "a body where none belongs, or none where one does"
        return
    kind = call.headers["Content-Type"]
    if kind not in body["content"]:
        yield f"{kind} is not taken"
        return
    schema = resolved(spec, body["content"][kind]["schema"])
    form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    yield from problems(spec, schema, form)
    yield from (f"field {name} is not declared" for name in form if name not in schema["properties"])


def _typed(schema: dict[str, Any], text: str) -> Any:
    """A value of the query as its schema means it."""
    if schema["type"] == "integer" and text.lstrip("-").isdigit():
        return int(text)
    if schema["type"] == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


# --- what we expect ---------------------------------------------------------------------------------------------------

READ = {
    ("getHotels", "data.[]"): payloads.HotelRow,
    ("getReservations", "data.[]"): payloads.ListedRow,
    ("getReservationsWithRateDetails", "data.[]"): payloads.ReservationRow,
    ("getReservationsWithRateDetails", "data.[].source"): payloads.Source,
    ("getReservationsWithRateDetails", "data.[].rooms.[]"): payloads.RoomLine,
    ("getReservationsWithRateDetails", "data.[].guestList.*"): payloads.Person,
    ("getReservationsWithRateDetails", "data.[].guestList.*.rooms.[]"): payloads.PersonRoom,
    ("getGuestList", "data.*"): payloads.GuestRow,
    ("getGuestList", "data.*.guestNotes.[]"): payloads.GuestNote,
    ("getGuest", "data"): payloads.SingleGuest,
    ("getRooms", "data.[]"): payloads.RoomsOfProperty,
    ("getRooms", "data.[].rooms.[]"): payloads.RoomRow,
    ("getRatePlans", "data.[]"): payloads.RateRow,
    ("getRatePlans", "data.[].roomRateDetailed.[]"): payloads.RateNight,
    ("getWebhooks", "data.[]"): payloads.WebhookRow,
    ("getWebhooks", "data.[].event"): payloads.WebhookEvent,
    ("getWebhooks", "data.[].subscriptionData"): payloads.WebhookData,
    ("oauth/metadata", "data"): payloads.Metadata,
    ("oauth/metadata", "data.api"): payloads.ApiPlace,
}
# Read where they stand, although this part of the contract does not list them.
EXTRA = {
    (payloads.ReservationRow, "guestName"): "stands in getReservations; read here in case it is sent",
    (payloads.RateNight, "rate"): "the name of the price in getAvailableRoomTypes",
}  # fmt: skip


def below(spec: dict[str, Any], schema: Any, path: str) -> dict[str, Any]:
    found = resolved(spec, schema)
    for step in path.split("."):
        inner = {"[]": "items", "*": "additionalProperties"}.get(step)
        found = resolved(spec, found[inner] if inner else found["properties"][step])
    result: dict[str, Any] = found
    return result


@pytest.mark.parametrize(
    ("place", "shape"), list(READ.items()), ids=lambda value: getattr(value, "__name__", None)
)
def test_every_name_we_read_is_in_the_contract(
    spec: dict[str, Any], place: tuple[str, str], shape: type[msgspec.Struct]
) -> None:
    method, path = place
    known = set(below(spec, answer_schema(spec, method), path)["properties"])
    unknown = {name for name in shape.__struct_fields__ if name not in known and (shape, name) not in EXTRA}
    assert unknown == set()


# Where our samples differ from the contract on purpose.
DEVIATIONS = {
    "$.data[2].rooms[1].roomID": "the contract's own text says null for a room not assigned yet, its type does not"
}


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("reservations", "getReservationsWithRateDetails"),
        ("guests_as_map", "getGuestList"),
        ("rate_plans", "getRatePlans"),
    ],
)
def test_our_samples_have_the_contracts_shape(spec: dict[str, Any], name: str, method: str) -> None:
    found = problems(spec, answer_schema(spec, method), sample(name))
    assert [problem for problem in found if problem.partition(": ")[0] not in DEVIATIONS] == []


def test_the_list_of_guests_is_the_one_sample_that_differs_on_purpose(spec: dict[str, Any]) -> None:
    found = problems(spec, answer_schema(spec, "getGuestList"), sample("guests_as_list"))
    assert len(found) == 1
    assert found[0].startswith("$.data: ")
    assert {path.stem for path in FIXTURES.glob("*.json")} == {
        "reservations", "guests_as_map", "guests_as_list", "rate_plans",
    }  # fmt: skip


def test_the_samples_are_of_one_hotel() -> None:
    assert date.fromisoformat(sample("rate_plans")["data"][0]["roomRateDetailed"][0]["date"]) > date(
        2026, 7, 14
    )
    assert {row["propertyID"] for row in sample("reservations")["data"]} == {"901234"}
