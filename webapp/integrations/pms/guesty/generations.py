"""The two generations of Guesty's reservations API: how each is asked for stays and changes, and read again by ids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, Protocol

import msgspec

from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.contract import Skipped
from webapp.integrations.kit.errors import ContractBroken, NotFound, PermissionMissing
from webapp.integrations.kit.unreadable import MISSING, NO_OBJECT, Unreadable

from .asking import PAGE, Guesty, Row, batches, row_of, rows_of
from .house import Memory
from .manifest import LEGACY, LEGACY_ENDS
from .manifest import V3 as VERSION_3
from .reading import id_of, instant_text, is_id
from .refusals import Refused
from .reservation import Reservation, of_legacy, of_v3

AT_ONCE = 10
"""Reservations in one call of version 3."""
STATUSES = (
    "inquiry",
    "reserved",
    "awaiting_payment",
    "confirmed",
    "canceled",
    "closed",
    "declined",
    "expired",
)
"""Named in every question: without them a list is not promised to hold more than the confirmed ones."""
_LEGACY_STATUSES = (*STATUSES, "checked_in", "checked_out")
_SEARCH, _BY_IDS, _LIST = "reservations-v3/search", "reservations-v3", "reservations"
_FIELDS = (
    "status confirmationCode source integration listingId guestId guestsCount numberOfGuests checkIn checkOut "
    "checkInDateLocalized checkOutDateLocalized plannedArrival plannedDeparture createdAt confirmedAt lastUpdatedAt "
    "canceledAt guestStay money guest notes"
)
_NOT_THERE = Sentence(N_("the list names it, but it cannot be read by its id"))
_REMEMBERED_FOR = timedelta(days=1)
_ALL_WRONG = 3  # rows of one page that all fail mean that we do not understand Guesty


@dataclass(frozen=True, slots=True)
class Question:
    """stays: whoever stays in `[first, end)`, no end meaning for ever. changed, created: since `since`."""

    kind: Literal["stays", "changed", "created"]
    listings: tuple[str, ...] = ()
    first: date | None = None
    end: date | None = None
    since: datetime | None = None
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `count` is how many rows it had, readable or not."""

    reservations: Sequence[Reservation]
    skipped: Sequence[Skipped]
    count: int
    has_more: bool


class Generation(Protocol):
    @property
    def name(self) -> str: ...

    def look(self, question: Question, skip: int) -> Found:
        """A page with all that the generation tells. Raises ProviderError."""
        ...

    def ids(self, question: Question, skip: int) -> tuple[list[str], bool]:
        """A page of which only the ids are wanted, and whether another follows."""
        ...

    def by_ids(self, ids: Sequence[str]) -> dict[str, Reservation]:
        """Those that exist."""
        ...


class V3:
    """The current one: a search that names reservations, and calls that tell ten of them."""

    name = VERSION_3

    def __init__(self, guesty: Guesty) -> None:
        self._guesty = guesty

    def look(self, question: Question, skip: int) -> Found:
        found = self._guesty.results(_SEARCH, _brackets(question), skip)
        rows = {id_of(row, "reservationId"): row for row in rows_of(found.rows)}
        rows.pop("", None)
        reservations, skipped = self._read(list(rows), rows)
        odd = len(found.rows) - sum(1 for row in rows_of(found.rows) if id_of(row, "reservationId"))
        nameless = [Skipped("", Sentence(MISSING, {"field": "reservationId"}))] * odd
        return Found(reservations, [*skipped, *nameless], len(found.rows), found.has_more)

    def ids(self, question: Question, skip: int) -> tuple[list[str], bool]:
        found = self._guesty.results(_SEARCH, _brackets(question), skip)
        return [id_of(row, "reservationId") for row in rows_of(found.rows)], found.has_more

    def by_ids(self, ids: Sequence[str]) -> dict[str, Reservation]:
        reservations, _ = self._read([identity for identity in ids if is_id(identity)], {}, is_single=True)
        return {found.id: found for found in reservations}

    def _read(
        self, ids: Sequence[str], listed: dict[str, Row], *, is_single: bool = False
    ) -> tuple[list[Reservation], list[Skipped]]:
        """`listed` are the rows of the search, for what the other call leaves out."""
        rows: dict[str, Row] = {}
        for batch in batches(ids, AT_ONCE):
            rows |= {id_of(row, "reservationId"): row for row in self._ask(batch)}
        read = _Reading(_BY_IDS, is_single=is_single)
        for identity in ids:
            if identity in rows:
                # What the search knows and the other call does not say: the guest, the stamp.
                read.add(identity, {**_lean(listed.get(identity, {})), **rows[identity]}, of_v3)
            elif not is_single:
                read.skipped.append(Skipped(identity, _NOT_THERE))
        return read.done()

    def _ask(self, ids: Sequence[str]) -> list[Row]:
        """An id that is not there may be left out of the answer or refuse the whole question: then by halves."""
        try:
            answer = self._guesty.get(_BY_IDS, [("reservationIds[]", identity) for identity in ids])
        except (NotFound, Refused):
            if len(ids) == 1:
                return []
            half = len(ids) // 2
            return self._ask(ids[:half]) + self._ask(ids[half:])
        return rows_of(answer.json(list[msgspec.Raw]))


class Legacy:
    """The older one, with guest and money in each row."""

    name = LEGACY

    def __init__(self, guesty: Guesty, memory: Memory) -> None:
        self._guesty = guesty
        self._memory = memory

    @staticmethod
    def is_over(now: datetime) -> bool:
        return now.date() >= LEGACY_ENDS

    def look(self, question: Question, skip: int) -> Found:
        found = self._rows(question, skip, _FIELDS)
        read = _Reading(_LIST)
        for raw in found[0]:
            row = row_of(raw)
            if row is None:
                read.skipped.append(Skipped("", Sentence(NO_OBJECT)))
            else:
                read.add(id_of(row), row, of_legacy)
        reservations, skipped = read.done()
        return Found(reservations, skipped, len(found[0]), found[1])

    def ids(self, question: Question, skip: int) -> tuple[list[str], bool]:
        rows, has_more = self._rows(question, skip, "_id")
        return [id_of(row) for row in rows_of(rows)], has_more

    def by_ids(self, ids: Sequence[str]) -> dict[str, Reservation]:
        found: dict[str, Reservation] = {}
        for identity in dict.fromkeys(identity for identity in ids if is_id(identity)):
            try:
                row = self._guesty.get(f"{_LIST}/{identity}", {"fields": _FIELDS}).json(Row)
            except NotFound:
                continue
            read = _Reading(_LIST, is_single=True)
            read.add(identity, row, of_legacy)
            found |= {one.id: one for one in read.done()[0]}
        return found

    def money(self, ids: Sequence[str]) -> dict[str, Row]:
        """Prices and payments of reservations that version 3 told without them; nothing once this API ends, and for a
        day after it refused the question."""
        if not ids or self.is_over(self._guesty.client.clock()) or self._memory.get("no-money", bool):
            return {}
        found: dict[str, Row] = {}
        try:
            for batch in batches(ids, PAGE):
                filters = _json([{"field": "_id", "operator": "$in", "value": batch}])
                asked = [("filters", filters), ("fields", "_id money"), ("sort", "_id")]
                for row in rows_of(self._guesty.results(_LIST, asked, 0).rows):
                    if isinstance(row.get("money"), dict):
                        found[id_of(row)] = row["money"]
        except (Refused, NotFound, PermissionMissing):
            self._memory.put("no-money", True, _REMEMBERED_FOR)
            return {}
        return found

    def _rows(self, question: Question, skip: int, fields: str) -> tuple[Sequence[msgspec.Raw], bool]:
        """`$in` is used by others with success, and not documented: where it is refused, the status is not named."""
        has_in = not self._memory.get("no-in", bool)
        filters = _dollars(question, names_statuses=has_in)
        asked = [("fields", fields), ("sort", "_id")]
        try:
            found = self._guesty.results(_LIST, [("filters", _json(filters)), *asked], skip)
        except Refused:
            if not has_in:
                raise
            filters = _dollars(question, names_statuses=False)
            found = self._guesty.results(_LIST, [("filters", _json(filters)), *asked], skip)
            self._memory.put("no-in", True, _REMEMBERED_FOR)
        return found.rows, found.has_more


class _Reading:
    """Rows in their shape. Single odd ones are skipped; when none can be read, Guesty has changed."""

    def __init__(self, where: str, *, is_single: bool = False) -> None:
        self._where = where
        self._is_single = is_single
        self.reservations: list[Reservation] = []
        self.skipped: list[Skipped] = []

    def add(self, identity: str, row: Row, read: Callable[[Row], Reservation]) -> None:
        try:
            self.reservations.append(read(row))
        except Unreadable as error:
            if self._is_single:
                raise ContractBroken(error.sentence) from None
            self.skipped.append(Skipped(identity, error.sentence))

    def done(self) -> tuple[list[Reservation], list[Skipped]]:
        if len(self.skipped) >= _ALL_WRONG and not self.reservations:
            raise ContractBroken(self._where, str(self.skipped[0].reason))
        return self.reservations, self.skipped


def _lean(row: Row) -> Row:
    return {
        name: row[name] for name in ("guestId", "lastUpdatedAt", "listingId") if row.get(name) is not None
    }


def _brackets(question: Question) -> list[tuple[str, object]]:
    """`filter[checkIn][lt]=2026-12-07`; days are those of the listing."""
    statuses = question.statuses or STATUSES
    asked: list[tuple[str, object]] = [("filter[status][in]", ",".join(statuses)), ("sort", "_id")]
    if question.listings:
        asked.append(("filter[listingId][in]", ",".join(question.listings)))
    if question.kind == "stays":
        if question.first is not None:
            asked.append(("filter[checkOut][gte]", question.first.isoformat()))
        if question.end is not None:
            asked.append(("filter[checkIn][lt]", question.end.isoformat()))
    elif question.since is not None:
        name = "lastUpdatedAt" if question.kind == "changed" else "createdAt"
        asked.append((f"filter[{name}][gte]", instant_text(question.since)))
    return asked


def _dollars(question: Question, *, names_statuses: bool) -> list[dict[str, Any]]:
    """The older grammar. Its instants are UTC, so that a day more is asked for on both sides."""
    asked: list[dict[str, Any]] = []

    def add(name: str, operator: str, value: object) -> None:
        asked.append({"field": name, "operator": operator, "value": value})

    if len(question.statuses) == 1:
        add("status", "$eq", question.statuses[0])
    elif names_statuses:
        add("status", "$in", list(question.statuses or _LEGACY_STATUSES))
    if len(question.listings) == 1:
        add("listingId", "$eq", question.listings[0])
    elif question.listings and names_statuses:
        add("listingId", "$in", list(question.listings))  # else they are told apart when they are read
    if question.kind == "stays":
        if question.first is not None:
            add("checkOut", "$gt", _midnight(question.first - timedelta(1)))
        if question.end is not None:
            add("checkIn", "$lt", _midnight(question.end + timedelta(1)))
    elif question.since is not None:
        name = "lastUpdatedAt" if question.kind == "changed" else "createdAt"
        add(name, "$gt", instant_text(question.since))
    return asked


def _midnight(day: date) -> str:
    return instant_text(datetime.combine(day, time(), UTC))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
