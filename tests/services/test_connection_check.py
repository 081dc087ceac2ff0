"""The connection test: every fault has its rung, its words and somebody who acts; and only proof makes healthy."""

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.connected import STREAMS, WRONG_KEY, Aurora, aurora_pms
from webapp.domain.fault import Actor
from webapp.integrations.kit.contract import Property, Rung
from webapp.models import Connection, ConnectionDraft, ConnectionState, LogEntry
from webapp.runtime import Runtime
from webapp.services import connections, recipes
from webapp.services.connection_check import check, try_out
from webapp.services.connection_verdict import Outcome, VerdictKind
from webapp.vault import Secret, Vault

IAN = "ian@aurora.example"


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


def tried(
    hub: Runtime, aurora: Aurora, *, key: str | None = None, seconds: float = 20, **options: str
) -> Outcome:
    secrets = {"api_key": Secret(key or aurora.key)}
    return try_out(hub, "custom_rest", {**aurora.options, **options}, secrets, STREAMS, seconds=seconds)


def broken(outcome: Outcome) -> Rung:
    return next(rung for rung in outcome.rungs if not rung.ok)


def stored(hub: Runtime, connection_id: int) -> Connection:
    with hub.reading() as session:
        return session.get_one(Connection, connection_id)


def test_good_credentials_name_the_hotel_and_every_kind_of_data(hub: Runtime, aurora: Aurora) -> None:
    outcome = tried(hub, aurora)
    assert outcome.verdict.kind is VerdictKind.PROVEN
    assert outcome.verdict.title == "Connected to Hotel Aurora."
    names = [rung.name for rung in outcome.rungs]
    assert names[:5] == ["name", "port", "clock", "login", "property"]
    assert set(names[5:]) == {f"stream:{stream}" for stream in STREAMS}
    assert not outcome.is_live


@pytest.mark.parametrize(
    ("kind", "code", "actor"),
    [
        ("unauthorized", "credentials_rejected", Actor.ADMIN),
        ("rate_limited", "rate_limited", Actor.NOBODY),
        ("unavailable", "provider_unavailable", Actor.NOBODY),
        ("html", "answer_not_json", Actor.ADMIN),
        ("truncated", "answer_truncated", Actor.NOBODY),
        ("drop", "provider_unavailable", Actor.NOBODY),
        ("redirect", "address_wrong", Actor.ADMIN),
        ("not_found", "address_wrong", Actor.ADMIN),
    ],
)
def test_each_fault_of_the_provider_has_its_own_verdict(
    hub: Runtime, aurora: Aurora, kind: str, code: str, actor: Actor
) -> None:
    aurora.fault(kind)
    outcome = tried(hub, aurora)
    assert (outcome.ok, outcome.verdict.actor) == (False, actor)
    fault = broken(outcome).fault
    assert fault is not None
    assert fault.code == code
    assert outcome.verdict.title
    assert outcome.verdict.advice


def test_a_wrong_key_is_told_apart_from_a_wrong_address(hub: Runtime, aurora: Aurora) -> None:
    wrong_key = tried(hub, aurora, key=WRONG_KEY)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        wrong_port = tried(hub, aurora, endpoint_url=f"http://127.0.0.1:{port}/v2")
    assert broken(wrong_key).name == "login"
    assert broken(wrong_port).name == "port"
    assert WRONG_KEY not in repr(wrong_key)


def test_a_wrong_hotel_id_lists_the_hotels_of_the_key(hub: Runtime, aurora: Aurora) -> None:
    outcome = tried(hub, aurora, property_id="NOWHERE-9")
    assert broken(outcome).name == "property"
    assert outcome.properties == (Property(aurora.server.property_id, "Hotel Aurora"),)


def test_a_hanging_provider_ends_within_the_time_limit(hub: Runtime, aurora: Aurora) -> None:
    aurora.fault("hang")
    outcome = tried(hub, aurora, seconds=0.5)
    assert broken(outcome).fault is not None
    assert outcome.verdict.title == "The test took longer than 0.5 seconds and was ended."


def test_a_private_address_is_refused_with_the_operators_setting_named(hub: Runtime, aurora: Aurora) -> None:
    outcome = tried(hub, aurora, endpoint_url="https://10.1.2.3/v2")
    assert (broken(outcome).name, outcome.verdict.actor) == ("name", Actor.IT)
    assert "PROVIDER_ALLOWED_NETWORKS" in outcome.verdict.advice


def test_one_kind_of_data_that_is_not_allowed_leaves_the_rest_usable(hub: Runtime, aurora: Aurora) -> None:
    aurora.fault("forbidden", match="/guests")
    outcome = tried(hub, aurora)
    assert (outcome.ok, outcome.verdict.kind) == (True, VerdictKind.PARTLY)
    assert [rung.name for rung in outcome.rungs if not rung.ok] == ["stream:guests"]


def test_without_a_mapping_only_what_is_told_without_one_is_judged(hub: Runtime, aurora: Aurora) -> None:
    blank = recipes.blank("custom_rest")
    options = {**aurora.options, "recipe": blank}
    good = try_out(
        hub, "custom_rest", options, {"api_key": Secret(aurora.key)}, ["bookings"], is_mapped=False
    )
    assert good.verdict.kind is VerdictKind.REACHED
    bad = try_out(hub, "custom_rest", options, {"api_key": Secret(WRONG_KEY)}, ["bookings"], is_mapped=False)
    assert broken(bad).fault is not None
    assert broken(bad).fault.code == "credentials_rejected"  # type: ignore[union-attr]


def test_trying_out_stores_nothing(hub: Runtime, aurora: Aurora) -> None:
    tried(hub, aurora)
    with hub.reading() as session:
        for table in (Connection, ConnectionDraft):
            assert session.scalars(select(table)).all() == []


def test_a_mistake_inside_an_adapter_is_a_rung_with_a_reference(
    hub: Runtime, aurora: Aurora, caplog: pytest.LogCaptureFixture
) -> None:
    outcome = tried(hub, aurora, endpoint_url="http://[not-an-address/v2")
    assert (broken(outcome).name, outcome.verdict.actor) == ("adapter", Actor.US)
    reference = outcome.verdict.params["reference"]
    assert reference in outcome.verdict.advice
    assert reference in caplog.text


def test_a_passed_check_makes_an_untested_connection_healthy(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    assert made.state is ConnectionState.UNTESTED
    assert check(hub, made.id, IAN).ok
    row = stored(hub, made.id)
    assert (row.state, row.account, row.checked_at) == (ConnectionState.HEALTHY, "Hotel Aurora", hub.clock())
    assert row.checked_live_at is None  # loopback is a stand-in
    with hub.reading() as session:
        kinds = session.execute(
            select(LogEntry.kind, LogEntry.action).where(LogEntry.connection_id == made.id)
        ).all()
    assert ("audit", "connection.tested") in kinds
    assert any(kind == "call" for kind, _ in kinds)


def test_a_refused_key_asks_for_attention_and_a_new_one_ends_that(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub, secrets={"api_key": Secret(WRONG_KEY)})
    assert not check(hub, made.id, IAN).ok
    row = stored(hub, made.id)
    assert (row.state, row.next_sync_at) == (ConnectionState.NEEDS_ATTENTION, None)
    assert row.fault is not None
    assert row.fault["code"] == "credentials_rejected"
    connections.update(hub, made.public_id, secrets={"api_key": Secret(aurora.key)}, actor=IAN)
    row = stored(hub, made.id)
    assert (row.state, row.fault, row.next_sync_at) == (ConnectionState.UNTESTED, None, hub.clock())
    assert check(hub, made.id, IAN).is_proof
    assert stored(hub, made.id).state == ConnectionState.HEALTHY


@pytest.mark.parametrize(
    ("state", "is_at_once"),
    [
        (ConnectionState.HEALTHY, False),
        (ConnectionState.DEGRADED, True),
        (ConnectionState.NEEDS_ATTENTION, True),
    ],
)
def test_a_passed_check_brings_the_next_sync_forward_only_where_one_was_in_trouble(
    hub: Runtime, aurora: Aurora, state: ConnectionState, is_at_once: bool
) -> None:
    made = aurora.connect(hub)
    planned = hub.clock() + timedelta(minutes=10)
    with hub.writing() as session:
        row = session.get_one(Connection, made.id)
        row.state, row.next_sync_at = state, planned
    assert check(hub, made.id, IAN).ok
    assert stored(hub, made.id).next_sync_at == (hub.clock() if is_at_once else planned)


def test_an_outage_is_no_reason_to_ask_for_attention(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    check(hub, made.id, IAN)
    aurora.fault("unavailable")
    assert not check(hub, made.id, IAN).ok
    assert stored(hub, made.id).state == ConnectionState.HEALTHY


def test_a_paused_connection_stays_paused_however_the_check_ends(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    connections.pause(hub, made.public_id, actor=IAN)
    check(hub, made.id, IAN)
    assert stored(hub, made.id).state == ConnectionState.PAUSED
    aurora.fault("unauthorized")
    check(hub, made.id, IAN)
    assert stored(hub, made.id).state == ConnectionState.PAUSED


def test_a_key_file_that_does_not_fit_is_a_rung_for_it(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    hub.vault = Vault([b"0" * 43 + b"="])
    outcome = check(hub, made.id, IAN)
    assert (broken(outcome).name, outcome.verdict.actor) == ("vault", Actor.IT)


def test_an_archived_connection_is_not_tested(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    connections.archive(hub, made.public_id, actor=IAN)
    with pytest.raises(LookupError):
        check(hub, made.id, IAN)
