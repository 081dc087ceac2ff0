"""What ./run does about a program that is not there."""

import os
import subprocess
from pathlib import Path

import pytest

from tools import machine

ABSENT = machine.Need("made-up-browser", lambda: False)
PRESENT = machine.Need("made-up-library", lambda: True)


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only programs on the PATH: env, and an apt-get that writes down how it was called."""
    log = tmp_path / "log"
    (tmp_path / "env").symlink_to("/usr/bin/env")
    script = tmp_path / "apt-get"
    script.write_text(f'#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >> {log}\n', encoding="ascii")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return log


def test_root_gets_only_what_is_absent_without_a_question(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    machine.require([PRESENT, ABSENT])
    assert apt.read_text(encoding="ascii").splitlines() == [
        "noninteractive update -qq",
        "noninteractive install -y --no-install-recommends made-up-browser",
    ]


def test_nothing_is_asked_of_apt_when_all_is_there(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    machine.require([PRESENT])
    assert not apt.exists()


def test_an_ordinary_user_gets_the_exact_command(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(machine.Missing) as told:
        machine.require([PRESENT, ABSENT])
    assert str(told.value) == (
        "Please run: sudo apt-get update && sudo apt-get install -y --no-install-recommends made-up-browser"
    )
    assert not apt.exists()


def test_what_apt_said_is_shown_when_it_fails(
    apt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (apt.parent / "apt-get").write_text("#!/bin/sh\necho no such package\nexit 100\n", encoding="ascii")
    with pytest.raises(subprocess.CalledProcessError):
        machine.require([ABSENT])
    assert "no such package" in capsys.readouterr().err


def test_sudo_is_used_where_it_asks_no_password(
    apt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    sudo = tmp_path / "sudo"
    sudo.write_text('#!/bin/sh\nshift\n[ "$1" = true ] && exit 0\nexec "$@"\n', encoding="ascii")
    sudo.chmod(0o755)
    machine.require([ABSENT])
    assert len(apt.read_text(encoding="ascii").splitlines()) == 2


def test_a_browser_named_by_the_user_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM_PATH", "/opt/browser")
    assert machine.chromium() == "/opt/browser"
