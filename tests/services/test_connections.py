"""Connections: made, changed, paused, removed and brought back, each with an audit line and never with a secret shown."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from msgspec.structs import asdict
from sqlalchemy import select

from tests.conftest import FixedClock
from tests.connected import RECIPE, STREAMS
from webapp.domain.stream import Mode, Stream
from webapp.models import (
    CachedToken,
    Connection,
    ConnectionRole,
    ConnectionState,
    LogEntry,
    StreamCursor,
)
from webapp.runtime import Runtime
from webapp.services import connection_views, connections
from webapp.services.adapters import credentials_of
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.connection_views import Card, NoSuchConnection
from webapp.vault import Secret

IAN = "ian@aurora.example"
KEY = "a-very-secret-key-4f2a"
OPTIONS = {
    "endpoint_url": "https://api.aurora-pms.example/v2",
    "auth_kind": "api_key",
    "property_id": "AUR-01",
    "recipe": RECIPE,
}


def make(hub: Runtime, **changed: Any) -> Card:
    given: dict[str, Any] = {
        "provider": "custom_rest",
        "name": "Aurora PMS",
        "options": OPTIONS,
        "secrets": {"api_key": Secret(KEY)},
        "streams": STREAMS,
        "frequency_minutes": 15,
        "history_days": 30,
        "actor": IAN,
        **changed,
    }
    return connections.create(hub, **given)


def row(hub: Runtime, card: Card) -> Connection:
    with hub.reading() as session:
        return session.get_one(Connection, card.id)


def actions(hub: Runtime) -> list[str]:
    with hub.reading() as session:
        return list(
            session.scalars(
                select(LogEntry.action).where(LogEntry.action.like("connection.%")).order_by(LogEntry.id)
            )
        )


def wrong_fields(refused: pytest.ExceptionInfo[ConnectionInvalid]) -> set[str]:
    return {problem.field for problem in refused.value.problems}


def test_a_new_connection_is_untested_primary_and_due_at_once(hub: Runtime) -> None:
    made = make(hub)
    assert (made.state, made.role) == (ConnectionState.UNTESTED, ConnectionRole.PRIMARY)
    assert made.next_sync_at == hub.clock()
    assert hub.nudge.wait(0)
    assert actions(hub) == ["connection.created"]


def test_a_secret_is_sealed_and_only_its_end_and_date_are_told(hub: Runtime) -> None:
    made = make(hub)
    stored = row(hub, made)
    assert stored.credentials is not None
    assert KEY.encode() not in stored.credentials
    assert credentials_of(hub, stored).secret("api_key").reveal() == KEY
    with hub.reading() as session:
        detail = connection_views.detail(session, made.public_id)
    assert detail.secret_hints["api_key"].last4 == "4f2a"
    assert detail.secret_hints["api_key"].set_at == hub.clock()
    assert KEY not in repr(detail) + repr(asdict(made))


def test_a_short_password_gives_nothing_of_itself_away(hub: Runtime) -> None:
    options = {**OPTIONS, "auth_kind": "basic", "username": "hub"}
    made = make(hub, options=options, secrets={"api_secret": Secret("pw4f2a")})
    assert row(hub, made).secret_hints["api_secret"]["last4"] == ""


def test_what_another_way_in_would_need_is_not_kept(hub: Runtime) -> None:
    made = make(
        hub,
        options={**OPTIONS, "username": "left over"},
        secrets={"api_key": Secret(KEY), "api_secret": Secret("left over too")},
    )
    stored = row(hub, made)
    assert "username" not in stored.options
    assert set(credentials_of(hub, stored).secrets) == {"api_key"}


def test_an_address_is_completed_as_it_was_meant(hub: Runtime) -> None:
    made = make(hub, options={**OPTIONS, "endpoint_url": " API.Aurora-PMS.example/v2/ "})
    assert row(hub, made).options["endpoint_url"] == "https://api.aurora-pms.example/v2"


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"name": "  "}, {"name"}),
        ({"name": "x" * 121}, {"name"}),
        ({"options": {**OPTIONS, "endpoint_url": ""}}, {"endpoint_url"}),
        ({"options": {**OPTIONS, "endpoint_url": "http://api.aurora.example"}}, set()),
        ({"options": {**OPTIONS, "endpoint_url": "https://169.254.169.254/"}}, {"endpoint_url"}),
        ({"options": {**OPTIONS, "endpoint_url": "https://aurora.example/login"}}, {"endpoint_url"}),
        ({"options": {**OPTIONS, "auth_kind": "magic"}}, {"auth_kind"}),
        ({"options": {**OPTIONS, "key_name": "no blanks here"}}, {"key_name"}),
        ({"options": {**OPTIONS, "recipe": "{"}}, {"recipe"}),
        ({"options": {**OPTIONS, "auth_kind": "basic"}, "secrets": {}}, {"username", "api_secret"}),
        ({"secrets": {}}, {"api_key"}),
        ({"secrets": {"api_key": Secret("••••4f2a")}}, {"api_key"}),
        ({"secrets": {"api_key": Secret("two\nlines")}}, {"api_key"}),
        ({"secrets": {"api_key": Secret("blank at the end ")}}, {"api_key"}),
        ({"streams": ()}, {"streams"}),
        ({"streams": ("bookings", "gossip")}, {"streams"}),
        ({"frequency_minutes": 7}, {"frequency_minutes"}),
        ({"history_days": 31}, {"history_days"}),
    ],
)
def test_what_cannot_work_is_refused_field_by_field(
    hub: Runtime, changed: dict[str, Any], wrong: set[str]
) -> None:
    if not wrong:  # plain http may still lead into the network that the operator opened
        make(hub, **changed)
        return
    with pytest.raises(ConnectionInvalid) as refused:
        make(hub, **changed)
    assert wrong_fields(refused) == wrong
    assert KEY not in str(refused.value)


def test_a_name_is_used_once(hub: Runtime) -> None:
    make(hub)
    with pytest.raises(ConnectionInvalid) as refused:
        make(hub)
    assert wrong_fields(refused) == {"name"}
    second = make(hub, name="Another")
    with pytest.raises(ConnectionInvalid):
        connections.rename(hub, second.public_id, "Aurora PMS", actor=IAN)


def test_a_second_live_connection_is_a_shadow_until_the_first_is_gone(hub: Runtime) -> None:
    first, second = make(hub), make(hub, name="The new one")
    assert second.role is ConnectionRole.SHADOW
    with pytest.raises(ConnectionInvalid):
        connections.promote(hub, second.public_id, actor=IAN)
    connections.archive(hub, first.public_id, actor=IAN)
    assert connections.promote(hub, second.public_id, actor=IAN).role is ConnectionRole.PRIMARY
    assert connections.restore(hub, first.public_id, actor=IAN).role is ConnectionRole.SHADOW
    assert actions(hub)[-3:] == ["connection.archived", "connection.promoted", "connection.restored"]


def test_an_empty_secret_keeps_the_stored_one(hub: Runtime, clock: FixedClock) -> None:
    made = make(hub)
    before = row(hub, made)
    clock.advance(days=3)
    connections.update(
        hub, made.public_id, options={"property_id": "AUR-02"}, secrets={"api_key": Secret("")}, actor=IAN
    )
    after = row(hub, made)
    assert after.credentials == before.credentials
    assert after.secret_hints == before.secret_hints
    assert after.options["property_id"] == "AUR-02"


def test_a_new_secret_is_dated_and_drops_the_old_ones_tokens(hub: Runtime, clock: FixedClock) -> None:
    made = make(hub)
    with hub.writing() as session:
        session.add(
            CachedToken(connection_id=made.id, name="t", sealed=b"x", expires_at=clock.now, made_at=clock.now)
        )
    clock.advance(days=3)
    connections.update(hub, made.public_id, secrets={"api_key": Secret("another-long-key-9z9z")}, actor=IAN)
    after = row(hub, made)
    assert after.secret_hints["api_key"] == {"last4": "9z9z", "set_at": clock.now.isoformat()}
    assert after.next_sync_at == clock.now
    with hub.reading() as session:
        assert session.scalars(select(CachedToken)).all() == []


def test_another_mapping_has_another_version_and_asks_for_a_run(hub: Runtime, clock: FixedClock) -> None:
    made = make(hub)
    clock.advance(minutes=4)
    connections.update(hub, made.public_id, options={"recipe": RECIPE.replace("AU", "AU")}, actor=IAN)
    assert row(hub, made).mapping_version == 1
    other = RECIPE.replace('"NOS": "no_show"', '"NOS": "cancelled"')
    connections.update(hub, made.public_id, options={"recipe": other}, actor=IAN)
    after = row(hub, made)
    assert (after.mapping_version, after.next_sync_at) == (2, clock.now)


def test_a_longer_history_is_read_again(hub: Runtime, clock: FixedClock) -> None:
    made = make(hub)
    with hub.writing() as session:
        session.add(
            StreamCursor(
                connection_id=made.id,
                stream=Stream.BOOKINGS,
                mode=Mode.BACKFILL,
                completed_at=clock.now,
                mapping_version=1,
            )
        )
    connections.update(hub, made.public_id, history_days=90, actor=IAN)
    with hub.reading() as session:
        assert session.scalars(select(StreamCursor.completed_at)).one() is None


def test_a_new_frequency_counts_from_the_last_run(hub: Runtime, clock: FixedClock) -> None:
    made = make(hub)
    with hub.writing() as session:
        stored = session.get_one(Connection, made.id)
        stored.last_tried_at = clock.now
    began = clock.now
    clock.advance(minutes=2)
    connections.update(hub, made.public_id, frequency_minutes=60, actor=IAN)
    due = row(hub, made).next_sync_at
    assert due is not None
    assert (due - began).total_seconds() == 3600


def test_streams_are_kept_in_the_order_of_a_run(hub: Runtime) -> None:
    made = make(hub, streams=("rates", "bookings", "guests"))
    assert row(hub, made).streams == ["guests", "bookings", "rates"]


def test_pause_and_resume_come_back_to_what_was_known(hub: Runtime, clock: FixedClock) -> None:
    made = make(hub)
    assert connections.pause(hub, made.public_id, actor=IAN).state is ConnectionState.PAUSED
    assert connections.resume(hub, made.public_id, actor=IAN).state is ConnectionState.UNTESTED
    with hub.writing() as session:
        session.get_one(Connection, made.id).last_good_at = clock.now
    connections.pause(hub, made.public_id, actor=IAN)
    clock.advance(hours=1)
    resumed = connections.resume(hub, made.public_id, actor=IAN)
    assert (resumed.state, resumed.next_sync_at) == (ConnectionState.HEALTHY, clock.now)


def test_a_removed_connection_leaves_the_list_and_frees_its_name(hub: Runtime) -> None:
    made = make(hub)
    connections.archive(hub, made.public_id, actor=IAN)
    with hub.reading() as session:
        assert connections.list_cards(session) == ()
        assert connections.find_id(session, "Aurora PMS") is None
    make(hub)
    with pytest.raises(ConnectionInvalid):
        connections.restore(hub, made.public_id, actor=IAN)


def test_audit_lines_tell_what_changed_and_no_secret(hub: Runtime, clock: FixedClock) -> None:
    made = make(hub)
    clock.advance(minutes=1)
    connections.update(
        hub,
        made.public_id,
        options={"property_id": "AUR-02"},
        secrets={"api_key": Secret("another-long-key-9z9z")},
        actor=IAN,
    )
    connections.rename(hub, made.public_id, "Aurora, renamed", actor=IAN)
    with hub.reading() as session:
        lines = list(session.scalars(select(LogEntry.summary)))
    assert any("property_id" in line and "api_key (secret)" in line for line in lines)
    assert "9z9z" not in "".join(lines)


@pytest.mark.parametrize(
    "act", [connections.pause, connections.resume, connections.archive, connections.restore]
)
def test_an_unknown_connection_is_told(hub: Runtime, act: Callable[..., Card]) -> None:
    with pytest.raises(NoSuchConnection):
        act(hub, "cn_none", actor=IAN)


def test_a_connection_lives_on_each_database(either_hub: Runtime) -> None:
    made = make(either_hub)
    connections.update(
        either_hub,
        made.public_id,
        secrets={"api_key": Secret("another-long-key-9z9z")},
        history_days=90,
        actor=IAN,
    )
    connections.rename(either_hub, made.public_id, "Renamed", actor=IAN)
    connections.pause(either_hub, made.public_id, actor=IAN)
    connections.resume(either_hub, made.public_id, actor=IAN)
    connections.archive(either_hub, made.public_id, actor=IAN)
    connections.restore(either_hub, made.public_id, actor=IAN)
    with either_hub.reading() as session:
        (card,) = connections.list_cards(session)
        detail = connection_views.detail(session, made.public_id)
        assert connections.find_id(session, "Renamed") == made.id
    assert (card.name, card.role, detail.history_days) == ("Renamed", ConnectionRole.PRIMARY, 90)


def test_two_people_cannot_take_one_name_at_the_same_moment(either_hub: Runtime) -> None:
    barrier = Barrier(4)

    def take(_number: int) -> bool:
        barrier.wait()
        try:
            make(either_hub)
        except ConnectionInvalid:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == [False, False, False, True]
