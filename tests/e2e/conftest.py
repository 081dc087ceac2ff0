"""The real thing: the command as a process, the simulator as another, and the system's Chromium."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, Response, expect

CHROMIUM = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --force-color-profile=srgb"
).split()
ROOT = Path(__file__).parents[2]
START_SECONDS = 90
expect.set_options(timeout=20_000)  # a busy machine needs its time; a test is never a stop-watch


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None and os.environ.get("CI") != "true":
        skip = pytest.mark.skip(reason="no Chromium on this machine (./run test installs it)")
        for item in items:
            if "e2e" in item.path.parts:
                item.add_marker(skip)


@dataclass
class Hub:
    """A running `hotel-assistant`, its address and what it printed at its start."""

    process: "subprocess.Popen[str]"
    url: str
    printed: str
    data: Path

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it and gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@pytest.fixture(scope="session")
def start_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Hub]]:
    """Starts the real command on a free port and waits for its first lines; ends every one at the end."""
    hubs: list[Hub] = []

    def start(command: str, *arguments: str, data: Path | None = None, until: str = "is at http") -> Hub:
        folder = data or tmp_path_factory.mktemp("hub") / "data"
        env = {**os.environ, "PROVIDER_ALLOWED_NETWORKS": "127.0.0.1/32", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp", command, "--port", "0", "--data", str(folder), *arguments],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed = _read_until(process, until)
        found = re.search(r"is at (http://\S+)", printed)
        assert found, f"the command did not start:\n{printed}"
        hubs.append(Hub(process, found[1], printed, folder))
        return hubs[-1]

    yield start
    for hub in hubs:
        hub.stop()


def _read_until(process: "subprocess.Popen[str]", until: str) -> str:
    """What it printed, from the first line to one more after the line that holds `until`."""
    lines: list[str] = []
    found = threading.Event()
    thread = threading.Thread(target=_collect, args=(process.stdout, lines, until, found), daemon=True)
    thread.start()
    found.wait(START_SECONDS)
    return "".join(lines)


def _collect(stream: Any, lines: list[str], until: str, found: threading.Event) -> None:
    """Reads to the end, so that a chatty process never waits for its reader."""
    is_near = False
    for line in stream:
        lines.append(line)
        if is_near and line.strip():
            found.set()
        is_near = is_near or until in line
        if is_near and "claim code" not in until:
            found.set()
    found.set()


@pytest.fixture(scope="session")
def pms() -> Iterator[dict[str, Any]]:
    """The simulated hotel's announcement: url, property_id, credentials, control_token."""
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", "--rate-limit", "0"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield msgspec.json.decode(process.stdout.readline())
        process.stdin.close()


@pytest.fixture(scope="session")
def demo(start_hub: Callable[..., Hub]) -> Hub:
    return start_hub("demo", until="Every start begins anew")


@pytest.fixture(scope="session")
def base_url() -> None:
    """Every story names its own server; the plugin's fixture of this name warns with this pytest."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "en-GB",
        "timezone_id": "Europe/Zurich",
        "reduced_motion": "reduce",
        "viewport": {"width": 1440, "height": 900},
    }


class Listener:
    """Collects what a page should never do: console errors, script errors, failed or refused requests."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        self.expected: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def expect(self, text: str) -> None:
        """A complaint holding `text` is part of the story."""
        self.expected.append(text)

    def unexpected(self) -> list[str]:
        return [line for line in self.complaints if not any(text in line for text in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # A poll that was under way when the page was left is cancelled by the browser.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.complaints.append(f"request: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"answer: {response.status} {response.url}")


@pytest.fixture
def quiet_page(page: Page) -> Iterator[Page]:
    """A page that must not complain; a test that provokes an answer says so by `page.listener.expect(...)`."""
    listener = Listener(page)
    page.listener = listener  # type: ignore[attr-defined]
    yield page
    assert listener.unexpected() == []
