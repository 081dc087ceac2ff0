"""The inbox: durable before it returns, one commit for those who come together, one failure told to all of them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Table
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider
from webapp.models import ConnectionRole
from webapp.models.bulk import insert_at_once
from webapp.runtime import Runtime
from webapp.services import hit_addresses
from webapp.services import inbox as inbox_module
from webapp.services.hit_reception import Answer

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")


@pytest.fixture
def stage(either_hub: Runtime) -> HookStage:
    return HookStage(either_hub)


def at_the_same_time(count: int, act: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_calls_that_come_together_are_all_stored_in_fewer_commits(stage: HookStage) -> None:
    answers: list[Answer] = []
    at_the_same_time(16, lambda _: answers.extend(stage.call(event()) for _ in range(20)))
    assert answers == [Answer.STORED] * 320
    assert len(stage.hits()) == 320
    assert stage.reception.inbox.commits < 320


def test_a_failed_commit_is_told_to_everybody_in_it(
    stage: HookStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    answers: list[Answer] = []
    with monkeypatch.context() as broken:
        broken.setattr(inbox_module, "insert_at_once", fail)
        at_the_same_time(8, lambda _: answers.append(stage.call(event())))
    assert answers == [Answer.UNAVAILABLE] * 8
    assert stage.call(event()) is Answer.STORED
    assert len(stage.hits()) == 1


@dataclass
class Held:
    """The first commit stands still inside its transaction until it is let go; whoever calls meanwhile waits.
    The error, if any, is that of the commit numbered `fails`, from 0."""

    inbox: inbox_module.Inbox
    error: BaseException | None = None
    fails: int = 0
    commits: int = 0
    began: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def insert(self, db: Connection, table: Table, *rows: Any) -> None:
        if table is inbox_module.HITS:
            self.began.set()
            assert self.may_go_on.wait(10)
            self.commits += 1
            if self.error is not None and self.commits - 1 == self.fails:
                raise self.error
        insert_at_once(db, table, *rows)

    def start(self, act: Callable[[], None]) -> None:
        """Returns when the caller writes or stands in the queue."""
        waiting = len(self.inbox._queue)
        thread = threading.Thread(target=act)
        self.threads.append(thread)
        thread.start()
        if len(self.threads) == 1:
            assert self.began.wait(10)
            return
        while len(self.inbox._queue) == waiting and thread.is_alive():
            thread.join(0.001)
        assert thread.is_alive()

    def let_go(self) -> None:
        self.may_go_on.set()
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


@contextmanager
def held(
    stage: HookStage, monkeypatch: pytest.MonkeyPatch, error: BaseException | None = None, fails: int = 0
) -> Iterator[Held]:
    with monkeypatch.context() as slow:
        found = Held(stage.reception.inbox, error, fails)
        slow.setattr(inbox_module, "insert_at_once", found.insert)
        yield found
        found.let_go()


def test_those_who_wait_are_stored_in_the_order_in_which_they_came(
    stage: HookStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "MOST_AT_ONCE", 2)
    answers: list[Answer] = []
    with held(stage, monkeypatch) as first:
        for number in range(6):
            size = "x" * number
            first.start(lambda size=size: answers.append(stage.call(event(note=size))))
    assert answers == [Answer.STORED] * 6
    sizes = [hit.size for hit in stage.hits()]
    assert sizes == sorted(sizes)
    assert stage.reception.inbox.commits == 4  # the first, then two, two and one


def test_a_commit_that_fails_leaves_those_who_came_meanwhile_to_the_next_one(
    stage: HookStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[Answer] = []
    full = OperationalError("INSERT", {}, Exception("database or disk is full"))
    with held(stage, monkeypatch, full) as first:
        for _ in range(4):
            first.start(lambda: answers.append(stage.call(event())))
    assert sorted(answers) == sorted([Answer.UNAVAILABLE, *[Answer.STORED] * 3])
    assert len(stage.hits()) == 3


@pytest.mark.parametrize(
    ("fails", "expected"),
    [
        (0, ["ended", Answer.STORED, Answer.STORED, Answer.STORED]),
        (1, [Answer.STORED, "ended", Answer.UNAVAILABLE, Answer.UNAVAILABLE]),
    ],
    ids=["alone", "for two others"],
)
def test_nobody_waits_for_a_thread_that_was_ended_while_it_wrote(
    stage: HookStage, monkeypatch: pytest.MonkeyPatch, fails: int, expected: list[str]
) -> None:
    answers: dict[int, str] = {}

    def call(number: int) -> None:
        try:
            answers[number] = stage.call(event())
        except SystemExit:
            answers[number] = "ended"

    with held(stage, monkeypatch, SystemExit(), fails) as first:
        for number in range(4):
            first.start(partial(call, number))
    assert [answers[number] for number in range(4)] == expected
    assert stage.call(event()) is Answer.STORED
    assert len(stage.hits()) == expected.count(Answer.STORED) + 1


def test_only_those_whose_address_ended_meanwhile_are_refused(
    stage: HookStage, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = HookStage(stage.hub, name="Annex", role=ConnectionRole.SHADOW)
    new = hit_addresses.rotate(stage.hub, stage.public_id, actor="ada@aurora.example")

    def call(token: str) -> Answer:
        return stage.call(event(), token=token)

    tokens = (other.token, stage.token, new.token, stage.token)
    assert [call(token) for token in tokens] == [Answer.STORED] * 4
    answers: dict[int, Answer] = {}
    with held(stage, monkeypatch) as first:
        for number, token in enumerate(tokens):
            first.start(lambda number=number, token=token: answers.update({number: call(token)}))
        clock.advance(days=hit_addresses.OVERLAP.days)  # the old address ends while they wait
    assert [answers[number] for number in range(4)] == [
        Answer.STORED,
        Answer.UNKNOWN,
        Answer.STORED,
        Answer.UNKNOWN,
    ]
    assert (len(stage.hits()), len(other.hits())) == (4, 2)
