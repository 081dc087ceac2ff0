"""Notes on a booking over the API: what the hotel's own people and programs have to say about it."""

from datetime import datetime

from pydantic import Field

from webapp.services import booking_notes, bookings
from webapp.services.booking_notes import NoSuchBooking, NoteView, TooManyNotes
from webapp.services.stay_metrics import primary_connection_id

from .bookings import GROUP
from .operation import Call, operation
from .paging import all_in_memory
from .problems import ApiProblem
from .shapes import VISIBLE, Answer, Body, Listed, NoQuery, PageQuery


class Note(Answer):
    id: str
    booking_id: str
    text: str
    author: str
    created_at: datetime
    updated_at: datetime


class NoteList(Listed[Note]):
    """A page of notes."""


class NewNote(Body):
    text: str = Field(min_length=1, max_length=booking_notes.LONGEST, pattern=VISIBLE)


@operation(
    "GET",
    "/bookings/{booking_id}/notes",
    group=GROUP,
    answer=NoteList,
    query=PageQuery,
    problems=("bad_cursor",),
    ids={"booking_id": "bk"},
)
def list_notes(call: Call[PageQuery, None]) -> NoteList:
    """List the notes of a booking.

    What the hotel's people and programs wrote; oldest first. The provider's own notes are not among them.
    """
    booking_id = call.ids["booking_id"]
    with call.runtime.reading() as session:
        found = bookings.detail(session, booking_id)
        if found is None or found.connection_id != primary_connection_id(session):
            raise ApiProblem("not_found")
        notes = booking_notes.of_booking(session, booking_id)
    return all_in_memory(
        call,
        NoteList,
        tuple(enumerate(notes)),
        key=lambda placed: f"{placed[0]:06}",
        show=lambda placed: _note(booking_id, placed[1]),
        changed_at=lambda placed: placed[1].created_at,
    )


@operation(
    "POST",
    "/bookings/{booking_id}/notes",
    group=GROUP,
    answer=Note,
    body=NewNote,
    status=201,
    problems=("conflict",),
    ids={"booking_id": "bk"},
)
def add_note(call: Call[NoQuery, NewNote]) -> Note:
    """Write a note on a booking.

    It is shown on the booking's page with the key's name. The provider never sees it.
    """
    booking_id = call.ids["booking_id"]
    try:
        made = booking_notes.add(call.runtime, booking_id, call.body.text, author=call.caller.actor)
    except NoSuchBooking:
        raise ApiProblem("not_found") from None
    except TooManyNotes:
        raise ApiProblem("conflict", f"A booking has {booking_notes.MOST} notes at most.") from None
    return _note(booking_id, made)


def _note(booking_id: str, note: NoteView) -> Note:
    return Note(
        id=note.public_id,
        booking_id=booking_id,
        text=note.text,
        author=note.author,
        created_at=note.created_at,
        updated_at=note.created_at,
    )
