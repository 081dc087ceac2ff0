"""Stores guest profiles, and makes stub rows for people known from a booking only."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.engine import Connection as DatabaseConnection

from webapp.domain.booking import Booking, BookingGuest
from webapp.domain.guest import Guest
from webapp.integrations.kit.contract import Skipped
from webapp.models import Guest as GuestTable
from webapp.models.bulk import bulk_insert, bulk_upsert
from webapp.models.bulk_reading import lookup

from .applying import TOO_LONG, Circumstances, Tally, content_hash, is_older

GUESTS = GuestTable.metadata.tables["guest"]
_COLUMNS = (
    "public_id", "connection_id", "external_id", "is_profile", "first_name", "last_name", "email", "phone",
    "country", "language", "is_vip", "notes", "content_hash", "updated_at", "gone_at", "stored_at", "changed_at",
    "revision",
)  # fmt: skip
_KEY = ("connection_id", "external_id")
_KEEP = ("public_id", "stored_at")


_STUB_COLUMNS = (
    "public_id", "connection_id", "external_id", "is_profile", "first_name", "last_name", "email", "phone",
    "country", "language", "is_vip", "notes", "content_hash", "stored_at", "changed_at", "revision",
)  # fmt: skip
_Said = tuple[str, str, str, str]


class _Stub(NamedTuple):
    """What must be known of a stored person to leave it alone; the four fields of `_Said` behind the key."""

    external_id: str
    first_name: str
    last_name: str
    email: str
    phone: str
    is_profile: bool
    anonymised_at: datetime | None
    revision: int


class _Known(NamedTuple):
    external_id: str
    is_profile: bool
    content_hash: bytes
    updated_at: datetime | None
    anonymised_at: datetime | None
    gone_at: datetime | None
    revision: int


def apply_guests(db: DatabaseConnection, how: Circumstances, guests: Sequence[Guest]) -> Tally:
    """One page of profiles. Who was anonymised here stays so, whatever the provider still says."""
    page = {guest.external_id: guest for guest in guests if len(guest.external_id) <= 100}
    skipped = tuple(
        Skipped(guest.external_id[:100], TOO_LONG) for guest in guests if guest.external_id not in page
    )
    known = _known(db, how, list(page))
    added = 0
    rows = []
    names = iter(how.new_ids("gu", len(page)))
    for key, guest in page.items():
        digest = content_hash(guest, how.mapping_version)
        row = known.get(key)
        if row is not None and (
            row.anonymised_at is not None
            or (row.is_profile and row.content_hash == digest and row.gone_at is None)
            or (row.is_profile and is_older(guest.updated_at, row.updated_at))
        ):
            continue
        added += row is None
        rows.append(
            _row(
                how,
                guest,
                digest,
                next(names),
                is_profile=True,
                revision=row.revision + 1 if row else 1,
            )
        )
    bulk_upsert(db, GUESTS, _COLUMNS, rows, key=_KEY, keep=_KEEP)
    return Tally(added, len(rows) - added, len(page) - len(rows), skipped)


def apply_people(db: DatabaseConnection, how: Circumstances, bookings: Sequence[Booking]) -> None:
    """Stub rows for the people of these bookings; a profile knows better and is left alone."""
    people = {
        person.external_id: person
        for booking in bookings
        for person in booking.guests
        if len(person.external_id) <= 100
    }
    known = {
        row[0]: _Stub(*row)
        for row in lookup(
            db, GUESTS, _Stub._fields, "external_id", list(people), connection_id=how.connection_id
        )
    }
    rows = []
    changed = []
    for (key, person), name in zip(people.items(), how.new_ids("gu", len(people)), strict=True):
        said = _said(person)
        row = known.get(key)
        if row is None:
            rows.append(_stub_row(how, key, said, name, 1))
        elif not (row.is_profile or row.anonymised_at is not None or row[1:5] == said):
            changed.append(_stub_row(how, key, said, name, row.revision + 1))
    bulk_insert(db, GUESTS, _STUB_COLUMNS, rows)
    bulk_upsert(db, GUESTS, _STUB_COLUMNS, changed, key=_KEY, keep=_KEEP)


def _said(person: BookingGuest) -> _Said:
    """What a booking says of a person, cut to the columns."""
    return person.first_name[:120], person.last_name[:120], person.email[:254], person.phone[:60]


def _stub_row(how: Circumstances, key: str, said: _Said, public_id: str, revision: int) -> tuple[object, ...]:
    """In the order of _STUB_COLUMNS; a stub is compared by its few fields and needs no hash."""
    return (
        public_id, how.connection_id, key, False, *said, "", "", False, "", b"", how.at, how.at, revision,
    )  # fmt: skip


def _known(db: DatabaseConnection, how: Circumstances, external_ids: Sequence[str]) -> dict[str, _Known]:
    rows = lookup(db, GUESTS, _Known._fields, "external_id", external_ids, connection_id=how.connection_id)
    return {row[0]: _Known(*row) for row in rows}


def _row(
    how: Circumstances, guest: Guest, digest: bytes, public_id: str, *, is_profile: bool, revision: int
) -> tuple[object, ...]:
    return (
        public_id,
        how.connection_id,
        guest.external_id,
        is_profile,
        guest.first_name[:120],
        guest.last_name[:120],
        guest.email[:254],
        guest.phone[:60],
        guest.country[:2],
        guest.language[:20],
        guest.is_vip,
        guest.notes,
        digest,
        guest.updated_at,
        None,
        how.at,
        how.at,
        revision,
    )
