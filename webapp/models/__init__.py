"""Tables, one file per noun."""

from .base import Instant, Model, instant_from_text, instant_text
from .booking import Booking, BookingChange, BookingGuest, Fact, Stay
from .connection import (
    CachedSetup,
    CachedToken,
    Connection,
    ConnectionDraft,
    ConnectionRole,
    ConnectionState,
    StreamCursor,
)
from .guest import Guest
from .hotel import Hotel, Instance
from .inventory import Availability, Rate
from .lease import JobBeat, Lease
from .log_entry import LogEntry, LogPayload
from .sync_run import RunState, SyncRun, SyncRunStream, Verdict
from .user import Role, User

__all__ = [
    "Availability",
    "Booking",
    "BookingChange",
    "BookingGuest",
    "CachedSetup",
    "CachedToken",
    "Connection",
    "ConnectionDraft",
    "ConnectionRole",
    "ConnectionState",
    "Fact",
    "Guest",
    "Hotel",
    "Instance",
    "Instant",
    "JobBeat",
    "Lease",
    "LogEntry",
    "LogPayload",
    "Model",
    "Rate",
    "Role",
    "RunState",
    "Stay",
    "StreamCursor",
    "SyncRun",
    "SyncRunStream",
    "User",
    "Verdict",
    "instant_from_text",
    "instant_text",
]
