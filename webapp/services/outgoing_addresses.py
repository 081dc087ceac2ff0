"""The IP address from which the hub's calls leave: typed in for a provider's allow list, or seen by an outside target."""

from datetime import datetime
from ipaddress import ip_address

from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import Instance
from webapp.runtime import Runtime

from . import audit
from .connection_entry import ConnectionInvalid, Problem


class Outgoing(Value, frozen=True):
    """`typed` is what an admin gave to providers; `seen` what an outside target last saw, `before` what it saw earlier."""

    typed: str = ""
    seen: str = ""
    seen_at: datetime | None = None
    before: str = ""

    @property
    def best(self) -> str:
        """For letters and guides: what was seen is newer than what was typed. Empty when neither is known."""
        return self.seen or self.typed

    @property
    def has_changed(self) -> bool:
        """Providers that let in the old one refuse the hub now."""
        known = self.typed or self.before
        return bool(self.seen and known and self.seen != known)


def known(session: Session) -> Outgoing:
    row = session.get(Instance, 1)
    if row is None:
        return Outgoing()
    return Outgoing(
        row.outgoing_typed or "", row.outgoing_seen or "", row.outgoing_seen_at, row.outgoing_before or ""
    )


def type_in(runtime: Runtime, text: str, *, actor: str) -> Outgoing:
    """Keeps what an admin typed; empty forgets it. Raises ConnectionInvalid (`outgoing`)."""
    address = ""
    if text.strip():
        try:
            address = str(ip_address(text.strip()))
        except ValueError:
            raise ConnectionInvalid(
                Problem("outgoing", N_("Type an IP address, such as 203.0.113.7."))
            ) from None
    with runtime.writing() as session:
        row = session.get_one(Instance, 1, with_for_update=True)
        if (row.outgoing_typed or "") != address:
            row.outgoing_typed = address or None
            what = address or "forgotten"
            audit.record(runtime, session, actor, "hub.outgoing_typed", f"The outgoing address is {what}")
        return known(session)


def learn(runtime: Runtime, address: str) -> Outgoing:
    """Keeps what an outside target saw."""
    with runtime.writing() as session:
        row = session.get_one(Instance, 1, with_for_update=True)
        if row.outgoing_seen and row.outgoing_seen != address:
            row.outgoing_before = row.outgoing_seen
            summary = f"The outgoing address changed from {row.outgoing_seen} to {address}"
            audit.record(runtime, session, "doctor", "hub.outgoing_changed", summary, level="warning")
        row.outgoing_seen, row.outgoing_seen_at = address, runtime.clock()
        return known(session)
