"""./run as a person meets it: help, wrong words, a machine that lacks something, a second run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FAKE_PYTHON = '#!/bin/sh\necho "$@" >> "$(dirname "$0")/calls"\n'
ORDINARY_USER_WITHOUT_ENSUREPIP = """
import os, sys
os.geteuid = lambda: 1000
sys.modules["ensurepip"] = None
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what ./run needs, with no .venv and nothing unpacked."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(ROOT / "run", folder)
    for part in ("tools", "requirements"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def with_fake_venv(checkout: Path) -> Path:
    """The same with a .venv whose Python only writes down what it was asked."""
    python = checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(FAKE_PYTHON, encoding="ascii")
    python.chmod(0o755)
    return checkout


def run(checkout: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / "run"), *words]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, check=False)


def calls(checkout: Path) -> list[str]:
    log = checkout / ".venv/bin/calls"
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def pretend_user(folder: Path, code: str) -> str:
    """A PYTHONPATH whose sitecustomize changes what ./run sees of the machine."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code, encoding="ascii")
    return str(folder)


@pytest.mark.parametrize("words", [(), ("help",), ("--help",)])
def test_bare_run_lists_every_command(checkout: Path, words: tuple[str, ...]) -> None:
    said = run(checkout, *words)
    assert said.returncode == 0
    for name in ("setup", "demo", "test", "check", "e2e", "chaos", "mutate", "build"):
        assert f"./run {name} " in said.stdout
    assert said.stderr == ""


def test_an_unknown_command_is_named_and_the_known_ones_are_shown(checkout: Path) -> None:
    said = run(checkout, "dmeo")
    assert said.returncode == 2
    assert said.stderr.startswith("no command 'dmeo'\n")
    assert "./run demo" in said.stderr


def test_a_command_without_arguments_refuses_them_instead_of_ignoring_them(checkout: Path) -> None:
    said = run(checkout, "check", "webapp")
    assert said.returncode == 2
    assert said.stderr.startswith("./run check takes no arguments\n")


def test_an_ordinary_user_is_told_the_one_line_that_helps(checkout: Path, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "apt-get").symlink_to("/bin/false")
    pretend = pretend_user(tmp_path / "pretend", ORDINARY_USER_WITHOUT_ENSUREPIP)
    said = run(checkout, "setup", PATH=str(programs), PYTHONPATH=pretend)
    package = f"python3.{sys.version_info.minor}-venv"
    assert said.returncode == 3
    assert said.stdout == ""
    assert said.stderr == (
        f"Please run: sudo apt-get update && sudo apt-get install -y --no-install-recommends {package}\n"
    )
    assert not (checkout / ".venv").exists()


def test_a_machine_without_apt_is_told_the_package_names(checkout: Path, tmp_path: Path) -> None:
    pretend = pretend_user(tmp_path / "pretend", ORDINARY_USER_WITHOUT_ENSUREPIP)
    said = run(checkout, "setup", PATH=str(tmp_path), PYTHONPATH=pretend)
    assert said.returncode == 3
    assert said.stderr.startswith("Please install: python3.")
    assert len(said.stderr.splitlines()) == 1


def test_setup_installs_only_hashed_wheels_and_the_second_run_does_nothing(with_fake_venv: Path) -> None:
    first = run(with_fake_venv, "setup")
    assert first.returncode == 0, first.stderr
    installs = [call for call in calls(with_fake_venv) if "pip install" in call]
    assert len(installs) == 1
    assert "--require-hashes --only-binary :all:" in installs[0]
    assert installs[0].endswith("requirements/app.txt")

    mark_browser_files_current(with_fake_venv)
    before = calls(with_fake_venv)
    second = run(with_fake_venv, "setup")
    assert second.stdout == "Ready. ./run demo starts the demo.\n"
    assert calls(with_fake_venv) == before


def test_a_changed_lock_is_installed_again(with_fake_venv: Path) -> None:
    mark_browser_files_current(with_fake_venv)
    run(with_fake_venv, "setup")
    lock = with_fake_venv / "requirements/app.txt"
    lock.write_text(lock.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    run(with_fake_venv, "setup")
    assert len([call for call in calls(with_fake_venv) if "pip install" in call]) == 2


def test_an_environment_for_tests_serves_the_demo_too(with_fake_venv: Path) -> None:
    mark_browser_files_current(with_fake_venv)
    run(with_fake_venv, "check")
    installs = [call for call in calls(with_fake_venv) if "pip install" in call]
    assert [call.rsplit("/", 1)[1] for call in installs] == ["dev.txt"]
    run(with_fake_venv, "demo", "--port", "0")
    assert calls(with_fake_venv)[-1] == "-m webapp demo --port 0"
    assert len([call for call in calls(with_fake_venv) if "pip install" in call]) == 1


def test_a_failing_step_stops_with_its_exit_code(with_fake_venv: Path) -> None:
    python = with_fake_venv / ".venv/bin/python"
    python.write_text('#!/bin/sh\n[ "$1" = -c ] && exit 0\nexit 7\n', encoding="ascii")
    said = run(with_fake_venv, "setup")
    assert said.returncode == 1
    assert said.stderr.startswith("./run setup stopped: exit code 7 from ")
    assert not (with_fake_venv / ".venv/.installed").exists()


def mark_browser_files_current(checkout: Path) -> None:
    """Empty files under the right stamp: what they hold is another test's matter."""
    code = (
        "from tools import assets as a; a.VENDOR.mkdir(parents=True)\n"
        "[(a.VENDOR / name).touch() for name in a.file_names(a.manifest())]\n"
        "(a.VENDOR / '.stamp').write_text(a.fingerprint())\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=checkout, check=True)
