"""`./run screenshots`: hubs of its own, and a picture of every main page in every state, both sizes, both themes."""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import FLAGS
from tests.e2e.stories import sign_in
from tools import machine
from tools.environment import ROOT

OUT = ROOT / "build/screenshots"
PICTURE = ROOT / "docs/images/dashboard.png"
THEMES = ("light", "dark")
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
PICTURE_SIZE = (1440, 1000)
CALM = {
    "dashboard": "/",
    "bookings": "/bookings",
    "bookings-nothing": "/bookings?q=nobody-of-this-name",
    "bookings-wrong": "/bookings?status=no-such-status",
    "arrivals-sheet": "/bookings?view=arriving&print=1",
    "booking": "{booking}",
    "integrations": "/settings/integrations",
    "choose-provider": "/settings/integrations/new",
    "credentials": "/settings/integrations/new/custom_rest",
    "connection": "{connection}",
    "connection-data-types": "{connection}/data-types",
    "connection-runs": "{connection}/runs",
    "connection-mapping": "{connection}/mapping",
    "connection-webhooks": "{connection}/webhooks",
    "connection-troubleshooting": "{connection}/troubleshooting",
    "connection-settings": "{connection}/settings",
    "logs": "/integrations/logs",
    "logs-nothing": "/integrations/logs?q=nothing-of-this",
    "log-entry": "{entry}",
    "inbox": "/integrations/logs/inbox",
    "what-is-kept": "/integrations/logs/settings",
    "health": "/integrations/health",
    "support": "/support",
    "new-ticket": "/support/tickets/new",
    "guides": "/support/guides?q=webhook+missing",
    "diagnostics": "/support/diagnostics",
    "hotel": "/settings/hotel",
    "api-access": "/settings/api-access",
    "api-reference": "/settings/api-access/reference",
    "new-key": "/settings/api-access/new",
    "new-endpoint": "/settings/api-access/endpoints/new",
    "users": "/settings/security/users",
    "account": "/account",
    "portfolio": "/portfolio",
    "missing-page": "/no-such-page",
}
EMPTY = ("dashboard", "bookings", "integrations", "health", "logs", "inbox", "support", "api-access", "users")
LONG = ("dashboard", "bookings", "arrivals-sheet", "booking", "inbox", "hit", "support", "ticket")
TROUBLE = ("dashboard", "integrations", "connection", "connection-runs", "logs", "health")
FAILURES = (("down", "unavailable", "Having trouble"), ("trouble", "unauthorized", "Needs you"))
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-" * 3 + "of-Aurora"
LONG_NOTE = "wants-a-very-quiet-room/" * 20 + " سرير إضافي من فضلك. " * 20
OWNER = "ada@lindenhof.example"


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, the simulated vendor's address and the token of its control desk."""

    url: str
    pms: str
    token: str

    def fail(self, kind: str) -> None:
        """From now on the simulated vendor fails in this way only."""
        self._ask("faults", None, "DELETE")
        self._ask("faults", {"kind": kind}, "POST")

    def book_at_length(self) -> None:
        """Somebody arrives today whose name and wishes are as long as names and wishes get."""
        today = date.fromisoformat(self._ask("world", None, "GET")["business_date"])
        stay = {"arrival": f"{today}", "departure": f"{today + timedelta(2)}"}
        self._ask("world/book", {**stay, "last": LONG_NAME, "first": "Hubert", "notes": LONG_NOTE}, "POST")

    def _ask(self, topic: str, document: Mapping[str, object] | None, method: str) -> Any:
        request = urllib.request.Request(  # noqa: S310  # loopback, the simulator's own announcement
            f"{self.pms}/_control/{topic}",
            data=None if document is None else json.dumps(document).encode(),
            headers={"X-Simulator-Token": self.token, "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)


def main(words: list[str]) -> int:
    """Makes the pictures; 0 when all are there."""
    parser = argparse.ArgumentParser(prog="./run screenshots", description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, default=OUT, help="where the pictures go")
    parser.add_argument(
        "--picture", action="store_true", help="only docs/images/dashboard.png, for the README"
    )
    asked = parser.parse_args(words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=FLAGS)
        with running_demo() as demo:
            state = _signed_in(browser, demo.url, "ada@demo.example")
            if asked.picture:
                _take_picture(browser, demo, state, PICTURE)
            else:
                shutil.rmtree(asked.out, ignore_errors=True)
                _take_all(browser, demo, state, asked.out)
        if not asked.picture:
            with running_empty_hub() as (url, password):
                state = _signed_in(browser, url, OWNER, password)
                _take_round(browser, url, state, asked.out, {f"empty-{name}": CALM[name] for name in EMPTY})
            print(f"{len(list(asked.out.glob('**/*.png')))} pictures in {asked.out}")
        browser.close()
    return 0


@contextmanager
def running_demo() -> Iterator[Demo]:
    """A demo in a folder that is removed afterwards, on a free port."""
    with _folder() as folder, _process("demo", "--port", "0", "--data", folder) as process:
        yield _announced(process)


@contextmanager
def running_empty_hub() -> Iterator[tuple[str, str]]:
    """A hub that has an owner and nothing else: its address and her password."""
    with _folder() as folder:
        place = ("--timezone", "Europe/Zurich", "--currency", "CHF", "--email", OWNER)
        with _process("setup", "--data", folder, "--json", "--hotel", "Hotel Lindenhof", *place) as process:
            made = json.loads(process.communicate()[0])
        with _process("serve", "--port", "0", "--data", folder) as process:
            found = re.search(r"is at (http://\S+)", (process.stdout or sys.stdin).readline())
            if found is None:
                raise SystemExit("The empty hub did not start.")
            yield found[1], made["password"]


@contextmanager
def _folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="hotel-pictures-")
    try:
        yield f"{folder}/data"
    finally:
        shutil.rmtree(folder)


@contextmanager
def _process(*words: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-m", "webapp", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            if process.stdout and not process.stdout.closed:
                process.communicate()


def _announced(process: "subprocess.Popen[str]") -> Demo:
    printed = ""
    for line in process.stdout or ():
        printed += line
        if "Every start begins anew" in line:
            break
    patterns = (r"is at (http://\S+)", r"over HTTP from (http://\S+?)\.?\s", r"X-Simulator-Token: (\S+)")
    found = [match[1] for pattern in patterns if (match := re.search(pattern, printed))]
    if len(found) != len(patterns):
        raise SystemExit(f"The demo did not start:\n{printed}")
    return Demo(*found)


def _signed_in(browser: Browser, url: str, email: str, password: str | None = None) -> Path:
    """The owner signs in once; every further window starts from what her browser then holds."""
    context = browser.new_context(locale="en-GB")
    sign_in(context.new_page(), url, email, password)
    kept = Path(tempfile.mkstemp(suffix=".json")[1])
    context.storage_state(path=kept)
    context.close()
    return kept


@contextmanager
def _window(browser: Browser, state: Path, theme: str, size: tuple[int, int]) -> Iterator[Page]:
    width, height = size
    context = browser.new_context(
        storage_state=state,
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        locale="en-GB",
        reduced_motion="reduce",
        has_touch=size == SIZES["phone"],
    )
    yield context.new_page()
    context.close()


def _take_picture(browser: Browser, demo: Demo, state: Path, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with _window(browser, state, "light", PICTURE_SIZE) as page:
        page.goto(demo.url)
        page.screenshot(path=file)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1024} kB")


def _take_all(browser: Browser, demo: Demo, state: Path, out: Path) -> None:
    with _window(browser, state, "light", SIZES["desk"]) as page:
        paths = _paths(page, demo)
    _take_round(browser, demo.url, state, out, paths)
    with _window(browser, state, "light", SIZES["desk"]) as page:
        demo.book_at_length()
        long = page.locator("main a[href*='/bookings/bk_']").first
        while not long.is_visible():  # a webhook brings it within seconds
            page.wait_for_timeout(500)
            page.goto(f"{demo.url}/bookings?q=wolfe")
        long_paths = {
            **paths,
            "bookings": "/bookings?view=arriving",
            "booking": long.get_attribute("href") or "",
            "hit": _first(page, f"{demo.url}/integrations/logs/inbox", "#inbox-table tbody a"),
            "ticket": _long_ticket(page, demo.url),
        }
    _take_round(browser, demo.url, state, out, {f"long-{name}": long_paths[name] for name in LONG})
    for name, kind, sign in FAILURES:
        with _window(browser, state, "light", SIZES["desk"]) as page:
            demo.fail(kind)
            page.goto(demo.url + paths["connection"])
            page.get_by_role("button", name="Sync now").click()
            page.get_by_text(sign).first.wait_for(timeout=60_000)
        _take_round(browser, demo.url, state, out, {f"{name}-{page}": paths[page] for page in TROUBLE})


def _paths(page: Page, demo: Demo) -> dict[str, str]:
    """Where each page is in this demo: the ids differ every time."""
    links = {
        "booking": ("/bookings", "a[href*='/bookings/bk_']"),
        "connection": ("/settings/integrations", "a[href*='/settings/integrations/cn_']"),
        "entry": ("/integrations/logs", "#logs-table a[id^='log-']"),
    }
    ids = {
        name: _first(page, demo.url + path, f"main {selector}") for name, (path, selector) in links.items()
    }
    return {name: path.format(**ids) for name, path in CALM.items()}


def _first(page: Page, url: str, selector: str) -> str:
    page.goto(url)
    return page.locator(selector).first.get_attribute("href") or ""


def _long_ticket(page: Page, url: str) -> str:
    """Opens a ticket with long words, and says where it is."""
    page.goto(f"{url}/support/tickets/new")
    page.get_by_label("Subject").fill(LONG_NAME)
    page.get_by_label("Message").fill(LONG_NOTE)
    page.get_by_role("button", name="Open the ticket").click()
    page.get_by_role("heading", name="Thread").wait_for()
    return page.url.removeprefix(url)


def _take_round(browser: Browser, url: str, state: Path, out: Path, paths: dict[str, str]) -> None:
    for theme, (size, pixels) in product(THEMES, SIZES.items()):
        folder = out / f"{size}-{theme}"
        with _window(browser, state, theme, pixels) as page:
            for name, path in paths.items():
                page.goto(url + path)
                page.screenshot(path=folder / f"{name}.png", full_page=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
