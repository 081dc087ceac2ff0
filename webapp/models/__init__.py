"""Tables, one file per noun."""

from .api_key import ApiKey, ApiKeyHour, ApiStrangerHour, Scope
from .approval import Approval
from .base import Instant, Model, instant_from_text, instant_text
from .booking import Booking, BookingChange, BookingGuest, Fact, Stay
from .booking_note import BookingNote
from .booking_watch import BookingWatch
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
from .event_queue import EventQueue
from .guest import Guest
from .hotel import Hotel, Instance
from .idempotency_key import IdempotencyKey
from .inventory import Availability, Rate
from .lease import JobBeat, Lease
from .log_entry import LogEntry, LogHour, LogPayload
from .missed_hit import HitSubject, HitWatch, LedgerHour, LedgerMark, MissedHit
from .outgoing import Delivery, DeliveryAttempt, DeliveryState, Endpoint, EndpointState, OutboxEvent
from .recipe_version import RecipeVersion
from .scarce_token import SharedToken, TokenClient, TokenRequest
from .silence import ChangeHour, ChangeTally, Silence
from .sync_run import RunState, SyncRun, SyncRunStream, Verdict
from .ticket import DiagnosticsBundle, SupportContact, Ticket, TicketAttachment, TicketMessage
from .truth import TruthCheck, TruthPlan, TruthState
from .user import Role, User
from .webhook_hit import HitState, HitTrust, WebhookAddress, WebhookHit, WebhookStray

__all__ = [
    "ApiKey",
    "ApiKeyHour",
    "ApiStrangerHour",
    "Approval",
    "Availability",
    "Booking",
    "BookingChange",
    "BookingGuest",
    "BookingNote",
    "BookingWatch",
    "CachedSetup",
    "CachedToken",
    "CallHeadroom",
    "ChangeHour",
    "ChangeTally",
    "Connection",
    "ConnectionDraft",
    "ConnectionRole",
    "ConnectionState",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryState",
    "DiagnosticsBundle",
    "Endpoint",
    "EndpointState",
    "EventQueue",
    "Fact",
    "Guest",
    "HitState",
    "HitSubject",
    "HitTrust",
    "HitWatch",
    "Hotel",
    "IdempotencyKey",
    "Instance",
    "Instant",
    "JobBeat",
    "Lease",
    "LedgerHour",
    "LedgerMark",
    "LogEntry",
    "LogHour",
    "LogPayload",
    "MissedHit",
    "Model",
    "OutboxEvent",
    "Rate",
    "RecipeVersion",
    "Role",
    "RunState",
    "Scope",
    "SharedToken",
    "Silence",
    "Stay",
    "StreamCursor",
    "SupportContact",
    "SyncRun",
    "SyncRunStream",
    "Ticket",
    "TicketAttachment",
    "TicketMessage",
    "TokenClient",
    "TokenRequest",
    "TruthCheck",
    "TruthPlan",
    "TruthState",
    "User",
    "Verdict",
    "WebhookAddress",
    "WebhookHit",
    "WebhookStray",
    "instant_from_text",
    "instant_text",
]
