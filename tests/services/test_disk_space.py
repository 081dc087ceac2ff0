"""A full disk is told from other errors of a database, on both."""

import sqlite3
from pathlib import Path

import psycopg.errors
from sqlalchemy.exc import OperationalError

from webapp.services import disk_space


def test_each_databases_word_for_a_full_disk_is_known(tmp_path: Path) -> None:
    assert disk_space.is_cause_of(OperationalError("INSERT", {}, real_full_error(tmp_path / "small")))
    assert disk_space.is_cause_of(OperationalError("INSERT", {}, psycopg.errors.DiskFull()))


def test_an_error_that_came_from_a_full_disk_is_one_too() -> None:
    outer = RuntimeError("the page could not be written")
    outer.__cause__ = psycopg.errors.DiskFull()
    assert disk_space.is_cause_of(outer)


def test_other_errors_are_not_taken_for_it() -> None:
    assert not disk_space.is_cause_of(ValueError("disk full"))
    assert not disk_space.is_cause_of(OperationalError("INSERT", {}, sqlite3.OperationalError("locked")))
    assert not disk_space.is_cause_of(None)


def test_what_is_free_is_what_the_machine_says(tmp_path: Path) -> None:
    assert disk_space.free_bytes(tmp_path) > 0


def real_full_error(path: Path) -> sqlite3.Error:
    database = sqlite3.connect(path)
    try:
        database.execute("CREATE TABLE t (x)")
        database.execute("PRAGMA max_page_count=2").fetchall()
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    except sqlite3.Error as error:
        return error
    finally:
        database.close()
    raise AssertionError("it fitted")
