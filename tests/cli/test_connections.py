"""Connections, syncs and exports by command."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.server import Server
from tests.cli.conftest import RECIPE, Printed, Run
from webapp.cli.bookings import COLUMNS
from webapp.services.installation import open_runtime
from webapp.services.sync_claims import claim_one
from webapp.settings import Settings

Add = Callable[..., Printed]


@pytest.fixture
def hotel(run: Run) -> None:
    run(
        "setup",
        "--hotel",
        "Aurora",
        "--timezone",
        "Europe/Helsinki",
        "--currency",
        "EUR",
        "--email",
        "a@example.org",
    )


@pytest.mark.usefixtures("hotel")
def test_from_an_empty_folder_to_an_export(run: Run, add_aurora: Add, vendor: Server) -> None:
    assert add_aurora("--json").document["name"] == "Aurora"
    assert run("connection", "test", "Aurora", "--json").document["ok"] is True

    report = run("sync", "Aurora", "--json").document
    assert (report["state"], report["verdict"]) == ("succeeded", "new_data")
    added = {row["stream"]: row["added"] for row in report["streams"]}
    assert added["bookings"] > 300

    again = run("sync", "Aurora", "--json").document
    assert again["verdict"] == "nothing_new"
    full = run("sync", "Aurora", "--full", "--json").document
    assert {row["stream"]: row["changed"] for row in full["streams"]}["bookings"] == 0

    exported = run("bookings", "export", "--json").document
    assert len(exported) == added["bookings"]
    rows = list(csv.DictReader(io.StringIO(run("bookings", "export").out)))
    assert tuple(rows[0]) == COLUMNS
    assert {row["external_id"] for row in rows} == {row["external_id"] for row in exported}

    listed = run("connection", "list", "--json").document
    assert [(row["name"], row["state"], row["role"]) for row in listed] == [("Aurora", "healthy", "primary")]


def test_a_sync_works_before_the_hotel_is_set_up(run: Run, add_aurora: Add) -> None:
    assert add_aurora().code == 0
    assert run("sync", "Aurora").code == 0
    assert len(run("bookings", "export", "--json").document) > 300


@pytest.mark.usefixtures("hotel")
def test_a_refused_key_ends_in_a_named_verdict(run: Run, add_aurora: Add) -> None:
    add_aurora(key="wrong-key-1234")
    test = run("connection", "test", "Aurora", "--json")
    assert (test.code, test.document["ok"]) == (1, False)
    assert (
        next(rung for rung in test.document["rungs"] if not rung["ok"])["fault"]["code"]
        == "credentials_rejected"
    )
    sync = run("sync", "Aurora")
    assert sync.code == 1
    assert "failed" in sync.out
    assert "wrong-key-1234" not in test.out + sync.out + sync.err
    doctor = run("doctor")
    assert doctor.code == 1
    assert "needs attention" in doctor.out


def test_a_secret_never_stands_on_the_command_line(run: Run) -> None:
    refused = run("connection", "add", "custom_rest", "--name", "X", "--set", "api_key=abc")
    assert refused.code == 1
    assert "HOTEL_ASSISTANT_SECRET_API_KEY" in refused.err


def test_a_secret_may_come_from_the_environment(run: Run, vendor: Server) -> None:
    added = run(
        *("connection", "add", "custom_rest", "--name", "A", "--set", f"endpoint_url={vendor.url}/v2"),
        *("--set", f"recipe=@{RECIPE}"),
        *("--set", f"property_id={vendor.property_id}"),
        env={"HOTEL_ASSISTANT_SECRET_API_KEY": vendor.credentials["api_key_header"]["value"]},
    )
    assert added.code == 0
    assert run("connection", "test", "A").code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("connection", "add", "no_such", "--name", "X"), "custom_rest"),
        (("connection", "add", "custom_rest", "--name", "X", "--set", "nonsense"), "FIELD=VALUE"),
        (
            ("connection", "add", "custom_rest", "--name", "X", "--set", "recipe=@nowhere.json"),
            "nowhere.json",
        ),
        (
            ("connection", "add", "custom_rest", "--name", "X", "--set", "endpoint_url=ftp://x"),
            "endpoint_url",
        ),
    ],
)
def test_wrong_input_is_named(run: Run, words: tuple[str, ...], says: str) -> None:
    done = run(*words)
    assert done.code == 1
    assert says in done.err


def test_an_unknown_connection_is_named(run: Run, add_aurora: Add) -> None:
    add_aurora()
    assert "Nowhere" in run("sync", "Nowhere").err


def test_reading_commands_make_no_folder(run: Run, tmp_path: object) -> None:
    done = run("bookings", "export")
    assert done.code == 1
    assert "no data folder" in done.err


def test_a_connection_that_is_being_synced_is_left_alone(run: Run, add_aurora: Add, tmp_path: Path) -> None:
    add_aurora()
    settings = Settings.from_env({}, data_dir=tmp_path / "data")
    runtime = open_runtime(settings).runtime
    claim_one(runtime, 1, owner="another")
    busy = run("sync", "Aurora")
    runtime.close()
    assert (busy.code, "being synced now" in busy.err) == (1, True)
