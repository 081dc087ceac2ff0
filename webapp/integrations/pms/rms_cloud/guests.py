"""Reads guest profiles: by their ids for bookings, by change for a sync; several rows of one guest become one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from webapp.domain.guest import Guest
from webapp.domain.stream import Mode, Stream, Window
from webapp.domain.wording import Sentence
from webapp.integrations.kit.contract import Missing, Page, Skipped
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.unreadable import MISSING, NO_OBJECT, Unreadable

from .asking import Listed, Rms, batches
from .house import House, Memory
from .mapping import Frame, guest_of, newest
from .reading import Row, id_of, number_of, whole

if TYPE_CHECKING:
    from .reservations import Reservations

SEARCH = "guests/search"
FULL = "full"


class GuestBook:
    """Each guest is asked for once in the life of this object. Raises ProviderError."""

    def __init__(self, rms: Rms, house: House, memory: Memory) -> None:
        self._rms = rms
        self._house = house
        self._memory = memory
        self._known: dict[str, Row | None] = {}
        self._left_out: list[Skipped] = []

    def rows(self, numbers: Sequence[int]) -> dict[str, Row]:
        """Those that exist, by id."""
        wanted = [number for number in numbers if str(number) not in self._known]
        for batch in batches(wanted):
            listed: list[Row] = []
            for page in self._rms.pages(SEARCH, {"ids": batch}, FULL, None):
                listed += self._named_rows(page)
            found = newest(listed)
            self._known |= {str(number): found.get(str(number)) for number in batch}
        return {str(number): row for number in numbers if (row := self._known.get(str(number))) is not None}

    def left_out(self) -> list[Skipped]:
        """Rows without an id since this was asked last: whose they are cannot be told."""
        found, self._left_out = self._left_out, []
        return found

    def _named_rows(self, page: Listed) -> list[Row]:
        named = [row for row in page.rows if id_of(row)]
        nameless = len(page.rows) - len(named)
        self._left_out += [Skipped("", Sentence(MISSING, {"field": "id"}))] * nameless
        self._left_out += [Skipped("", Sentence(NO_OBJECT))] * page.odd
        return named

    def named(self, numbers: Sequence[int]) -> Mapping[str, Row]:
        """For bookings, which can do without addresses where the module does not include guests."""
        return self._memory.optional("guests", lambda: self.rows(numbers), {})

    def by_ids(self, ids: Sequence[str]) -> tuple[Guest | Missing, ...]:
        """In the order asked."""
        numbers = [number for identity in ids if (number := number_of(identity)) is not None]
        guests, skipped = self._guests(list(self.rows(numbers).values()))
        if skipped:
            raise ContractBroken(skipped[0].reason)
        known = {guest.external_id: guest for guest in guests}
        return tuple(known.get(identity, Missing(identity)) for identity in ids)

    def pages(self, reservations: "Reservations", window: Window, cursor: str | None) -> Iterator[Page]:
        if window.mode is Mode.DELTA and window.since is not None:
            return self._changed(reservations.changed_from(window.since), cursor)
        return self._staying(reservations, window, cursor)

    def _changed(self, modified_from: str, cursor: str | None) -> Iterator[Page]:
        """Guests belong to the whole database; those of sister hotels are none of ours. Whether the filter knows a guest
        by his bookings is not documented, so that those with changed bookings come with these in any case."""
        hotel = self._house.hotel
        filters: dict[str, object] = {"modifiedFrom": modified_from}
        if hotel.siblings:
            filters["propertyIds"] = [hotel.id]
        for listed in self._rms.pages(SEARCH, filters, FULL, cursor):
            mine = [row for row in self._named_rows(listed) if whole(row.get("propertyId")) in (0, hotel.id)]
            yield self._page(list(newest(mine).values()), listed.cursor)

    def _staying(self, reservations: "Reservations", window: Window, cursor: str | None) -> Iterator[Page]:
        """Along the stays of the window, each guest once."""
        seen: set[str] = set()
        for step in reservations.steps(Stream.GUESTS, window, cursor, "lite"):
            ids = [identity for row in step.rows if (identity := id_of(row, "guestId"))]
            fresh = [identity for identity in dict.fromkeys(ids) if identity not in seen]
            seen |= set(fresh)
            numbers = [number for identity in fresh if (number := number_of(identity))]
            page = self._page(list(self.rows(numbers).values()), step.cursor)
            yield replace(page, skipped=[*step.skipped, *page.skipped])

    def _page(self, rows: Sequence[Row], cursor: str | None) -> Page:
        guests, skipped = self._guests(rows)
        stamps = [guest.updated_at for guest in guests if guest.updated_at]
        return Page(
            guests, cursor, high_water=max(stamps, default=None), skipped=[*skipped, *self.left_out()]
        )

    def _guests(self, rows: Sequence[Row]) -> tuple[list[Guest], list[Skipped]]:
        frame = Frame(self._house.zone, self._rms.now, "")
        countries = self._house.countries() if rows else {}
        made: list[Guest] = []
        skipped: list[Skipped] = []
        for row in rows:
            try:
                guest = guest_of(row, frame, countries)
            except Unreadable as error:
                skipped.append(Skipped(id_of(row), error.sentence))
                continue
            if guest is not None:
                made.append(guest)
        return made, skipped
