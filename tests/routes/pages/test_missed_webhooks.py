"""The card of missed webhooks on Health, and the reason for tight polling on the connection's page."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.cast import BEN, IAN, Browser, Character
from tests.conftest import FixedClock
from tests.hook_stage import HookStage, event, hooked_provider
from tests.sync_stage import booking
from webapp.routes.missed_words import CAUSES
from webapp.runtime import Runtime
from webapp.services import missed_hits
from webapp.services.missed_causes import Cause

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider", "memory_provider")
ClientOf = Callable[[Character | None], Browser]
ADDRESS = "/integrations/health/missed"


@pytest.fixture
def stage(hub: Runtime, clock: FixedClock) -> HookStage:
    """A call has come once; since then a poll found three bookings that none announced."""
    stage = HookStage(hub)
    stage.sync_of(booking("R0", created_at=clock.now, updated_at=clock.now))
    stage.answers(booking("R0", created_at=clock.now, updated_at=clock.now))
    stage.call(event("booking.updated", "R0"))
    stage.process()
    clock.advance(minutes=10)
    made = [booking(f"R{n}", created_at=clock.now, updated_at=clock.now) for n in (1, 2, 3)]
    clock.advance(minutes=1)
    stage.sync_of(*made)
    clock.advance(minutes=11)
    missed_hits.settle(hub)
    return stage


def test_missed_calls_stand_there_with_booking_cause_and_fix(stage: HookStage, client_of: ClientOf) -> None:
    page = client_of(IAN).get(ADDRESS).text
    assert "0 changes were announced in the last 24 hours, 3 missed." in page
    assert "New booking: 3" in page
    assert page.count("Other kinds of calls come, but never this one") == 3
    assert "Choose this event for the webhook at the provider." in page
    assert page.count('href="/bookings/bk_') == 3
    assert page.count('<svg class="columns"') == 2
    assert f"/settings/integrations/{stage.public_id}/webhooks" in page


def test_tight_polling_says_why_and_until_when(stage: HookStage, client_of: ClientOf) -> None:
    words = "Polling every 5 min since 12:52 because 3 webhooks did not come. It relaxes at 13:52"
    assert words in client_of(IAN).get(ADDRESS).text
    assert words in client_of(IAN).get(f"/settings/integrations/{stage.public_id}").text


def test_the_week_is_judged_by_the_interval_that_was_promised(
    stage: HookStage, client_of: ClientOf, clock: FixedClock
) -> None:
    assert "3 changes in seven days, promised within 15 min" in client_of(IAN).get(ADDRESS).text
    late = booking("R9", created_at=clock.now, updated_at=clock.now)
    clock.advance(hours=2)
    stage.sync_of(late, booking("R10", created_at=None, updated_at=None))
    clock.advance(minutes=11)
    missed_hits.settle(stage.hub)
    page = client_of(IAN).get(ADDRESS).text
    assert "75.0 %" in page
    assert "1 more without a time of the provider" in page


def test_staff_see_it_without_the_way_to_the_settings(stage: HookStage, client_of: ClientOf) -> None:
    page = client_of(BEN).get(ADDRESS).text
    assert "3 missed" in page
    assert "/settings/" not in page


def test_a_hotel_that_is_only_polled_is_told_that_none_can_be_missed(
    hub: Runtime, client_of: ClientOf
) -> None:
    HookStage(hub)
    page = client_of(IAN).get("/integrations/health").text
    assert "No webhooks are set up here, so none can be missed." in page
    assert "not known" in page


def test_every_cause_has_its_words() -> None:
    assert set(CAUSES) == set(Cause)


def test_misses_fade_from_the_day_but_stay_on_the_list(
    stage: HookStage, client_of: ClientOf, clock: FixedClock
) -> None:
    clock.now += timedelta(hours=25)
    page = client_of(IAN).get(ADDRESS).text
    assert "No change in the last 24 hours." in page
    assert page.count('href="/bookings/bk_') == 3
