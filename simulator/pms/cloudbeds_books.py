"""What Cloudbeds keeps of the hotel: the state it shows of each reservation, when it moved, and who is deleted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Literal

import msgspec

from simulator.hotel import Guest, Reservation, State, StayLine
from simulator.pms.cloudbeds_ids import Ids
from simulator.register import Change, News
from simulator.world import World

_ALWAYS = datetime(1990, 1, 1, tzinfo=UTC)

STATUSES: Mapping[State, str] = {
    State.INQUIRY: "not_confirmed",
    State.OPTION: "not_confirmed",
    State.WAITLIST: "not_confirmed",
    State.CONFIRMED: "confirmed",
    State.IN_HOUSE: "checked_in",
    State.CHECKED_OUT: "checked_out",
    State.CANCELLED: "canceled",
    State.NO_SHOW: "no_show",
}
# A room knows four states; a guest who never came has not checked in.
ROOM_STATUSES: Mapping[State, str] = {
    State.IN_HOUSE: "in_house",
    State.CHECKED_OUT: "checked_out",
    State.CANCELLED: "cancelled",
}


class Kind(StrEnum):
    """What about a reservation a change has touched."""

    STATUS = "status"
    DATES = "dates"
    ROOM = "room"
    BALANCE = "balance"
    NOTES = "notes"


class Quirks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Habits of the vendor that documents and field reports disagree about; each can be switched.

    `status_behind`: the status of a reservation stays `confirmed` while its rooms are in house.
    `guests_as_list`: the guest list is a list, not a map. `still`: changes of these kinds do not move the modified
    stamp. `modified_zone`: how times without zone in queries are read. `lag_seconds`: how long reads still show
    the state before a change, by the hotel's clock. `tax_percent`: nightly prices are shown net of it.
    `account`: what has become of the property's account.
    """

    status_behind: bool = False
    guests_as_list: bool = False
    still: frozenset[Kind] = frozenset()
    modified_zone: Literal["property", "utc"] = "property"
    lag_seconds: float = 0
    tax_percent: int = 0
    account: Literal["active", "user_inactive", "property_canceled"] = "active"


@dataclass(frozen=True, slots=True)
class Kept:
    """A reservation as it stood from `seen_at` on, and the modified stamp it had then."""

    seen_at: datetime
    record: Reservation
    modified_at: datetime
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Accommodation:
    """One room of a reservation for a run of nights; `key` is the reservation room id."""

    line: StayLine
    sub_id: str
    key: str
    status: str
    status_at: datetime


@dataclass(frozen=True, slots=True)
class Occupant:
    """A guest of one reservation."""

    id: str
    person: Guest
    is_main: bool
    is_anonymized: bool
    merged_into: str


class Books:
    """Listens to the hotel; every read may come from any thread."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ids = Ids(world.hotel)
        self.quirks = Quirks()
        self._versions: dict[str, list[Kept]] = {}
        self._statuses: dict[str, list[tuple[datetime, str]]] = {}
        self._anonymized: dict[str, datetime] = {}
        self._merged: dict[str, tuple[str, datetime]] = {}
        for record in world.reservations():
            self._versions[record.number] = [Kept(_ALWAYS, record, record.updated_at)]
            self._open_statuses(record)
        world.listen(self._hear)

    def reservations(self, deleted_too: bool = False) -> list[Kept]:
        """All that can be read now, in order of booking."""
        shown = [kept for number in list(self._versions) if (kept := self._shown(number))]
        shown = [kept for kept in shown if deleted_too or not kept.is_deleted]
        return sorted(shown, key=lambda kept: (kept.record.created_at, kept.record.number))

    def find(self, reservation_id: str, deleted_too: bool = False) -> Kept | None:
        number = self.ids.number(reservation_id)
        kept = self._shown(number) if number is not None else None
        return kept if kept is not None and (deleted_too or not kept.is_deleted) else None

    def status(self, record: Reservation) -> str:
        """The status of the whole reservation, which may lag behind its rooms."""
        if record.state is State.IN_HOUSE and self.quirks.status_behind:
            return STATUSES[State.CONFIRMED]
        return STATUSES[record.state]

    @staticmethod
    def true_status(record: Reservation) -> str:
        return STATUSES[record.state]

    def accommodations(self, record: Reservation) -> list[Accommodation]:
        rooms = []
        for _, line, sub_id, key in self.ids.parts(record):
            status = room_status(line)
            moments = [at for at, was in self._statuses.get(key, []) if was == status]
            rooms.append(
                Accommodation(line, sub_id, key, status, moments[-1] if moments else record.created_at)
            )
        return rooms

    def entered(self, room: Accommodation) -> list[tuple[datetime, str]]:
        """Every status the room of a stay has had, with the moment it began."""
        return list(self._statuses.get(room.key, []))

    def occupants(self, record: Reservation) -> list[Occupant]:
        """The main guest first."""
        people = (record.guest_id, *record.sharer_ids)
        return [self._occupant(record.number, place, key) for place, key in enumerate(people)]

    def guest_modified(self, record: Reservation, guest: Occupant) -> datetime:
        """A check-in, check-out or cancellation touches the guest as well."""
        moments = [record.created_at, guest.person.updated_at]
        moments += [room.status_at for room in self.accommodations(record)]
        moments += [self._anonymized.get(guest.id, _ALWAYS), self._merged.get(guest.id, ("", _ALWAYS))[1]]
        return max(moments)

    def locate(self, guest_id: str) -> tuple[Kept, Occupant] | None:
        """The reservation and the guest of a guest id."""
        for kept in self.reservations():
            for guest in self.occupants(kept.record):
                if guest.id == guest_id:
                    return kept, guest
        return None

    def delete(self, number: str) -> Kept:
        """Takes a reservation off the vendor's books, though the hotel still has it."""
        last, at = self._versions[number][-1], self.world.horizon()
        gone = replace(last, seen_at=self.world.clock.now(), modified_at=at, is_deleted=True)
        self._versions[number].append(gone)
        return gone

    def anonymize(self, guest_id: str) -> None:
        self._anonymized[guest_id] = self.world.horizon()

    def merge(self, guest_id: str, into: str) -> None:
        self._merged[guest_id] = (into, self.world.horizon())

    def local(self, at: datetime) -> str:
        """An instant as the property's wall clock shows it, without a zone."""
        return at.astimezone(self.world.hotel.zone).strftime("%Y-%m-%d %H:%M:%S")

    @staticmethod
    def utc(at: datetime) -> str:
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def today(self) -> date:
        return self.world.clock.now().astimezone(self.world.hotel.zone).date()

    def _shown(self, number: str) -> Kept | None:
        versions = self._versions[number]
        if not self.quirks.lag_seconds:
            return versions[-1]
        until = self.world.clock.now() - timedelta(seconds=self.quirks.lag_seconds)
        return next((kept for kept in reversed(versions) if kept.seen_at <= until), None)

    def _occupant(self, number: str, place: int, key: str) -> Occupant:
        guest_id = self.ids.guest(number, place)
        person, is_anonymized = self.world.guest(key), guest_id in self._anonymized
        if is_anonymized:
            person = replace(person, first="Guest", last="Anonymized", email=None, phone=None, country=None)
        merged_into = self._merged.get(guest_id, ("", _ALWAYS))[0]
        return Occupant(guest_id, person, place == 0, is_anonymized, merged_into)

    def _hear(self, news: News) -> None:
        if not isinstance(news, Change) or not isinstance(news.after, Reservation):
            return
        after, before = news.after, news.before
        parts = list(self.ids.parts(after))
        modified_at = after.updated_at
        versions = self._versions.get(after.number, [])
        if isinstance(before, Reservation):
            touched = kinds(before, after)
            if touched and touched <= self.quirks.still:
                modified_at = versions[-1].modified_at
        else:
            self._open_statuses(after)
        for _, line, _, key in parts:
            story = self._statuses.setdefault(key, [])
            if not story or story[-1][1] != room_status(line):
                story.append((after.updated_at, room_status(line)))
        is_deleted = bool(versions) and versions[-1].is_deleted
        kept = Kept(self.world.clock.now(), after, modified_at, is_deleted)
        self._versions.setdefault(after.number, []).append(kept)

    def _open_statuses(self, record: Reservation) -> None:
        """The past of the rooms, as far as the reservation tells it."""
        for _, line, _, key in self.ids.parts(record):
            story = [(record.created_at, "not_checked_in")]
            if line.state in (State.IN_HOUSE, State.CHECKED_OUT):
                story.append((record.checked_in_at or record.updated_at, "in_house"))
            if line.state is State.CHECKED_OUT:
                story.append((record.checked_out_at or record.updated_at, "checked_out"))
            if line.state is State.CANCELLED:
                story.append((record.cancelled_at or record.updated_at, "cancelled"))
            self._statuses[key] = story


def room_status(line: StayLine) -> str:
    return ROOM_STATUSES.get(line.state, "not_checked_in")


def kinds(before: Reservation, after: Reservation) -> set[Kind]:
    """What differs between two states of a reservation."""
    pairs: Iterable[tuple[Kind, bool]] = (
        (Kind.STATUS, _states(before) != _states(after)),
        (Kind.DATES, (before.arrival, before.departure) != (after.arrival, after.departure)),
        (Kind.ROOM, _rooms(before) != _rooms(after)),
        (Kind.BALANCE, (before.total, before.balance) != (after.total, after.balance)),
        (Kind.NOTES, before.notes != after.notes),
    )
    return {kind for kind, differs in pairs if differs}


def _states(record: Reservation) -> tuple[State, ...]:
    return (record.state, *(line.state for line in record.lines))


def _rooms(record: Reservation) -> list[tuple[str, str | None]]:
    return [(line.room_type, line.room) for line in record.lines]
