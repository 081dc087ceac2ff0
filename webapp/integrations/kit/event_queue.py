"""The role of a provider that calls nobody: it keeps its events in a queue until somebody asks for them."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

from .contract import Event, Hit


@runtime_checkable
class EventReader(Protocol):
    """Understands what a hit says, whichever way it came."""

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        """Several events in one hit are told apart. Raises ContractBroken for what is no event."""
        ...


@runtime_checkable
class EventQueue(EventReader, Protocol):
    """A provider that calls nobody and is asked for its events instead. Reading an event removes it there."""

    @staticmethod
    def queue_of(options: Mapping[str, Any]) -> str:
        """Which queue a connection with these options reads; empty when it has none. Asked without credentials."""
        ...

    def drain(self) -> Iterator[bytes]:
        """One raw answer each, until the queue is empty. Whoever reads it stores an answer before taking the next one.
        Raises ProviderError; then an answer may have been lost on its way."""
        ...

    @staticmethod
    def split(answer: bytes) -> tuple[bytes, ...]:
        """An answer as one body per event, which `parse` understands; what cannot be taken apart stays whole."""
        ...
