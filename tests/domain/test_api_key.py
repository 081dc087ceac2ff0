"""The text of an API key."""

import re

from webapp.domain.api_key import checksum, is_well_formed, masked, new_key


def test_the_checksum_is_the_one_scanners_know() -> None:
    assert checksum("qkJaB6MffYVzZXWqmcoF49yrUxP3wf") == "0LsakP"  # npm's dummy token


def test_a_new_key_is_one_word_that_scanners_find() -> None:
    keys = {new_key() for _ in range(200)}
    assert len(keys) == 200
    assert all(re.fullmatch(r"aiha_[0-9A-Za-z]{36}", key) and is_well_formed(key) for key in keys)


def test_a_typing_error_is_told_without_looking_anything_up() -> None:
    key = new_key()
    swapped = key[:10] + ("a" if key[10] != "a" else "b") + key[11:]
    for wrong in (
        swapped,
        key[:-1],
        key + "0",
        key.replace("aiha_", "aihb_"),
        key.upper(),
        "",
        "aiha_" + "é" * 36,
    ):
        assert not is_well_formed(wrong)


def test_little_of_a_key_is_shown() -> None:
    key = new_key()
    assert masked(key) == f"{key[:9]}…{key[-4:]}"
