"""Public ids: a short prefix and a ULID, so that an id tells its kind and sorts by birth."""

import secrets

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)


def public_id(prefix: str, at_ms: int) -> str:
    """`public_id("bk", 1764000000000)` -> `"bk_01KAV…"`: 48 bits of milliseconds, 80 random bits, Crockford base 32."""
    value = (at_ms & 0xFFFFFFFFFFFF) << 80 | secrets.randbits(80)
    return f"{prefix}_{''.join(_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10))}"
