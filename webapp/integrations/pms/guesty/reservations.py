"""Walks reservations page by page, for bookings and for the guests on them; the whole state is a short place."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from webapp.domain.booking import Booking
from webapp.domain.stream import Mode, Stream, Window
from webapp.domain.wording import Sentence
from webapp.integrations.kit.contract import Missing, Page, Record, Skipped
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.unreadable import Unreadable

from .asking import Guesty, Row
from .choice import Choice, Comparison
from .generations import Found, Generation, Question
from .guests import GuestBook
from .house import House, Memory
from .mapping import STATUSES, Told, booking_of, guest_of
from .refusals import Refused, V3Short
from .reservation import Reservation

OVERLAP = timedelta(minutes=10)
"""Clocks differ, and whether a stamp equal to the limit counts is not documented for every operator."""
OPEN_SINCE = timedelta(days=2)
"""Without a filter by change, everybody who has not left by then is read again."""
_REMEMBERED_FOR = timedelta(days=1)
_NO_DELTA = "no-delta"
_MOST_PAGES = 1000
GUESTS_LOOKED_AT = 5


class Place(msgspec.Struct, frozen=True, rename={"generation": "g", "phase": "p", "skip": "s"}):
    """The page that begins at `skip` of the question number `phase`."""

    generation: str
    phase: int
    skip: int


class Step(NamedTuple):
    found: Found
    cursor: str | None
    is_stamped: bool


class Reservations:
    """Raises ProviderError."""

    def __init__(
        self,
        guesty: Guesty,
        house: House,
        choice: Choice,
        memory: Memory,
        *,
        derives: bool,
        plan_names: Callable[[], Mapping[str, str]],
    ) -> None:
        self._guesty = guesty
        self._house = house
        self._choice = choice
        self._memory = memory
        self._guests = GuestBook(guesty, memory)
        self._derives = derives
        self._plan_names = plan_names

    def booking_pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        notice: list[Skipped] = []
        if stream is Stream.BOOKINGS and window.mode is Mode.BACKFILL and cursor is None:
            notice = _notice(self._choice.compare(self._house.scope))
        for step in self._walk(stream, window, cursor):
            unmapped: Counter[str] = Counter()
            bookings, skipped = self.bookings(step.found.reservations, unmapped)
            yield Page(
                bookings,
                step.cursor,
                high_water=_high_water(step, window),
                unmapped=dict(unmapped),
                skipped=[*notice, *step.found.skipped, *skipped],
            )
            notice = []

    def guest_pages(self, window: Window, cursor: str | None) -> Iterator[Page]:
        """Guests have no stamp to ask by, so that they come with the reservations that changed."""
        seen: set[str] = set()
        for step in self._walk(Stream.GUESTS, window, cursor):
            ids = [found.guest_id for found in step.found.reservations if found.guest_id]
            fresh = [identity for identity in dict.fromkeys(ids) if identity not in seen]
            seen |= set(fresh)
            records = [guest for row in self._guests.by_ids(fresh).values() if (guest := guest_of(row))]
            yield Page(records, step.cursor, high_water=_high_water(step, window), skipped=step.found.skipped)

    def by_ids(self, ids: Sequence[str]) -> tuple[Booking | Missing, ...]:
        """In the order asked. One of another listing than the connection's is missing."""
        found = self._choice.current().by_ids(ids)
        mine = [one for one in found.values() if one.is_within(self._house.scope)]
        bookings, skipped = self.bookings(mine, Counter())
        if skipped:
            raise ContractBroken(skipped[0].reason)
        known = {booking.external_id: booking for booking in bookings}
        return tuple(known.get(identity, Missing(identity)) for identity in ids)

    def guests_by_ids(self, ids: Sequence[str]) -> tuple[Record | Missing, ...]:
        rows = self._guests.by_ids(ids)
        return tuple(
            (guest_of(rows[identity]) if identity in rows else None) or Missing(identity) for identity in ids
        )

    def guests_of(self, window: Window) -> dict[str, Row]:
        """Those on the first page of the stays of a window."""
        found = self._choice.current().look(self._stays(window), 0)
        return self._guests.by_ids([one.guest_id for one in found.reservations][:GUESTS_LOOKED_AT])

    def look(self, window: Window) -> Found:
        """The first page of the stays of a window, for the connection test."""
        return self._choice.current().look(self._stays(window), 0)

    def bookings(
        self, reservations: Sequence[Reservation], unmapped: Counter[str]
    ) -> tuple[list[Booking], list[Skipped]]:
        bare = [found for found in reservations if found.guest is None and found.guest_id]
        guests = self._guests.named([found.guest_id for found in bare])
        money = self._choice.legacy.money([found.id for found in reservations if found.money is None])
        now = self._guesty.client.clock() if self._derives else None
        has_plans = any(part.plan_id for found in reservations for part in found.segments)
        plans = self._plan_names() if has_plans else {}
        made: list[Booking] = []
        skipped: list[Skipped] = []
        for found in reservations:
            if found.status not in STATUSES:
                unmapped[found.status] += 1
            guest, currency = guests.get(found.guest_id), self._house.account.currency
            told = Told(guest, money.get(found.id), currency, now, plans)
            try:
                made.append(booking_of(found, told, self._house))
            except Unreadable as error:
                skipped.append(Skipped(found.id, error.sentence))
        return made, skipped

    # --- walking ----------------------------------------------------------------------------------------------------

    def _walk(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Step]:
        generation = self._choice.current()
        is_delta = stream is not Stream.CHECK_INS and window.mode is Mode.DELTA and window.since is not None
        if not is_delta or window.since is None:
            yield from self._through(generation, [self._stays(window)], cursor, first_phase=0)
            return
        since, scope = window.since - OVERLAP, self._house.scope
        place = _place(cursor, generation)
        if self._memory.get(_NO_DELTA, bool) is None and (place is None or place.phase == 0):
            changed = Question("changed", scope, since=since)
            try:
                yield from self._through(generation, [changed], cursor, first_phase=0)
                return
            except Refused:
                # The filter by change is as new as November 2026: an account may not have it yet.
                self._memory.put(_NO_DELTA, True, _REMEMBERED_FOR)
                cursor = None
        still_open = Question("stays", scope, first=(window.until - OPEN_SINCE).date())
        created = Question("created", scope, since=since)
        yield from self._through(generation, [still_open, created], cursor, first_phase=1)

    def _stays(self, window: Window) -> Question:
        return Question("stays", self._house.scope, window.from_date, window.to_date)

    def _through(
        self, generation: Generation, questions: Sequence[Question], cursor: str | None, *, first_phase: int
    ) -> Iterator[Step]:
        """All pages of the questions, which are the phases from `first_phase` on."""
        place = _place(cursor, generation)
        if place is None or not first_phase <= place.phase < first_phase + len(questions):
            place = Place(generation.name, first_phase, 0)
        scope = self._house.scope
        for _ in range(_MOST_PAGES):
            found = generation.look(questions[place.phase - first_phase], place.skip)
            following = _following(place, found, first_phase + len(questions))
            mine = [one for one in found.reservations if one.is_within(scope)]
            step_found = Found(mine, found.skipped, found.count, found.has_more)
            is_stamped = any(one.stamped for one in found.reservations)
            text = None if following is None else msgspec.json.encode(following).decode()
            yield Step(step_found, text, is_stamped)
            if following is None:
                return
            self._guesty.mind_the_hour()
            place = following
        raise ContractBroken("reservations", f"more than {_MOST_PAGES} pages")


def _following(place: Place, found: Found, end: int) -> Place | None:
    if found.has_more and found.count:
        return Place(place.generation, place.phase, place.skip + found.count)
    return Place(place.generation, place.phase + 1, 0) if place.phase + 1 < end else None


def _place(cursor: str | None, generation: Generation) -> Place | None:
    """None for the beginning, and for what another version or generation wrote."""
    if not cursor:
        return None
    try:
        place = msgspec.json.decode(cursor, type=Place)
    except msgspec.DecodeError:
        return None
    return place if place.generation == generation.name and place.skip >= 0 else None


def _high_water(step: Step, window: Window) -> datetime | None:
    """Guesty's own stamps; where it tells none, the last page brings the instant at which the walk began."""
    stamps = [one.updated_at for one in step.found.reservations if one.updated_at is not None]
    if step.is_stamped:
        return max(stamps, default=None)
    return window.until if step.cursor is None else None


def _notice(compared: Comparison | None) -> list[Skipped]:
    """The log of the run says why the older API is read."""
    if compared is None or not compared.missing:
        return []
    short = V3Short(compared.missing, compared.total)
    return [Skipped("", Sentence(short.message, short.params))]
