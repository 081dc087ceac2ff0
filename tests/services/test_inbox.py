"""The inbox: durable before it returns, one commit for those who come together, one failure told to all of them."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy.exc import OperationalError

from tests.hook_stage import HookStage, event, hooked_provider
from webapp.runtime import Runtime
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
