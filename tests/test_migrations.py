"""The migrations make what the models describe, on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from webapp import migrations
from webapp.migrations import VERSIONS
from webapp.models import Model
from webapp.runtime import make_engine
from webapp.settings import Settings

# Full text search is made by hand for each database and is no table of the models.
SEARCH = "booking_search"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Engine]:
    if request.param == "sqlite":
        settings.data_dir.mkdir()
        engine = make_engine(settings.database_url)
    else:
        engine = make_engine(request.getfixturevalue("postgres_settings").database_url)
    yield engine
    engine.dispose()


def is_of_the_models(_object: Any, name: str | None, _kind: str, _reflected: bool, _twin: Any) -> bool:
    return SEARCH not in (name or "")


def test_an_empty_database_becomes_what_the_models_describe(empty_database: Engine) -> None:
    assert migrations.current(empty_database) is None
    migrations.upgrade(empty_database)
    with empty_database.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_of_the_models}
        )
        assert compare_metadata(context, Model.metadata) == []
    assert migrations.current(empty_database) == migrations.head()


def test_the_head_is_the_one_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.head()]


def test_upgrading_twice_changes_nothing(empty_database: Engine) -> None:
    migrations.upgrade(empty_database)
    before = inspect(empty_database).get_table_names()
    migrations.upgrade(empty_database)
    assert inspect(empty_database).get_table_names() == before


def test_bookings_can_be_searched(empty_database: Engine) -> None:
    migrations.upgrade(empty_database)
    with empty_database.connect() as connection:
        if empty_database.dialect.name == "sqlite":
            found = connection.execute(
                text("SELECT count(*) FROM booking_search WHERE booking_search MATCH 'lu*'")
            )
        else:
            found = connection.execute(
                text("SELECT count(*) FROM pg_indexes WHERE indexname = 'ix_booking_search'")
            )
        assert found.scalar() == (0 if empty_database.dialect.name == "sqlite" else 1)


def test_a_broken_migration_leaves_the_database_as_it_was(
    empty_database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("power cut")

    # The revision is noted after its tables were made.
    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        migrations.upgrade(empty_database)
    assert inspect(empty_database).get_table_names() == []
