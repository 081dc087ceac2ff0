"""doctor and upgrade."""

from pathlib import Path

from tests.cli.conftest import Run
from webapp.services import leases
from webapp.services.beats import LEASE
from webapp.services.installation import open_runtime
from webapp.settings import Settings
from webapp.vault import add_key


def test_the_doctor_finds_a_key_file_that_others_may_read(run: Run, tmp_path: Path) -> None:
    run("setup", "--hotel", "A", "--timezone", "UTC", "--currency", "EUR", "--email", "a@example.org")
    healthy = run("doctor", "--json")
    assert {row["name"]: row["ok"] for row in healthy.document}["key file"] is True
    (tmp_path / "data/secret.key").chmod(0o644)
    open_to_all = run("doctor")
    assert open_to_all.code == 1
    assert "chmod 600" in open_to_all.out


def test_a_missing_key_file_stops_with_the_fix(run: Run, tmp_path: Path) -> None:
    run("setup", "--hotel", "A", "--timezone", "UTC", "--currency", "EUR", "--email", "a@example.org")
    (tmp_path / "data/secret.key").unlink()
    stopped = run("doctor")
    assert (stopped.code, stopped.out) == (1, "")
    assert "backup" in stopped.err
    assert not (tmp_path / "data/secret.key").exists()


def test_an_upgrade_of_a_current_folder_says_so(run: Run) -> None:
    assert run("upgrade").code == 1
    run("user", "create", "--email", "a@example.org")
    assert "Already" in run("upgrade").out


def test_a_new_key_opens_what_the_old_one_sealed_and_the_old_one_is_gone(run: Run, tmp_path: Path) -> None:
    run("setup", "--hotel", "A", "--timezone", "UTC", "--currency", "EUR", "--email", "a@example.org")
    key_file = tmp_path / "data/secret.key"
    old = key_file.read_bytes()
    done = run("rotate-key")
    assert (done.code, done.err) == (0, "")
    assert "Back up" in done.out
    new = key_file.read_bytes()
    assert (new != old, len(new.split())) == (True, 1)
    assert {row["name"]: row["ok"] for row in run("doctor", "--json").document}["key file"] is True
    key_file.write_bytes(old)
    refused = run("doctor")
    assert (refused.code, "cannot be decrypted with this key file" in refused.err) == (1, True)


def test_the_doctor_finds_a_rotation_that_was_cut_off(run: Run, tmp_path: Path) -> None:
    run("setup", "--hotel", "A", "--timezone", "UTC", "--currency", "EUR", "--email", "a@example.org")
    add_key(tmp_path / "data/secret.key")
    assert "2 keys are in the key file" in run("doctor").out
    assert run("rotate-key").code == 0
    assert "keys are in the key file" not in run("doctor").out


def test_a_hub_that_runs_keeps_its_key(run: Run, tmp_path: Path) -> None:
    run("setup", "--hotel", "A", "--timezone", "UTC", "--currency", "EUR", "--email", "a@example.org")
    before = (tmp_path / "data/secret.key").read_bytes()
    runtime = open_runtime(Settings.from_env({}, data_dir=tmp_path / "data")).runtime
    held = leases.hold(runtime, LEASE, owner="hub-1:42")
    refused = run("rotate-key")
    assert held is not None
    assert (refused.code, "Stop every process" in refused.err) == (1, True)
    assert (tmp_path / "data/secret.key").read_bytes() == before
    runtime.close()
