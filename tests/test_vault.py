"""The vault: what it keeps closed, rotation, the key file, and secrets that do not print."""

import copy
import pickle
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from webapp.vault import (
    CANARY,
    Secret,
    VaultError,
    add_key,
    create_key_file,
    keep_newest_key,
    read_key_file,
)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret.key"
    create_key_file(path)
    return path


def test_what_is_sealed_opens_again_and_shows_nothing(key_file: Path) -> None:
    sealed = read_key_file(key_file).seal(CANARY)
    assert read_key_file(key_file).open(sealed) == CANARY
    assert CANARY not in sealed


def test_sealing_twice_looks_different(key_file: Path) -> None:
    vault = read_key_file(key_file)
    assert vault.seal(CANARY) != vault.seal(CANARY)


def test_only_the_owner_may_read_the_key_file(key_file: Path) -> None:
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    add_key(key_file)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_key_file_is_never_written_over(key_file: Path) -> None:
    before = key_file.read_bytes()
    with pytest.raises(FileExistsError):
        create_key_file(key_file)
    assert key_file.read_bytes() == before


def test_after_a_rotation_old_secrets_open_and_can_be_moved_to_the_new_key(key_file: Path) -> None:
    old = read_key_file(key_file)
    sealed = old.seal(b"made before")
    rotated = add_key(key_file)
    moved = rotated.reseal(sealed)
    assert rotated.open(sealed) == rotated.open(moved) == b"made before"
    with pytest.raises(VaultError):
        old.open(moved)


def test_the_newest_key_alone_opens_what_was_moved(key_file: Path) -> None:
    sealed = read_key_file(key_file).seal(b"made before")
    moved = add_key(key_file).reseal(sealed)
    newest = keep_newest_key(key_file)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert len(key_file.read_bytes().split()) == 1
    assert newest.open(moved) == read_key_file(key_file).open(moved) == b"made before"
    with pytest.raises(VaultError, match="cannot be decrypted"):
        newest.open(sealed)
    with pytest.raises(VaultError, match="no key of this file"):
        newest.reseal(sealed)


@pytest.mark.parametrize("change", [add_key, keep_newest_key])
def test_a_key_file_that_opens_nothing_is_not_replaced(
    key_file: Path, change: Callable[[Path], object]
) -> None:
    key_file.write_bytes(b"too short")
    with pytest.raises(VaultError, match="holds no usable key"):
        change(key_file)
    assert key_file.read_bytes() == b"too short"
    assert [one.name for one in key_file.parent.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("damage", [b"", b"not sealed at all", b"gAAAAA"])
def test_what_was_not_sealed_here_does_not_open(key_file: Path, damage: bytes) -> None:
    with pytest.raises(VaultError, match=r"secret\.key"):
        read_key_file(key_file).open(damage)


def test_changed_bytes_do_not_open(key_file: Path) -> None:
    vault = read_key_file(key_file)
    sealed = bytearray(vault.seal(CANARY))
    sealed[-5] ^= 1
    with pytest.raises(VaultError):
        vault.open(bytes(sealed))


def test_a_missing_key_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match=r"missing, but its database exists\. Put it back from your backup"):
        read_key_file(tmp_path / "secret.key")


@pytest.mark.parametrize("content", [b"", b"\n", b"too short\n"])
def test_a_damaged_key_file_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    with pytest.raises(VaultError, match="holds no usable key"):
        read_key_file(path)


def test_an_unreadable_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="cannot be read"):
        read_key_file(tmp_path)


def test_a_secret_prints_as_dots_everywhere() -> None:
    secret = Secret("sk_live_123")
    printed = f"{secret} {secret!r} {secret!s:>20} {[secret]} { ({'key': secret}) }"
    assert "sk_live" not in printed
    assert secret.reveal() == "sk_live_123"
    assert not hasattr(secret, "__dict__")


def test_a_secret_is_not_written_to_a_file_by_accident() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("sk_live_123"))
    with pytest.raises(TypeError):
        copy.copy(Secret("sk_live_123"))


def test_secrets_compare_by_value_and_an_empty_one_is_none() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")
