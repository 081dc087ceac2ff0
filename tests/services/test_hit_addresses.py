"""Secret addresses: one that is remembered is refused as soon as it ended, whichever process ended it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete

from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider, said, signature
from tests.hooked_provider import OPEN_KEY
from webapp.models import Connection, HitTrust, WebhookAddress
from webapp.runtime import Runtime
from webapp.services import connections, hit_addresses
from webapp.services.hit_reception import Answer
from webapp.services.installation import open_runtime

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")


@pytest.fixture
def elsewhere(either_hub: Runtime, clock: FixedClock) -> Iterator[Runtime]:
    """Another process of the same hub."""
    runtime = open_runtime(either_hub.settings, clock=clock).runtime
    yield runtime
    runtime.close()


def end_the_old_address(hub: Runtime, stage: HookStage) -> None:
    hit_addresses.rotate(hub, stage.public_id, actor="ada@aurora.example")
    assert hit_addresses.end_old(hub, stage.public_id, actor="ada@aurora.example") == 1


def remove_the_connection(hub: Runtime, stage: HookStage) -> None:
    connections.archive(hub, stage.public_id, actor="ada@aurora.example")


def forget_the_address(hub: Runtime, stage: HookStage) -> None:
    with hub.writing() as session:
        session.execute(delete(WebhookAddress))


@pytest.mark.parametrize("act", [end_the_old_address, remove_the_connection, forget_the_address])
@pytest.mark.parametrize("signs", [False, True], ids=["unsigned", "signed"])
def test_an_address_that_worked_is_refused_at_once_when_it_ends(
    either_hub: Runtime, elsewhere: Runtime, act: Callable[[Runtime, HookStage], None], signs: bool
) -> None:
    stage = HookStage(either_hub, signs=signs)
    assert [stage.call(event()) for _ in range(3)] == [Answer.STORED] * 3
    act(elsewhere, stage)
    assert [stage.call(event()) for _ in range(2)] == [Answer.UNKNOWN] * 2
    assert len(stage.hits()) == 3


def test_a_connection_that_another_process_changed_is_read_anew(
    either_hub: Runtime, elsewhere: Runtime, clock: FixedClock
) -> None:
    stage = HookStage(either_hub, signs=True)
    assert [stage.call(event()) for _ in range(2)] == [Answer.STORED] * 2
    clock.advance(seconds=1)
    with elsewhere.writing() as session:
        connection = session.get_one(Connection, stage.id)
        connection.provider, connection.changed_at = OPEN_KEY, clock()
    body = said(event())
    headers = signature(body)  # which would still fit what is remembered
    assert stage.reception.take(stage.hit(body, headers), token=stage.token) is Answer.STORED
    assert [hit.trust for hit in stage.hits()] == [HitTrust.SIGNED, HitTrust.SIGNED, HitTrust.ADDRESS]
