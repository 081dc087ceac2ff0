"""Migrations: brings a database up to this version's tables, from an installed wheel too.

Alembic is loaded only when there is something to bring up: a start is looked at by people who wait.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

VERSIONS = Path(__file__).parent / "versions"


def upgrade(engine: Engine) -> None:
    """Run what is missing, in one transaction; a second call does nothing."""
    if current(engine) == head():
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current(engine: Engine) -> str | None:
    """The revision a database stands at; None when it is empty."""
    with engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def head() -> str:
    """The revision of this version: files are named by their number, and one follows the other."""
    return max(path.name for path in VERSIONS.glob("[0-9]*.py")).partition("_")[0]
