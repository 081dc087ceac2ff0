"""Tables, one file per noun."""

from .base import Instant, Model, instant_from_text, instant_text
from .booking import Booking, BookingChange, BookingGuest, Fact, Stay
from .connection import (
    CachedSetup,
    CachedToken,
    CallHeadroom,
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
from .log_entry import LogEntry, LogHour, LogPayload
from .sync_run import RunState, SyncRun, SyncRunStream, Verdict
from .user import Role, User
from .webhook_hit import HitState, HitTrust, WebhookAddress, WebhookHit, WebhookStray

__all__ = [
    "Availability",
    "Booking",
    "BookingChange",
    "BookingGuest",
    "CachedSetup",
    "CachedToken",
    "CallHeadroom",
    "Connection",
    "ConnectionDraft",
    "ConnectionRole",
    "ConnectionState",
    "Fact",
    "Guest",
    "HitState",
    "HitTrust",
    "Hotel",
    "Instance",
    "Instant",
    "JobBeat",
    "Lease",
    "LogEntry",
    "LogHour",
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
    "WebhookAddress",
    "WebhookHit",
    "WebhookStray",
    "instant_from_text",
    "instant_text",
]
