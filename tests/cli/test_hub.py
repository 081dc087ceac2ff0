"""doctor and upgrade."""

from pathlib import Path

from tests.cli.conftest import Run


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
