"""Joining the web parts."""

from pathlib import Path

import pytest

import webapp
from webapp import BrowserFilesMissing, create_app
from webapp.runtime import Runtime


def test_a_hub_without_browser_files_does_not_start(
    hub: Runtime, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(webapp, "BROWSER_FILES", tmp_path / ".stamp")
    with pytest.raises(BrowserFilesMissing, match=r"Browser files are missing. Run: ./run setup"):
        create_app(hub)
    (tmp_path / ".stamp").touch()
    assert create_app(hub)


def test_two_apps_over_one_data_folder_believe_each_others_sessions(hub: Runtime) -> None:
    first, second = (create_app(hub, needs_browser_files=False) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert len(first.secret_key or "") == 32
