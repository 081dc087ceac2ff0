"""A place in the log, as the opaque text of an "older" or "newer" link."""

import base64
import binascii
from datetime import datetime

from webapp.domain.value import Value

from .booking_place import BadCursor


class LogPlace(Value, frozen=True):
    """A place between two entries, and which way the wanted page lies."""

    towards_older: bool
    at: datetime
    id: int

    def text(self) -> str:
        plain = f"{'o' if self.towards_older else 'n'}{self.at.isoformat()}|{self.id}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_log_place(text: str) -> LogPlace:
    """Raises BadCursor."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        at, _, key = plain[1:].partition("|")
        moment = datetime.fromisoformat(at)
        if plain[0] not in "on" or not key.isdecimal() or len(key) > 18 or moment.tzinfo is None:
            raise BadCursor(text)
        return LogPlace(plain[0] == "o", moment, int(key))
    except (binascii.Error, UnicodeError, IndexError, ValueError) as error:
        raise BadCursor("This is no place in the log.") from error
