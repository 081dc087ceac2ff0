"""What every provider must do, whoever it is: a provider is in this suite by being in the registry."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from simulator.faults import FaultKind
from simulator.hotel import State
from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.every_provider import PROVIDERS
from tests.integrations.providers import BUSINESS_DATE, Running
from tests.integrations.stage import OURS, MakeAdapter, adapters_of, after_the_last_change, records, window
from webapp.domain.booking import Booking, BookingStatus
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations import registry
from webapp.integrations.kit.contract import (
    Adapter,
    Missing,
    Page,
    RecipeKeeper,
    Rung,
    Sampler,
    StreamSource,
    WebhookReceiver,
)
from webapp.integrations.kit.errors import ProviderError, RateLimited
from webapp.integrations.kit.event_queue import EventQueue
from webapp.integrations.kit.http import CallRecord, Timeouts

ROOT = Path(__file__).parents[2]
QUICK = Timeouts(connect=1, read=0.3, total=1)


def test_every_provider_is_in_this_suite() -> None:
    assert set(PROVIDERS) == set(OURS)


@pytest.fixture(params=OURS)
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def running(key: str, clock: FixedClock) -> Iterator[Running]:
    with PROVIDERS[key]() as pretend:
        clock.now = after_the_last_change(pretend)
        yield pretend


@pytest.fixture
def make_adapter(key: str, running: Running, make_client: MakeClient, clock: FixedClock) -> MakeAdapter:
    return adapters_of(key, running, make_client, clock)


def ids(pages: Iterator[Page] | list[Page]) -> list[str]:
    return [record.external_id for record in records(pages)]


def booking_ids(running: Running) -> set[str]:
    """Of everything in the world."""
    telling = running.telling
    return {
        identity
        for found in running.world.reservations()
        for identity in (telling.booking_id(found.number), *telling.further_ids(found))
    }


def patience(kind: FaultKind) -> dict[str, Timeouts]:
    """Short only where a vendor hangs: on a busy machine the others need a moment too."""
    return {"timeouts": QUICK} if kind is FaultKind.HANG else {}


def logged_in(adapter: Any) -> Any:
    """A login is sent once, whatever happens to it; what it is used for afterwards may be asked again."""
    assert all(rung.ok for rung in adapter.check(()))
    return adapter


def broken(rungs: list[Rung]) -> Rung:
    (rung,) = [rung for rung in rungs if rung.fault is not None]
    return rung


# --- the connection test --------------------------------------------------------------------------------------------


def test_a_good_connection_climbs_the_whole_ladder(
    running: Running, make_adapter: MakeAdapter, key: str
) -> None:
    streams = registry.manifest(key).streams
    rungs = list(make_adapter(tries=1).check(streams))
    assert [rung.name for rung in rungs if not rung.ok] == []
    assert [rung.name for rung in rungs][-len(streams) :] == [f"stream:{stream.value}" for stream in streams]
    named = next(rung for rung in rungs if rung.account)
    assert (named.account, named.detail) == ("Hotel Aurora", running.telling.property_id)


def test_only_the_chosen_streams_are_tested(make_adapter: MakeAdapter) -> None:
    names = [rung.name for rung in make_adapter(tries=1).check([Stream.RATES])]
    assert [name for name in names if name.startswith("stream:")] == ["stream:rates"]


def test_a_bad_key_is_refused_and_told_apart(running: Running, make_adapter: MakeAdapter) -> None:
    rungs = list(make_adapter(running.bad_key, tries=1).check([Stream.BOOKINGS]))
    assert broken(rungs) is rungs[-1]
    assert rungs[-1].fault is not None
    assert rungs[-1].fault.code == "credentials_rejected"


def test_a_wrong_property_offers_the_right_ones(running: Running, make_adapter: MakeAdapter) -> None:
    rungs = list(make_adapter(running.wrong_property, tries=1).check([Stream.BOOKINGS]))
    assert broken(rungs) is rungs[-1]
    assert rungs[-1].fault is not None
    assert rungs[-1].fault.code == "property_unknown"
    offered = [(running.telling.property_id, "Hotel Aurora")] if running.telling.offers_properties else []
    offered = sorted(running.telling.offered) or offered
    assert sorted((found.external_id, found.name) for found in rungs[-1].properties) == offered


def test_a_missing_permission_leaves_the_other_streams(running: Running, make_adapter: MakeAdapter) -> None:
    closed, call = running.telling.closed
    running.fault(FaultKind.FORBIDDEN, match=call)
    rungs = list(make_adapter(tries=1).check([closed, Stream.BOOKINGS]))
    rung = broken(rungs)
    assert rung.fault is not None
    assert (rung.name, rung.fault.code, rung.stops) == (
        f"stream:{closed.value}",
        "permission_missing",
        False,
    )
    assert (rungs[-1].name, rungs[-1].ok) == ("stream:bookings", True)


@pytest.mark.parametrize(
    ("kind", "settings", "code"),
    [
        (FaultKind.RATE_LIMITED, {"retry_after": 90}, "rate_limited"),
        (FaultKind.UNAVAILABLE, {}, "provider_unavailable"),
        (FaultKind.HTML, {}, "answer_not_json"),
        (FaultKind.TRUNCATED, {}, "answer_truncated"),
        (FaultKind.GARBAGE_JSON, {}, "answer_truncated"),
        (FaultKind.HANG, {}, "provider_hung"),
        (FaultKind.DROP, {}, "provider_unavailable"),
        (FaultKind.REDIRECT, {}, "address_wrong"),
        (FaultKind.UNAUTHORIZED, {}, "credentials_rejected"),
        (FaultKind.NOT_FOUND, {}, "address_wrong"),
    ],
)
def test_every_trouble_is_a_broken_rung_and_no_exception(
    running: Running, make_adapter: MakeAdapter, kind: FaultKind, settings: dict[str, Any], code: str
) -> None:
    running.fault(kind, **settings)
    rungs = list(make_adapter(tries=1, **patience(kind)).check([Stream.BOOKINGS]))
    fault = broken(rungs).fault
    assert fault is not None
    assert fault.code == code
    if kind is FaultKind.RATE_LIMITED:
        assert fault.retry_after == (90 if running.telling.tells_wait else running.telling.own_wait)


# --- reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.UNAUTHORIZED, "credentials_rejected"),
        (FaultKind.UNAVAILABLE, "provider_unavailable"),
        (FaultKind.HTML, "answer_not_json"),
        (FaultKind.TRUNCATED, "answer_truncated"),
        (FaultKind.HANG, "provider_hung"),
        (FaultKind.WRONG_SHAPE, None),
    ],
)
def test_trouble_while_reading_is_a_provider_error(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock, kind: FaultKind, code: str | None
) -> None:
    running.fault(kind)
    with pytest.raises(ProviderError) as raised:
        list(make_adapter(tries=2, **patience(kind)).fetch(Stream.BOOKINGS, window(clock), None))
    assert raised.value.code == (code or running.telling.wrong_shape)


def test_a_short_wait_is_waited_and_a_long_one_handed_back(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock, sleeps: list[float]
) -> None:
    adapter = logged_in(make_adapter())
    running.fault(FaultKind.RATE_LIMITED, times=1, retry_after=5)
    if running.telling.own_wait is not None:
        with pytest.raises(RateLimited) as rested:
            list(adapter.fetch(Stream.GUESTS, window(clock), None))
        assert (rested.value.retry_after, sleeps) == (running.telling.own_wait, [])
        return
    assert ids(adapter.fetch(Stream.GUESTS, window(clock), None))
    assert (5 if running.telling.tells_wait else 1) <= sum(sleeps) < 6
    if not running.telling.tells_wait:
        return
    running.fault(FaultKind.RATE_LIMITED, times=1, retry_after=300)
    with pytest.raises(RateLimited) as limited:
        list(adapter.fetch(Stream.GUESTS, window(clock), None))
    assert limited.value.retry_after == 300


def test_passing_trouble_loses_nothing(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    adapter = logged_in(make_adapter())
    for kind in (FaultKind.UNAVAILABLE, FaultKind.TRUNCATED, FaultKind.DROP):
        running.fault(kind, times=1)
    found = ids(adapter.fetch(Stream.GUESTS, window(clock), None))
    assert sorted(found) == sorted(running.telling.guest_ids(running.world))


@pytest.mark.parametrize("stream", list(Stream))
def test_pages_follow_each_other_without_a_gap_whoever_asks_for_the_next(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock, stream: Stream
) -> None:
    """By cursors that are short and hold no secret; a walk goes on after any page."""
    pages = list(make_adapter().fetch(stream, window(clock), None))
    assert len(pages) >= 3
    assert all(page.cursor for page in pages[:-1])
    assert all(len(page.cursor or "") < 4096 for page in pages)
    assert not any(secret in (page.cursor or "") for page in pages for secret in running.secrets)
    assert pages[-1].cursor is None
    keys = [repr(record) for record in records(pages)]
    assert len(keys) == len(set(keys)) > 0
    assert [page.skipped for page in pages if page.skipped] == []
    walked = records(page_by_page(make_adapter, clock, stream))
    assert list({repr(record): record for record in walked}.values()) == records(pages)  # again does no harm


def page_by_page(make_adapter: MakeAdapter, clock: FixedClock, stream: Stream) -> Iterator[Page]:
    """Each by an adapter of its own. The second knows nothing, not even a token; later ones find what it kept."""
    page = next(make_adapter().fetch(stream, window(clock), None))
    caches = memory_caches(clock)
    yield page
    while page.cursor is not None:
        page = next(make_adapter(caches=caches).fetch(stream, window(clock), page.cursor))
        yield page


def test_a_change_while_paging_is_neither_lost_nor_doubled(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    """The records of a window are frozen when its walk begins; what changes meanwhile comes with the next one."""
    id_of = running.telling.booking_id
    before = booking_ids(running)
    adapter = make_adapter()
    frozen = window(clock, days=400)
    walk = adapter.fetch(Stream.BOOKINGS, frozen, None)
    coming = [
        found.number
        for found in running.world.reservations()
        if found.state is State.CONFIRMED and found.arrival > BUSINESS_DATE
    ]
    pages: list[Page] = []
    already: list[str] = []
    while not already:
        pages.append(next(walk))
        seen = set(ids(pages))
        already = [number for number in coming if id_of(number) in seen][:10]
    still_to_come = [number for number in coming if id_of(number) not in seen][:10]
    assert still_to_come
    changed = already + still_to_come
    running.world.clock.shift(timedelta(minutes=1))
    for number in changed:
        running.world.cancel(number)
    pages += walk
    assert sorted(ids(pages)) == sorted(before)

    clock.now = running.world.clock.now() + timedelta(seconds=1)
    later = window(clock, Mode.DELTA, since=frozen.until)
    news = {record.external_id: record for record in records(adapter.fetch(Stream.BOOKINGS, later, None))}
    assert {id_of(number) for number in changed} <= set(news)
    assert {news[id_of(number)].status for number in changed} == {BookingStatus.CANCELLED}


def test_records_of_one_and_the_same_instant_all_come(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    stamps = [
        record.updated_at for record in records(make_adapter().fetch(Stream.GUESTS, window(clock), None))
    ]
    assert len(stamps) == len(running.telling.guest_ids(running.world))


def test_a_delta_brings_what_changed_and_its_high_water(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    since = clock()
    running.world.clock.shift(timedelta(hours=2))
    changed = [
        running.world.set_balance(found.number, 12_345).number for found in running.world.reservations()[:3]
    ]
    clock.now = running.world.clock.now() + timedelta(seconds=1)
    pages = list(make_adapter().fetch(Stream.BOOKINGS, window(clock, Mode.DELTA, since), None))
    news = {record.external_id: record for record in records(pages)}
    id_of = running.telling.booking_id
    assert {id_of(number) for number in changed} <= set(news)
    assert len(news) < len(running.world.reservations()) / 4
    if running.telling.is_whole:
        assert {news[id_of(number)].balance_minor for number in changed} == {12_345}
    latest = max(running.world.reservation(number).updated_at for number in changed)
    reached = running.telling.stamp(latest) if running.telling.is_stamped else clock()
    assert max(page.high_water for page in pages if page.high_water) == reached


def test_the_days_around_today_bring_every_arrival_and_departure(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    days = Window(
        Mode.DELTA,
        clock() - timedelta(minutes=5),
        clock(),
        BUSINESS_DATE - timedelta(days=1),
        BUSINESS_DATE + timedelta(days=2),
    )
    found = set(ids(make_adapter().fetch(Stream.CHECK_INS, days, None)))
    due = {
        running.telling.booking_id(reservation.number)
        for reservation in running.world.reservations()
        if BUSINESS_DATE in (reservation.arrival, reservation.departure)
    }
    assert due <= found


def test_single_records_are_read_again_in_the_order_asked(
    running: Running, make_adapter: MakeAdapter
) -> None:
    numbers = [
        running.telling.booking_id(reservation.number) for reservation in running.world.reservations()[:3]
    ]
    asked = [numbers[2], "NO-SUCH-ID", numbers[0]]
    found = make_adapter().fetch_by_ids(Stream.BOOKINGS, asked)
    assert [item.external_id for item in found] == asked
    assert [isinstance(item, Missing) for item in found] == [False, True, False]
    assert make_adapter().fetch_by_ids(Stream.BOOKINGS, []) == ()
    (alone,) = make_adapter().fetch_by_ids(Stream.CHECK_INS, [numbers[1]])
    assert isinstance(alone, Booking)


def test_the_hotel_arrives_as_it_is(running: Running, make_adapter: MakeAdapter, clock: FixedClock) -> None:
    """Every booking against the world's own truth: amounts, days, people, states."""
    states = {
        State.CONFIRMED: BookingStatus.CONFIRMED,
        State.IN_HOUSE: BookingStatus.CHECKED_IN,
        State.CHECKED_OUT: BookingStatus.CHECKED_OUT,
        State.CANCELLED: BookingStatus.CANCELLED,
        State.NO_SHOW: BookingStatus.NO_SHOW,
        **running.telling.states,
    }
    found = {
        record.external_id: record
        for record in records(make_adapter().fetch(Stream.BOOKINGS, window(clock, days=400), None))
    }
    truth, telling = running.world.reservations(), running.telling
    assert set(found) == booking_ids(running)
    for reservation in truth:
        if telling.further_ids(reservation):
            continue  # its rooms are bookings of their own, which the provider's own tests look at
        booking = found[telling.booking_id(reservation.number)]
        assert booking.status is states.get(reservation.state, BookingStatus.INQUIRY)
        assert booking.holds_room is telling.holds_room(reservation)
        assert (booking.arrival, booking.departure) == (reservation.arrival, reservation.departure)
        assert booking.currency == reservation.currency
        assert booking.notes == telling.notes(reservation)
        guest = running.world.guest(reservation.guest_id)
        assert booking.guests[0].external_id == telling.main_guest_id(reservation)
        assert (booking.guests[0].first_name, booking.guests[0].last_name) == (guest.first, guest.last)
        for stamp in (booking.updated_at, booking.created_at):
            assert stamp is not None
            assert stamp.tzinfo is UTC
        if not telling.is_whole:
            continue
        assert (booking.total_minor, booking.balance_minor) == (reservation.total, reservation.balance)
        assert (booking.group_ref or None) == reservation.group_code
        assert [
            (stay.arrival, stay.departure, stay.room_type_id, stay.room or None) for stay in booking.stays
        ] == [
            (line.arrival, line.departure, telling.room_type_id(line.room_type), line.room)
            for line in reservation.lines
        ]
        assert [tuple(gross for gross, _ in stay.nights) for stay in booking.stays] == [
            line.nightly for line in reservation.lines
        ]


# --- secrets, manifest, files ---------------------------------------------------------------------------------------


def test_no_secret_shows_in_errors_records_or_representations(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock, calls: list[CallRecord]
) -> None:
    texts: list[str] = []
    for credentials in (running.good, running.bad_key):
        patient, quick = (
            make_adapter(credentials, tries=1),
            make_adapter(credentials, tries=1, timeouts=QUICK),
        )
        texts += [repr(credentials), *(repr(seen) for one in (patient, quick) for seen in (one, vars(one)))]
        for kind in (None, *FaultKind):
            adapter = quick if kind is FaultKind.HANG else patient
            if kind is not None:
                # What hangs must outlast our patience; what is only slow need not be so at each of many calls.
                running.fault(kind, retry_after=300, seconds=0.4, ms=5)
            texts += map(repr, adapter.check([Stream.BOOKINGS]))
            try:
                texts += map(repr, islice(adapter.fetch(Stream.BOOKINGS, window(clock), None), 2))
            except ProviderError as error:
                texts += [str(error), repr(error), repr(error.fault), repr(error.__cause__)]
            running.server.faults.clear()
    texts += map(repr, calls)
    everything = " ".join(texts)
    assert len(calls) > 10
    assert [secret for secret in running.secrets if secret in everything] == []


def test_manifest_and_roles_agree(key: str, make_adapter: MakeAdapter) -> None:
    manifest = registry.manifest(key)
    adapter = make_adapter()
    assert manifest.key == key
    assert adapter.manifest is manifest
    assert isinstance(adapter, Adapter)
    assert isinstance(adapter, StreamSource) is bool(manifest.streams)
    assert bool(manifest.webhook) is isinstance(adapter, WebhookReceiver)
    assert hasattr(adapter, "parse") is isinstance(adapter, WebhookReceiver | EventQueue)
    assert manifest.webhook is not None or manifest.no_webhook_reason
    assert manifest.has_recipe is isinstance(adapter, Sampler) is isinstance(adapter, RecipeKeeper)


def test_a_manifest_names_its_fields_once_and_explains_them(key: str) -> None:
    manifest = registry.manifest(key)
    names = [field.name for field in manifest.fields]
    assert len(names) == len(set(names))
    assert {"endpoint_url", "property_id"} <= set(names)
    for field in manifest.fields:
        assert field.label
        if field.kind == "choice":
            assert field.choices
            assert field.default in {choice.value for choice in field.choices}
            for choice in field.choices:
                assert set(choice.fields) <= set(names)
    assert {"Endpoint URL", "API Key", "API Secret", "Property/Hotel ID"} <= {
        field.label for field in manifest.fields
    }


def test_a_provider_has_a_guide_with_the_five_steps(key: str) -> None:
    guide = (ROOT / "docs" / "providers" / f"{key}.md").read_text()
    assert guide.startswith("# ")
    for step in (
        "Log into your PMS admin panel",
        "Navigate to API/Integrations section",
        "Generate API key/credentials",
        "Note the API endpoint URL",
        "Whitelist our webhook IPs (if required)",
    ):
        assert step in guide


def test_a_provider_has_an_icon_that_runs_nothing(key: str) -> None:
    folder = ROOT.joinpath(*registry.PROVIDERS[key].split("."))
    icon = (folder / "icon.svg").read_text()
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(icon).iter()}
    assert tags <= {"svg", "g", "path", "rect", "circle", "title"}
    assert "style=" not in icon
    assert len(icon) < 4000
