"""Short transactions, and none while somebody else is waited for."""

import threading

import pytest

from tests.hook_stage import HookStage, event, hooked_provider
from tests.sync_stage import booking
from webapp.domain.stream import Stream
from webapp.models import bulk
from webapp.runtime import Runtime
from webapp.services import inbox as inbox_module
from webapp.services import sync_bites
from webapp.services.hit_reception import Answer
from webapp.services.sync_bites import LARGEST, LONGEST, SHORT, SMALLEST, WHILE_CALLED, Bite

__all__ = ["hooked_provider"]
pytestmark = [pytest.mark.usefixtures("hooked_provider"), pytest.mark.sqlite_only]


def test_a_slow_transaction_makes_the_next_one_smaller_and_a_quick_one_makes_it_larger() -> None:
    bite = Bite()
    assert bite.size == LARGEST
    bite.learn(LONGEST * 1.1)
    assert bite.size == LARGEST // 2
    bite.learn((LONGEST + SHORT) / 2)
    assert bite.size == LARGEST // 2
    bite.learn(SHORT / 2)
    assert bite.size == LARGEST
    for _ in range(9):
        bite.learn(LONGEST * 2)
    assert bite.size == SMALLEST
    for _ in range(9):
        bite.learn(0.0)
    assert bite.size == LARGEST


def test_a_big_page_is_stored_whole_in_several_transactions(
    hub: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_bites, "LARGEST", 4)
    stage = HookStage(hub, streams=(Stream.BOOKINGS,))
    report = stage.sync_of(*(booking(f"R{number}") for number in range(11)))
    assert (report.streams[0].pages, report.streams[0].added) == (1, 11)
    assert len(stage.bookings()) == 11


def test_transactions_are_short_while_calls_come(hub: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    bite = Bite()
    assert bite.most(hub) == LARGEST
    with hub.right_of_way.taken():
        pass
    assert bite.most(hub) == WHILE_CALLED
    for _ in range(9):
        bite.learn(LONGEST * 2)
    assert bite.most(hub) == SMALLEST
    monkeypatch.setattr(sync_bites, "A_MOMENT", 0.0)
    bite.learn(0.0)
    assert bite.most(hub) == SMALLEST * 2


def test_a_sync_writes_no_page_while_a_call_waits_to_be_stored(
    hub: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call holds the right of way until it is durable; the page comes after it however long that takes."""
    monkeypatch.setattr(sync_bites, "GIVE_WAY_FOR", 30.0)
    stage = HookStage(hub, streams=(Stream.BOOKINGS,))
    is_storing, may_store = threading.Event(), threading.Event()
    stored_then: list[int] = []

    def slow_insert(*given: object) -> None:
        is_storing.set()
        assert may_store.wait(20)
        stored_then.append(len(stage.bookings()))
        bulk.insert_at_once(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox_module, "insert_at_once", slow_insert)
    answers: list[Answer] = []
    call = threading.Thread(target=lambda: answers.append(stage.call(event())))
    call.start()
    assert is_storing.wait(20)
    with stage.hub.right_of_way.taken():
        assert not stage.hub.right_of_way.give(0)
    sync = threading.Thread(target=stage.sync_of, args=(booking("R1"),))
    may_store.set()
    sync.start()
    call.join(20)
    sync.join(20)
    assert answers == [Answer.STORED]
    assert stored_then[0] == 0
    assert set(stage.bookings()) == {"R1"}


def test_a_stream_of_calls_does_not_stop_a_sync(hub: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_bites, "GIVE_WAY_FOR", 0.01)
    stage = HookStage(hub, streams=(Stream.BOOKINGS,))
    with hub.right_of_way.taken():
        assert stage.sync_of(booking("R1")).streams[0].added == 1


def test_the_way_is_free_again_when_the_last_of_several_has_gone(hub: Runtime) -> None:
    way = hub.right_of_way
    assert way.give(0)
    with way.taken():
        with way.taken():
            assert not way.give(0)
        assert not way.give(0)
    assert way.give(0)
