"""What pages and files see of the log: filters, frozen rows, and one entry with everything around it."""

from datetime import datetime
from enum import StrEnum

from webapp.domain.fault import Fault
from webapp.domain.value import Value

from .run_views import RunView


class LogView(StrEnum):
    """Which kinds are listed. Operations leave single calls out: those stand under the run that made them."""

    OPERATIONS = "operations"
    ALL = "all"
    RUNS = "runs"
    CALLS = "calls"
    HITS = "hits"
    AUDIT = "audit"


class Gravity(StrEnum):
    ANY = ""
    PROBLEMS = "problems"  # warnings and errors
    ERRORS = "errors"


KINDS = {
    LogView.OPERATIONS: ("run", "hit", "audit"),
    LogView.ALL: ("run", "call", "hit", "audit"),
    LogView.RUNS: ("run",),
    LogView.CALLS: ("call",),
    LogView.HITS: ("hit",),
    LogView.AUDIT: ("audit",),
}
LEVELS = {
    Gravity.ANY: ("info", "warning", "error"),
    Gravity.PROBLEMS: ("warning", "error"),
    Gravity.ERRORS: ("error",),
}


class LogFilter(Value, frozen=True):
    """`since` <= at < `until`. `connection_id` and `booking` (public ids) and `trace_id` narrow when they are set."""

    view: LogView = LogView.OPERATIONS
    gravity: Gravity = Gravity.ANY
    since: datetime | None = None
    until: datetime | None = None
    connection: str = ""
    trace_id: str = ""
    booking: str = ""
    text: str = ""

    @property
    def kinds(self) -> tuple[str, ...]:
        return KINDS[self.view]

    @property
    def levels(self) -> tuple[str, ...]:
        return LEVELS[self.gravity]


class LogRow(Value, frozen=True):
    """One line. `connection` is a name, empty for lines that concern none."""

    id: int
    at: datetime
    kind: str
    level: str
    connection: str
    trace_id: str
    actor: str
    action: str
    summary: str


class LogPage(Value, frozen=True):
    """Newest first. `searched_to` is set when a search for words stopped there to stay quick; `older` goes on."""

    rows: tuple[LogRow, ...] = ()
    older: str | None = None
    newer: str | None = None
    searched_to: datetime | None = None


class StoredField(Value, frozen=True):
    """A field of a booking that this trace changed."""

    booking: str
    number: str
    field: str
    line: str
    old: str | None
    new: str | None
    at: datetime
    currency: str = ""


class HitView(Value, frozen=True):
    """The webhook call of a trace. `fault` is set when applying it was given up."""

    public_id: str
    state: str
    trust: str
    reason: str
    events: str
    received_at: datetime
    settled_at: datetime | None
    size: int
    digest: str
    changed: int
    replays: int
    fault: Fault | None
    may_be_replayed: bool


class LogDetail(Value, frozen=True):
    """`messages` are those of the same trace, in the order in which they happened; `payload` is masked JSON or empty."""

    row: LogRow
    run: RunView | None
    hit: HitView | None
    connection_public_id: str
    messages: tuple[LogRow, ...]
    is_cut: bool
    fields: tuple[StoredField, ...]
    payload: str
    is_masked: bool
