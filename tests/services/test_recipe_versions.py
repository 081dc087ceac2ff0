"""Versions of a mapping: kept with every change, compared in words of the editor, brought back as a new one."""

from typing import Any

import msgspec
import pytest

from tests.conftest import FixedClock
from tests.connected import RECIPE, STREAMS
from webapp.domain.stream import Mode, Stream
from webapp.models import Connection, RecipeVersion, StreamCursor
from webapp.runtime import Runtime
from webapp.services import connections, recipe_rereading, recipe_versions
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.recipe_differences import Difference, Part, between
from webapp.services.recipe_keeping import Reason
from webapp.services.recipe_versions import NoSuchVersion, Version
from webapp.vault import Secret

ADA, IAN = "ada@aurora.example", "ian@aurora.example"
KEY = "a-long-key-of-aurora-1234"
OTHER = RECIPE.replace('"NOS": "no_show"', '"NOS": "cancelled"')


def make(hub: Runtime, **changed: Any) -> str:
    options = {
        "endpoint_url": "http://127.0.0.1:9/v2",
        "auth_kind": "api_key",
        "key_place": "header",
        "key_name": "X-Api-Key",
        "recipe": RECIPE,
        **changed,
    }
    made = connections.create(
        hub,
        provider="custom_rest",
        name="Aurora PMS",
        options=options,
        secrets={"api_key": Secret(KEY)},
        streams=STREAMS,
        frequency_minutes=15,
        history_days=30,
        actor=ADA,
    )
    return made.public_id


def save(hub: Runtime, public_id: str, recipe: str, note: str = "") -> None:
    connections.update(hub, public_id, options={"recipe": recipe}, actor=IAN, why=Reason(note=note))


def versions(hub: Runtime, public_id: str) -> tuple[Version, ...]:
    with hub.reading() as session:
        return recipe_versions.every(session, public_id)


def test_the_first_mapping_is_the_first_version(hub: Runtime) -> None:
    (first,) = versions(hub, make(hub))
    assert (first.number, first.made_by, first.is_running, first.changes) == (1, ADA, True, ())


def test_a_saved_change_is_a_version_with_its_reason(hub: Runtime, clock: FixedClock) -> None:
    public_id = make(hub)
    clock.advance(hours=2)
    save(hub, public_id, OTHER, "  no-shows are\ncancelled here ")
    newest, first = versions(hub, public_id)
    assert (newest.number, newest.made_by, newest.made_at) == (2, IAN, clock.now)
    assert newest.note == "no-shows are cancelled here"
    assert newest.changes == (Difference(Part.STATUS, "NOS", "no_show", "cancelled", "bookings"),)
    assert (newest.is_running, first.is_running) == (True, False)


def test_the_same_said_in_another_way_is_no_version(hub: Runtime) -> None:
    public_id = make(hub)
    save(hub, public_id, msgspec.json.encode(msgspec.json.decode(RECIPE)).decode())
    connections.update(hub, public_id, frequency_minutes=60, actor=IAN)
    assert [one.number for one in versions(hub, public_id)] == [1]


def test_an_old_version_comes_back_as_a_new_one(hub: Runtime, clock: FixedClock) -> None:
    public_id = make(hub)
    save(hub, public_id, OTHER)
    clock.advance(days=1)
    recipe_versions.restore(hub, public_id, 1, actor=ADA, note="better")
    newest = versions(hub, public_id)[0]
    assert (newest.number, newest.restored_from, newest.note, newest.made_by) == (3, 1, "better", ADA)
    with hub.reading() as session:
        row = session.query(Connection).one()
    assert (row.options["recipe"], row.mapping_version, row.next_sync_at) == (RECIPE.strip(), 3, clock.now)


def test_bringing_the_running_one_back_changes_nothing(hub: Runtime) -> None:
    public_id = make(hub)
    recipe_versions.restore(hub, public_id, 1, actor=ADA)
    assert [one.number for one in versions(hub, public_id)] == [1]


def test_a_version_that_is_not_there_is_told(hub: Runtime) -> None:
    public_id = make(hub)
    with pytest.raises(NoSuchVersion):
        recipe_versions.restore(hub, public_id, 7, actor=ADA)
    with hub.reading() as session, pytest.raises(NoSuchVersion):
        recipe_versions.compare(session, public_id, 1, 2)


def test_a_mapping_from_before_versions_were_kept_is_not_lost(hub: Runtime) -> None:
    public_id = make(hub)
    with hub.writing() as session:
        session.query(RecipeVersion).delete()
    (found,) = versions(hub, public_id)
    assert (found.number, found.made_by) == (1, "")
    save(hub, public_id, OTHER)
    assert [(one.number, one.made_by) for one in versions(hub, public_id)] == [(2, IAN), (1, "")]


def test_two_versions_are_compared_in_either_direction(hub: Runtime) -> None:
    public_id = make(hub)
    save(hub, public_id, OTHER)
    with hub.reading() as session:
        forth = recipe_versions.compare(session, public_id, 1, 2).differences
        back = recipe_versions.compare(session, public_id, 2, 1).differences
    assert [(one.before, one.after) for one in forth] == [("no_show", "cancelled")]
    assert [(one.before, one.after) for one in back] == [("cancelled", "no_show")]


def test_no_version_holds_a_secret(hub: Runtime) -> None:
    public_id = make(hub)
    with_key = msgspec.json.decode(RECIPE)
    with_key["headers"] = {"X-Other": KEY}
    with pytest.raises(ConnectionInvalid) as refused:
        save(hub, public_id, msgspec.json.encode(with_key).decode())
    assert refused.value.problems[0].field == "recipe"
    assert KEY not in str(refused.value)
    assert all(KEY not in one.document for one in versions(hub, public_id))


def document(**bookings: Any) -> str:
    recipe = {"version": 1, "streams": {"bookings": {"path": "/b", **bookings}}}
    return msgspec.json.encode(recipe).decode()


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        ({"fields": {"notes": "a"}}, {"fields": {"notes": "a"}}, None),
        ({"fields": {}}, {"fields": {"notes": "a"}}, (Part.FIELD, "notes", "", "a")),
        ({"fields": {"notes": "a"}}, {"fields": {"notes": ["a", "b"]}}, (Part.FIELD, "notes", "a", "a, b")),
        (
            {"fields": {"total_amount": "t"}},
            {"fields": {"total_amount": {"path": "t", "transform": "from_minor_units"}}},
            (Part.FIELD, "total_amount", "t", "t (from_minor_units)"),
        ),
        ({}, {"fields": {"currency": {"const": "SEK"}}}, (Part.FIELD, "currency", "", "=SEK")),
        ({"select": "data"}, {"select": ""}, (Part.SELECT, "select", "data", "")),
        ({}, {"pagination": {"kind": "page", "param": "p"}}, (Part.PAGING, "pagination", "", "page param=p")),
        ({"step_days": 7}, {}, (Part.OTHER, "step_days", "7", "")),
        (
            {"stays": {"select": "stays", "fields": {"room": "a"}}},
            {"stays": {"select": "stays", "fields": {"room": "b"}}},
            (Part.OTHER, "stays.fields.room", "a", "b"),
        ),
    ],
)
def test_a_difference_names_its_part_and_both_texts(
    older: dict[str, Any], newer: dict[str, Any], expected: tuple[Part, str, str, str] | None
) -> None:
    found = between(document(**older), document(**newer))
    assert found == ((Difference(*expected, "bookings"),) if expected else ())


def test_a_kind_of_data_comes_and_goes() -> None:
    both = '{"version": 1, "streams": {"bookings": {}, "guests": {}}}'
    assert between('{"version": 1, "streams": {"bookings": {}}}', both) == (
        Difference(Part.STREAM, "guests", "", "guests"),
    )
    assert between("no json", "[]") == ()


def test_what_will_be_read_again_is_estimated_from_what_was_read(hub: Runtime, clock: FixedClock) -> None:
    public_id = make(hub)
    with hub.writing() as session:
        owner = session.query(Connection).one()
        for stream, seen in ((Stream.BOOKINGS, 412), (Stream.GUESTS, 90)):
            session.add(
                StreamCursor(
                    connection_id=owner.id,
                    stream=stream,
                    mode=Mode.BACKFILL,
                    completed_at=clock.now,
                    last_seen=seen,
                    mapping_version=1,
                )
            )
    paged = {"path": "/x", "pagination": {"kind": "page", "param": "page", "size": 50}}
    recipe = {"version": 1, "streams": {"bookings": paged, "guests": paged, "rates": {"path": "/r"}}}
    with hub.reading() as session:
        found = recipe_rereading.estimate(session, public_id, msgspec.json.encode(recipe).decode())
    assert found.calls == 9 + 2 + 1 + 1  # bookings, guests, rates, and the check-ins of these days
    assert found.bookings == 0  # none is stored yet
