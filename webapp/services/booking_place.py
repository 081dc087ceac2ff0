"""A place in a list of bookings, as the opaque text of an "older" or "newer" link."""

import base64
import binascii
from datetime import date

from webapp.domain.value import Value


class BadCursor(ValueError):
    """The text is no place in the list: from another version, or cut when the address was copied."""


class Place(Value, frozen=True):
    """A place between two bookings, and which way the wanted page lies."""

    towards_older: bool
    arrival: date
    id: int

    def text(self) -> str:
        plain = f"{'o' if self.towards_older else 'n'}{self.arrival.isoformat()}.{self.id}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def read_place(text: str) -> Place:
    """Raises BadCursor."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        arrival, _, key = plain[1:].partition(".")
        if plain[0] not in "on" or not key.isdecimal() or len(key) > 18:
            raise BadCursor(text)
        return Place(plain[0] == "o", date.fromisoformat(arrival), int(key))
    except (binascii.Error, UnicodeError, IndexError, ValueError) as error:
        raise BadCursor("This is no place in the list.") from error
