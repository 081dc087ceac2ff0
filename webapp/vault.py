"""Encrypts what must not be read from the database, and wraps what must not be printed."""

import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

CANARY = b"the key opens this hub"


class VaultError(Exception):
    """The key file is missing, unreadable or of another installation. The text says what to do."""


class Secret:
    """A value that prints as dots. Only `reveal()` gives it away, so a search finds every place that reads one."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return "••••"

    __str__ = __repr__

    def __reduce__(self) -> tuple[type, tuple[str]]:
        raise TypeError("a Secret is not pickled")


class Vault:
    """Encrypts with the first key and decrypts with any, which is what rotation needs."""

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, plain: bytes) -> bytes:
        return self._fernet.encrypt(plain)

    def open(self, sealed: bytes) -> bytes:
        """Raises VaultError when no key fits."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise VaultError(
                "A stored secret cannot be decrypted with this key file. Put back the key file that belongs "
                "to this database (it is in your backup as secret.key)."
            ) from error

    def reseal(self, sealed: bytes) -> bytes:
        """The same content under the newest key. Raises VaultError when no key fits."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken as error:
            raise VaultError("A stored secret opens with no key of this file.") from error


def read_key_file(path: Path) -> Vault:
    """One Fernet key per line, newest first. Raises VaultError with the fix when it is missing or unreadable."""
    try:
        lines = path.read_bytes().split()
    except FileNotFoundError as error:
        raise VaultError(
            f"The key file {path} is missing, but its database exists. Put it back from your backup; "
            "without it no stored credential can be read. A new key is never made beside old data."
        ) from error
    except OSError as error:
        raise VaultError(f"The key file {path} cannot be read: {error.strerror}.") from error
    try:
        return Vault(lines)
    except ValueError as error:
        raise VaultError(f"The key file {path} holds no usable key. Put it back from your backup.") from error


def create_key_file(path: Path) -> Vault:
    """Writes a first key with mode 0600; refuses to touch an existing file."""
    key = Fernet.generate_key()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(key + b"\n")
        handle.flush()
        os.fsync(handle.fileno())
    return Vault([key])


def add_key(path: Path) -> Vault:
    """Puts a new first key into the file, so that `reseal` can move everything to it. Raises VaultError."""
    read_key_file(path)
    return _replace(path, [Fernet.generate_key(), *path.read_bytes().split()])


def keep_newest_key(path: Path) -> Vault:
    """The last step of a rotation: only what was sealed or resealed with the newest key opens from now on."""
    read_key_file(path)
    return _replace(path, path.read_bytes().split()[:1])


def _replace(path: Path, keys: list[bytes]) -> Vault:
    """Atomic, and on the disk when it returns: what is resealed next must not outlive its key in a power cut."""
    owner = path.stat()
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)  # root rotates, the hub's user reads
        handle.write(b"\n".join(keys) + b"\n")
        handle.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return read_key_file(path)
