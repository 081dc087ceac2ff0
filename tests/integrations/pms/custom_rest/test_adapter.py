"""The Custom PMS against the pretend vendor: every way to log in and to page, deltas, previews, broken recipes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from simulator.faults import FaultKind
from tests.conftest import FixedClock
from tests.integrations.caches import memory_caches
from tests.integrations.conftest import MakeClient
from tests.integrations.providers import (
    BUSINESS_DATE,
    Running,
    custom_rest,
    custom_rest_credentials,
    recipe,
)
from tests.integrations.vendor import Asked, Reply, Vendor
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Credentials, Missing, Rung
from webapp.integrations.kit.errors import ContractBroken, NotFound, RecipeWrong
from webapp.integrations.pms.custom_rest.adapter import Adapter
from webapp.vault import Secret

PATH = "/properties/{{property_id}}/reservations"
MakeAdapter = Callable[..., Adapter]


@pytest.fixture
def running(clock: FixedClock) -> Iterator[Running]:
    with custom_rest() as pretend:
        clock.now = pretend.world.clock.now() + timedelta(seconds=1)
        yield pretend


@pytest.fixture
def make_adapter(make_client: MakeClient, clock: FixedClock) -> MakeAdapter:
    def make(credentials: Credentials, **settings: Any) -> Adapter:
        client = make_client(credentials.text("endpoint_url"), **settings)
        return Adapter(credentials, client, memory_caches(clock))

    return make


def window(clock: FixedClock, **changes: Any) -> Window:
    days = timedelta(days=400)
    whole = Window(Mode.BACKFILL, None, clock(), BUSINESS_DATE - days, BUSINESS_DATE + days)
    return msgspec.structs.replace(whole, **changes)


def bookings_by(running: Running, **changes: Any) -> Credentials:
    """The simulator's recipe with its bookings stream changed."""
    document = recipe()
    document["streams"]["bookings"] |= changes
    return replace(running.good, options={**running.good.options, "recipe": document})


def numbers(adapter: Adapter, asked: Window) -> list[str]:
    pages = adapter.fetch(Stream.BOOKINGS, asked, None)
    return [record.external_id for page in pages for record in page.records if hasattr(record, "external_id")]


@pytest.mark.parametrize(
    "kind", ["api_key", "api_key_query", "bearer", "basic", "client_credentials", "login"]
)
def test_every_way_to_log_in_works(running: Running, make_adapter: MakeAdapter, kind: str) -> None:
    credentials = custom_rest_credentials(running.server, kind)
    rungs = list(make_adapter(credentials).check([Stream.BOOKINGS]))
    assert [rung.name for rung in rungs] == ["name", "port", "login", "clock", "property", "stream:bookings"]
    assert all(rung.ok for rung in rungs)


@pytest.mark.parametrize("kind", ["basic", "client_credentials", "login"])
def test_every_wrong_password_is_a_wrong_credential(
    running: Running, make_adapter: MakeAdapter, kind: str
) -> None:
    credentials = custom_rest_credentials(running.server, kind)
    wrong = replace(credentials, secrets={"api_secret": Secret("wrong")})
    rung = list(make_adapter(wrong).check([Stream.BOOKINGS]))[-1]
    assert rung.name == "login"
    assert rung.fault is not None
    assert rung.fault.code == "credentials_rejected"


def test_an_expired_token_is_renewed_during_a_walk(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    adapter = make_adapter(custom_rest_credentials(running.server, "client_credentials"))
    walk = adapter.fetch(Stream.BOOKINGS, window(clock), None)
    found = len(next(walk).records)
    running.server.keyring.expire_tokens()
    clock.advance(seconds=61)
    found += sum(len(page.records) for page in walk)
    assert found == len(running.world.reservations())
    assert running.server.keyring.tokens_given == 2


PAGING: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "page": ({"kind": "page", "param": "page", "size_param": "pageSize"}, {"paging": "page"}),
    "offset": (
        {"kind": "offset", "param": "offset", "size_param": "limit", "has_more_path": "paging.hasMore"},
        {"paging": "offset"},
    ),
    "cursor": (
        {"kind": "cursor", "param": "cursor", "size_param": "pageSize", "path": "paging.nextCursor"},
        {"paging": "cursor"},
    ),
    "header cursor": (
        {"kind": "cursor", "param": "cursor", "size_param": "pageSize", "header": "X-Next-Cursor"},
        {"paging": "headerCursor"},
    ),
    "link": (
        {"kind": "next_link_body", "size_param": "pageSize", "path": "paging.next"},
        {"paging": "nextLink"},
    ),
    "link header": ({"kind": "next_link_header", "size_param": "pageSize"}, {"paging": "linkHeader"}),
}


@pytest.mark.parametrize("kind", PAGING)
def test_every_way_to_page_brings_every_booking_once(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock, kind: str
) -> None:
    pagination, query = PAGING[kind]
    credentials = bookings_by(
        running, pagination={**pagination, "size": 150}, query={"changedUntil": "{{until}}", **query}
    )
    found = numbers(make_adapter(credentials), window(clock))
    assert sorted(found) == sorted(reservation.number for reservation in running.world.reservations())


def test_a_search_by_post_is_paged_in_its_body(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    credentials = bookings_by(
        running,
        path=f"{PATH}/search",
        method="POST",
        query={},
        stay_query={},
        body={"changedUntil": "{{until}}", "changedSince": "{{since}}"},
        pagination={
            "kind": "page", "param": "page", "size_param": "pageSize", "size": 150, "place": "body",
            "total_pages_path": "paging.totalPages",
        },
    )  # fmt: skip
    running.fault(FaultKind.UNAVAILABLE, times=1)
    found = numbers(make_adapter(credentials), window(clock))
    assert sorted(found) == sorted(reservation.number for reservation in running.world.reservations())


def test_a_key_in_the_query_does_not_get_into_a_cursor(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    pagination, query = PAGING["link"]
    document = recipe()
    document["streams"]["bookings"] |= {"pagination": {**pagination, "size": 150}, "query": query}
    credentials = custom_rest_credentials(running.server, "api_key_query", recipe=document)
    key = credentials.secret("api_key").reveal()
    for page in make_adapter(credentials).fetch(Stream.BOOKINGS, window(clock), None):
        assert key not in (page.cursor or "")


def test_a_delta_asks_from_a_little_before(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    asked = window(clock, mode=Mode.DELTA, since=clock() - timedelta(hours=1))
    list(make_adapter(running.good).fetch(Stream.BOOKINGS, asked, None))
    query = running.server.calls.seen()[-1].query
    expected = (
        (clock() - timedelta(hours=1, minutes=10)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    assert query["changedSince"] == expected
    assert "stayFrom" not in query


def test_a_sweep_and_a_backfill_ask_for_days(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    for mode in (Mode.SWEEP, Mode.BACKFILL):
        list(make_adapter(running.good).fetch(Stream.BOOKINGS, window(clock, mode=mode), None))
        query = running.server.calls.seen()[-1].query
        assert query["stayFrom"] == (BUSINESS_DATE - timedelta(days=400)).isoformat()
        assert "changedSince" not in query


def test_long_spans_are_asked_in_steps(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    days = timedelta(days=100)
    asked = window(clock, from_date=BUSINESS_DATE, to_date=BUSINESS_DATE + days)
    pages = list(make_adapter(running.good).fetch(Stream.AVAILABILITY, asked, None))
    spans = {
        (call.query["from"], call.query["to"]) for call in running.server.calls.seen() if "from" in call.query
    }
    assert spans == {
        (str(BUSINESS_DATE), str(BUSINESS_DATE + timedelta(days=89))),
        (str(BUSINESS_DATE + timedelta(days=90)), str(BUSINESS_DATE + timedelta(days=99))),
    }
    found = {record.day for page in pages for record in page.records if hasattr(record, "day")}
    assert found == {BUSINESS_DATE + timedelta(days=number) for number in range(100)}


def test_check_ins_fall_back_to_the_bookings(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    document = recipe()
    del document["streams"]["check_ins"]
    credentials = replace(running.good, options={**running.good.options, "recipe": document})
    asked = window(
        clock, mode=Mode.DELTA, since=clock(), from_date=BUSINESS_DATE, to_date=BUSINESS_DATE + timedelta(1)
    )
    pages = list(make_adapter(credentials).fetch(Stream.CHECK_INS, asked, None))
    assert sum(len(page.records) for page in pages) > 20
    assert running.server.calls.seen()[-1].query["stayFrom"] == str(BUSINESS_DATE)


def test_single_records_without_a_batch_are_read_one_by_one(
    running: Running, make_adapter: MakeAdapter
) -> None:
    ids = [reservation.number for reservation in running.world.reservations()[:2]]
    adapter = make_adapter(bookings_by(running, batch=None))
    found = adapter.fetch_by_ids(Stream.BOOKINGS, [ids[0], "nope", ids[1]])
    assert [isinstance(item, Missing) for item in found] == [False, True, False]


def test_single_records_need_a_place_in_the_recipe(running: Running, make_adapter: MakeAdapter) -> None:
    adapter = make_adapter(bookings_by(running, batch=None, single=None))
    with pytest.raises(RecipeWrong):
        adapter.fetch_by_ids(Stream.BOOKINGS, ["204101"])


# --- preview --------------------------------------------------------------------------------------------------------


def test_a_preview_shows_what_came_and_what_it_becomes(running: Running, make_adapter: MakeAdapter) -> None:
    sample = make_adapter(running.good).sample(5)
    assert len(sample.bookings) == 5
    assert '"reservationNo"' in sample.raw
    assert len(sample.raw) <= 20_010
    assert sample.problems == ()


def test_a_preview_names_words_and_fields_that_do_not_fit(
    running: Running, make_adapter: MakeAdapter
) -> None:
    source = recipe()["streams"]["bookings"]
    words = bookings_by(running, status_map={})
    assert sum(make_adapter(words).sample(5).unmapped.values()) == 5
    wrong = bookings_by(running, stays=None, fields={**source["fields"], "arrival": "nowhere"})
    sample = make_adapter(wrong).sample(5)
    assert sample.bookings == ()
    assert [str(problem) for problem in sample.problems] == ["arrival is missing"]


# --- broken recipes -------------------------------------------------------------------------------------------------


def fault_of(rungs: list[Rung]) -> tuple[str, str, dict[str, str]]:
    (rung,) = [rung for rung in rungs if rung.fault]
    assert rung.fault is not None
    return rung.name, rung.fault.code, rung.fault.params


def test_a_broken_recipe_is_a_rung_of_the_test(running: Running, make_adapter: MakeAdapter) -> None:
    broken = replace(
        running.good, options={**running.good.options, "recipe": '{"version": 1, "streams": {}}'}
    )
    name, code, params = fault_of(list(make_adapter(broken).check([Stream.BOOKINGS])))
    assert (name, code, params["where"]) == ("recipe", "recipe_wrong", "streams")
    with pytest.raises(RecipeWrong):
        make_adapter(broken).sample(5)


def test_a_login_without_a_description_is_told(running: Running, make_adapter: MakeAdapter) -> None:
    credentials = custom_rest_credentials(running.server, "login", recipe=recipe(auth={}))
    name, code, params = fault_of(list(make_adapter(credentials).check([])))
    assert (name, code, params["where"]) == ("recipe", "recipe_wrong", "auth.login")


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"select": "rows"}, "streams.bookings.select"),
        ({"stays": None, "fields": {"external_id": "no", "status": "state", "arrival": "from", "departure": "to"}}, "streams.bookings.fields"),
        ({"query": {"sort": "id"}}, "/v2/properties/AUR1/reservations"),
    ],
)  # fmt: skip
def test_a_recipe_that_does_not_fit_is_told_with_its_place(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock, changes: dict[str, Any], where: str
) -> None:
    adapter = make_adapter(bookings_by(running, **changes))
    name, code, params = fault_of(list(adapter.check([Stream.BOOKINGS, Stream.GUESTS])))
    assert (name, code, params["where"]) == ("stream:bookings", "recipe_wrong", where)
    with pytest.raises(RecipeWrong) as wrong:
        list(adapter.fetch(Stream.BOOKINGS, window(clock), None))
    assert wrong.value.params["where"] == where


def test_a_wrong_path_of_one_stream_leaves_the_others(running: Running, make_adapter: MakeAdapter) -> None:
    rungs = list(make_adapter(bookings_by(running, path=f"{PATH}x")).check([Stream.BOOKINGS, Stream.GUESTS]))
    assert [(rung.name, rung.ok) for rung in rungs[-2:]] == [
        ("stream:bookings", False),
        ("stream:guests", True),
    ]


def test_a_stream_that_is_not_described_is_told(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    document = recipe()
    del document["streams"]["rates"]
    adapter = make_adapter(replace(running.good, options={**running.good.options, "recipe": document}))
    with pytest.raises(RecipeWrong):
        list(adapter.fetch(Stream.RATES, window(clock), None))
    assert not list(adapter.check([Stream.RATES]))[-1].ok


def test_an_empty_hotel_is_no_mistake(running: Running, make_adapter: MakeAdapter, clock: FixedClock) -> None:
    running.fault(FaultKind.EMPTY)
    assert numbers(make_adapter(running.good), window(clock)) == []


# --- other APIs -----------------------------------------------------------------------------------------------------

PLAIN = {
    "version": 1,
    "streams": {
        "bookings": {
            "path": "/bookings",
            "fields": {"external_id": "id", "status": "state", "arrival": "from", "departure": "to"},
        }
    },
}
ROW = {"id": 1, "state": "confirmed", "from": "2026-07-14", "to": "2026-07-15"}


def at(vendor: Vendor, **document: Any) -> Credentials:
    form = {"endpoint_url": f"{vendor.url}/api", "auth_kind": "none", "recipe": PLAIN | document}
    return Credentials(form, {})


def test_an_api_without_health_and_hotels_is_tested_by_its_streams(
    vendor: Vendor, make_adapter: MakeAdapter
) -> None:
    vendor.answers(Reply(body=[ROW]))
    rungs = list(make_adapter(at(vendor)).check([Stream.BOOKINGS]))
    assert [(rung.name, rung.ok, rung.detail) for rung in rungs[2:]] == [("stream:bookings", True, "1")]


def test_an_answer_that_says_no_with_200_is_told(
    vendor: Vendor, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    streams = {
        "bookings": {
            **PLAIN["streams"]["bookings"],
            "select": "data",
            "success": {"path": "ok", "equals": True},
        }
    }  # type: ignore[index]
    vendor.answers(Reply(body={"ok": False, "data": []}))
    with pytest.raises(ContractBroken):
        numbers(make_adapter(at(vendor, streams=streams)), window(clock))


def test_headers_and_query_of_the_recipe_go_along(
    vendor: Vendor, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    vendor.answers(Reply(body=[]))
    credentials = at(vendor, headers={"X-Client": "{{secret.api_secret}}"}, query={"v": 2, "test": True})
    credentials = replace(credentials, secrets={"api_secret": Secret("s3cr3t")})
    numbers(make_adapter(credentials), window(clock))
    assert vendor.asked[0].headers["x-client"] == "s3cr3t"
    assert vendor.paths == ["/api/bookings?v=2&test=true"]


def test_a_few_odd_records_are_skipped_and_many_are_a_mistake(
    vendor: Vendor, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    odd = ROW | {"from": None}
    vendor.answers(Reply(body=[ROW, odd]))
    (page,) = make_adapter(at(vendor)).fetch(Stream.BOOKINGS, window(clock), None)
    assert (len(page.records), [skipped.external_id for skipped in page.skipped]) == (1, ["1"])
    vendor.answers(Reply(body=[odd]))
    (page,) = make_adapter(at(vendor)).fetch(Stream.BOOKINGS, window(clock), None)
    assert len(page.skipped) == 1
    vendor.answers(Reply(body=[odd] * 3))
    with pytest.raises(RecipeWrong):
        list(make_adapter(at(vendor)).fetch(Stream.BOOKINGS, window(clock), None))


def test_a_next_link_that_leads_away_ends_the_walk(
    vendor: Vendor, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    streams = {
        "bookings": {
            **PLAIN["streams"]["bookings"],
            "select": "rows",
            "pagination": {"kind": "next_link_body", "path": "next"},
        }
    }  # type: ignore[index]
    vendor.answers(Reply(body={"rows": [ROW], "next": "https://evil.example/api/bookings"}))
    with pytest.raises(ContractBroken) as broken:
        numbers(make_adapter(at(vendor, streams=streams)), window(clock))
    assert str(broken.value.params["where"]) == "unexpected next link"


def test_a_missing_property_id_is_told(
    running: Running, make_adapter: MakeAdapter, clock: FixedClock
) -> None:
    without = replace(running.good, options={**running.good.options, "property_id": ""})
    name, code, _ = fault_of(list(make_adapter(without).check([Stream.BOOKINGS])))
    assert (name, code) == ("property", "property_unknown")
    with pytest.raises(RecipeWrong):
        numbers(make_adapter(without), window(clock))


@pytest.mark.paced
def test_pacing_is_the_recipes(
    vendor: Vendor, make_adapter: MakeAdapter, clock: FixedClock, sleeps: list[float]
) -> None:
    vendor.answers(Reply(body=[]))
    adapter = make_adapter(at(vendor, limits={"per_second": 0, "per_minute": 2}))
    for _ in range(3):
        numbers(adapter, window(clock))
    assert 58 < sum(sleeps) <= 60


def test_one_unknown_id_is_missing_and_not_an_error(vendor: Vendor, make_adapter: MakeAdapter) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(body=ROW) if asked.path.endswith("/1") else Reply(status=404)

    vendor.answers_by(answer)
    streams = {"bookings": {**PLAIN["streams"]["bookings"], "single": {"path": "/bookings/{{id}}"}}}  # type: ignore[index]
    found = make_adapter(at(vendor, streams=streams)).fetch_by_ids(Stream.BOOKINGS, ["1", "2"])
    assert [type(item).__name__ for item in found] == ["Booking", "Missing"]
    assert issubclass(NotFound, Exception)
