"""The building blocks of the pages: for a demo's eyes only."""

from collections.abc import Callable
from dataclasses import replace

from tests.cast import ADA, Browser, Character, open_browser, set_the_stage
from tests.conftest import FixedClock, app_of
from webapp.services.installation import open_runtime
from webapp.settings import Settings


def test_a_real_hub_has_no_portfolio(client_of: Callable[[Character | None], Browser]) -> None:
    assert client_of(ADA).get("/portfolio").status_code == 404


def test_a_demo_shows_it_under_its_ribbon(settings: Settings, clock: FixedClock) -> None:
    runtime = open_runtime(replace(settings, is_demo=True), clock=clock).runtime
    set_the_stage(runtime)
    answer = open_browser(app_of(runtime), runtime, ADA).get("/portfolio")
    runtime.close()
    assert answer.status_code == 200
    assert 'class="ribbon"' in answer.text
