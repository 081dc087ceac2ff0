"""Claims stay single, whoever asks and however many at once."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.cast import Statements
from tests.conftest import FixedClock
from tests.sync_stage import Stage
from webapp.models import ConnectionState
from webapp.runtime import Runtime
from webapp.services.sync_claims import CLAIM_FOR, Claim, SyncBusy, claim_due, claim_one

pytestmark = pytest.mark.usefixtures("memory_provider")

CountQueries = Callable[[Runtime], AbstractContextManager[Statements]]
Connections = Callable[[int], list[Stage]]


@pytest.fixture
def connections(either_hub: Runtime) -> Connections:
    """That many due connections, the first waiting longest."""

    def make(count: int) -> list[Stage]:
        stages = [Stage(either_hub, name=f"No {number}") for number in range(count)]
        for number, stage in enumerate(stages):
            stage.edit(next_sync_at=either_hub.clock() - timedelta(minutes=count - number))
        return stages

    return make


def test_three_threads_claim_each_connection_once(either_hub: Runtime, connections: Connections) -> None:
    stages = connections(30)
    claimed: list[Claim] = []
    start = threading.Barrier(3)

    def take() -> None:
        start.wait()
        while claims := claim_due(either_hub, owner="test", limit=2):
            claimed.extend(claims)

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claim.connection_id for claim in claimed) == sorted(stage.id for stage in stages)


def test_no_more_are_claimed_than_asked_for_whatever_the_database_plans(
    postgres_hub: Runtime, count_queries: CountQueries
) -> None:
    """Six were claimed instead of four: inside an UPDATE the limited question was asked again for each row."""
    stages = [Stage(postgres_hub, name=f"No {number}") for number in range(6)]
    for stage in stages:
        stage.edit(next_sync_at=postgres_hub.clock())
    with postgres_hub.writing() as session:
        for habit in ("hashagg", "hashjoin", "mergejoin", "material", "sort"):
            session.execute(text(f"SET enable_{habit} = off"))
    with count_queries(postgres_hub) as statements:
        assert len(claim_due(postgres_hub, owner="test", limit=4)) == 4
    assert sum(stage.row().claimed_by is not None for stage in stages) == 4
    assert not [one for one in statements.texts if one.startswith("UPDATE") and "LIMIT" in one]


def test_who_waits_longest_goes_first(either_hub: Runtime, connections: Connections) -> None:
    stages = connections(3)
    assert [claim.connection_id for claim in claim_due(either_hub, owner="test", limit=1)] == [stages[0].id]
    assert claim_due(either_hub, owner="test", limit=0) == []


def test_paused_archived_and_not_yet_due_connections_are_left_alone(
    either_hub: Runtime, connections: Connections
) -> None:
    paused, archived, later, unplanned = connections(4)
    paused.edit(state=ConnectionState.PAUSED)
    archived.edit(archived_at=either_hub.clock())
    later.edit(next_sync_at=either_hub.clock() + timedelta(seconds=1))
    unplanned.edit(next_sync_at=None)
    assert claim_due(either_hub, owner="test", limit=9) == []


def test_a_claim_without_a_sign_of_life_is_free_again(
    either_hub: Runtime, connections: Connections, clock: FixedClock
) -> None:
    (stage,) = connections(1)
    first = claim_due(either_hub, owner="test", limit=1)
    assert claim_due(either_hub, owner="test", limit=1) == []
    with pytest.raises(SyncBusy):
        claim_one(either_hub, stage.id, owner="test")
    clock.advance(seconds=CLAIM_FOR.total_seconds())
    second = claim_due(either_hub, owner="test", limit=1)
    assert [claim.connection_id for claim in second] == [stage.id]
    assert second != first


def test_an_unknown_connection_cannot_be_claimed(either_hub: Runtime) -> None:
    with pytest.raises(LookupError):
        claim_one(either_hub, 99, owner="test")
