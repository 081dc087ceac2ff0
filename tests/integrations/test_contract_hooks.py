"""What every provider must do with the calls of its vendor, and with guests and days that are asked for by name."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from queue import Queue
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from simulator.hotel import NewReservation
from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.every_provider import PROVIDERS
from tests.integrations.providers import BUSINESS_DATE, Running
from tests.integrations.stage import OURS, MakeAdapter, adapters_of, after_the_last_change, records
from tests.receiver import Reply, Told, receiving
from webapp.domain.event import FactType
from webapp.domain.guest import Guest
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations import registry
from webapp.integrations.kit.contract import (
    Caches,
    Credentials,
    Event,
    Hit,
    Missing,
    WebhookReceiver,
    WebhookSubscriber,
)
from webapp.integrations.kit.errors import ContractBroken, SignatureRejected
from webapp.integrations.kit.event_queue import EventQueue
from webapp.vault import Secret

CALLED = [key for key in OURS if registry.manifest(key).webhook]
SECRET, ANOTHER = "what-the-h0tel-typed", "what-s0mebody-else-typed"
PATIENCE = 10  # seconds; a call comes within some milliseconds
GARBAGE = (
    b"", b" ", b"{", b"not json", b"null", b"7", b'"text"', b"[]", b"[1, [2]]", b"{}", b'{"weather": {"id": 1}}',
    b'{"event": {}, "type": [], "Events": 1, "id": null}', b"\xff\xfe{\x00", b'{"a": "\xff"}',
    b"[" * 50_000, b'{"data":' * 50_000,
)  # fmt: skip


@pytest.fixture(scope="module", params=OURS)
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def running(key: str) -> Iterator[Running]:
    """One for all tests of a provider: they only read, or add a booking."""
    with PROVIDERS[key]() as pretend:
        yield pretend


@pytest.fixture(scope="module")
def caches(running: Running) -> Caches:
    """Of the connection: some vendors give few tokens a day."""
    return memory_caches(running.world.clock.now)


@pytest.fixture
def make_adapter(key: str, running: Running, make_client: MakeClient, clock: FixedClock) -> MakeAdapter:
    clock.now = after_the_last_change(running)
    return adapters_of(key, running, make_client, clock)


@pytest.fixture
def adapter(make_adapter: MakeAdapter, caches: Caches) -> Any:
    return make_adapter(caches=caches)


@dataclass(frozen=True)
class Called:
    """A call of the vendor about `subject`, the adapter it is for, and one that holds another secret."""

    hit: Hit
    subject: str
    adapter: WebhookReceiver
    stranger: WebhookReceiver


@pytest.fixture
def called(
    key: str, running: Running, make_adapter: MakeAdapter, caches: Caches, clock: FixedClock
) -> Iterator[Called]:
    if key not in CALLED:
        pytest.skip("calls nobody")
    came: Queue[Told] = Queue()

    def answers(told: Told) -> Reply:
        came.put(told)
        return Reply()

    with receiving() as receiver:
        receiver.answers = answers
        ours, theirs = f"{receiver.url}/ours", f"{receiver.url}/theirs"
        if issubclass(registry.adapter_class(key), WebhookSubscriber):
            adapter, stranger = make_adapter(caches=caches), make_adapter()
            for one, url in ((adapter, ours), (stranger, theirs)):
                assert {each.url for each in one.subscribe(url)} == {url}
        else:
            assert running.called_at is not None
            running.called_at(ours, SECRET)
            adapter, stranger = (make_adapter(with_secret(running.good, each)) for each in (SECRET, ANOTHER))
        days = {"arrival": BUSINESS_DATE, "departure": BUSINESS_DATE + timedelta(days=2)}
        made = running.world.book(NewReservation(first="Wilma", last="Keller", **days))
        clock.now = after_the_last_change(running)
        subject = running.telling.booking_id(made.number)
        found = None
        while found is None:
            told = came.get(timeout=PATIENCE)
            parts = urlsplit(told.path)
            hit = Hit(told.headers, dict(parse_qsl(parts.query)), told.body, clock())
            if parts.path.endswith("/ours") and about(adapter.parse(hit), subject):
                found = Called(hit, subject, adapter, stranger)
        yield found


def with_secret(credentials: Credentials, secret: str) -> Credentials:
    return replace(credentials, secrets={**credentials.secrets, "webhook_secret": Secret(secret)})


def about(events: tuple[Event, ...], subject: str) -> list[Event]:
    return [event for event in events if (event.stream, event.subject) == (Stream.BOOKINGS, subject)]


# --- calls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("called_key", CALLED)
def test_the_events_of_a_manifest_announce_facts(called_key: str) -> None:
    webhook = registry.manifest(called_key).webhook
    assert webhook is not None
    assert webhook.events
    assert {fact for _, fact in webhook.events} <= set(FactType)


def test_a_call_is_known_by_what_proves_it(called: Called, running: Running, clock: FixedClock) -> None:
    """A signature goes with one body, one secret and one time; whoever sends nothing is nobody."""
    hit, now, proof = called.hit, clock(), running.telling.proof
    forged = [(called.adapter, replace(hit, headers={}, query={}), now)]
    if proof == "address":
        forged += [(called.adapter, hit, now)]  # elsewhere than at the secret address it proves nothing
    else:
        called.adapter.verify(hit, now)
        forged += [(called.stranger, hit, now)]
    if proof in {"signature", "timed_signature"}:
        for place in (0, len(hit.body) // 2, len(hit.body) - 1):
            changed = hit.body[:place] + bytes([hit.body[place] ^ 1]) + hit.body[place + 1 :]
            forged += [(called.adapter, replace(hit, body=changed), now)]
    if proof == "timed_signature":
        forged += [(called.adapter, hit, now + timedelta(minutes=minutes)) for minutes in (30, -30)]
    for adapter, call, at in forged:
        with pytest.raises(SignatureRejected):
            adapter.verify(call, at)


def test_a_call_says_whose_booking_it_is_about(called: Called, running: Running) -> None:
    events = about(called.adapter.parse(called.hit), called.subject)
    assert {event.fact for event in events} <= {FactType.BOOKING_CREATED, FactType.BOOKING_UPDATED}
    account = called.adapter.account_of(called.hit)
    assert account in {None, running.telling.property_id}
    assert {event.account for event in events} <= {None, running.telling.property_id}


def test_what_is_no_event_is_not_understood(adapter: Any, clock: FixedClock) -> None:
    understood = [body[:60] for body in GARBAGE if not is_refused(adapter, Hit({}, {}, body, clock()))]
    assert understood == []


def is_refused(adapter: Any, hit: Hit) -> bool:
    """Nobody is named by it either, and a queue keeps it whole or empty."""
    if isinstance(adapter, WebhookReceiver):
        assert adapter.account_of(hit) is None
    if isinstance(adapter, EventQueue):
        assert adapter.split(hit.body) in {(), (hit.body,)}
    try:
        adapter.parse(hit)
    except ContractBroken:
        return True
    return False


# --- what is asked for by name --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [Stream.AVAILABILITY, Stream.RATES])
@pytest.mark.parametrize(("mode", "length"), [(Mode.BACKFILL, 33), (Mode.DELTA, 1)])
def test_the_days_come_from_the_first_included_to_the_last_not_included(
    adapter: Any, clock: FixedClock, stream: Stream, mode: Mode, length: int
) -> None:
    first = BUSINESS_DATE + timedelta(3)
    since = None if mode is Mode.BACKFILL else clock() - timedelta(minutes=5)
    asked = Window(mode, since, clock(), first, first + timedelta(length))
    found = {record.day for record in records(adapter.fetch(stream, asked, None))}
    assert found == {first + timedelta(number) for number in range(length)}


def test_single_guests_are_read_again_in_the_order_asked(running: Running, adapter: Any) -> None:
    reservations = running.world.reservations()
    names = {
        running.telling.main_guest_id(found): running.world.guest(found.guest_id).last
        for found in (reservations[0], reservations[-1])
    }
    one, other = names
    asked = [other, "NO-SUCH-ID", one]
    found = adapter.fetch_by_ids(Stream.GUESTS, asked)
    assert [item.external_id for item in found] == asked
    assert isinstance(found[1], Missing)
    assert [item.last_name for item in found if isinstance(item, Guest)] == [names[other], names[one]]
    assert adapter.fetch_by_ids(Stream.GUESTS, []) == ()
