"""What one role of the adapter works with: the way to ask, the account, the generation, a reader for each kind of data."""

from collections.abc import Iterator

from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.contract import Caches, Credentials, Page

from .asking import Guesty
from .choice import Choice
from .house import House, Memory
from .inventory import Inventory
from .reservations import Reservations


class Desk:
    """Made anew for every walk, because it keeps the account in memory. `is_fresh` asks for it whatever is remembered."""

    def __init__(
        self, guesty: Guesty, credentials: Credentials, caches: Caches, *, is_fresh: bool = False
    ) -> None:
        self.guesty = guesty
        memory = Memory(guesty, credentials, caches.setup)
        self.house = House(guesty, credentials, memory, is_fresh=is_fresh)
        self.choice = Choice(guesty, credentials, memory)
        derives = credentials.text("derive_check_ins") == "yes"
        self.inventory = Inventory(guesty, self.house, memory)
        self.reservations = Reservations(
            guesty, self.house, self.choice, memory, derives=derives, plan_names=self.inventory.plan_names
        )

    def pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        if stream is Stream.GUESTS:
            return self.reservations.guest_pages(window, cursor)
        if stream in (Stream.BOOKINGS, Stream.CHECK_INS):
            return self.reservations.booking_pages(stream, window, cursor)
        return self.inventory.pages(stream, window, cursor)
