"""Cloudbeds' calls to the hub."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.integrations.pms.cloudbeds.cloudbeds_samples import FIXTURES, answering, method_of
from tests.integrations.pms.cloudbeds.conftest import MakeAdapter
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Event, Hit, WebhookReceiver, WebhookSubscriber
from webapp.integrations.kit.errors import ContractBroken, SignatureRejected
from webapp.integrations.pms.cloudbeds.adapter import Adapter
from webapp.integrations.pms.cloudbeds.manifest import EVENTS, MANIFEST
from webapp.integrations.pms.cloudbeds.webhooks import events_of

NOW = datetime(2026, 7, 14, 10, 30, tzinfo=UTC)
SAMPLES = sorted((FIXTURES / "webhooks").glob("*.json"))
URL = "https://hub.example/api/integrations/pms/webhook/t0ken"


def hit(body: Any) -> Hit:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Hit({"Content-Type": "application/json"}, {}, raw, NOW)


def event(name: str) -> Event:
    (found,) = events_of(hit((FIXTURES / "webhooks" / f"{name}.json").read_bytes()))
    return found


def declared_name(body: dict[str, Any]) -> str:
    """As the manifest writes it."""
    word, status = body["event"], body.get("status", "")
    detailed = f"{word}={status}"
    return detailed if detailed in dict(spec_events()) else word


def spec_events() -> tuple[tuple[str, str], ...]:
    assert MANIFEST.webhook is not None
    return MANIFEST.webhook.events


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_what_the_manifest_says(path: Path) -> None:
    body = msgspec.json.decode(path.read_bytes())
    (found,) = events_of(hit(path.read_bytes()))
    assert found.type == body["event"]
    assert found.fact is not None
    if body["event"] != "reservation/accommodation_status_changed":  # it may carry a room's status, too
        assert found.fact.value == dict(spec_events())[declared_name(body)]
    assert (found.account, found.id) == ("901234", None)
    assert found.occurred_at == datetime(2026, 7, 14, 6, 20, 12, 417193, tzinfo=UTC)
    assert found.subject
    assert found.dedupe is not None


def test_every_declared_event_has_a_sample_and_the_other_way_round() -> None:
    sampled = {declared_name(msgspec.json.decode(path.read_bytes())) for path in SAMPLES}
    assert sampled == set(dict(spec_events()))


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("reservation_created", FactType.BOOKING_CREATED),
        ("reservation_deleted", FactType.BOOKING_CANCELLED),
        ("reservation_status_changed_canceled", FactType.BOOKING_CANCELLED),
        ("reservation_status_changed_checked_in", FactType.GUEST_CHECKIN),
        ("reservation_status_changed_checked_out", FactType.GUEST_CHECKOUT),
        ("reservation_status_changed", FactType.BOOKING_UPDATED),
        ("reservation_accommodation_status_changed", FactType.GUEST_CHECKIN),
        ("reservation_dates_changed", FactType.BOOKING_UPDATED),
    ],
)
def test_events_announce_facts(name: str, fact: FactType) -> None:
    assert event(name).fact is fact


def test_both_spellings_of_a_name_are_read() -> None:
    assert event("reservation_created").subject == "7400112233"
    assert event("reservation_dates_changed").subject == "7400112233"


def test_a_guest_event_is_about_the_reservation_when_it_names_one() -> None:
    assert (event("guest_assigned").stream, event("guest_assigned").subject) == (
        Stream.BOOKINGS,
        "7400112233",
    )
    assert (event("guest_details_changed").stream, event("guest_details_changed").subject) == (
        Stream.GUESTS,
        "55120",
    )


def test_the_same_call_twice_has_one_name_and_a_later_one_another() -> None:
    body = msgspec.json.decode((FIXTURES / "webhooks/reservation_created.json").read_bytes())
    (first,) = events_of(hit(body))
    (again,) = events_of(hit(body))
    (later,) = events_of(hit(body | {"timestamp": body["timestamp"] + 1}))
    assert first.dedupe == again.dedupe != later.dedupe


@pytest.mark.parametrize(
    "word", ["night_audit/completed", "housekeeping/room_condition_changed", "roomblock/created"]
)
def test_other_events_are_kept_and_lead_to_no_reading(word: str) -> None:
    (found,) = events_of(hit({"event": word, "propertyID": 901234, "reservationID": "1", "timestamp": 1.0}))
    assert (found.type, found.fact, found.subject) == (word, None, "")


@pytest.mark.parametrize("stamp", ["soon", None, True, -5, 1e18, [], {}])
def test_a_time_that_is_none_is_left_out(stamp: Any) -> None:
    (found,) = events_of(hit({"event": "reservation/created", "reservationID": "1", "timestamp": stamp}))
    assert found.occurred_at is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"event": 5.5e999}',
        {"event": ""},
        {"propertyID": 1},
        b"[" * 5000,
    ],
)
def test_what_is_no_event_is_a_broken_contract_and_never_more(body: Any) -> None:
    with pytest.raises(ContractBroken):
        events_of(hit(body))
    Adapter.account_of(hit(body))


def test_the_property_is_read_before_anybody_is_trusted() -> None:
    assert Adapter.account_of(hit({"propertyId": 901234})) == "901234"
    assert Adapter.account_of(hit({"propertyID_str": "901234", "propertyID": 9})) == "901234"
    assert Adapter.account_of(hit({"event": "x"})) is None
    assert Adapter.account_of(hit(b"nonsense")) is None


def test_a_call_at_the_shared_address_proves_nothing(make_adapter: MakeAdapter) -> None:
    with pytest.raises(SignatureRejected):
        make_adapter().verify(hit({"event": "reservation/created", "propertyID": 901234}), NOW)
    assert MANIFEST.webhook is not None
    assert MANIFEST.webhook.address_is_proof


# --- ordering calls ---------------------------------------------------------------------------------------------------


class OrderDesk:
    """Cloudbeds' subscriptions, with one of somebody else's."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {
            "1": self._row("1", "reservation", "created", "https://other.example/")
        }

    def _row(self, number: str, entity: str, action: str, url: str) -> dict[str, Any]:
        event = {"entity": entity, "action": action}
        return {"id": number, "event": event, "subscriptionData": {"endpoint": url}}

    def __call__(self, asked: Asked) -> Reply:
        method = method_of(asked)
        if method == "postWebhook":
            form = dict(pair.split("=", 1) for pair in asked.body.decode().split("&"))
            number = str(len(self.rows) + 1)
            self.rows[number] = self._row(number, form["object"], form["action"], URL)
            return Reply(body={"success": True, "data": {"subscriptionID": number}})
        if method == "deleteWebhook":
            del self.rows[asked.path.rpartition("subscriptionID=")[2]]
            return Reply(body={"success": True})
        if method == "getWebhooks":
            return Reply(body={"success": True, "data": list(self.rows.values())})
        return answering({})(asked)


def test_calls_are_ordered_once_and_those_of_others_are_left_alone(
    vendor: Vendor, make_adapter: MakeAdapter
) -> None:
    adapter, orders = make_adapter(), OrderDesk()
    vendor.answers_by(orders)
    assert isinstance(adapter, WebhookReceiver)
    assert isinstance(adapter, WebhookSubscriber)
    made = adapter.subscribe(URL)
    assert [item.type for item in made] == list(EVENTS)
    assert adapter.subscribe(URL) == made
    assert len(adapter.subscriptions()) == len(EVENTS) + 1
    assert adapter.unsubscribe(URL) == len(EVENTS)
    assert [item.url for item in adapter.subscriptions()] == ["https://other.example/"]
