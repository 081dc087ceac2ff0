"""Reading guests: only the profiles that reservations name, many a call, because Oracle asks nobody to copy them all."""

from collections.abc import Iterator, Sequence

import msgspec

from webapp.domain.guest import Guest
from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.contract import Missing, Page, Skipped
from webapp.integrations.kit.errors import ContractBroken, NotFound
from webapp.integrations.kit.plain_values import text
from webapp.integrations.kit.unreadable import Unreadable, at_place, reason_of

from .asking import Ohip, Search, decoded
from .hotel import Hotel
from .payloads import ListedReservation, ProfileInfo, ProfileInfos, ProfilesAnswer, UniqueId
from .profile_mapping import guest_of
from .reading import id_of
from .reservations import Booked

BY_IDS = 100
"""200 are allowed; half of it keeps the address short."""
SEARCH = Search("crm", "crm/v1/profiles", "crm/v1/profiles/searches")
_PATH = "crm/v1/profilesByIds"
_PARTS = ["Profile", "Address", "Communication"]
_ALL_WRONG = 3


class Profiles:
    def __init__(self, ohip: Ohip, hotel: Hotel) -> None:
        self._ohip = ohip
        self._hotel = hotel

    def pages(self, window: Window, cursor: str | None) -> Iterator[Page]:
        """Along the walk of the bookings; each guest once, with the first of them."""
        known: set[str] = set()
        for rows, unread, following in Booked(self._ohip, self._hotel).steps(Stream.GUESTS, window, cursor):
            named = [key for row in rows for key in _named(row)]
            wanted = [key for key in dict.fromkeys(named) if key and key not in known]
            known.update(wanted)
            guests, skipped = self._read(wanted)
            stamps = [guest.updated_at for guest in guests if guest.updated_at]
            yield Page(
                tuple(guests), following, high_water=max(stamps, default=None), skipped=(*unread, *skipped)
            )

    def by_ids(self, ids: Sequence[str]) -> tuple[Guest | Missing, ...]:
        guests, skipped = self._read([key for key in dict.fromkeys(ids) if key.isalnum()])
        if skipped:
            raise ContractBroken(at_place("profilesByIds", skipped[0].reason))
        found = {guest.external_id: guest for guest in guests}
        return tuple(found.get(identity, Missing(identity)) for identity in ids)

    def probe(self) -> int | None:
        """One profile by the search, which needs the same right; how many there are is not told."""
        self._ohip.search(SEARCH, {"limit": 1, "offset": 0, "hotelId": self._ohip.hotel_id})
        return None

    def _read(self, ids: Sequence[str]) -> tuple[list[Guest], list[Skipped]]:
        guests: list[Guest] = []
        skipped: list[Skipped] = []
        for begin in range(0, len(ids), BY_IDS):
            for raw in self._infos(ids[begin : begin + BY_IDS]):
                info = ProfileInfo()
                try:
                    info = decoded(raw, ProfileInfo, "profilesByIds")
                    guests.append(guest_of(info, self._hotel))
                except ContractBroken as error:
                    skipped.append(Skipped(_id_in(raw), reason_of(error)))
                except Unreadable as error:
                    skipped.append(Skipped(id_of(info.profile_id_list, "Profile"), reason_of(error)))
        if len(skipped) >= _ALL_WRONG and not guests:
            raise ContractBroken(at_place("profilesByIds", skipped[0].reason))
        return guests, skipped

    def _infos(self, ids: Sequence[str]) -> Sequence[msgspec.Raw]:
        try:
            answer = self._ohip.get(_PATH, {"profileIds": list(ids), "fetchInstructions": _PARTS})
        except NotFound:  # said of an id that is gone, for the whole batch
            if len(ids) == 1:
                return ()
            half = len(ids) // 2
            return [*self._infos(ids[:half]), *self._infos(ids[half:])]
        return () if answer is None else _unfolded(answer)


class _OnlyIds(msgspec.Struct, rename="camel"):
    profile_id_list: tuple[UniqueId, ...] = ()


def _id_in(raw: msgspec.Raw) -> str:
    """Of a profile that does not fit its shape; empty when even that cannot be read."""
    try:
        return id_of(msgspec.json.decode(raw, type=_OnlyIds).profile_id_list, "Profile")
    except msgspec.DecodeError:
        return ""


def _named(row: ListedReservation) -> Iterator[str]:
    guest = row.reservation_guest
    if guest is not None:
        yield text(guest.id)
        for person in guest.accompany_guests or ():
            yield id_of(person.profile_id_list, "Profile")


def _unfolded(answer: Answer) -> Sequence[msgspec.Raw]:
    found = answer.json(ProfilesAnswer)
    return (found.profiles or found.profile_details or ProfileInfos()).profile_info
