import json
from typing import Any

import pytest

from tests.integrations.pms.rms_cloud.conftest import MakeAdapter
from tests.integrations.pms.rms_cloud.samples import KEYS, NOW, Script, credentials, path_of, query_of, sample
from tests.integrations.vendor import Asked, Reply
from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Hit, WebhookSubscriber
from webapp.integrations.kit.errors import ContractBroken, ProviderError, SignatureRejected
from webapp.integrations.pms.rms_cloud.adapter import Adapter
from webapp.integrations.pms.rms_cloud.manifest import MANIFEST, ORDERS

URL = "https://hub.example/api/integrations/pms/webhook/whk_1"


class Registrations:
    """RMS's list of webhooks."""

    def __init__(self, script: Script, *, hides_headers: bool = False) -> None:
        self.rows: dict[int, dict[str, Any]] = {}
        self.made = 0
        self._hides = hides_headers
        script.replies["webhooks"] = self._answer
        for number in range(1, 100):
            script.replies[f"webhooks/{number}"] = self._delete

    def _answer(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            asked_for = int(query_of(asked)["propertyId"])
            rows = [row for row in self.rows.values() if row["propertyId"] == asked_for]
            return Reply(200, [{**row, "headers": []} if self._hides else row for row in rows])
        self.made += 1
        self.rows[self.made] = {"id": self.made, **json.loads(asked.body)}
        return Reply(200, self.rows[self.made])

    def _delete(self, asked: Asked) -> Reply:
        return Reply(200 if self.rows.pop(int(path_of(asked).rpartition("/")[2]), None) else 404, {})

    def headers(self, event: str) -> dict[str, str]:
        found = [{pair["key"]: pair["value"] for pair in row["headers"]} for row in self.rows.values()]
        return next(headers for headers in found if headers["X-Hub-Event"] == event)


@pytest.fixture
def registrations(script: Script) -> Registrations:
    return Registrations(script)


def hit(body: Any, headers: dict[str, str]) -> Hit:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Hit(headers, {}, raw, NOW)


def test_one_registration_for_each_event_with_our_own_headers(
    adapter: Adapter, registrations: Registrations
) -> None:
    made = adapter.subscribe(URL)
    assert isinstance(adapter, WebhookSubscriber)
    assert [item.type for item in made] == list(ORDERS)
    assert {row["endpoint"] for row in registrations.rows.values()} == {URL}
    first = registrations.rows[1]
    assert (first["entityType"], first["action"], first["propertyId"], first["modelType"]) == (
        "reservation",
        "creation",
        1,
        "lite",
    )
    secrets = {registrations.headers(event)["X-Hub-Secret"] for event in ORDERS}
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 40
    text = json.dumps(list(registrations.rows.values()))
    assert not any(secret.reveal() in text for secret in KEYS.values())
    assert {row["propertyId"] for row in registrations.rows.values() if row["entityType"] == "guest"} == {0}


def test_ordering_again_changes_nothing_and_completes_what_is_missing(
    make_adapter: MakeAdapter, registrations: Registrations
) -> None:
    before = make_adapter().subscribe(URL)
    assert make_adapter().subscribe(URL) == before
    del registrations.rows[3]
    make_adapter().subscribe(URL)
    assert registrations.made == len(ORDERS) + 1
    assert {item.type for item in make_adapter().subscriptions()} == set(ORDERS)


def test_a_registration_with_another_secret_is_replaced(
    make_adapter: MakeAdapter, registrations: Registrations
) -> None:
    make_adapter().subscribe(URL)
    registrations.rows[1]["headers"][0]["value"] = "somebody-elses"
    make_adapter().subscribe(URL)
    assert (len(registrations.rows), 1 in registrations.rows) == (len(ORDERS), False)


def test_where_rms_hides_headers_every_registration_is_made_anew(
    make_adapter: MakeAdapter, script: Script
) -> None:
    registrations = Registrations(script, hides_headers=True)
    make_adapter().subscribe(URL)
    make_adapter().subscribe(URL)
    assert len(registrations.rows) == len(ORDERS)


def test_ending_ends_ours_only(adapter: Adapter, registrations: Registrations) -> None:
    adapter.subscribe(URL)
    adapter.subscribe(URL + "2")
    assert adapter.unsubscribe(URL) == len(ORDERS)
    assert {row["endpoint"] for row in registrations.rows.values()} == {URL + "2"}
    assert adapter.unsubscribe(URL) == 0


def test_nothing_is_ordered_from_a_training_database(
    make_adapter: MakeAdapter, registrations: Registrations
) -> None:
    with pytest.raises(ProviderError) as raised:
        make_adapter(credentials(training="yes")).subscribe(URL)
    assert raised.value.code == "training_database"
    assert registrations.made == 0


def test_a_call_of_ours_is_known_by_its_secret(adapter: Adapter, registrations: Registrations) -> None:
    adapter.subscribe(URL)
    secret = registrations.headers("guest.checkin")["X-Hub-Secret"]
    adapter.verify(hit({}, registrations.headers("guest.checkin")), NOW)
    adapter.verify(hit({}, {"x-hub-secret": secret}), NOW)
    with pytest.raises(SignatureRejected):
        adapter.verify(hit({}, {"x-hub-secret": secret[:-1]}), NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Secret": ""},
        {"X-Hub-Secret": "wrong"},
        {"X-Hub-Secret": "schlüssel"},
        {"Authorization": "Basic NDMxOmFnM250LXBhc3N3MHJk"},
    ],
)
def test_a_call_without_it_is_refused(
    adapter: Adapter, registrations: Registrations, headers: dict[str, str]
) -> None:
    with pytest.raises(SignatureRejected):
        adapter.verify(hit({}, headers), NOW)
    adapter.subscribe(URL)
    with pytest.raises(SignatureRejected):
        adapter.verify(hit({}, headers), NOW)


@pytest.mark.parametrize("event", list(ORDERS))
def test_the_header_says_what_happened_and_the_body_to_whom(adapter: Adapter, event: str) -> None:
    entity = (
        sample("guests")[1]
        if event.startswith("guest.") and not ORDERS[event].fact
        else sample("reservations")[0]
    )
    (found,) = adapter.parse(hit(entity, {"x-hub-event": event}))
    assert (found.type, found.fact, found.dedupe, found.id) == (event, ORDERS[event].fact, None, None)
    is_guest = ORDERS[event].entity == "guest"
    assert (found.stream, found.subject) == (
        (Stream.GUESTS, "7711") if is_guest else (Stream.BOOKINGS, "48213")
    )


def test_the_five_facts_are_announced() -> None:
    assert {fact for _, fact in MANIFEST.webhook.events} == {fact.value for fact in FactType}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "body",
    [
        {"id": 48213},
        [{"id": 48213}],
        {"reservation": {"id": 48213}},
        {"data": {"id": 48213}, "id": 5},
        {"reservationId": 48213},
        {"event": "x", "payload": {"reservationId": 48213}},
        {"id": "48213"},
    ],
)
def test_the_reservation_is_found_in_any_envelope(adapter: Adapter, body: Any) -> None:
    (found,) = adapter.parse(hit(body, {"X-Hub-Event": "reservation.updated"}))
    assert found.subject == "48213"


@pytest.mark.parametrize("body", [{}, {"id": 0}, {"id": -5}, {"id": 2**40}, {"id": True}, {"id": {"a": 1}}])
def test_a_call_about_nobody_has_no_subject(adapter: Adapter, body: Any) -> None:
    (found,) = adapter.parse(hit(body, {"X-Hub-Event": "reservation.updated"}))
    assert found.subject == ""


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"[1, 2]", b"null", b'"x"', b"[" * 5000])
def test_what_is_no_event_is_not_understood(adapter: Adapter, body: bytes) -> None:
    with pytest.raises(ContractBroken):
        adapter.parse(hit(body, {"X-Hub-Event": "reservation.updated"}))


def test_a_call_without_our_name_is_only_a_hint(adapter: Adapter) -> None:
    (found,) = adapter.parse(hit(sample("reservations")[0], {"X-Hub-Event": "reservation.exploded"}))
    assert (found.fact, found.stream, found.subject) == (None, Stream.BOOKINGS, "48213")
    (found,) = adapter.parse(hit(sample("guests")[0], {}))
    assert (found.stream, found.subject) == (Stream.GUESTS, "7711")
    assert adapter.account_of(hit({"propertyId": 1}, {})) is None
