"""What a person is told of the disk under the data folder."""

from webapp.services import disk_space

from .connection_words import fault
from .i18n import gettext as _
from .standing import Verdict


def disk(free_bytes: int) -> Verdict | None:
    """What is to say of the disk under the data folder; None while there is room enough."""
    if free_bytes >= disk_space.LOW_BYTES:
        return None
    full = fault(disk_space.DISK_FULL)
    if free_bytes < disk_space.NONE_BYTES and full is not None:
        return Verdict("bad", full.title, "", full.advice, full.who)
    return Verdict(
        "warn",
        _("Only %(room)s MB are free on the disk of the data folder.") % {"room": free_bytes // 1_000_000},
        _("When it is full, syncs stop and calls of the PMS are refused."),
        _("Make room on that disk."),
        "it",
    )
