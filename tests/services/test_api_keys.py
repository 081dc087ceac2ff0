"""API keys: told once, ended at will, renewed with an overlap."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.cast import ADA, IAN
from tests.conftest import FixedClock
from webapp.models import ApiKey, LogEntry, LogPayload, Scope
from webapp.runtime import Runtime
from webapp.services import api_keys
from webapp.services.api_keys import KeyInvalid, NoSuchKey


def make(hub: Runtime, **changed: object) -> api_keys.NewKey:
    given = {"name": "Door locks", "scope": Scope.READ, "actor": IAN.email, **changed}
    return api_keys.create(hub, **given)  # type: ignore[arg-type]  # one dictionary for many tests


def test_a_key_is_told_once_and_only_its_digest_is_stored(hub: Runtime) -> None:
    made = make(hub)
    with hub.reading() as session:
        row = session.scalars(select(ApiKey)).one()
        stored = "\n".join(str(value) for value in vars(row).values())
        lines = "\n".join(session.scalars(select(LogEntry.summary)))
        payloads = [hub.vault.open(sealed) for sealed in session.scalars(select(LogPayload.sealed))]
    assert row.digest == api_keys.digest_of(made.text)
    for place in (stored, lines, repr(made), *map(repr, payloads)):
        assert made.text not in place
    assert made.key.shown in lines


def test_a_key_lives_ninety_days_unless_said_otherwise(hub: Runtime, clock: FixedClock) -> None:
    assert make(hub).key.expires_at == clock.now + timedelta(days=90)
    assert make(hub, days=365).key.expires_at == clock.now + timedelta(days=365)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "  "),
        ("name", "x" * 81),
        ("days", 0),
        ("days", 366),
        ("networks", ["10.0.0.0/33"]),
        ("networks", ["the office"]),
    ],
)
def test_what_is_wrong_with_a_key_is_told_by_field(hub: Runtime, field: str, value: object) -> None:
    with pytest.raises(KeyInvalid) as told:
        make(hub, **{field: value})
    assert told.value.field == field
    assert "%" not in str(told.value)


def test_networks_are_kept_in_their_usual_form_and_once(hub: Runtime) -> None:
    made = make(hub, networks=["10.0.0.7/24", " 10.0.0.0/24", "192.0.2.1", "2001:db8::/32"])
    assert made.key.networks == ("10.0.0.0/24", "192.0.2.1/32", "2001:db8::/32")


def test_nobody_gathers_keys_without_end(hub: Runtime) -> None:
    for _ in range(api_keys.MOST_LIVING):
        last = make(hub)
    with pytest.raises(KeyInvalid, match="Revoke one"):
        make(hub)
    assert make(hub, actor=ADA.email).text
    api_keys.revoke(hub, last.key.public_id, actor=IAN.email)
    assert make(hub).text


def test_a_rotation_leaves_the_old_key_a_day(hub: Runtime, clock: FixedClock) -> None:
    old = make(hub, scope=Scope.WRITE, networks=["10.0.0.0/24"], days=30)
    clock.advance(days=3)
    new = api_keys.rotate(hub, old.key.public_id, actor=ADA.email)
    assert (new.key.name, new.key.scope, new.key.networks) == ("Door locks", Scope.WRITE, ("10.0.0.0/24",))
    assert new.key.expires_at == clock.now + timedelta(days=30)
    with hub.reading() as session:
        before = api_keys.find(session, old.key.public_id)
    assert before is not None
    assert before.expires_at == clock.now + timedelta(hours=24)
    assert before.is_living(clock.now)
    assert not before.is_living(clock.now + timedelta(hours=24))
    with pytest.raises(KeyInvalid, match="successor"):
        api_keys.rotate(hub, old.key.public_id, actor=ADA.email)


def test_a_rotation_never_prolongs_the_old_key(hub: Runtime, clock: FixedClock) -> None:
    old = make(hub, days=1)
    clock.advance(hours=20)
    api_keys.rotate(hub, old.key.public_id, actor=IAN.email, overlap=timedelta(days=7))
    with hub.reading() as session:
        before = api_keys.find(session, old.key.public_id)
    assert before is not None
    assert before.expires_at == old.key.expires_at
    with pytest.raises(KeyInvalid):
        api_keys.rotate(hub, make(hub).key.public_id, actor=IAN.email, overlap=timedelta(days=8))


def test_a_revoked_or_ended_key_can_be_neither_revoked_nor_rotated(hub: Runtime, clock: FixedClock) -> None:
    gone, late = make(hub), make(hub, days=1)
    assert api_keys.revoke(hub, gone.key.public_id, actor=IAN.email).revoked_at == clock.now
    clock.advance(days=1)
    for public_id in (gone.key.public_id, late.key.public_id, "ak_unknown"):
        with pytest.raises(NoSuchKey):
            api_keys.revoke(hub, public_id, actor=IAN.email)
        with pytest.raises(NoSuchKey):
            api_keys.rotate(hub, public_id, actor=IAN.email)


def test_keys_near_their_end_are_reminded_of_until_they_have_a_successor(
    hub: Runtime, clock: FixedClock
) -> None:
    short, longer = make(hub, name="Soon", days=10), make(hub, name="Sooner", days=2)
    make(hub, name="Later", days=90)
    with hub.reading() as session:
        assert [key.name for key in api_keys.ending(session, clock.now)] == ["Sooner", "Soon"]
    api_keys.rotate(hub, short.key.public_id, actor=IAN.email)
    api_keys.revoke(hub, longer.key.public_id, actor=IAN.email)
    with hub.reading() as session:
        names = [key.public_id for key in api_keys.ending(session, clock.now)]
    assert short.key.public_id not in names
    assert longer.key.public_id not in names


def test_a_key_that_ended_while_it_was_used_is_spoken_of_for_three_days(
    hub: Runtime, clock: FixedClock
) -> None:
    make(hub, name="Locks", days=1)
    make(hub, name="Never used", days=1)
    with hub.writing() as session:
        session.scalars(select(ApiKey).where(ApiKey.name == "Locks")).one().last_used_at = clock.now
    told = []
    for _ in range(6):
        with hub.reading() as session:
            told.append([key.name for key in api_keys.ending(session, clock.now)])
        clock.advance(days=1)
    assert told == [["Locks", "Never used"], ["Locks"], ["Locks"], ["Locks"], [], []]


def test_a_key_is_found_by_id_by_what_is_shown_or_by_a_name_of_its_own(
    hub: Runtime, clock: FixedClock
) -> None:
    one, two = make(hub, name="Locks"), make(hub, name="Site")
    make(hub, name="Twice"), make(hub, name="Twice")
    with hub.reading() as session:
        for text in (one.key.public_id, one.key.shown, "Locks"):
            found = api_keys.find_by_name(session, text, clock.now)
            assert found is not None
            assert found.public_id == one.key.public_id
        assert api_keys.find_by_name(session, "Twice", clock.now) is None
        assert api_keys.find_by_name(session, two.text, clock.now) is None
