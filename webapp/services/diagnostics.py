"""Diagnostics: an account of the hub for whoever helps, made of an allow list, shown in full before it goes anywhere.

Nothing typed by people or sent by providers is in it: no names, addresses, hosts, texts or option values.
"""

import io
import zipfile
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import DiagnosticsBundle
from webapp.runtime import Runtime

from . import diagnostics_parts

KEPT_FOR = timedelta(days=7)
"""As far as it is not attached to a ticket, which keeps a copy."""
MOST_SHOWN = 5
ABOUT = """This is a redacted account of a hotel's integration hub.
It holds versions, which settings are set, states, counts and fault codes.
It holds no credentials, no guests, no names and no texts that people wrote.
"""


class NoSuchBundle(LookupError):
    """Unknown, or too old."""


class Bundle(Value, frozen=True):
    """`text` is the document as it is attached and downloaded: JSON, readable."""

    public_id: str
    made_at: datetime
    text: str

    @property
    def file_name(self) -> str:
        return f"diagnostics-{self.public_id}.json"


def make(runtime: Runtime, *, actor: str) -> Bundle:
    """Reads the hub as it is now and keeps what it found."""
    now = runtime.clock()
    public_id = runtime.new_id("dg")
    with runtime.reading() as session:
        parts = diagnostics_parts.gather(runtime, session)
    document = msgspec.json.encode({"bundle_id": public_id, "made_at": now, **parts})
    text = msgspec.json.format(document, indent=2).decode() + "\n"
    sealed = runtime.vault.seal(text.encode())
    with runtime.writing() as session:
        drop_old(session, now)
        session.add(DiagnosticsBundle(public_id=public_id, made_by=actor, made_at=now, sealed=sealed))
    return Bundle(public_id, now, text)


def drop_old(session: Session, now: datetime) -> None:
    """In the caller's transaction: by the clock, and whenever one is made."""
    session.execute(delete(DiagnosticsBundle).where(DiagnosticsBundle.made_at < now - KEPT_FOR))


def find(runtime: Runtime, public_id: str) -> Bundle:
    """As it was made. Raises NoSuchBundle, VaultError."""
    with runtime.reading() as session:
        wanted = select(DiagnosticsBundle).where(DiagnosticsBundle.public_id == public_id)
        row = session.scalars(wanted).one_or_none()
    if row is None:
        raise NoSuchBundle(public_id)
    return Bundle(row.public_id, row.made_at, runtime.vault.open(row.sealed).decode())


def recent(session: Session) -> tuple[tuple[str, datetime], ...]:
    """(public id, when) of those that are kept, the latest first; a handful."""
    rows = session.execute(
        select(DiagnosticsBundle.public_id, DiagnosticsBundle.made_at)
        .order_by(DiagnosticsBundle.made_at.desc(), DiagnosticsBundle.id.desc())
        .limit(MOST_SHOWN)
    )
    return tuple((row.public_id, row.made_at) for row in rows)


def as_zip(bundle: Bundle) -> bytes:
    """The document and what it is, for a mail or a stick."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("README.txt", ABOUT), (bundle.file_name, bundle.text)):
            archive.writestr(zipfile.ZipInfo(name, _stamp(bundle.made_at)), text)
    return packed.getvalue()


def _stamp(at: datetime) -> tuple[int, int, int, int, int, int]:
    return (at.year, at.month, at.day, at.hour, at.minute, at.second)
