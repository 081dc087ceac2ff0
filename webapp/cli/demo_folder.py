"""The demo's data folder: emptied at each start, and filled from a copy of tables and people that an earlier one left."""

import hashlib
import shutil
import sqlite3
from contextlib import closing

from webapp.migrations import VERSIONS
from webapp.services.installation import REAL, InstallationError, kind_of
from webapp.settings import Settings

DATABASE = ("hub.sqlite3", "hub.sqlite3-wal", "hub.sqlite3-shm")
COPY, STAMP = "prepared.sqlite3", "prepared.stamp"


def begin_anew(settings: Settings, people: str | None) -> bool:
    """Removes what an earlier demo left, and nothing else. True when tables and these `people` are there again.

    Raises InstallationError for the folder of a real hotel. Without `people` nothing is put back.
    """
    folder = settings.data_dir
    if kind_of(settings) == REAL:
        raise InstallationError(
            f"{folder} is the data folder of a real hotel; `demo` never opens one. Choose another with --data."
        )
    for name in DATABASE:
        (folder / name).unlink(missing_ok=True)
    if people is not None and _is_fit(settings, people):
        shutil.copyfile(folder / COPY, folder / (COPY + ".part"))
        (folder / (COPY + ".part")).replace(folder / DATABASE[0])
        return True
    for name in (COPY, STAMP):
        (folder / name).unlink(missing_ok=True)
    settings.key_file.unlink(missing_ok=True)
    return False


def keep(settings: Settings, people: str) -> None:
    """Sets the database as it is now aside for the next start; whatever stood there before goes."""
    folder = settings.data_dir
    part = folder / (COPY + ".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(folder / DATABASE[0])) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    part.replace(folder / COPY)
    (folder / STAMP).write_text(_stamp(people), encoding="ascii")


def _is_fit(settings: Settings, people: str) -> bool:
    folder = settings.data_dir
    try:
        stamp = (folder / STAMP).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return stamp == _stamp(people) and (folder / COPY).is_file() and settings.key_file.is_file()


def _stamp(people: str) -> str:
    """Of everything that the copy was made from: the migrations to the letter, and who is in it."""
    digest = hashlib.blake2b(people.encode(), digest_size=16)
    for path in sorted(VERSIONS.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
