"""Passwords: hashing, checking, what makes one acceptable, and one-time passwords."""

import secrets
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

SHORTEST, LONGEST = 12, 200

# OWASP's smallest argon2id (2024): 16 threads that all check a password at once stay near 300 MB of memory.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

_ONE_TIME_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def is_right(password_hash: str | None, password: str) -> bool:
    """Takes the same time with `None` (nobody has that e-mail), and is then always False."""
    nobodys = _nobodys_hash()  # asked for either way: the first sign-in takes equally long too
    try:
        _HASHER.verify(password_hash or nobodys, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return password_hash is not None


@lru_cache
def _nobodys_hash() -> str:
    """Checked for an unknown e-mail. Made at the first sign-in: a start need not wait for it."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def is_outdated(password_hash: str) -> bool:
    """True when it was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def one_time_password() -> str:
    """Twenty letters in groups of five, about 99 bits; told once to the person it is for."""
    letters = "".join(secrets.choice(_ONE_TIME_LETTERS) for _ in range(20))
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))
