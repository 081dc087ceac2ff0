"""Every page a person may open: no finding of axe, no sideways scroll, light and dark, desk and phone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import Hub
from tests.e2e.stories import sign_in

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = (
    "/",
    "/bookings",
    "/bookings?q=nobody-of-this-name",
    "/settings/integrations",
    "/settings/integrations/new",
    "/settings/integrations/new/custom_rest",
    "/settings/security/users",
    "/account",
    "/portfolio",
    "/no-such-page",
)
WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}


@pytest.fixture(params=[(theme, size) for theme in ("light", "dark") for size in WIDTHS], ids="-".join)
def page_of_ada(request: pytest.FixtureRequest, browser: Browser, demo: Hub) -> Iterator[Page]:
    theme, size = request.param
    width, height = WIDTHS[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    sign_in(page, demo.url, "ada@demo.example")
    yield page
    context.close()


def test_every_page_is_readable_by_everyone(page_of_ada: Page, demo: Hub) -> None:
    paths = [*PAGES, *_details(page_of_ada, demo)]
    findings = {path: problem for path in paths if (problem := _problem(page_of_ada, demo.url + path))}
    assert findings == {}


def _details(page: Page, demo: Hub) -> list[str]:
    """A booking, and each tab of the connection."""
    page.goto(demo.url + "/bookings")
    booking = page.locator("table a[href*='/bookings/bk_']").first.get_attribute("href")
    page.goto(demo.url + "/settings/integrations")
    page.get_by_role("link", name="Open").first.click()
    page.wait_for_load_state()
    tabs = page.locator("nav a[href*='/settings/integrations/cn_']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert booking
    assert len(tabs) >= 4
    return [booking, *tabs]


def _problem(page: Page, url: str) -> str:
    page.goto(url)
    page.wait_for_load_state()
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        return f"scrolls sideways by {wide} px"
    result = Axe().run(page, options=RULES)
    return result.generate_report() if result.violations_count else ""
