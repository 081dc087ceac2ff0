"""Public ids: a short prefix and a ULID, so that an id tells its kind and sorts by birth."""

import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_OF_BYTE = bytes(ord(_ALPHABET[byte & 31]) for byte in range(256))
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
_RANDOM, _SERIAL_BITS = 12, 20


def public_id(prefix: str, at_ms: int) -> str:
    """`public_id("bk", 1764000000000)` -> `"bk_01KAV…"`: 48 bits of milliseconds, 80 random bits, Crockford base 32."""
    return f"{prefix}_{_moment(at_ms)}{_random_text(16)}"


def public_ids(prefix: str, at_ms: int, count: int) -> list[str]:
    """`count` ids of one moment (at most a million), in ascending order: an index takes them one behind the other.

    60 bits of each are random; the 20 before count the batch.
    """
    if count >> _SERIAL_BITS:
        raise ValueError("too many ids for one moment")
    head, tail = f"{prefix}_{_moment(at_ms)}", _random_text(_RANDOM * count)
    return [
        f"{head}{_PAIRS[number >> 10]}{_PAIRS[number & 1023]}{tail[_RANDOM * number : _RANDOM * (number + 1)]}"
        for number in range(count)
    ]


def _moment(at_ms: int) -> str:
    value = at_ms & 0xFFFFFFFFFFFF
    return "".join(_PAIRS[value >> shift & 1023] for shift in range(40, -1, -10))


def _random_text(length: int) -> str:
    return secrets.token_bytes(length).translate(_OF_BYTE).decode()
