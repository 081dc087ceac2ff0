"""The INSERT that knows ON CONFLICT, which each database spells in a class of its own."""

from typing import Any


def insert_for(dialect: str) -> Any:
    """`insert` of sqlite or postgresql. The other one is not loaded: it is large."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert
