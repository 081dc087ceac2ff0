"""Whatever htmx swaps, somebody without a mouse or without sight stays where they are and hears of it.

Each kind of swap of each page is made once.
"""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Hub
from tests.e2e.stories import sign_in

PAGES = (
    "/",
    "/bookings?status=confirmed",
    "{booking}",
    "{connection}",
    "{connection}/runs",
    "/integrations/logs?q=demo",
    "/integrations/logs?kind=everything",
    "/integrations/logs/inbox",
    "/integrations/health",
)
BUTTONS = (
    ("{connection}", "I am creating a test booking"),
    ("{connection}", "Close"),
    ("{connection}/troubleshooting", "Suggest"),
    ("{connection}/troubleshooting", "Theirs or ours? Ask now"),
    ("/support/tickets/new", "Add diagnostics…"),
    ("/settings/api-access/try", "Send"),
)
FORMS = {
    "/support/tickets/new": "Open the ticket",
    "/settings/api-access/endpoints/new": "Add endpoint",
    "/settings/integrations/new/mews": "Continue",
    "/settings/security/users": "Invite",
}
# A swap that was asked for: the focus is then on something seen, in the drawer when that has opened, and closing the
# drawer gives it back. A swap by itself, as polling makes it: the focus is on what replaced it.
WALK = """async () => {
  const lost = [], seen = new Set();
  const focusable = 'a[href], button, input:not([type=hidden]), select, summary';
  const name = (el) => `${el.tagName} ${el.textContent.trim().slice(0, 40)}`;
  const at = () => document.activeElement;
  const swapped = (act) => new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error(`no swap on ${location.pathname}`)), 8000);
    addEventListener('htmx:afterSettle', () => { clearTimeout(late); requestAnimationFrame(done); }, { once: true });
    act();
  });
  const check = (what, holds) => { if (!holds) lost.push(`${what}: the focus is on ${name(at())}`); };
  const kind = (el) => [el.closest('[hx-target]').getAttribute('hx-target'), el.className, el.id.split('-')[0]].join();
  for (;;) {
    const el = [...document.querySelectorAll('main :is(a, button)[hx-get]')].find((one) => one.checkVisibility() && !seen.has(kind(one)));
    if (!el) break;
    seen.add(kind(el));
    const what = name(el);
    el.focus();
    await swapped(() => el.click());
    const drawer = document.querySelector('dialog[open]');
    const told = document.querySelector('#announcer').textContent;
    if (!drawer && !told) lost.push(`${what}: nothing is read aloud`);
    check(what, at() !== document.body && at().checkVisibility() && (!drawer || drawer.contains(at())));
    if (drawer) { drawer.close(); check(`${what}, closed`, at() === el); }
  }
  for (const { id } of document.querySelectorAll('main [hx-get][hx-trigger*="every"]')) {
    const part = document.getElementById(id);
    const old = part && [...part.querySelectorAll(focusable)].find((one) => one.checkVisibility());
    if (!old) continue;
    const before = name(old);
    old.focus();
    await swapped(() => htmx.ajax('GET', part.getAttribute('hx-get'), { target: part, swap: 'outerHTML' }));
    check(`${id} by itself`, at() !== old && name(at()) === before);
  }
  return lost;
}"""
WILL_SETTLE = """() => {
  window.settled = new Promise((done) => addEventListener('htmx:afterSettle', () => done(true), { once: true }));
}"""
NOWHERE = "document.activeElement === document.body || !document.activeElement.checkVisibility()"


def test_every_swap_keeps_the_focus(quiet_page: Page, demo: Hub) -> None:
    page = quiet_page
    sign_in(page, demo.url, "ian@demo.example")
    paths = {
        "booking": first_link(page, demo.url + "/bookings", "/bookings/bk_"),
        "connection": first_link(page, demo.url + "/settings/integrations", "/settings/integrations/cn_"),
    }
    lost = {}
    for template in PAGES:
        page.goto(demo.url + template.format(**paths), wait_until="domcontentloaded")
        if found := page.evaluate(WALK):
            lost[template] = found
    assert lost == {}
    for template, name in BUTTONS:
        page.goto(demo.url + template.format(**paths))
        page.evaluate(WILL_SETTLE)
        page.get_by_role("main").get_by_role("button", name=name, exact=True).press("Enter")
        page.evaluate("() => window.settled")
        assert not page.evaluate(NOWHERE), f"{name} on {template} loses the focus"
        expect(page.locator("#announcer"), f"{name} on {template} is read aloud").not_to_be_empty()


def test_every_form_that_is_sent_back_puts_the_focus_on_what_is_wrong(quiet_page: Page, demo: Hub) -> None:
    page = quiet_page
    page.listener.expect("422")  # type: ignore[attr-defined]
    sign_in(page, demo.url, "ada@demo.example")
    for path, name in FORMS.items():
        page.goto(demo.url + path)
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator("main [aria-invalid=true]").first).to_be_focused()


def first_link(page: Page, url: str, beginning: str) -> str:
    found = re.search(rf'href="({beginning}\w+)', page.request.get(url).text())
    assert found
    return found[1]
