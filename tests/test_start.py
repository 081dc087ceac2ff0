"""What a start leaves out: large libraries are loaded by those who need them, not by everyone who waits for a hub."""

import subprocess
import sys
from pathlib import Path

import pytest

from webapp.services.installation import open_runtime
from webapp.settings import Settings

STARTS = """
import sys
from pathlib import Path
import webapp.cli
from webapp import create_app
from webapp.services.installation import open_runtime
from webapp.settings import Settings
runtime = open_runtime(Settings.from_env({}, data_dir=Path(sys.argv[1]))).runtime
answer = create_app(runtime, needs_browser_files=False).test_client().get("/healthz")
print(" ".join(sys.modules))
from webapp.jobs import clock
running = clock.start(runtime)
running.stop()
runtime.close()
assert answer.status_code == 200
print(" ".join(sys.modules))
"""
LATER = (
    "alembic",
    "requests",
    "urllib3",
    "AntiSSRF",
    "stamina",
    "email_validator",
    "pydantic",
    "sqlalchemy.dialects.postgresql",
    "simulator",
    "stripe",
    "paypal",
    "square",
    "boto3",
    "sendgrid",
    "saml2",
    "authlib",
    "google.auth",
    "smtplib",
)


AFTER_THE_FIRST_ANSWER = (
    "apscheduler",
    "webapp.jobs.clock",
    "webapp.forms",
    "webapp.integrations.kit.contract",
    "webapp.models.booking",
    "webapp.models.ticket",
    "webapp.models.webhook_hit",
    "webapp.routes.hooks.calls",
    "webapp.routes.pages.dashboard",
    "webapp.routes.pages.sign_in",
    "webapp.services.syncing",
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """The modules of a process that opened a current data folder and answered once, and those after the clock ticked."""
    folder: Path = tmp_path_factory.mktemp("start")
    open_runtime(Settings.from_env({}, data_dir=folder)).runtime.close()
    ended = subprocess.run(
        [sys.executable, "-c", STARTS, str(folder)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    answered, ticked = ended.stdout.splitlines()
    return set(answered.split()), set(ticked.split())


@pytest.mark.parametrize("library", LATER)
def test_a_normal_start_does_not_load_what_only_some_need(
    loaded: tuple[set[str], set[str]], library: str
) -> None:
    assert library not in loaded[1]


@pytest.mark.parametrize("module", AFTER_THE_FIRST_ANSWER)
def test_the_first_answer_waits_for_no_page_and_no_job(
    loaded: tuple[set[str], set[str]], module: str
) -> None:
    assert module not in loaded[0]


def test_the_demo_starts_its_hotel_before_it_loads_the_hub() -> None:
    script = "import sys, webapp.cli.simulated; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"sqlalchemy", "flask", "msgspec", "cryptography"}.isdisjoint(ended.stdout.split())
