"""Sync runs as pages see them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.conftest import FixedClock
from tests.connected import Aurora, aurora_pms
from webapp.domain.wording import Sentence
from webapp.models import Connection, RunState, SyncRun, SyncRunStream, Verdict
from webapp.runtime import Runtime
from webapp.services import connection_views, run_views
from webapp.services.run_views import Unread


@pytest.fixture
def aurora() -> Iterator[Aurora]:
    with aurora_pms() as running:
        yield running


def add_run(hub: Runtime, connection_id: int, number: int, **changed: object) -> None:
    at = hub.clock() + timedelta(minutes=number // 2)  # two runs share each moment
    given = {"state": RunState.SUCCEEDED, "verdict": Verdict.NEW_DATA, "finished_at": at, **changed}
    notes = given.pop("notes", {})
    with hub.writing() as session:
        run = SyncRun(
            public_id=f"run_{number:03}",
            connection_id=connection_id,
            mode="delta",
            trigger="schedule",
            trace_id=f"tr_{number}",
            started_at=at,
            heartbeat_at=at,
            **given,
        )
        session.add(run)
        session.flush()
        session.add(
            SyncRunStream(
                run_id=run.id, stream="bookings", state=RunState.SUCCEEDED, seen=number, notes=notes
            )
        )


def test_pages_of_runs_lose_and_double_nothing(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    for number in range(45):
        add_run(hub, made.id, number)
    seen: list[str] = []
    before: str | None = None
    with hub.reading() as session:
        while True:
            page = run_views.runs(session, made.id, before, limit=7)
            seen += [run.public_id for run in page.runs]
            before = page.older
            if before is None:
                break
    assert seen == [f"run_{number:03}" for number in reversed(range(45))]


def test_words_without_a_meaning_are_gathered_and_mapped_ones_left_out(hub: Runtime, aurora: Aurora) -> None:
    made = aurora.connect(hub)
    add_run(hub, made.id, 1, notes={"unmapped": {"WLT": 3, "def": 2}})
    add_run(
        hub,
        made.id,
        2,
        notes={
            "unmapped": {"WLT": 1, "NEW": 1},
            "skipped": [{"id": "7", "reason": {"text": "no date", "params": {}}}],
        },
    )
    with hub.reading() as session:
        detail = connection_views.detail(session, made.public_id)
    assert dict(detail.unmapped) == {"WLT": 3, "NEW": 1}
    assert detail.last_run is not None
    assert detail.last_run.streams[0].unread == (Unread(Sentence("no date"), ("7",)),)


def test_a_running_run_makes_a_card_busy(hub: Runtime, aurora: Aurora, clock: FixedClock) -> None:
    made = aurora.connect(hub)
    add_run(hub, made.id, 4, state=RunState.RUNNING, finished_at=None, verdict=None)
    with hub.reading() as session:
        (card,) = connection_views.list_cards(session)
        detail = connection_views.detail(session, made.public_id)
    assert card.running is not None
    assert (card.running.seen, card.is_busy(clock()), card.is_waiting(clock())) == (4, True, False)
    assert detail.last_run is None


def test_a_connection_without_a_run_is_not_busy_and_keeps_its_card_when_its_provider_is_gone(
    hub: Runtime, aurora: Aurora, clock: FixedClock
) -> None:
    made = aurora.connect(hub)
    with hub.writing() as session:
        row = session.get_one(Connection, made.id)
        row.next_sync_at, row.provider = None, "of_another_version"
    with hub.reading() as session:
        (card,) = connection_views.list_cards(session)
    assert not card.is_busy(clock())
    assert (card.family, card.provider_label) == ("pms", "of_another_version")


def test_a_connection_that_is_due_waits_until_it_runs_or_pauses(
    hub: Runtime, aurora: Aurora, clock: FixedClock
) -> None:
    made = aurora.connect(hub)
    assert made.is_waiting(clock())
    assert not made.is_waiting(clock() - timedelta(seconds=1))
