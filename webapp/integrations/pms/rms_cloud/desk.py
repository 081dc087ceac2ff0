"""What one role of the adapter works with: the way to ask, the property, and a reader for each kind of data."""

from collections.abc import Iterator

from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.contract import Caches, Credentials, Page
from webapp.integrations.kit.http import ProviderClient

from .asking import Rms
from .guests import GuestBook
from .house import House, Memory
from .inventory import Inventory
from .login import Login
from .reservations import Reservations


class Desk:
    """Made anew for every walk, because it keeps the property in memory. `by_hand`: a person is asking, so nothing that is
    remembered of the property is believed, and a refused login may be tried once more."""

    def __init__(
        self, credentials: Credentials, client: ProviderClient, caches: Caches, *, by_hand: bool = False
    ) -> None:
        self.rms = Rms(client, Login(credentials, client, caches, by_hand=by_hand))
        self.memory = Memory(self.rms, credentials.text("property_id").strip(), caches.setup)
        self.house = House(self.rms, credentials, self.memory, is_fresh=by_hand)
        self.guests = GuestBook(self.rms, self.house, self.memory)
        self.reservations = Reservations(self.rms, self.house, self.memory, self.guests)
        self.inventory = Inventory(self.rms, self.house, credentials, self.memory)

    def pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        if stream is Stream.GUESTS:
            return self.guests.pages(self.reservations, window, cursor)
        if stream in (Stream.BOOKINGS, Stream.CHECK_INS):
            return self.reservations.pages(stream, window, cursor)
        return self.inventory.pages(stream, window, cursor)
