"""Files of tickets: what may be attached, told by its bytes, sealed in the database, and read back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.domain.wording import N_, Sentence
from webapp.models import Ticket, TicketAttachment, TicketMessage
from webapp.runtime import Runtime

LARGEST = 5 * 1024 * 1024
"""Bytes of one file."""
MOST = 5
"""Files of one message."""
LONGEST_NAME = 120

# What the first bytes say: (offset, bytes, media type, endings).
_SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (0, b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    (0, b"GIF87a", "image/gif", (".gif",)),
    (0, b"GIF89a", "image/gif", (".gif",)),
    (8, b"WEBP", "image/webp", (".webp",)),
    (0, b"%PDF-", "application/pdf", (".pdf",)),
    (0, b"PK\x03\x04", "application/zip", (".zip", ".docx", ".xlsx", ".odt", ".ods")),
)
_TEXT = (".txt", ".log", ".csv", ".json", ".jsonl", ".xml", ".md", ".yaml", ".yml", ".eml", ".har")
_CONTROL = frozenset(range(32)) - {
    9,
    10,
    12,
    13,
    27,
}  # tab, lines, form feed, and colours of a terminal's log


@dataclass(frozen=True, slots=True)
class NewFile:
    """What somebody chose to attach, unchecked."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SealedFile:
    """Checked and encrypted, ready to be stored."""

    name: str
    media_type: str
    size: int
    sealed: bytes = field(repr=False)


class FileView(Value, frozen=True):
    public_id: str
    name: str
    media_type: str
    size: int


class FilesRefused(ValueError):
    """`message` is a sentence to translate, which names the file."""

    def __init__(self, message: str, **params: str) -> None:
        super().__init__(message % params)
        self.message = Sentence(message, dict(params))


class NoSuchFile(LookupError):
    """Unknown, or of another ticket."""


def seal(runtime: Runtime, files: Sequence[NewFile]) -> tuple[SealedFile, ...]:
    """Before the transaction: encrypting takes its time. Raises FilesRefused at the first one that does not do."""
    if len(files) > MOST:
        raise FilesRefused(N_("Choose %(most)s files at most for one message."), most=str(MOST))
    sealed = []
    for one in files:
        name = tidy_name(one.name)
        if not one.content:
            raise FilesRefused(N_("“%(name)s” is empty."), name=name)
        if len(one.content) > LARGEST:
            raise FilesRefused(
                N_("“%(name)s” is too large: a file has %(most)s MB at most."),
                name=name,
                most=str(LARGEST // 1024 // 1024),
            )
        kind = kind_of(one.content)
        if kind is None:
            raise FilesRefused(
                N_("“%(name)s” cannot be attached: pictures, PDF, text, and zip or office files can."),
                name=name,
            )
        media_type, endings = kind
        if not name.lower().endswith(endings):
            name = name[: LONGEST_NAME - len(endings[0])] + endings[0]
        sealed.append(SealedFile(name, media_type, len(one.content), runtime.vault.seal(one.content)))
    return tuple(sealed)


def keep(runtime: Runtime, session: Session, message_id: int, files: Sequence[SealedFile]) -> None:
    """In the transaction that writes the message."""
    session.add_all(
        TicketAttachment(
            public_id=runtime.new_id("ta"),
            message_id=message_id,
            name=one.name,
            media_type=one.media_type,
            size=one.size,
            sealed=one.sealed,
        )
        for one in files
    )


def of_ticket(session: Session, ticket_id: int) -> dict[str, tuple[FileView, ...]]:
    """By public id of the message; the contents stay where they are."""
    rows = session.execute(
        select(
            TicketMessage.public_id.label("message"),
            TicketAttachment.public_id,
            TicketAttachment.name,
            TicketAttachment.media_type,
            TicketAttachment.size,
        )
        .join(TicketMessage, TicketMessage.id == TicketAttachment.message_id)
        .where(TicketMessage.ticket_id == ticket_id)
        .order_by(TicketAttachment.id)
    )
    found: dict[str, tuple[FileView, ...]] = {}
    for row in rows:
        view = FileView(row.public_id, row.name, row.media_type, row.size)
        found[row.message] = (*found.get(row.message, ()), view)
    return found


def read(runtime: Runtime, session: Session, ticket: str, file: str) -> tuple[FileView, bytes]:
    """By the public ids of both. Raises NoSuchFile, VaultError."""
    row = session.scalars(
        select(TicketAttachment)
        .join(TicketMessage, TicketMessage.id == TicketAttachment.message_id)
        .join(Ticket, Ticket.id == TicketMessage.ticket_id)
        .where(Ticket.public_id == ticket, TicketAttachment.public_id == file)
    ).one_or_none()
    if row is None:
        raise NoSuchFile(file)
    view = FileView(row.public_id, row.name, row.media_type, row.size)
    return view, runtime.vault.open(row.sealed)


def tidy_name(name: str) -> str:
    """The last part of a path, without what a file system, a header or a reader would stumble over."""
    last = re.split(r"[\\/]", name)[-1]
    plain = "".join(letter for letter in last if letter.isprintable() and letter not in '<>:"|?*')
    plain = " ".join(plain.split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if len(plain) > LONGEST_NAME and dot and len(ending) < 10:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return plain[:LONGEST_NAME] or "file"


def kind_of(content: bytes) -> tuple[str, tuple[str, ...]] | None:
    """Media type and usual endings by the bytes; None for what may not be attached.

    Markup and scripts are text: they are only ever handed out as a plain text to save.
    """
    for offset, mark, media_type, endings in _SIGNATURES:
        if content[offset : offset + len(mark)] == mark:
            return media_type, endings
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if _CONTROL & set(content) else ("text/plain", _TEXT)
