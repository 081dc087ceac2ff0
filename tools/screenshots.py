"""`./run screenshots`: a demo of its own, and a picture of every main page at both sizes in both themes."""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

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
    "booking": "{booking}",
    "integrations": "/settings/integrations",
    "choose-provider": "/settings/integrations/new",
    "credentials": "/settings/integrations/new/custom_rest",
    "connection": "{connection}",
    "connection-data-types": "{connection}/data-types",
    "connection-runs": "{connection}/runs",
    "connection-mapping": "{connection}/mapping",
    "connection-settings": "{connection}/settings",
    "logs": "/integrations/logs",
    "log-entry": "{entry}",
    "health": "/integrations/health",
    "support": "/support",
    "new-ticket": "/support/tickets/new",
    "guides": "/support/guides?q=webhook+missing",
    "users": "/settings/security/users",
    "account": "/account",
    "portfolio": "/portfolio",
    "missing-page": "/no-such-page",
}
TROUBLE = ("dashboard", "integrations", "connection", "connection-runs", "logs", "health")


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, the simulated vendor's address and the token of its control desk."""

    url: str
    pms: str
    token: str

    def refuse_the_key(self) -> None:
        """From now on the simulated vendor answers 401, as after a key was withdrawn."""
        request = urllib.request.Request(  # noqa: S310  # loopback, the simulator's own announcement
            f"{self.pms}/_control/faults",
            data=b'{"kind": "unauthorized"}',
            headers={"X-Simulator-Token": self.token, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310
            pass


def main(words: list[str]) -> int:
    """Makes the pictures; 0 when all are there."""
    parser = argparse.ArgumentParser(prog="./run screenshots", description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, default=OUT, help="where the pictures go")
    parser.add_argument(
        "--picture", action="store_true", help="only docs/images/dashboard.png, for the README"
    )
    asked = parser.parse_args(words)
    with running_demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machine.chromium(), args=FLAGS)
        state = _signed_in(browser, demo)
        if asked.picture:
            _take_picture(browser, demo, state, PICTURE)
        else:
            _take_all(browser, demo, state, asked.out)
        browser.close()
        state.unlink()
    return 0


@contextmanager
def running_demo() -> Iterator[Demo]:
    """A demo in a folder that is removed afterwards, on a free port."""
    folder = tempfile.mkdtemp(prefix="hotel-pictures-")
    with subprocess.Popen(
        [sys.executable, "-m", "webapp", "demo", "--port", "0", "--data", f"{folder}/data"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield _announced(process)
        finally:
            process.terminate()
            process.communicate()
            shutil.rmtree(folder)


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


def _signed_in(browser: Browser, demo: Demo) -> Path:
    """Ada signs in once; every further window starts from what her browser then holds."""
    context = browser.new_context(locale="en-GB")
    sign_in(context.new_page(), demo.url, "ada@demo.example")
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
    shutil.rmtree(out, ignore_errors=True)
    with _window(browser, state, "light", SIZES["desk"]) as page:
        paths = _paths(page, demo)
    _take_round(browser, demo, state, out, paths)
    with _window(browser, state, "light", SIZES["desk"]) as page:
        demo.refuse_the_key()
        page.goto(demo.url + paths["connection"])
        page.get_by_role("button", name="Sync now").click()
        page.get_by_text("Needs you").first.wait_for()
    _take_round(browser, demo, state, out, {f"trouble-{name}": paths[name] for name in TROUBLE})
    print(f"{len(list(out.glob('**/*.png')))} pictures in {out}")


def _paths(page: Page, demo: Demo) -> dict[str, str]:
    """Where each page is in this demo: the ids differ every time."""
    links = {
        "booking": ("/bookings", "a[href*='/bookings/bk_']"),
        "connection": ("/settings/integrations", "a[href*='/settings/integrations/cn_']"),
        "entry": ("/integrations/logs", "a[href*='/integrations/logs/']"),
    }
    ids = {}
    for name, (path, selector) in links.items():
        page.goto(demo.url + path)
        ids[name] = page.locator(f"main {selector}").first.get_attribute("href") or ""
    return {name: path.format(**ids) for name, path in CALM.items()}


def _take_round(browser: Browser, demo: Demo, state: Path, out: Path, paths: dict[str, str]) -> None:
    for theme, (size, pixels) in product(THEMES, SIZES.items()):
        folder = out / f"{size}-{theme}"
        with _window(browser, state, theme, pixels) as page:
            for name, path in paths.items():
                page.goto(demo.url + path)
                page.screenshot(path=folder / f"{name}.png", full_page=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
