"""The test-booking card on a connection's page: armed, polled until it knows, closed, and the same without scripts."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from tests.cast import BEN, IAN, Browser, Character
from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider
from tests.sync_stage import booking
from webapp.runtime import Runtime

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider", "memory_provider")
ClientOf = Callable[[Character | None], Browser]


@pytest.fixture
def stage(hub: Runtime, clock: FixedClock) -> HookStage:
    stage = HookStage(hub)
    stage.sync_of(booking("R0"))
    clock.advance(minutes=2)
    return stage


@pytest.fixture
def ian(client_of: ClientOf) -> Browser:
    return client_of(IAN)


def card(html: str) -> BeautifulSoup:
    found = BeautifulSoup(html, "html.parser").find(id="connections-watch")
    assert found is not None
    return found  # type: ignore[return-value]


def test_the_page_offers_it_and_reads_nothing_again_before(stage: HookStage, ian: Browser) -> None:
    found = card(ian.get(f"/settings/integrations/{stage.public_id}").text)
    assert (
        found.find("button", string=lambda text: bool(text and "test booking" in text))
        or "test booking" in found.text
    )
    assert found.get("hx-get") is None


def test_an_armed_watch_counts_down_and_then_tells_what_came(
    stage: HookStage, ian: Browser, clock: FixedClock
) -> None:
    address = f"/settings/integrations/{stage.public_id}/test-booking"
    armed = card(ian.post(address, hx=True).text)
    assert "The next poll starts in 13 min 0 s." in armed.text
    assert armed["hx-trigger"] == "every 3s"

    clock.advance(seconds=41)
    told = booking("R1", created_at=None)
    stage.answers(told)
    stage.call(event("booking.created", "R1"))
    stage.process()
    seen = card(ian.get(address, hx=True).text)
    assert "with another name, was seen after 41 s by webhook" in seen.text
    assert seen["hx-trigger"] == "every 15s"
    links = [str(link["href"]) for link in seen.find_all("a")]
    assert any(link.startswith("/bookings/bk_") for link in links)
    assert any("logs?booking=bk_" in link for link in links)

    clock.advance(minutes=13)
    stage.sync_of(told)
    agreed = card(ian.get(address, hx=True).text)
    assert "agreed." in agreed.text
    assert agreed.get("hx-get") is None


def test_without_scripts_the_page_itself_shows_it(stage: HookStage, ian: Browser) -> None:
    address = f"/settings/integrations/{stage.public_id}/test-booking"
    answer = ian.post(address)
    assert answer.status_code == 303
    assert answer.location.endswith(f"/settings/integrations/{stage.public_id}#connections-watch")
    assert "Waiting for the booking." in card(ian.get(f"/settings/integrations/{stage.public_id}").text).text
    assert ian.get(address).status_code == 303


def test_after_half_an_hour_it_says_what_to_check(stage: HookStage, ian: Browser, clock: FixedClock) -> None:
    address = f"/settings/integrations/{stage.public_id}/test-booking"
    ian.post(address, hx=True)
    clock.advance(minutes=30)
    found = card(ian.get(address, hx=True).text)
    assert "No new booking came in half an hour." in found.text
    assert "Webhooks: did a call come" in found.text
    assert found.get("hx-get") is None
    closed = card(ian.post(f"{address}/close", hx=True).text)
    assert "Press the button first" in closed.text


def test_it_is_not_for_staff_and_not_for_unknown_connections(
    stage: HookStage, ian: Browser, client_of: ClientOf
) -> None:
    address = f"/settings/integrations/{stage.public_id}/test-booking"
    assert client_of(BEN).post(address).status_code == 403
    assert ian.get("/settings/integrations/cn_nobody/test-booking").status_code == 404
