"""What many tests would make alike is made once: data folders as far as a test wants them, and what SQL statements become."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError

from webapp.runtime import Runtime
from webapp.services.installation import open_runtime
from webapp.settings import Settings

from . import cast


class Start(StrEnum):
    """Where a test finds its hub: after its first start, or claimed by Hotel Aurora with the cast."""

    OPENED = "opened"
    CLAIMED = "claimed"


def make(start: Start, settings: Settings, now: datetime) -> None:
    runtime: Runtime = open_runtime(settings, clock=lambda: now).runtime
    if start is Start.CLAIMED:
        cast.set_the_stage(runtime)
    runtime.close()


class KeptFolders:
    """Data folders of SQLite; a copy is made in a tenth of the time of a new one."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self._folder = folder
        self._now = now

    def copy(self, start: Start, data_dir: Path) -> None:
        kept = self._folder / start
        if not kept.exists():
            make(start, Settings.from_env({}, data_dir=kept), self._now)
            with closing(sqlite3.connect(kept / "hub.sqlite3")) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        data_dir.mkdir(mode=0o700)
        for name in ("hub.sqlite3", "secret.key"):
            shutil.copy(kept / name, data_dir)


class SharedStatements:
    """Makes engines like `make_engine`. What SQL a statement becomes is remembered per dialect, not per engine: a
    test has an engine of its own, and would translate all its statements anew."""

    CAPACITY = 5_000

    def __init__(self, make_engine: Callable[..., Engine]) -> None:
        self._make_engine = make_engine
        sqlite = create_engine("sqlite://", query_cache_size=self.CAPACITY)
        sqlite.connect().close()  # a dialect knows its server after the first connection
        self._firsts = {"sqlite": sqlite}

    def __call__(self, url: str, **options: Any) -> Engine:
        engine = self._make_engine(url, **options)
        first = self._firsts.get(engine.dialect.name)
        if first is not None:
            engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        elif self._is_reached(engine):
            self._firsts[engine.dialect.name] = engine
        return engine

    @staticmethod
    def _is_reached(engine: Engine) -> bool:
        try:
            engine.connect().close()
        except SQLAlchemyError:  # a test about a database that does not answer
            return False
        return True
