"""The text of an API key: a prefix that scanners know, 178 random bits, and a checksum that tells a typing error."""

import secrets
import zlib

PREFIX = "aiha_"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECK = 30, 6
LENGTH = len(PREFIX) + _RANDOM + _CHECK


def new_key() -> str:
    """`aiha_` + 30 random characters + 6 of checksum, all base 62: one double click selects it."""
    entropy = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"{PREFIX}{entropy}{checksum(entropy)}"


def checksum(entropy: str) -> str:
    """CRC-32 of the characters in base 62, filled up with zeros to six; npm's dummy token is a known answer."""
    rest, digits = zlib.crc32(entropy.encode()), ""
    while rest:
        rest, place = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[place] + digits
    return digits.rjust(_CHECK, "0")


def is_well_formed(text: str) -> bool:
    """Whether this can be a key at all; needs no database."""
    if len(text) != LENGTH or not text.startswith(PREFIX):
        return False
    entropy, check = text[len(PREFIX) : -_CHECK], text[-_CHECK:]
    return all(letter in _ALPHABET for letter in entropy) and checksum(entropy) == check


def masked(text: str) -> str:
    """What may be shown and logged of a key: prefix and last four."""
    return f"{text[: len(PREFIX) + 4]}…{text[-4:]}"
