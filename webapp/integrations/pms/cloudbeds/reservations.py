"""Reading bookings: who is on the list, then all about them in batches, because neither list says everything.

getReservations knows days of stay and groups; getReservationsWithRateDetails knows prices, UTC stamps and what was
deleted, and takes a list of numbers.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace

from webapp.domain.booking import Booking
from webapp.domain.stream import Mode, Stream, Window
from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.contract import Missing, Page, Skipped
from webapp.integrations.kit.errors import ContractBroken, NotFound
from webapp.integrations.kit.plain_values import first, is_true, text
from webapp.integrations.kit.unreadable import MISSING, Unreadable, at_place, reason_of

from .asking import PAGE, Asker, any_of, decoded
from .booking_mapping import booking_of
from .hotel import Hotel
from .notes import MOST_CHANGED, MOST_SOON, NoteReader
from .payloads import ListedRow, ReservationRow
from .room_moments import RoomMoments

OVERLAP = timedelta(minutes=10)
JUST_LEFT = timedelta(days=3)
"""How far back a walk of changes looks for the time of a check-out."""
LIST = "getReservations"
DETAILS = "getReservationsWithRateDetails"
_DETAILED: Mapping[str, object] = {"includeGuestsDetails": True, "includeDeleted": True}


def stamp(at: datetime, hotel: Hotel) -> str:
    """A lower limit for `modifiedFrom` and `resultsFrom`.

    Their zone is not documented and answers hold both, so the earlier of the two clock readings is sent, less an
    overlap: records that come once too often are recognised by their content.
    """
    local = at.astimezone(hotel.zone).replace(tzinfo=None)
    return (min(at.astimezone(UTC).replace(tzinfo=None), local) - OVERLAP).strftime("%Y-%m-%d %H:%M:%S")


def stay_days(window: Window) -> dict[str, object]:
    """Whoever stays, arrives or leaves within the window."""
    last = max(window.from_date, window.to_date - timedelta(days=1))
    return {"checkOutFrom": window.from_date.isoformat(), "checkInTo": last.isoformat()}


class Reservations:
    """Reads one property's bookings."""

    def __init__(self, asker: Asker, hotel: Hotel, now: datetime) -> None:
        self._asker = asker
        self._hotel = hotel
        self._today = now.astimezone(hotel.zone).date()
        self._times = RoomMoments(asker, hotel, self._today - JUST_LEFT)
        self._notes = NoteReader(asker, MOST_CHANGED)

    def pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        """By change where the window says since when, else by days of stay. Check-ins are always read by days:
        whether a check-in moves the stamp of its reservation is not known.

        The cursor is `listed|…`, then for changes `deleted|…`: what was deleted is in no list of getReservations.
        """
        since = None if stream is Stream.CHECK_INS or window.mode is not Mode.DELTA else window.since
        self._prepare(stream, window)
        part, _, state = (cursor or "listed|").partition("|")
        if since is None:
            yield from self._listed(stay_days(window), state if part == "listed" else "", after=None)
            return
        changed: dict[str, object] = {"modifiedFrom": stamp(since, self._hotel)}
        if part != "deleted":
            yield from self._listed(changed, state, after="deleted|")
            state = ""
        yield from self._deleted(changed, state)

    def by_ids(self, ids: Sequence[str]) -> tuple[Booking | Missing, ...]:
        """In the order asked, each with its notes. A deleted one is a cancelled booking, as in the lists."""
        found: dict[str, Booking] = {}
        wanted = list(dict.fromkeys(ids))
        for begin in range(0, len(wanted), PAGE):
            try:
                rows = self._details(wanted[begin : begin + PAGE])
            except NotFound:  # said of the whole batch, so each is asked by itself
                rows = self._one_by_one(wanted[begin : begin + PAGE])
            for raw in rows:
                booking = self._alone(raw)
                found[booking.external_id] = booking
        return tuple(found.get(identity, Missing(identity)) for identity in ids)

    def _prepare(self, stream: Stream, window: Window) -> None:
        """The walk of check-ins comes with every sync and reads no notes: changes and the daily walk do."""
        if window.mode is Mode.BACKFILL:
            self._times = RoomMoments(self._asker, self._hotel, window.from_date)
        if stream is Stream.CHECK_INS:
            self._notes = NoteReader(self._asker, 0)
        elif window.mode is Mode.DELTA and window.since is not None:
            # What only lies in the overlap was read before, and is no news because its notes were not.
            self._notes = NoteReader(self._asker, MOST_CHANGED, changed_after=window.since)
        else:
            self._notes = NoteReader(self._asker, MOST_SOON, today=self._today)

    # --- walks ----------------------------------------------------------------------------------------------------

    def _listed(self, filters: dict[str, object], state: str, after: str | None) -> Iterator[Page]:
        for answered, following in self._asker.pages(LIST, filters, state or None):
            groups: dict[str, str] = {}
            skipped: list[Skipped] = []
            for raw in answered.rows:
                try:
                    row = decoded(raw, ListedRow, LIST)
                except ContractBroken as error:
                    skipped.append(_unfit(raw, error))
                    continue
                if text(row.reservationID):
                    groups[text(row.reservationID)] = first(row.groupCode, row.allotmentBlockCode)
                else:
                    skipped.append(Skipped("", Sentence(MISSING, {"field": "reservationID"})))
            page = self._page(self._details(list(groups)), groups, skipped)
            lost = groups.keys() - page.seen
            page.skipped += [
                Skipped(identity, Sentence(N_("%(method)s does not know it"), {"method": DETAILS}))
                for identity in sorted(lost)
            ]
            cursor = f"listed|{following}" if following is not None else after
            yield page.close(cursor, answered.total)

    def _deleted(self, filters: dict[str, object], state: str) -> Iterator[Page]:
        for answered, following in self._asker.pages(DETAILS, {**filters, **_DETAILED}, state or None):
            gone = [raw for raw in answered.rows if is_true(any_of(raw, "isDeleted"))]
            page = self._page(gone, {}, [])
            yield page.close(f"deleted|{following}" if following is not None else None, None)

    def _details(self, ids: Sequence[str]) -> Sequence[msgspec.Raw]:
        if not ids:
            return ()
        asked = {"reservationID": ",".join(ids), **_DETAILED}
        return [row for answered, _ in self._asker.pages(DETAILS, asked, None) for row in answered.rows]

    def _one_by_one(self, ids: Sequence[str]) -> list[msgspec.Raw]:
        found: list[msgspec.Raw] = []
        for identity in ids:
            try:
                found += self._details([identity])
            except NotFound:
                continue
        return found

    def _alone(self, raw: msgspec.Raw) -> Booking:
        row = decoded(raw, ReservationRow, DETAILS)
        try:
            return self._whole(row, self._group_of(row), Counter())
        except Unreadable as error:
            raise ContractBroken(at_place(DETAILS, error.sentence)) from None

    def _whole(self, row: ReservationRow, group: str, unmapped: Counter[str]) -> Booking:
        booking = booking_of(row, self._hotel, group, unmapped, self._times)
        return booking if is_true(row.isDeleted) else replace(booking, notes=self._notes.of(booking))

    def _group_of(self, row: ReservationRow) -> str:
        """Which group it is in: only the other list says so, and that finds a reservation by its main guest."""
        if is_true(row.isDeleted) or not text(row.guestID):
            return ""
        for answered, _ in self._asker.pages(LIST, {"guestID": text(row.guestID)}, None):
            for raw in answered.rows:
                listed = decoded(raw, ListedRow, LIST)
                if text(listed.reservationID) == text(row.reservationID):
                    return first(listed.groupCode, listed.allotmentBlockCode)
        return ""

    def _page(
        self, rows: Sequence[msgspec.Raw], groups: Mapping[str, str], skipped: list[Skipped]
    ) -> "_Growing":
        page = _Growing(skipped)
        for raw in rows:
            identity = text(any_of(raw, "reservationID"))
            page.seen.add(identity)
            try:
                row = decoded(raw, ReservationRow, DETAILS)
                booking = self._whole(row, groups.get(identity, ""), page.unmapped)
            except (ContractBroken, Unreadable) as error:
                page.skipped.append(_unfit(raw, error))
                continue
            page.records.append(booking)
        return page


class _Growing:
    """A page while it is made."""

    def __init__(self, skipped: list[Skipped]) -> None:
        self.records: list[Booking] = []
        self.seen: set[str] = set()
        self.skipped = skipped
        self.unmapped: Counter[str] = Counter()

    def close(self, cursor: str | None, total: int | None) -> Page:
        """Raises ContractBroken when nothing of a full page could be read: that is no odd record any more."""
        if self.skipped and not self.records and len(self.skipped) > 2:
            raise ContractBroken(at_place(DETAILS, self.skipped[0].reason))
        stamps = [record.updated_at for record in self.records if record.updated_at]
        return Page(
            records=tuple(self.records),
            cursor=cursor,
            high_water=max(stamps, default=None),
            unmapped=dict(self.unmapped),
            skipped=tuple(self.skipped),
            total=total,
        )


def _unfit(raw: msgspec.Raw, error: ContractBroken | Unreadable) -> Skipped:
    return Skipped(text(any_of(raw, "reservationID")), reason_of(error))
