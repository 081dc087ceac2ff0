"""The webhook tab of a connection whose provider calls nobody: why there is no form, and how its queue fares."""

from collections.abc import Callable

import pytest

from tests.cast import IAN, Browser, Character
from tests.conftest import FixedClock
from tests.queue_provider import said
from tests.queue_stage import QueueStage, queue_provider_listed
from tests.sync_stage import booking
from webapp.runtime import Runtime

__all__ = ["queue_provider_listed"]
pytestmark = pytest.mark.usefixtures("queue_provider_listed", "memory_provider")
ClientOf = Callable[[Character | None], Browser]


@pytest.fixture
def stage(hub: Runtime) -> QueueStage:
    stage = QueueStage(hub)
    stage.answers(booking("R1"))
    return stage


def page_of(stage: QueueStage, client_of: ClientOf) -> str:
    text = client_of(IAN).get(f"/settings/integrations/{stage.public_id}/webhooks").text
    return " ".join(text.split())


def test_the_tab_says_why_there_is_no_form(stage: QueueStage, client_of: ClientOf) -> None:
    page = page_of(stage, client_of)
    assert "It keeps a queue." in page
    assert 'id="webhook-url"' not in page
    assert "not yet" in page


def test_the_tab_tells_how_the_queue_fares_and_what_it_brought(
    stage: QueueStage, client_of: ClientOf
) -> None:
    stage.put(said("R1"))
    stage.drain()
    stage.process()
    page = page_of(stage, client_of)
    assert "Events read so far" in page
    assert "Read from the provider&#39;s queue" in page
    assert "Replay" in page


def test_a_loss_and_a_fault_are_shown(stage: QueueStage, client_of: ClientOf, clock: FixedClock) -> None:
    stage.folder.mkdir()
    (stage.folder / "lost").write_bytes(b"[]")
    stage.drain()
    page = page_of(stage, client_of)
    assert "all bookings are read again" in page
    assert "did not answer within" in page


def test_without_a_queue_entered_only_the_reason_is_shown(stage: QueueStage, client_of: ClientOf) -> None:
    stage.edit(options={"script": stage.name})
    page = page_of(stage, client_of)
    assert "It keeps a queue." in page
    assert "Events read so far" not in page
