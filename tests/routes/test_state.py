"""The probes: alive, and ready."""

import pytest
from flask import Flask

from webapp.runtime import Runtime


def test_a_living_process_says_so(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_a_hub_with_its_tables_is_ready(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "database": True, "migrations": True})


def test_a_hub_over_another_versions_tables_is_not_ready(app: Flask, hub: Runtime) -> None:
    with hub.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"status": "not ready", "database": True, "migrations": False},
    )


@pytest.mark.sqlite_only
def test_a_hub_without_its_database_is_not_ready(app: Flask, hub: Runtime) -> None:
    hub.close()
    hub.settings.data_dir.joinpath("hub.sqlite3").rename(hub.settings.data_dir / "elsewhere")
    hub.settings.data_dir.joinpath("hub.sqlite3").mkdir()
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (
        503,
        {"status": "not ready", "database": False, "migrations": False},
    )
