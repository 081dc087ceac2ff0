"""What waits for the end of a first load."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.sync_stage import Stage, booking
from webapp.domain.guest import Guest
from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.contract import Page
from webapp.integrations.kit.errors import ProviderUnavailable
from webapp.models import RunState
from webapp.runtime import Runtime
from webapp.services.first_load import LATE

pytestmark = [pytest.mark.usefixtures("memory_provider"), pytest.mark.sqlite_only]

NAMES = {str(index.name) for index in LATE}


def late_indexes(hub: Runtime) -> set[str]:
    with hub.reading() as session:
        found = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'index'"))
        return NAMES & set(found)


def watch(stage: Stage, *, breaks: bool = False) -> list[set[str]]:
    """The indexes that stand when the second page is asked for."""
    seen: list[set[str]] = []

    def answer(_window: Window, _cursor: str | None) -> Iterator[Page]:
        yield Page((booking("R1"),), "2")
        seen.append(late_indexes(stage.hub))
        if breaks:
            raise ProviderUnavailable("the line went dead")
        yield Page((booking("R2"),), None)

    stage.script.answers[Stream.BOOKINGS] = answer
    return seen


def test_five_indexes_are_built_at_the_end_of_a_first_load(hub: Runtime) -> None:
    stage = Stage(hub)
    seen = watch(stage)
    assert late_indexes(hub) == NAMES
    assert len(NAMES) == 5
    assert stage.sync().state is RunState.SUCCEEDED
    assert seen == [set()]
    assert late_indexes(hub) == NAMES


def test_a_first_load_that_breaks_off_builds_them_too(hub: Runtime) -> None:
    stage = Stage(hub)
    watch(stage, breaks=True)
    assert stage.sync().state is RunState.FAILED
    assert late_indexes(hub) == NAMES


def test_a_hub_that_holds_bookings_keeps_them_while_a_second_connection_loads(hub: Runtime) -> None:
    Stage(hub).sync_of(booking("R1"))
    second = Stage(hub, name="Other")
    seen = watch(second)
    second.sync()
    assert seen == [NAMES]


def test_what_a_killed_load_left_undone_is_mended_by_the_next_run(hub: Runtime) -> None:
    stage = Stage(hub)
    stage.sync_of(booking("R1"))
    stage.edit(is_search_stale=True)
    with hub.bulk_writing() as db:
        for name in NAMES:
            db.exec_driver_sql(f"DROP INDEX {name}")
    stage.sync_of(booking("R1"))
    assert late_indexes(hub) == NAMES
    assert not stage.row().is_search_stale


def test_a_first_load_is_over_when_the_bookings_are_read_and_not_before(hub: Runtime) -> None:
    """Guests alone are none: the words of the bookings would be written one by one for the whole history to come."""
    stage = Stage(hub, streams=(Stream.GUESTS, Stream.BOOKINGS))
    stage.edit(is_search_stale=True)
    stage.script.tell(Stream.GUESTS, [Guest("G1", "Ada", "Keller")])
    stage.script.fail(Stream.BOOKINGS, ProviderUnavailable())
    stage.sync()
    assert stage.row().is_search_stale
    stage.sync_of(booking("R1"))
    assert not stage.row().is_search_stale
