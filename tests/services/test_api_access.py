"""Who may pass the door of the REST API, and what is counted there."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.cast import IAN
from tests.conftest import FixedClock
from webapp.domain.api_key import new_key
from webapp.models import ApiKey, LogEntry, Scope
from webapp.runtime import Runtime
from webapp.services import api_access, api_keys, api_usage
from webapp.services.api_access import ApiDoor, KeyRefused

HERE = "192.0.2.10"


def make(hub: Runtime, scope: Scope = Scope.READ, *networks: str, days: int = 90) -> api_keys.NewKey:
    return api_keys.create(hub, name="Site", scope=scope, actor=IAN.email, networks=networks, days=days)


@pytest.fixture
def door(hub: Runtime) -> ApiDoor:
    return ApiDoor(hub)


def test_a_living_key_says_whose_call_it_is(hub: Runtime, door: ApiDoor) -> None:
    made = make(hub, Scope.WRITE)
    caller = door.admit(made.text, HERE)
    assert (caller.public_id, caller.scope) == (made.key.public_id, Scope.WRITE)
    assert [caller.may(scope) for scope in Scope] == [True, True, False]


@pytest.mark.parametrize("text", ["", "aiha_", "bearer", "aiha_" + "0" * 36, "x" * 5_000])
def test_what_is_no_key_is_refused(door: ApiDoor, text: str) -> None:
    with pytest.raises(KeyRefused) as told:
        door.admit(text, HERE)
    assert told.value.code == "invalid"


def test_no_key_an_unknown_one_and_one_that_ended_are_told_apart(
    hub: Runtime, door: ApiDoor, clock: FixedClock
) -> None:
    old, gone = make(hub, days=1), make(hub)
    api_keys.revoke(hub, gone.key.public_id, actor=IAN.email)
    clock.advance(days=1)
    found = {}
    for name, text in {"none": None, "unknown": new_key(), "old": old.text, "gone": gone.text}.items():
        with pytest.raises(KeyRefused) as told:
            door.admit(text, HERE)
        found[name] = told.value.code
    assert found == {"none": "missing", "unknown": "invalid", "old": "expired", "gone": "invalid"}


@pytest.mark.parametrize(
    ("network", "address", "is_good"),
    [
        ("10.0.0.0/24", "10.0.0.7", True),
        ("10.0.0.0/24", "::ffff:10.0.0.7", True),
        ("10.0.0.0/24", "10.0.1.7", False),
        ("2001:db8::/32", "2001:db8::5", True),
        ("2001:db8::/32", "10.0.0.7", False),
        ("10.0.0.0/24", "unknown", False),
    ],
)
def test_a_key_with_a_list_opens_only_from_there(
    hub: Runtime, door: ApiDoor, network: str, address: str, is_good: bool
) -> None:
    made = make(hub, Scope.READ, network)
    if is_good:
        assert door.admit(made.text, address).name == "Site"
        return
    for _ in range(3):
        with pytest.raises(KeyRefused) as told:
            door.admit(made.text, address)
        assert told.value.code == "address"
    with hub.reading() as session:
        denied = session.scalars(select(LogEntry).where(LogEntry.action == "api_key.denied")).all()
    assert len(denied) == 1  # noted once a minute, not for each call


def test_a_key_has_a_hundred_calls_a_minute(hub: Runtime, door: ApiDoor) -> None:
    caller, other = door.admit(make(hub).text, HERE), door.admit(make(hub).text, HERE)
    told = [door.allowance(caller) for _ in range(101)]
    assert [one.remaining for one in told[:3]] == [99, 98, 97]
    assert [one.is_exceeded for one in told[98:]] == [False, False, True]
    assert 1 <= told[-1].resets_in <= 60
    assert not door.allowance(other).is_exceeded


def test_strangers_are_stopped_early_and_by_network(door: ApiDoor) -> None:
    near = [door.stranger_allowance(f"2001:db8::{number}").is_exceeded for number in range(1, 12)]
    assert near == [False] * 10 + [True]
    assert not door.stranger_allowance("2001:db8:0:1::1").is_exceeded


def test_uses_are_added_up_and_written_once_a_minute(hub: Runtime, door: ApiDoor, clock: FixedClock) -> None:
    made = make(hub)
    caller = door.admit(made.text, HERE)
    for _ in range(5):
        door.note_use(caller, HERE, is_refused=False)
    door.note_use(caller, "192.0.2.11", is_refused=True)
    with hub.reading() as session:
        assert api_usage.of_keys(session, clock.now) == {}
    clock.advance(seconds=61)
    door.stranger_allowance(HERE)
    door.note_use(caller, "192.0.2.12", is_refused=False)
    with hub.reading() as session:
        row = session.scalars(select(ApiKey)).one()
        use = api_usage.of_keys(session, clock.now)[made.key.public_id]
        count = api_usage.of_the_door(session, clock.now)
    assert (row.last_used_at, row.last_used_from) == (clock.now, "192.0.2.12")
    assert (use.days, use.calls, use.refused) == ((0, 0, 0, 0, 0, 0, 7), 7, 1)
    assert (count.calls_day, count.refused_day, count.strangers_day) == (7, 1, 1)


def test_uses_of_several_processes_and_days_add_up(hub: Runtime, clock: FixedClock) -> None:
    made = make(hub)
    for door in (ApiDoor(hub), ApiDoor(hub)):
        caller = door.admit(made.text, HERE)
        door.note_use(caller, HERE, is_refused=False)
        door.flush()
    clock.advance(days=2)
    door = ApiDoor(hub)
    door.note_use(door.admit(made.text, HERE), HERE, is_refused=False)
    door.flush()
    with hub.reading() as session:
        assert api_usage.of_keys(session, clock.now)[made.key.public_id].days == (0, 0, 0, 0, 2, 0, 1)
    clock.advance(days=40)
    api_usage.prune(hub)
    with hub.reading() as session:
        assert api_usage.of_the_door(session, clock.now - timedelta(days=40)).calls_day == 0


def test_who_counts_together_is_one_host_or_one_network() -> None:
    assert api_access.partition_of("::ffff:10.0.0.7") == "10.0.0.7"
    assert api_access.partition_of("2001:db8::1") == "2001:db8::/64"
    assert api_access.partition_of("pipe") == "pipe"


def test_what_was_counted_is_written_when_the_hub_closes(app: Flask, hub: Runtime, clock: FixedClock) -> None:
    made = make(hub)
    door: ApiDoor = app.extensions["api_door"]
    door.note_use(door.admit(made.text, HERE), HERE, is_refused=False)
    hub.close()
    with hub.reading() as session:  # a closed hub opens its database again when it is asked
        assert api_usage.of_keys(session, clock.now)[made.key.public_id].calls == 1


def test_a_key_used_from_elsewhere_does_not_use_up_the_calls_of_its_program(
    door: ApiDoor, hub: Runtime
) -> None:
    caller = door.admit(make(hub, Scope.READ, "192.0.2.0/24").text, "192.0.2.8")
    for _ in range(200):
        elsewhere = door.stranger_allowance("198.51.100.3", is_known=True)
    assert elsewhere.is_exceeded
    assert door.allowance(caller).remaining == 99


def test_each_key_that_is_used_from_elsewhere_is_noted(hub: Runtime, door: ApiDoor) -> None:
    for made in (make(hub, Scope.READ, "198.51.100.0/24"), make(hub, Scope.READ, "198.51.100.0/24")):
        for _ in range(2):
            with pytest.raises(KeyRefused):
                door.admit(made.text, HERE)
    with hub.reading() as session:
        assert len(session.scalars(select(LogEntry).where(LogEntry.action == "api_key.denied")).all()) == 2
