"""Reading bookings: whose stay touches a window, what changed, and single ones again."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from webapp.domain.booking import Booking
from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import Missing, Page, Skipped
from webapp.integrations.kit.errors import ContractBroken, NotFound
from webapp.integrations.kit.plain_values import is_true, text, whole
from webapp.integrations.kit.unreadable import Unreadable, at_place, reason_of

from .asking import Ohip, Search, decoded
from .changes import Changes
from .hotel import Hotel
from .mapping import booking_of, is_pseudo
from .payloads import ListedReservation, Reservations, SingleAnswer
from .reading import id_of, moment
from .single_mapping import as_listed
from .walking import LIMIT, Listed, Question, Walk, slices

SLICE_DAYS = 7
NEAR_DAYS = (-2, 31)
"""Days around today that a delta reads by arrival where no external system tells what changed."""
MOST_BUSINESS_DATES = 7
"""Created and cancelled are asked for one business date a call; what is older waits for the nightly sweep."""
BY_IDS = 50
_ALL_WRONG = 3
_CHANGED = "changed"


class Booked:
    """Reads one hotel's reservations."""

    def __init__(self, ohip: Ohip, hotel: Hotel) -> None:
        self._ohip = ohip
        self._hotel = hotel
        self._paging = f"paging:{ohip.mark}"
        code = ohip.hotel_id
        self._path = f"rsv/v1/hotels/{code}/reservations"
        self._search = Search("rsv", self._path, f"{self._path}/searches")

    # --- what is asked ------------------------------------------------------------------------------------------------

    def questions(self, stream: Stream, window: Window) -> tuple[Question, ...]:
        """The series for a walk: the same whenever it is asked for one window, so that a cursor finds its place."""
        since = window.since if stream is not Stream.CHECK_INS and window.mode is Mode.DELTA else None
        if since is None:
            return tuple(_touching(window.from_date, window.to_date))
        today = window.until.astimezone(self._hotel.zone).date()
        days = _business_dates(since.astimezone(self._hotel.zone).date(), today)
        news = [Question(f"cancelled {at}", {"cancelledOn": at}) for at in days]
        news += [Question(f"created {at}", {"createdOnStartDate": at}) for at in days]
        if stream is Stream.BOOKINGS and self._ohip.external_system:
            changed = Changes(self._ohip).since(since, window.until)
            if changed is not None:
                parts = [changed[begin : begin + BY_IDS] for begin in range(0, len(changed), BY_IDS)]
                told = [Question(f"{_CHANGED} {number}", _by_ids(part)) for number, part in enumerate(parts)]
                return (*news, *told)
        first = max(window.from_date, today + timedelta(NEAR_DAYS[0]))
        last = min(window.to_date, today + timedelta(NEAR_DAYS[1]))
        return (*_touching(first, max(last, first)), *news)

    def steps(
        self, stream: Stream, window: Window, cursor: str | None
    ) -> Iterator[tuple[list[ListedReservation], list[Skipped], str | None]]:
        """Readable rows of the walk, those that are not, and the cursor after them."""
        walk = Walk(
            self.questions(stream, window),
            self._look,
            counts_pages=self._ohip.setup.get(self._paging) == "pages",
        )
        since = window.since if stream is not Stream.CHECK_INS and window.mode is Mode.DELTA else None
        counted_pages = walk.counts_pages
        for step in walk.steps(cursor):
            rows: list[ListedReservation] = []
            skipped: list[Skipped] = []
            for raw in step.rows:
                try:
                    row = decoded(raw, ListedReservation, self._search.name)
                except ContractBroken as error:
                    skipped.append(Skipped(_id_of(raw), reason_of(error)))
                    continue
                if (
                    not is_pseudo(row)
                    and _is_wanted(step.question, row)
                    and self._is_news(step.question, row, since)
                ):
                    rows.append(row)
            if len(skipped) >= _ALL_WRONG and len(skipped) == len(step.rows):
                raise ContractBroken(skipped[0].reason)
            yield rows, skipped, step.cursor
        if walk.counts_pages and not counted_pages:
            self._ohip.setup.put(self._paging, "pages", self._ohip.client.clock() + timedelta(days=30))

    def pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        for rows, skipped, following in self.steps(stream, window, cursor):
            unmapped: Counter[str] = Counter()
            records: list[Booking] = []
            for row in rows:
                try:
                    records.append(booking_of(row, self._hotel, unmapped))
                except Unreadable as error:
                    skipped.append(Skipped(id_of(row.reservation_id_list, "Reservation"), reason_of(error)))
            if len(skipped) >= _ALL_WRONG and not records:
                raise ContractBroken(at_place("reservationInfo", skipped[0].reason))
            stamps = [record.updated_at for record in records if record.updated_at]
            yield Page(
                tuple(records),
                following,
                high_water=max(stamps, default=None),
                unmapped=dict(unmapped),
                skipped=tuple(skipped),
            )

    # --- single ones --------------------------------------------------------------------------------------------------

    def by_ids(self, ids: Sequence[str]) -> tuple[Booking | Missing, ...]:
        """From the same list as all others, so that both come to the same booking; each that is not in it is asked for by
        itself before it is called missing."""
        wanted = [key for key in dict.fromkeys(ids) if key.isalnum()]
        found: dict[str, Booking] = {}
        for begin in range(0, len(wanted), BY_IDS):
            question = Question("by ids", _by_ids(tuple(wanted[begin : begin + BY_IDS])))
            for step in Walk((question,), self._look).steps(None):
                for raw in step.rows:
                    self._take(decoded(raw, ListedReservation, self._search.name), found)
        for identity in wanted:
            if identity not in found:
                self._single(identity, found)
        return tuple(found.get(identity, Missing(identity)) for identity in ids)

    def _single(self, identity: str, found: dict[str, Booking]) -> None:
        try:
            answer = self._ohip.get(f"{self._path}/{identity}", {"fetchInstructions": ["Reservation"]})
        except NotFound:
            return
        rows = () if answer is None else answer.json(SingleAnswer).reservations.reservation
        for row in rows:
            self._take(as_listed(row), found)

    def _take(self, row: ListedReservation, found: dict[str, Booking]) -> None:
        if is_pseudo(row):
            return
        try:
            booking = booking_of(row, self._hotel, Counter())
        except Unreadable as error:
            raise ContractBroken(at_place("reservation", error.sentence)) from None
        found[booking.external_id] = booking

    def probe(self, day: date | None = None) -> int | None:
        """How many there are, by a question for one; those who stay on a day, when one is given."""
        filters: dict[str, object] = {"stayOnStartDate": day.isoformat()} if day else {}
        answer = self._ohip.search(self._search, {**filters, **_ALWAYS, "limit": 1, "offset": 0})
        return 0 if answer is None else whole(answer.json(Reservations).reservations.total_results)

    def _look(self, question: Question, offset: int) -> Listed:
        asked = {**question.filters, **_ALWAYS, "limit": LIMIT, "offset": offset}
        answer = self._ohip.search(self._search, asked)
        if answer is None:
            return Listed((), ())
        found = answer.json(Reservations).reservations
        rows = found.reservation_info
        # The place stands in for an id that is missing; another question's row of the same place is another row.
        ids = tuple(_id_of(raw) or f"{question.key}, {offset + number}" for number, raw in enumerate(rows))
        more = None if found.has_more is None else is_true(found.has_more)
        return Listed(ids, rows, more, whole(found.total_results))

    def _is_news(self, question: Question, row: ListedReservation, since: datetime | None) -> bool:
        """In a delta, what has not changed since is left out; a row whose stamp cannot be read is no reason to. What a
        daily summary names counts whatever its stamp: the job may have been ordered many deltas ago."""
        if since is None or question.key.startswith(_CHANGED):
            return True
        try:
            changed_at = moment(row.last_modify_date_time, "lastModifyDateTime", self._hotel.zone)
        except Unreadable:
            return True
        return changed_at is None or changed_at >= since - self._hotel.stamp_leeway


_ALWAYS: dict[str, object] = {"excludePMRooms": True, "fetchInstructions": ["Reservation"]}


def _touching(first: date, last: date) -> Iterator[Question]:
    """Whoever stays on the first day, and whoever arrives from then on: together all stays that touch the days."""
    yield Question(f"staying {first}", {"stayOnStartDate": first.isoformat()}, before=first)
    for begin, end in slices(first, last, SLICE_DAYS):
        filters: dict[str, object] = {
            "arrivalStartDate": begin.isoformat(),
            "arrivalEndDate": end.isoformat(),
        }
        yield Question(f"arrivals {begin}", filters)


def _business_dates(first: date, last: date) -> list[str]:
    """The night audit turns the business date some hours after midnight, so the day before counts too."""
    first = max(first - timedelta(days=1), last - timedelta(MOST_BUSINESS_DATES - 1))
    return [(first + timedelta(number)).isoformat() for number in range((last - first).days + 1)]


def _by_ids(ids: Sequence[str]) -> dict[str, object]:
    return {"reservationIdList": list(ids)}


def _is_wanted(question: Question, row: ListedReservation) -> bool:
    return question.before is None or text(row.room_stay.arrival_date)[:10] < question.before.isoformat()


class _OnlyIds(msgspec.Struct, frozen=True, rename="camel"):
    reservation_id_list: Any = None


def _id_of(raw: msgspec.Raw) -> str:
    """Of a row that may not fit its shape; empty when even that cannot be read."""
    try:
        listed = msgspec.json.decode(raw, type=_OnlyIds).reservation_id_list
    except msgspec.DecodeError:
        return ""
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return next((text(entry.get("id")) for entry in entries if entry.get("type") == "Reservation"), "")
