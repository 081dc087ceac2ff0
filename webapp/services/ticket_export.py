"""A ticket as one file, for a hotel without internet: its thread to read, the same as JSON, and its attachments."""

import io
import zipfile
from datetime import datetime

import msgspec

from webapp.runtime import Runtime

from . import ticket_files, ticket_lists, tickets


def as_zip(runtime: Runtime, public_id: str) -> tuple[str, bytes]:
    """(file name, zip). Raises NoSuchTicket, VaultError."""
    packed = io.BytesIO()
    with runtime.reading() as session, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        ticket = tickets.find(session, public_id)
        thread = ticket_lists.thread(session, ticket.id)
        stamp = _stamp(ticket.changed_at)
        document = msgspec.json.format(msgspec.json.encode({"ticket": ticket, "thread": thread}), indent=2)
        archive.writestr(zipfile.ZipInfo("ticket.json", stamp), document)
        archive.writestr(zipfile.ZipInfo("ticket.txt", stamp), _text(ticket, thread))
        files = [file for entry in thread for file in entry.files]
        for number, file in enumerate(files, 1):
            view, content = ticket_files.read(runtime, session, public_id, file.public_id)
            archive.writestr(zipfile.ZipInfo(f"files/{number:02}-{view.name}", stamp), content)
    return f"{ticket.number}.zip", packed.getvalue()


def _text(ticket: tickets.TicketView, thread: tuple[ticket_lists.Entry, ...]) -> str:
    lines = [
        f"{ticket.number}: {ticket.subject}",
        f"{ticket.category}, {ticket.priority}, {ticket.status}; opened {_when(ticket.created_at)} by {ticket.created_by}",
        f"About: {ticket.booking or '-'} {ticket.connection or '-'}",
    ]
    for entry in thread:
        lines += ["", f"--- {_when(entry.at)}, {entry.author}"]
        lines += [f"Status: {entry.status}"] if entry.status else [entry.text]
        lines += [f"[file] {file.name}, {file.size} bytes" for file in entry.files]
    return "\n".join(lines) + "\n"


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _stamp(at: datetime) -> tuple[int, int, int, int, int, int]:
    return (at.year, at.month, at.day, at.hour, at.minute, at.second)
