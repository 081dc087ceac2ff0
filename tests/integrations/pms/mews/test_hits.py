"""Calls of Mews to the hub: which records they are about, and what proves them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.integrations.pms.mews.samples import ANA, BOOKED, HOTEL, IN_HOUSE, credentials, sample
from webapp.domain.event import FactType
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Hit, WebhookReceiver
from webapp.integrations.kit.errors import ContractBroken, SignatureRejected
from webapp.integrations.pms.mews import hits
from webapp.integrations.pms.mews.adapter import Adapter
from webapp.integrations.pms.mews.manifest import MANIFEST
from webapp.vault import Secret

NOW = datetime(2026, 7, 14, 8, 20, tzinfo=UTC)


def hit(body: Any = None, **query: str) -> Hit:
    raw = body if isinstance(body, bytes) else json.dumps(body or sample("hit_general")).encode()
    return Hit({"content-type": "text/plain"}, query, raw, NOW)


def test_a_hit_names_each_record_once_in_its_order() -> None:
    events = hits.parse(hit())
    assert [(event.type, event.stream, event.subject) for event in events] == [
        ("ServiceOrderUpdated", Stream.BOOKINGS, BOOKED),
        ("ResourceUpdated", Stream.AVAILABILITY, ""),
        ("CustomerAdded", Stream.GUESTS, ANA),
        ("CustomerUpdated", Stream.GUESTS, ANA),
        ("ServiceOrderUpdated", Stream.BOOKINGS, IN_HOUSE),
        ("ResourceBlockUpdated", Stream.AVAILABILITY, ""),
        ("PaymentUpdated", Stream.BOOKINGS, ""),
        ("MessageAdded", Stream.BOOKINGS, ""),
        ("SomethingNew", Stream.BOOKINGS, ""),
    ]
    assert {event.account for event in events} == {HOTEL}


def test_nothing_tells_two_true_changes_apart() -> None:
    for event in hits.parse(hit()):
        assert (event.id, event.occurred_at, event.dedupe) == (None, None, None)


def test_a_change_of_a_booking_is_announced_and_the_rest_is_not() -> None:
    facts = {event.type: event.fact for event in hits.parse(hit())}
    assert facts.pop("ServiceOrderUpdated") is FactType.BOOKING_UPDATED
    assert set(facts.values()) == {None}


def test_declared_events_have_samples() -> None:
    assert MANIFEST.webhook is not None
    declared = {name for name, _ in MANIFEST.webhook.events}
    assert declared <= {event["Discriminator"] for event in sample("hit_general")["Events"]}
    assert {fact for _, fact in MANIFEST.webhook.events} == {fact.value for fact in FactType}


def test_a_hit_about_an_integration_is_shown_without_its_token() -> None:
    (event,) = hits.parse(hit(sample("hit_integration_created")))
    assert (event.type, event.fact, event.subject, event.account) == ("IntegrationCreated", None, "", HOTEL)
    assert event.occurred_at == datetime(2026, 7, 14, 8, tzinfo=UTC)
    assert "NOT-A-REAL-TOKEN" not in repr(event)
    (gone,) = hits.parse(hit(sample("hit_integration_deleted")))
    assert (gone.type, gone.account) == ("IntegrationDeleted", None)


def test_the_enterprise_tells_whose_connection_a_hit_is_for() -> None:
    assert hits.account_of(hit()) == HOTEL
    assert hits.account_of(hit(sample("hit_integration_created"))) == HOTEL
    assert hits.account_of(hit(sample("hit_integration_deleted"))) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe{}",
        b"[]",
        b"null",
        b'"text"',
        b'{"Events": 7}',
        b'{"Events": [{"Value": {}}]}',
        b'{"EnterpriseId": "x"}',
        b'{"Action": null}',
        b"[" * 100_000,
    ],
)
def test_garbage_is_an_error_of_ours_that_repeats_nothing(body: bytes) -> None:
    with pytest.raises(ContractBroken) as raised:
        hits.parse(hit(body))
    assert raised.value.detail == ""
    assert raised.value.__cause__ is None
    assert hits.account_of(hit(body)) in {None, "x"}


def test_many_events_are_read_at_once() -> None:
    events = [{"Discriminator": "ServiceOrderUpdated", "Value": {"Id": str(number)}} for number in range(800)]
    assert len(hits.parse(hit({"EnterpriseId": HOTEL, "Events": events}))) == 800
    assert hits.parse(hit({"EnterpriseId": HOTEL, "Events": []})) == ()


def test_the_secret_in_the_address_proves_a_hit() -> None:
    hits.verify(hit(secret="s3cret"), Secret("s3cret"))
    for either in ("new", "old"):  # while it is changed both are good
        hits.verify(hit(secret=either), Secret("new old"))
    with pytest.raises(SignatureRejected):
        hits.verify(hit(secret="new old"), Secret("new old"))


@pytest.mark.parametrize(
    "given", [{}, {"secret": ""}, {"secret": "wr0ng"}, {"secret": "s3cre\udcff"}, {"secret": "ÿ"}]
)
def test_any_other_secret_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(SignatureRejected):
        hits.verify(hit(**given), Secret("s3cret"))


def test_without_a_stored_secret_nothing_is_proven() -> None:
    for stored in ("", " "):
        with pytest.raises(SignatureRejected, match="no webhook secret"):
            hits.verify(hit(secret="anything"), Secret(stored))


def test_the_adapter_plays_the_role(make_client: Any, clock: Any) -> None:
    from tests.integrations.caches import memory_caches

    known = credentials("http://127.0.0.1:9", webhook_secret="s3cret")
    adapter = Adapter(known, make_client("http://127.0.0.1:9"), memory_caches(clock))
    assert isinstance(adapter, WebhookReceiver)
    adapter.verify(hit(secret="s3cret"), NOW)
    assert len(adapter.parse(hit())) == 9
    assert Adapter.account_of(hit()) == HOTEL
