"""Opening a data folder: new, again, of another kind, with another key, of another version."""

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.conftest import NOW, FixedClock
from webapp.runtime import Runtime
from webapp.services.installation import InstallationError, claim_digest, open_runtime, readiness, session_key
from webapp.settings import Settings
from webapp.vault import VaultError


def test_a_new_folder_gets_a_key_a_database_and_a_claim_code(settings: Settings) -> None:
    opened = open_runtime(settings)
    opened.runtime.close()
    assert opened.claim_code is not None
    assert len(opened.claim_code.replace("-", "")) == 12
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    assert (settings.data_dir / "hub.sqlite3").is_file() is settings.uses_sqlite


def test_until_it_is_used_each_start_shows_a_new_code_and_the_old_one_is_void(settings: Settings) -> None:
    first, second = open_runtime(settings), open_runtime(settings)
    for opened in (first, second):
        opened.runtime.close()
    assert first.claim_code != second.claim_code is not None


def test_a_claimed_folder_shows_no_code(hub: Runtime, settings: Settings) -> None:
    again = open_runtime(settings)
    again.runtime.close()
    assert again.claim_code is None


def test_sessions_survive_a_restart(open_hub: Callable[[], Runtime]) -> None:
    assert session_key(open_hub()) == session_key(open_hub())


@pytest.mark.parametrize(
    ("first", "second"), [(True, False), (False, True)], ids=["demo, then real", "real, then demo"]
)
def test_a_demo_and_a_hotel_never_open_each_others_folder(
    settings: Settings, first: bool, second: bool
) -> None:
    open_runtime(replace(settings, is_demo=first)).runtime.close()
    with pytest.raises(InstallationError, match="Choose another with --data"):
        open_runtime(replace(settings, is_demo=second))


def test_a_lost_key_stops_the_start_and_no_new_one_is_made(runtime: Runtime, settings: Settings) -> None:
    settings.key_file.unlink()
    with pytest.raises(VaultError, match=r"Put it back from your backup"):
        open_runtime(settings)
    assert not settings.key_file.exists()


def test_another_hubs_key_stops_the_start(runtime: Runtime, settings: Settings) -> None:
    settings.key_file.write_bytes(Fernet.generate_key())
    with pytest.raises(VaultError, match="belongs to this database"):
        open_runtime(settings)


def test_a_database_of_a_newer_version_is_left_alone(runtime: Runtime, settings: Settings) -> None:
    with runtime.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(InstallationError, match="newer version"):
        open_runtime(settings)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InstallationError, match="cannot be made"):
        open_runtime(Settings.from_env({}, data_dir=tmp_path / "file" / "data"))


def test_a_demo_of_a_stored_hotel_lives_in_that_hotels_now(settings: Settings) -> None:
    demo = replace(settings, is_demo=True)
    first = open_runtime(demo, clock_offset=timedelta(days=-100)).runtime
    again = open_runtime(demo).runtime
    behind = first.clock() - again.clock()
    for runtime in (first, again):
        runtime.close()
    assert abs(behind) < timedelta(minutes=1)


def test_a_given_clock_is_used(settings: Settings, clock: FixedClock) -> None:
    opened = open_runtime(settings, clock=clock)
    opened.runtime.close()
    assert opened.runtime.clock() == NOW


def test_a_code_is_compared_without_its_shape() -> None:
    assert claim_digest("abcd-EFGH 2345") == claim_digest("ABCDEFGH2345") != claim_digest("ABCDEFGH2346")


def test_an_open_hub_is_ready_on_either_database(either_hub: Runtime) -> None:
    state = readiness(either_hub)
    assert (state.database, state.migrations) == (True, True)
