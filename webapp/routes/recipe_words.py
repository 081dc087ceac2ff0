"""The recipe editor and its sample in words: labels, choices and the first bookings as they would be imported."""

from collections.abc import Mapping

from webapp.domain.booking import Booking
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.forms.connection import STREAM_LABELS
from webapp.services.recipe_samples import SampleView
from webapp.services.recipe_words import (
    FIELDS,
    PAGING_FIELDS,
    PAGING_KINDS,
    SEVERAL,
    TARGETS,
    TRANSFORMS,
)
from webapp.services.recipes import FieldRow, RecipeProblem, RecipeView, StatusRow

from .connection_words import FaultText, fault
from .formatting import day, money
from .i18n import gettext as _
from .i18n import say

Options = tuple[tuple[str, str], ...]

PAGING_LABELS = {
    "param": N_("Parameter"),
    "size_param": N_("Parameter of the page size"),
    "size": N_("Records per page"),
    "path": N_("Path of the next cursor or link"),
    "header": N_("Header of the next cursor"),
    "total_path": N_("Path of the total"),
    "total_pages_path": N_("Path of the number of pages"),
    "has_more_path": N_("Path of “has more”"),
}


class RowText(Value, frozen=True):
    """One field of the hub; see FieldRow."""

    name: str
    label: str
    source: str
    transform: str
    is_required: bool
    has_more: bool
    problem: str


class EditorText(Value, frozen=True):
    """The rows of the editor with their labels; `problems` name the place in the document."""

    document: str
    digest: str
    is_readable: bool
    path: str
    select: str
    paging_kind: str
    paging_kinds: Options
    paging_fields: tuple[tuple[str, str, str], ...]  # name, label, value
    rows: tuple[RowText, ...]
    addable: Options
    statuses: tuple[StatusRow, ...]
    transforms: Options
    targets: Options
    other_streams: str
    stays_at: str
    problems: tuple[tuple[str, str], ...]  # place, sentence


class SampleBooking(Value, frozen=True):
    number: str
    guest: str
    stay: str
    nights: int
    room: str
    status: str
    raw_status: str
    total: str


class SampleText(Value, frozen=True):
    bookings: tuple[SampleBooking, ...]
    raw: str
    problems: tuple[str, ...]
    fault: FaultText | None
    is_ready: bool = True


def editor(view: RecipeView) -> EditorText:
    others = [str(label) for stream, label in STREAM_LABELS.items() if stream in view.streams]
    return EditorText(
        document=view.document,
        digest=view.digest,
        is_readable=view.is_readable,
        path=view.path,
        select=view.select,
        paging_kind=view.paging.get("kind", "none"),
        paging_kinds=_options(PAGING_KINDS),
        paging_fields=tuple(
            (name, _(PAGING_LABELS[name]), view.paging.get(name, "")) for name in PAGING_FIELDS
        ),
        rows=tuple(_row(row) for row in view.rows),
        addable=tuple((name, _(FIELDS[name])) for name in view.addable),
        statuses=view.statuses,
        transforms=(*_options(TRANSFORMS), (SEVERAL, _("several, see the JSON"))),
        targets=_options(TARGETS),
        other_streams=", ".join(others),
        stays_at=view.stays_at,
        problems=tuple(_problem(problem) for problem in view.problems),
    )


def sample(found: SampleView) -> SampleText:
    return SampleText(
        bookings=tuple(_booking(booking) for booking in found.bookings),
        raw=found.raw,
        problems=tuple(say(problem) for problem in found.problems),
        fault=fault(found.fault),
        is_ready=found.is_ready,
    )


def unmapped(words: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The most frequent first."""
    return tuple(sorted(words.items(), key=lambda item: (-item[1], item[0])))


def _booking(booking: Booking) -> SampleBooking:
    stays = booking.stays
    guest = booking.guests[0] if booking.guests else None
    arrival = min((stay.arrival for stay in stays), default=None)
    departure = max((stay.departure for stay in stays), default=None)
    rooms = dict.fromkeys(stay.room_type or stay.room_type_id or stay.room for stay in stays)
    return SampleBooking(
        number=booking.confirmation_number or booking.external_id,
        guest=f"{guest.first_name} {guest.last_name}".strip() if guest else "",
        stay=f"{day(arrival)} – {day(departure)}" if arrival and departure else "",
        nights=(departure - arrival).days if arrival and departure else 0,
        room=", ".join(filter(None, rooms)),
        status=booking.status.value,
        raw_status=booking.raw_status,
        total=money(booking.total_minor, booking.currency),
    )


def _row(row: FieldRow) -> RowText:
    problem = say(row.problem) if row.problem else ""
    return RowText(row.name, _(row.label), row.source, row.transform, row.is_required, row.has_more, problem)


def _problem(problem: RecipeProblem) -> tuple[str, str]:
    return problem.where, say(problem.problem)


def _options(words: Mapping[str, str]) -> Options:
    return tuple((value, _(label)) for value, label in words.items())
