"""Tables, one file per noun. A file is loaded with the first name out of it that is used."""

# A table costs 2 ms of a start, and most of them stand behind a page or a job that has its turn later.
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api_key import *  # noqa: F403
    from .approval import *  # noqa: F403
    from .base import *  # noqa: F403
    from .booking import *  # noqa: F403
    from .booking_note import *  # noqa: F403
    from .booking_watch import *  # noqa: F403
    from .connection import *  # noqa: F403
    from .event_queue import *  # noqa: F403
    from .guest import *  # noqa: F403
    from .hotel import *  # noqa: F403
    from .idempotency_key import *  # noqa: F403
    from .inventory import *  # noqa: F403
    from .lease import *  # noqa: F403
    from .listener import *  # noqa: F403
    from .log_entry import *  # noqa: F403
    from .missed_hit import *  # noqa: F403
    from .outgoing import *  # noqa: F403
    from .recipe_version import *  # noqa: F403
    from .scarce_token import *  # noqa: F403
    from .silence import *  # noqa: F403
    from .sync_run import *  # noqa: F403
    from .ticket import *  # noqa: F403
    from .truth import *  # noqa: F403
    from .user import *  # noqa: F403
    from .webhook_hit import *  # noqa: F403

_NAMES = {
    "api_key": (
        "ApiKey",
        "ApiKeyHour",
        "ApiStrangerHour",
        "Scope",
    ),
    "approval": ("Approval",),
    "base": (
        "Instant",
        "Model",
        "instant_from_text",
        "instant_text",
    ),
    "booking": (
        "Booking",
        "BookingChange",
        "BookingGuest",
        "Fact",
        "Stay",
    ),
    "booking_note": ("BookingNote",),
    "booking_watch": ("BookingWatch",),
    "connection": (
        "CachedSetup",
        "CachedToken",
        "CallHeadroom",
        "Connection",
        "ConnectionDraft",
        "ConnectionRole",
        "ConnectionState",
        "StreamCursor",
    ),
    "event_queue": ("EventQueue",),
    "guest": ("Guest",),
    "hotel": (
        "Hotel",
        "Instance",
    ),
    "idempotency_key": ("IdempotencyKey",),
    "inventory": (
        "Availability",
        "Rate",
    ),
    "lease": (
        "JobBeat",
        "Lease",
    ),
    "listener": ("Listener",),
    "log_entry": (
        "LogEntry",
        "LogHour",
        "LogPayload",
    ),
    "missed_hit": (
        "HitSubject",
        "HitWatch",
        "LedgerHour",
        "LedgerMark",
        "MissedHit",
    ),
    "outgoing": (
        "Delivery",
        "DeliveryAttempt",
        "DeliveryState",
        "Endpoint",
        "EndpointState",
        "OutboxEvent",
    ),
    "recipe_version": ("RecipeVersion",),
    "scarce_token": (
        "SharedToken",
        "TokenClient",
        "TokenRequest",
    ),
    "silence": (
        "ChangeHour",
        "ChangeTally",
        "Silence",
    ),
    "sync_run": (
        "RunState",
        "SyncRun",
        "SyncRunStream",
        "Verdict",
    ),
    "ticket": (
        "DiagnosticsBundle",
        "SupportContact",
        "Ticket",
        "TicketAttachment",
        "TicketMessage",
    ),
    "truth": (
        "TruthCheck",
        "TruthPlan",
        "TruthState",
    ),
    "user": (
        "Role",
        "User",
    ),
    "webhook_hit": (
        "HitState",
        "HitTrust",
        "WebhookAddress",
        "WebhookHit",
        "WebhookStray",
    ),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "Model":  # whoever asks here for it wants its metadata, with every table
        for module in _NAMES:
            import_module(f".{module}", __name__)
    found = globals()[name] = getattr(import_module(f".{home}", __name__), name)
    return found
