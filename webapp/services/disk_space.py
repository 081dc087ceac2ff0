"""The disk under the data: how much is free, and whether a database's error means that it is full."""

import shutil
from pathlib import Path

from webapp.domain.fault import Actor, Fault
from webapp.domain.wording import N_

LOW_BYTES = 500 * 1024 * 1024
"""Below this much a person is warned: a first load of 100,000 bookings takes a fifth of it."""
NONE_BYTES = 1024 * 1024
_SQLITE_FULL = 13
_POSTGRES_FULL = "53100"

DISK_FULL = Fault(
    code="disk_full",
    message=N_("The disk is full: the hub cannot store anything more."),
    advice=N_(
        "Make room on the disk of the data folder, or of the database server. Nothing that was acknowledged is lost, "
        "and the hub goes on by itself within a minute."
    ),
    actor=Actor.IT,
)


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def is_cause_of(error: BaseException | None) -> bool:
    """Whether this error, or one it came from, is a database's word for a full disk."""
    while error is not None:
        code = getattr(error, "sqlite_errorcode", None)
        if code == _SQLITE_FULL or getattr(error, "sqlstate", None) == _POSTGRES_FULL:
            return True
        error = getattr(error, "orig", None) or error.__cause__
    return False
