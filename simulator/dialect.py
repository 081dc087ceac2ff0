"""What the server needs of a further vendor that speaks for the same hotel."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from simulator.faults import Fault
from simulator.wire import Answer, Call, Refusal


class Dialect(Protocol):
    """One vendor's API; its calls arrive with the vendor's own paths, as if it had the host to itself."""

    @property
    def key(self) -> str:
        """The first part of its addresses here, and its name in the registry."""
        ...

    def answer(self, call: Call, empty: bool = False) -> Answer:
        """Raises Refusal; with `empty` every list has no records."""
        ...

    def refused(self, refusal: Refusal) -> Answer:
        """The vendor's error body."""
        ...

    def fault(self, fault: Fault) -> Answer | None:
        """How this vendor looks while a fault is on; None: as every vendor does."""
        ...

    def control(self, call: Call, topic: str) -> Answer:
        """What stands below `/_control/{key}/`; raises as the control desk does."""
        ...

    def sheet(self, base_url: str) -> Mapping[str, Mapping[str, str]]:
        """Credentials by kind, with the words a form needs."""
        ...

    def stop(self) -> None:
        """Ends its threads; may be called twice."""
        ...


@dataclass(frozen=True)
class Door:
    """Where a vendor is reached and with what; `base_url` stands for the vendor's own host."""

    vendor: Dialect
    base_url: str
    credentials: Mapping[str, Mapping[str, str]] = field(repr=False)


def inside(call: Call, key: str) -> Call | None:
    """The call as the vendor of `key` sees it; None when it is for another."""
    prefix = f"/{key}"
    if not call.path.startswith(f"{prefix}/"):
        return None
    return replace(call, path=call.path.removeprefix(prefix), base_url=call.base_url + prefix)
