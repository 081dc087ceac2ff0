"""The demo's folder: emptied at each start, quicker from the second on, and never a real hotel's."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from webapp.cli import demo_folder
from webapp.models import Role
from webapp.services import users
from webapp.services.installation import InstallationError, open_runtime
from webapp.settings import Settings

PEOPLE = "Ada, Ian and Ben"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({}, data_dir=tmp_path / "demo", is_demo=True)


def start(settings: Settings, people: str | None = PEOPLE) -> bool:
    """As `demo` does; True when the people were there already."""
    was_prepared = demo_folder.begin_anew(settings, people)
    runtime = open_runtime(settings).runtime
    if not was_prepared:
        users.create_user(
            runtime,
            email="ada@demo.example",
            name="Ada",
            role=Role.OWNER,
            password="a long password of a demo",
            actor="demo",
        )
        if people is not None:
            demo_folder.keep(settings, people)
    runtime.close()
    return was_prepared


def names(settings: Settings) -> list[str]:
    with closing(sqlite3.connect(settings.data_dir / "hub.sqlite3")) as db:
        return [name for (name,) in db.execute("SELECT name FROM app_user ORDER BY id")]


def test_the_second_start_finds_its_people_there(settings: Settings) -> None:
    assert [start(settings), start(settings)] == [False, True]
    assert names(settings) == ["Ada"]


def test_what_a_demo_did_is_gone_at_the_next_start(settings: Settings) -> None:
    start(settings)
    with closing(sqlite3.connect(settings.data_dir / "hub.sqlite3")) as db, db:
        db.execute("UPDATE app_user SET name = 'Somebody else'")
    start(settings)
    assert names(settings) == ["Ada"]


def test_other_people_or_other_tables_are_made_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start(settings)
    assert start(settings, "Cleo") is False
    (tmp_path / "0001_other.py").write_text("# another first version")
    monkeypatch.setattr(demo_folder, "VERSIONS", tmp_path)
    assert demo_folder.begin_anew(settings, "Cleo") is False


@pytest.mark.parametrize("lost", ["prepared.sqlite3", "prepared.stamp", "secret.key"])
def test_a_copy_without_its_stamp_or_key_is_not_used(settings: Settings, lost: str) -> None:
    start(settings)
    (settings.data_dir / lost).unlink()
    assert start(settings) is False
    assert names(settings) == ["Ada"]


def test_a_hotel_out_of_a_file_takes_nothing_over(settings: Settings) -> None:
    start(settings)
    assert start(settings, None) is False


def test_a_real_hotels_folder_is_left_alone(settings: Settings) -> None:
    open_runtime(replace(settings, is_demo=False)).runtime.close()
    before = sorted(path.name for path in settings.data_dir.iterdir())
    with pytest.raises(InstallationError, match="never opens one"):
        demo_folder.begin_anew(settings, PEOPLE)
    assert sorted(path.name for path in settings.data_dir.iterdir()) == before
