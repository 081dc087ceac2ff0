"""Every page a person may open, read from the program's own list: no finding of axe, no sideways scroll, at desk and phone."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import APIRequestContext, Browser, Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from tests.e2e.conftest import Hub
from tests.e2e.stories import fill_credentials, load_recipe, sign_in
from webapp.integrations.registry import PROVIDERS

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
# Further rows are like the eight before them, further chapters of the reference like the first three.
ONCE_MORE = ["tbody > tr:nth-child(n + 9)", "#api-reference-list > section:nth-of-type(n + 4)"]
FRAME = ["#menu", "header.top"]
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}
IN_COLOUR = """async (theme) => {
  const until = performance.now() + 5000;
  while (document.documentElement.dataset.bsTheme !== theme) {
    if (performance.now() > until) throw new Error(location.pathname + " has no themes: is it a page?");
    await new Promise(requestAnimationFrame);
  }
}"""
TOO_SMALL = """() => [...document.querySelectorAll(".btn, .form-control, .form-select, .tab, summary")]
  .filter((el) => el.checkVisibility() && el.offsetWidth > 2 && el.offsetHeight < 43)
  .map((el) => `${el.offsetHeight} px high for a finger: ${el.outerHTML.slice(0, 120)}`)"""
WITHOUT_SESSION = {"sign_in.form", "setup.index"}
NOT_PAGES = {
    "static": "files",
    "state.healthz": "for machines",
    "state.readyz": "for machines",
    "bookings.download": "a CSV file",
    "logs.csv": "a CSV file",
    "logs.jsonl": "a file of JSON lines",
    "recipe.export": "a JSON file",
    "recipe.export_draft": "a JSON file",
    "tickets.file": "a file that somebody attached",
    "tickets.export": "a zip file",
    "diagnostics.json": "a JSON file",
    "diagnostics.zip": "a zip file",
    "dashboard.nights": "a part of the dashboard, which holds it",
    "endpoint_repairs.health": "a part of Health, which holds it",
    "health.engine": "a part of Health, which holds it",
    "health.history": "a part of Health, which holds it",
    "health.missed": "a part of Health, which holds it",
    "watches.truth": "a part of Health, which holds it",
    "watches.alarms": "a part of Health, which holds it",
    "watches.watch": "a part of Health, which holds it",
    "inbox.csv": "a CSV file",
    "inbox.jsonl": "a file of JSON lines",
    "booking_watch.show": "a part of a connection's page, which holds it",
    "bookings.as_of": "a part of a booking's page, asked for by its form",
    "hit_replays.show": "stands only for a replay that was started",
    "mapping_versions.compare": "stands only between two saved versions, see test_mapping_by_clicking",
    "wizard.begin": "leads on to the credentials",
    "approvals.take_answer": "leads on to the credentials",
    "approvals.show": "stands only while a provider is asked, see test_approve_an_app",
    "approvals.refused": "no link leads there; looked at below",
}
FURTHER = (
    "/bookings?q=nobody-of-this-name",
    "/bookings?view=arriving&print=1",
    "/integrations/logs?kind=everything",
    "/support?q=nothing-of-this",
    "/support/guides?q=webhook",
    "/settings/integrations/approval/refused/denied",
    "/no-such-page",
)


@pytest.fixture(scope="module")
def ada(browser: Browser, demo: Hub, pms: dict[str, Any]) -> Iterator[Page]:
    """Ada's window; she has begun to connect a second PMS, so that every step of it is open, and tells another program."""
    context = browser.new_context(reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    sign_in(page, demo.url, "ada@demo.example")
    page.goto(demo.url + "/settings/api-access/new")
    page.get_by_label("Name").fill("Reader of every page")
    page.get_by_role("button", name="Generate API Key").click()
    page.get_by_text("I stored it").wait_for()
    receive_a_call(page, demo)
    page.goto(demo.url + "/settings/integrations/new/custom_rest")
    page.get_by_role("button", name="Discard").click()  # what another story left
    page.get_by_role("button", name="Yes, go on").click()
    page.get_by_text("The draft is gone.").wait_for()
    page.goto(demo.url + "/settings/integrations/new/custom_rest")
    fill_credentials(page, pms)
    page.get_by_role("button", name="Continue").click()
    load_recipe(page)
    tell_nobody(page, demo.url)
    ask_for_help(page, demo.url)
    page.goto(demo.url + "/settings/integrations/new/custom_rest/review")
    yield page
    context.close()


def tell_nobody(page: Page, url: str) -> None:
    """An endpoint whose name never resolves, and a test that did not arrive: so that their pages have something to show."""
    page.goto(url + "/settings/api-access/endpoints/new")
    page.get_by_label("Address", exact=True).fill("https://receiver.invalid/hooks")
    page.get_by_text("payment.succeeded", exact=True).click()
    page.get_by_role("button", name="Add endpoint").click()
    page.get_by_role("link", name="Send a test").click()
    page.get_by_role("button", name="Send test").click()
    page.get_by_role("table", name="Deliveries").wait_for()


def ask_for_help(page: Page, url: str) -> None:
    """A ticket with diagnostics, so that both have something to show."""
    page.goto(url + "/support/tickets/new")
    page.get_by_label("Subject").fill("The printer prints nothing")
    page.get_by_label("Message").fill("Since noon.")
    page.get_by_role("button", name="Add diagnostics").click()
    page.get_by_label("Attach these diagnostics").wait_for()
    page.get_by_role("button", name="Open the ticket").click()
    page.get_by_role("heading", name="Thread").wait_for()


def test_every_page_is_readable_by_everyone(ada: Page, demo: Hub, app: Flask) -> None:
    pages = find_pages(app, ada.request, demo.url, urlsplit(ada.url).path)
    findings = {
        path: found
        for path in (*pages.values(), *FURTHER)
        if (found := problems(ada, demo.url + path, frame=path == "/"))
    }
    assert findings == {}
    assert page_rules(app).keys() - pages.keys() == set(), "no link leads to these pages"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_credentials_of_every_provider_are_too(ada: Page, demo: Hub, provider: str) -> None:
    assert problems(ada, f"{demo.url}/settings/integrations/new/{provider}") == []


def test_the_refusal_that_staff_meets_is_too(browser: Browser, demo: Hub) -> None:
    context = browser.new_context(reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    sign_in(page, demo.url, "ben@demo.example")
    found = problems(page, demo.url + "/settings/integrations")
    heading = page.get_by_role("heading", level=1).inner_text()
    context.close()
    assert (found, heading) == ([], "This is not open to you.")


def test_the_pages_before_the_session_are_too(
    browser: Browser, demo: Hub, start_hub: Callable[..., Hub]
) -> None:
    unclaimed = start_hub("serve", until="claim code")
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    findings = [problems(page, demo.url + "/login"), problems(page, unclaimed.url + "/setup")]
    context.close()
    assert findings == [[], []]


def receive_a_call(page: Page, demo: Hub) -> None:
    """Somebody calls the connection's webhook address without a signature: it is refused, and stands in the inbox."""
    page.goto(demo.url + "/settings/integrations")
    link = page.locator("main a[href*='/settings/integrations/cn_']").first.get_attribute("href")
    page.goto(f"{demo.url}{link}/webhooks")
    address = re.search(r"/api/integrations/pms/webhook/[\w-]+", page.inner_text("main"))
    assert address
    page.request.post(demo.url + address[0], data={"event": "nobody"})


def find_pages(app: Flask, ask: APIRequestContext, url: str, begun: str) -> dict[str, str]:
    """An address of every page by endpoint: those without a variable, the one `begun`, and what their links name.

    Fails for a page that sends people elsewhere.
    """
    wanted = page_rules(app)
    known = {end: rule for end, rule in wanted.items() if "<" not in rule}
    addresses = app.url_map.bind("localhost")
    known[_endpoint(addresses, begun)] = begun
    looked_at: set[str] = set()
    while waiting := [path for path in known.values() if path not in looked_at]:
        for path in waiting:
            looked_at.add(path)
            answer = ask.get(url + path, max_redirects=0)
            assert answer.status == 200, f"{path} answers {answer.status}"
            for link in re.findall(r'href="(/[^"#?]*)', answer.text()):
                end = _endpoint(addresses, link)
                if end in wanted:
                    known.setdefault(end, link)
    return known


def page_rules(app: Flask) -> dict[str, str]:
    """What a person may open, by endpoint: looked at, or excused above with a reason; never forgotten."""
    excused = NOT_PAGES.keys() | WITHOUT_SESSION
    return {
        rule.endpoint: rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and rule.endpoint not in excused
        and not rule.rule.startswith("/api/")
    }


def _endpoint(addresses: MapAdapter, link: str) -> str:
    try:
        return str(addresses.match(link, method="GET")[0])
    except (HTTPException, RequestRedirect):
        return ""


def problems(page: Page, url: str, *, frame: bool = True) -> list[str]:
    """What is wrong at both sizes in both themes; the page is loaded once, and axe with it.

    The frame around the pages is the same for all: it takes a fifth of the time, and need not be looked at each time.
    """
    page.emulate_media(color_scheme="light")
    page.goto(url, wait_until="domcontentloaded")
    page.evaluate(AXE_SCRIPT)
    found: list[str] = []
    without = ONCE_MORE if frame else [*ONCE_MORE, *FRAME]
    for size, (width, height) in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme, options in (("light", RULES), ("dark", COLOURS)):
            page.emulate_media(color_scheme=theme)
            page.evaluate(IN_COLOUR, theme)
            found += [f"{size}, {theme}: {line}" for line in _axe(page, options, without)]
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if beyond > 0:
            found.append(f"{size}: scrolls sideways by {beyond} px")
    found += page.evaluate(TOO_SMALL)  # the last size was the phone's
    return found


def _axe(page: Page, options: dict[str, Any], without: list[str]) -> list[str]:
    context = {"exclude": [[selector] for selector in without]}
    result = page.evaluate(f"axe.run({json.dumps(context)}, {json.dumps(options)})")
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:160]}"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
