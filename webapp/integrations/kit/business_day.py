"""The role of a provider that says which business date its hotel has."""

from datetime import date
from typing import Protocol, runtime_checkable


@runtime_checkable
class TellsBusinessDate(Protocol):
    """A provider whose night audit moves a date that can be asked for; it wins over the hub's own clock."""

    def business_date(self) -> date | None:
        """As of now, never from a cache; None when it is not told. Raises ProviderError."""
        ...
