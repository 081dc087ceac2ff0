"""What a run has to say afterwards: a report per stream and one for the run, as plain values."""

from dataclasses import dataclass, field

import msgspec

from webapp.domain.fault import Fault
from webapp.domain.stream import Mode, Stream
from webapp.domain.value import Value
from webapp.integrations.kit.contract import Skipped
from webapp.models import RunState, Verdict

LONGEST_NOTE = 50
"""How many skipped records a run names; the rest is only counted."""


class StreamReport(Value, frozen=True):
    """One stream of a run. `seen` counts stored and skipped records; `fault` is set when it failed."""

    stream: Stream
    mode: Mode
    state: RunState
    verdict: Verdict | None = None
    pages: int = 0
    seen: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    seconds: float = 0.0
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """`state` is how the run ended, `verdict` the gravest of its streams' ones, `calls` the calls it made."""

    public_id: str
    connection_id: int
    mode: Mode
    state: RunState
    verdict: Verdict | None
    streams: tuple[StreamReport, ...]
    seconds: float
    calls: int
    fault: Fault | None = None


@dataclass(slots=True)
class Counters:
    """Grows with each page of a walk."""

    pages: int = 0
    seen: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    unmapped: dict[str, int] = field(default_factory=dict)
    reasons: list[Skipped] = field(default_factory=list)
    missing: int = 0

    def notes(self) -> dict[str, object]:
        """What an admin should look at: the provider's words without a meaning here, unreadable records, and
        records that the provider counted but did not show."""
        found: dict[str, object] = {}
        if self.unmapped:
            found["unmapped"] = dict(self.unmapped)
        if self.reasons:
            found["skipped"] = [
                {"id": one.external_id, "reason": msgspec.to_builtins(one.reason)} for one in self.reasons
            ]
        if self.missing:
            found["missing"] = self.missing
        return found


_GRAVITY = (Verdict.FAILED, Verdict.CANCELLED, Verdict.SUSPICIOUS_ZERO, Verdict.NEW_DATA, Verdict.NOTHING_NEW)


def gravest(reports: tuple[StreamReport, ...]) -> Verdict | None:
    """One verdict for a run: a failure outweighs a cancel, a suspicion outweighs new data."""
    found = {report.verdict for report in reports}
    return next((verdict for verdict in _GRAVITY if verdict in found), None)
