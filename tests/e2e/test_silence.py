"""A provider stops calling: the desk, Health and the connection say that it is strangely quiet, until a call comes again."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from werkzeug.serving import make_server

from tests.cast import BEN, IAN, Character
from tests.conftest import FixedClock
from tests.e2e.stories import sign_in
from tests.hook_stage import HookStage, event, hooked_provider, said
from tests.sync_stage import booking
from webapp.models import ChangeHour
from webapp.runtime import Runtime
from webapp.services import silence_watch

__all__ = ["hooked_provider"]
pytestmark = pytest.mark.usefixtures("hooked_provider")
SENTENCE = "Strangely quiet: no booking was made or changed since 12:30."
USUAL_PER_HOUR = 6


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The pages over `hub`, whose clock stands still, as a browser reaches them."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def stage(hub: Runtime, clock: FixedClock) -> HookStage:
    """A loaded hotel that is used to six changes an hour on this weekday."""
    stage = HookStage(hub)
    stage.answers(booking())
    stage.sync_of(booking())
    hour = clock.now.replace(minute=0)
    with hub.writing() as session:
        session.add_all(
            ChangeHour(
                connection_id=stage.id,
                hour=hour + timedelta(hours=later, weeks=-week),
                changes=USUAL_PER_HOUR,
            )
            for week in (1, 2, 3)
            for later in range(4)
        )
    look_again(stage)
    return stage


def look_again(stage: HookStage) -> None:
    """The next poll, which finds nothing, and the job that watches."""
    stage.sync()
    silence_watch.watch(stage.hub)


def window(browser: Browser, address: str, who: Character) -> Page:
    page = browser.new_context(locale="en-GB").new_page()
    sign_in(page, address, who.email, who.password)
    return page


def alarms(page: Page) -> Locator:
    return page.locator("#health-alarms .repair-card")


def test_silence_is_said_everywhere_until_the_next_call(
    browser: Browser, address: str, stage: HookStage, clock: FixedClock
) -> None:
    ben, ian = window(browser, address, BEN), window(browser, address, IAN)
    connection = f"{address}/settings/integrations/{stage.public_id}"
    expect(alarms(ben)).to_have_count(0)

    clock.advance(hours=2)
    look_again(stage)
    ben.reload()
    expect(alarms(ben)).to_contain_text(SENTENCE)
    expect(alarms(ben).get_by_role("button")).to_have_count(0)
    ian.goto(address + "/integrations/health")
    expect(alarms(ian)).to_contain_text("Look into the PMS")
    expect(ian.locator("#health-watch")).to_contain_text("Strangely quiet")
    ian.goto(connection)
    expect(ian.locator("#connections-overview")).to_contain_text(SENTENCE)

    stage.answers(booking(minutes=200, balance_minor=700))
    assert ian.request.post(address + stage.path, data=said(event())).ok
    stage.process()
    clock.advance(minutes=6)
    look_again(stage)
    ben.reload()
    expect(alarms(ben)).to_have_count(0)
    ian.reload()
    expect(ian.locator("#connections-overview")).not_to_contain_text("Strangely quiet")
    ian.goto(address + "/integrations/logs?q=silence")
    expect(ian.get_by_role("table").get_by_role("link", name="the silence has ended")).to_have_count(1)
    for page in (ben, ian):
        page.context.close()
