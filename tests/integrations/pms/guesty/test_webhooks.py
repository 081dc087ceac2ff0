"""Guesty's calls to the hub: both generations, both families of headers, and secrets that come late."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FixedClock
from tests.integrations.pms.guesty.conftest import MakeAdapter
from tests.integrations.pms.guesty.samples import (
    BOOKED,
    FIXTURES,
    MARA,
    NOW,
    SECRET,
    Script,
    credentials,
    path_of,
    query_of,
)
from tests.integrations.vendor import Asked, Reply
from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import (
    Credentials,
    Event,
    Hit,
    Upkeep,
    WebhookReceiver,
    WebhookSubscriber,
)
from webapp.integrations.kit.errors import ContractBroken, SignatureRejected
from webapp.integrations.pms.guesty.adapter import Adapter
from webapp.integrations.pms.guesty.manifest import MANIFEST, OLD_EVENTS, ORDERED, RESERVATION_EVENTS
from webapp.integrations.pms.guesty.webhooks import events_of
from webapp.vault import Secret

SAMPLES = sorted((FIXTURES / "webhooks").glob("*.json"))
PATH = "/api/integrations/pms/webhook/t0ken"
URL = f"https://hub.example{PATH}"
OTHER = "whsec_" + "YW5vdGhlci1zZWNyZXQtb2Ytb3Vycw=="


def hit(body: Any, headers: dict[str, str] | None = None) -> Hit:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Hit(headers or {}, {}, raw, NOW)


def signed(
    body: bytes, secret: str = SECRET, *, family: str = "svix", at: datetime = NOW, number: str = "msg_1"
) -> Hit:
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{number}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    names = (f"{family}-id", f"{family}-timestamp", f"{family}-signature")
    return Hit(dict(zip(names, (number, stamp, signature), strict=True)), {}, body, at)


def event(body: Any, headers: dict[str, str] | None = None) -> Event:
    (found,) = events_of(hit(body, headers))
    return found


def understood() -> dict[str, FactType]:
    return {**RESERVATION_EVENTS, **OLD_EVENTS}


# --- what they say ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_what_the_manifest_says(path: Path) -> None:
    body = json.loads(path.read_bytes())
    found = event(path.read_bytes(), {"Svix-Id": "msg_9"})
    assert found.fact is understood()[body.get("event") or body["eventType"]]
    assert (found.stream, found.subject, found.id) == (Stream.BOOKINGS, BOOKED, "msg_9")
    assert found.occurred_at == datetime(2026, 11, 23, 10, tzinfo=UTC)


def test_every_event_that_is_understood_has_a_sample_and_the_other_way_round() -> None:
    bodies = [json.loads(path.read_bytes()) for path in SAMPLES]
    assert {body.get("event") or body["eventType"] for body in bodies} == set(understood())


def test_what_is_declared_is_what_is_ordered() -> None:
    assert MANIFEST.webhook is not None
    assert set(dict(MANIFEST.webhook.events)) <= set(ORDERED)


@pytest.mark.parametrize("name", ["event", "eventType"])
@pytest.mark.parametrize("key", ["reservationId", "_id", "id"])
@pytest.mark.parametrize("place", ["data", "data.reservation", "reservation"])
def test_the_reservation_is_found_wherever_it_stands(name: str, key: str, place: str) -> None:
    record = {key: BOOKED}
    body: dict[str, Any] = {name: "reservation.updated.v2"}
    if place == "data.reservation":
        body["data"] = {"reservation": record}
    else:
        body[place] = record
    assert event(body).subject == BOOKED


def test_an_update_that_says_cancelled_announces_that() -> None:
    body = {"event": "reservation.updated.v2", "data": {"reservationId": BOOKED, "status": "canceled"}}
    assert event(body).fact is FactType.BOOKING_CANCELLED
    body["event"] = "reservation.created.v2"
    assert event(body).fact is FactType.BOOKING_CREATED


@pytest.mark.parametrize("word", ["guest.created", "guest.updated", "guest.deleted"])
def test_a_guest_is_read_again(word: str) -> None:
    for body in (
        {"data": {"_id": MARA}},
        {"guest": {"_id": MARA}},
        {"data": {"guestId": MARA}},
        {"guestId": MARA},
    ):
        found = event({"event": word, **body})
        assert (found.stream, found.subject, found.fact) == (Stream.GUESTS, MARA, None)


@pytest.mark.parametrize("word", ["listing.updated", "calendar.updated.v2", "payments.failed", "brand.new"])
def test_other_events_are_kept_and_lead_to_no_reading(word: str) -> None:
    found = event({"event": word, "data": {"_id": BOOKED, "listingId": BOOKED}})
    assert (found.type, found.fact, found.subject, found.dedupe) == (word, None, "", None)


@pytest.mark.parametrize("identity", ["", "x", 5, None, "../" + BOOKED, BOOKED * 2, {"$ne": 1}])
def test_what_is_no_id_is_not_asked_for(identity: Any) -> None:
    assert event({"event": "reservation.updated.v2", "data": {"reservationId": identity}}).subject == ""


@pytest.mark.parametrize("stamp", ["soon", 5, None, [], "9999-99-99"])
def test_a_time_that_is_none_is_left_out(stamp: Any) -> None:
    assert event({"event": "reservation.updated.v2", "publishedAt": stamp}).occurred_at is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", {"event": ""}, {"data": 1}, b"[" * 5000]
)
def test_what_is_no_event_is_a_broken_contract_and_never_more(body: Any) -> None:
    with pytest.raises(ContractBroken):
        events_of(hit(body))
    assert Adapter.account_of(hit(body)) is None


# --- what proves them -------------------------------------------------------------------------------------------------


@pytest.fixture
def typed(make_adapter: MakeAdapter) -> Adapter:
    """A connection whose secret was typed."""
    given = credentials()
    return make_adapter(Credentials(given.options, {**given.secrets, "webhook_secret": Secret(SECRET)}))


@pytest.mark.parametrize("family", ["svix", "webhook", "Svix", "Webhook"])
def test_both_families_of_headers_prove_a_call(typed: Adapter, family: str) -> None:
    call = signed(b'{"event": "x"}', family=family)
    typed.verify(call, NOW)
    with pytest.raises(SignatureRejected):
        typed.verify(Hit(call.headers, {}, b'{"event": "y"}', NOW), NOW)


def test_what_proves_nothing_is_refused(typed: Adapter, make_adapter: MakeAdapter) -> None:
    body = b'{"event": "x"}'
    good = signed(body)
    forged = [
        hit(body),
        signed(body, OTHER),
        Hit(good.headers, {}, body + b" ", NOW),
        Hit({**good.headers, "svix-signature": "v1,garbage"}, {}, body, NOW),
        Hit({**good.headers, "svix-signature": "v1,\u00fc"}, {}, body, NOW),
        Hit({**good.headers, "svix-id": "msg_2"}, {}, body, NOW),
        signed(body, at=NOW - timedelta(minutes=6)),
        signed(body, at=NOW + timedelta(minutes=6)),
    ]
    for one in forged:
        with pytest.raises(SignatureRejected):
            typed.verify(one, NOW)
    with pytest.raises(SignatureRejected):
        make_adapter().verify(good, NOW)


def test_one_of_several_signatures_will_do(typed: Adapter) -> None:
    body = b"{}"
    good, other = signed(body), signed(body, OTHER)
    both = f"{other.headers['svix-signature']} {good.headers['svix-signature']}"
    typed.verify(Hit({**good.headers, "svix-signature": both}, {}, body, NOW), NOW)
    with pytest.raises(SignatureRejected):
        typed.verify(
            Hit({**good.headers, "svix-signature": other.headers["svix-signature"]}, {}, body, NOW), NOW
        )


# --- ordering calls ---------------------------------------------------------------------------------------------------


class Orders:
    """Guesty's webhooks, with one of somebody else's. A secret is not there for the first `late` questions."""

    def __init__(self, late: int = 0) -> None:
        self.late = late
        self.rows: list[dict[str, Any]] = [self.row("w0", "https://other.example/", ["reservation.new"])]
        self.changes: list[tuple[str, Any]] = []

    def row(self, identity: str, url: str, events: list[str]) -> dict[str, Any]:
        return {"_id": identity, "accountId": "a", "url": url, "events": events}

    def __call__(self, asked: Asked) -> Any:
        path = path_of(asked)
        if path == "webhooks-v2/secret":
            self.late -= 1
            known = query_of(asked)["url"] in [row["url"] for row in self.rows]
            return Reply(404) if self.late >= 0 or not known else {"key": SECRET}
        if asked.method == "GET":
            return self.rows
        body = json.loads(asked.body) if asked.body else None
        self.changes.append((asked.method, body))
        if asked.method == "DELETE":
            self.rows = [row for row in self.rows if row["_id"] != path.rpartition("/")[2]]
            return Reply(204, b"")
        if asked.method == "PUT":
            self.rows[-1]["events"] = body["events"]
            return Reply(204, b"")
        self.rows.append(self.row(f"w{len(self.rows)}", body["url"], body["events"]))
        return Reply(201, self.rows[-1])

    def answers(self) -> dict[str, Any]:
        return {"webhooks": self, "webhooks-v2/secret": self, "webhooks/w1": self}


def test_one_order_has_all_events_and_brings_its_secret(make_adapter: MakeAdapter, script: Script) -> None:
    orders = Orders()
    script.answers |= orders.answers()
    adapter = make_adapter()
    assert isinstance(adapter, WebhookReceiver)
    assert isinstance(adapter, WebhookSubscriber)
    made = adapter.subscribe(URL)
    assert [one.type for one in made] == list(ORDERED)
    assert orders.changes == [("POST", {"url": URL, "events": list(ORDERED)})]
    make_adapter().verify(signed(b"{}"), NOW)
    assert adapter.subscribe(URL) == made
    assert len(orders.changes) == 1
    assert len(adapter.subscriptions()) == len(ORDERED) + 1


def test_nothing_that_guesty_refuses_by_now_is_ordered() -> None:
    assert not set(ORDERED) & set(OLD_EVENTS)


def test_an_order_that_lacks_events_is_completed_and_keeps_its_secret(
    adapter: Adapter, script: Script
) -> None:
    orders = Orders()
    script.answers |= orders.answers()
    orders.rows.append(orders.row("w1", URL, ["guest.updated"]))
    adapter.subscribe(URL)
    assert [method for method, _ in orders.changes] == ["PUT"]
    assert set(orders.rows[-1]["events"]) == set(ORDERED)


def test_a_secret_that_comes_late_is_fetched_later_and_no_order_is_made_anew(
    make_adapter: MakeAdapter, script: Script
) -> None:
    orders = Orders(late=2)
    script.answers |= orders.answers()
    make_adapter().subscribe(URL)
    for _ in range(2):
        adapter = make_adapter()
        assert isinstance(adapter, Upkeep)
        with pytest.raises(SignatureRejected):
            adapter.verify(signed(b"{}"), NOW)
        adapter.keep_up([PATH])
    make_adapter().verify(signed(b"{}"), NOW)
    script.asked.clear()
    make_adapter().keep_up([PATH])
    assert script.asked == []  # nothing is left to do
    assert len(orders.changes) == 1


def test_a_hub_without_orders_looks_for_some_once_an_hour(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    orders = Orders()
    script.answers |= orders.answers()
    list(make_adapter().check([]))
    for _ in range(3):
        make_adapter().keep_up([PATH])
    assert len(script.calls("webhooks")) == 1
    clock.advance(minutes=61)
    make_adapter().keep_up([PATH])
    assert len(script.calls("webhooks")) == 2


def test_an_ended_order_takes_its_secret_along(adapter: Adapter, script: Script) -> None:
    orders = Orders()
    script.answers |= orders.answers()
    adapter.subscribe(URL)
    assert adapter.unsubscribe(URL) == len(ORDERED)
    assert [row["url"] for row in orders.rows] == ["https://other.example/"]
    with pytest.raises(SignatureRejected):
        adapter.verify(signed(b"{}"), NOW)
    assert adapter.unsubscribe(URL) == 0


# --- between runs -----------------------------------------------------------------------------------------------------


def test_a_token_is_renewed_shortly_before_its_end_and_only_then(
    make_adapter: MakeAdapter, script: Script, clock: FixedClock
) -> None:
    make_adapter().keep_up([])
    assert script.tokens == 0  # without one there is nothing to keep up
    list(make_adapter().check([]))
    for hours in (1, 20):
        clock.advance(hours=hours)
        make_adapter().keep_up([])
    assert script.tokens == 1
    clock.advance(hours=2, minutes=16)
    for _ in range(3):
        make_adapter().keep_up([])
    assert script.tokens == 2
    assert [path_of(asked) for asked in script.asked[-2:]] == ["oauth2/token", "accounts/me"]
