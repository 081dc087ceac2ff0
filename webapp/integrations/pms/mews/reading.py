"""What one role of the adapter works with: the way to ask, the hotel's set-up, and a reader for each kind of data."""

from collections.abc import Iterator

from webapp.domain.stream import Stream, Window
from webapp.integrations.kit.contract import Credentials, Page, SetupCache
from webapp.integrations.kit.http import ProviderClient

from .asking import Mews
from .booking_reading import BookingReader
from .customers import CustomerBook
from .guest_reading import GuestReader
from .inventory_reading import InventoryReader
from .setup import Setup


class Reading:
    """Made anew for every walk, because it keeps the set-up in memory. `is_fresh` reads nothing from the cache."""

    def __init__(
        self, client: ProviderClient, credentials: Credentials, cache: SetupCache, *, is_fresh: bool = False
    ) -> None:
        self.mews = Mews(client, credentials)
        self.setup = Setup(self.mews, credentials, cache, is_fresh=is_fresh)
        customers = CustomerBook(self.mews, self.setup)
        self.bookings = BookingReader(self.mews, self.setup, customers)
        self.guests = GuestReader(self.mews, self.setup, customers, self.bookings)
        self.inventory = InventoryReader(self.mews, self.setup)

    def pages(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        if stream is Stream.GUESTS:
            return self.guests.pages(window, cursor)
        if stream is Stream.AVAILABILITY:
            return self.inventory.availability(window, cursor)
        if stream is Stream.RATES:
            return self.inventory.rates(window, cursor)
        return self.bookings.pages(stream, window, cursor)
