"""Pages: a person with a session. One file per noun, each with its blueprint in `pages`, loaded by its first visitor."""

from flask import Flask

from webapp.routes import late_views

from . import lent_parts
from .addresses import ADDRESSES

# A page that is not listed does not exist; `python -m tools.addresses` takes the addresses out of those that are.
MODULES = (
    "dashboard",
    "booking",
    "health",
    "watches",
    "hotel",
    "logs",
    "log_entries",
    "log_settings",
    "inbox",
    "hit_replays",
    "repairs",
    "connections",
    "connection_buttons",
    "booking_watch",
    "connection_settings",
    "doctor",
    "wizard",
    "approvals",
    "webhooks",
    "recipe",
    "mapping_versions",
    "sign_in",
    "setup",
    "preferences",
    "users",
    "api_access",
    "deliveries",
    "endpoints",
    "endpoint_repairs",
    "api_reference",
    "support",
    "tickets",
    "diagnostics",
    "support_contacts",
    "portfolio",
)


def init_app(app: Flask) -> None:
    lent_parts.init_app(app)
    late_views.register(app, late_views.read(ADDRESSES, __name__))
