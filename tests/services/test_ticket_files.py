"""Files of tickets: judged by their bytes, named harmlessly, sealed."""

import pytest

from webapp.runtime import Runtime
from webapp.services import ticket_files
from webapp.services.ticket_files import LARGEST, FilesRefused, NewFile


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0...", "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04...", "application/zip"),
        ("Zürich 12:00 ✓\n".encode(), "text/plain"),
        (b"\xef\xbb\xbfa,b\r\n", "text/plain"),
        (b"\x1b[31mred\x1b[0m", "text/plain"),
        (b"<svg onload=alert(1)>", "text/plain"),
    ],
)
def test_the_bytes_say_what_a_file_is(content: bytes, media_type: str) -> None:
    kind = ticket_files.kind_of(content)
    assert kind is not None
    assert kind[0] == media_type


@pytest.mark.parametrize(
    "content", [b"MZ\x90\0", b"\x7fELF\x02", b"a\0b", b"\xff\xfeh\0i\0", b"\xca\xfe\xba\xbe"]
)
def test_programs_and_unknown_bytes_are_no_attachments(content: bytes) -> None:
    assert ticket_files.kind_of(content) is None


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("C:\\Users\\ben\\screen shot.png", "screen shot.png"),
        ("../../etc/passwd", "passwd"),
        ('a"b<c>|d?.txt', "abcd.txt"),
        ("line\r\nX-Header: 1.txt", "lineX-Header 1.txt"),
        ("...", "file"),
        ("", "file"),
        ("Rechnung Zürich.pdf", "Rechnung Zürich.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(name: str, tidy: str) -> None:
    assert ticket_files.tidy_name(name) == tidy


def test_an_ending_that_does_not_fit_gets_the_right_one(runtime: Runtime) -> None:
    (sealed,) = ticket_files.seal(runtime, [NewFile("setup.exe", b"just text")])
    assert (sealed.name, sealed.media_type, sealed.size) == ("setup.exe.txt", "text/plain", 9)
    assert runtime.vault.open(sealed.sealed) == b"just text"
    assert b"just text" not in sealed.sealed
    assert "just text" not in repr(NewFile("a.txt", b"just text"))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([NewFile("a.txt", b"")], "“a.txt” is empty."),
        ([NewFile("a.txt", b"a" * (LARGEST + 1))], "“a.txt” is too large: a file has 5 MB at most."),
        ([NewFile("a.bin", b"\0\1")], "“a.bin” cannot be attached"),
        ([NewFile("a.txt", b"a")] * 6, "Choose 5 files at most"),
    ],
)
def test_a_refusal_names_the_file(runtime: Runtime, files: list[NewFile], words: str) -> None:
    with pytest.raises(FilesRefused, match=words.replace("(", r"\(")):
        ticket_files.seal(runtime, files)


def test_a_file_of_the_greatest_size_is_taken(runtime: Runtime) -> None:
    assert ticket_files.seal(runtime, [NewFile("a.txt", b"a" * LARGEST)])[0].size == LARGEST
