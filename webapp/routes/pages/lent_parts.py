"""Parts of pages that other pages show: what their templates call, and where it is. Loaded with the first call."""

from flask import Flask

from webapp.routes import late_views
from webapp.services.api_access import PER_KEY

# The name in templates, the module, the function.
PARTS = (
    ("open_alarms", "pages.watches", "alarms_view"),
    ("truth_view", "pages.watches", "truth_view"),
    ("watch_view", "pages.watches", "watch_view"),
    ("endpoint_board", "pages.endpoint_repairs", "board"),
    ("endpoint_troubles", "pages.endpoint_repairs", "endpoint_troubles"),
    ("outgoing_health", "pages.endpoint_repairs", "outgoing_health"),
    ("key_reminder", "pages.api_access", "key_reminder"),
    ("api_door_count", "pages.api_access", "door_count"),
    ("state_shown", "state_words", "state_shown"),
    ("repair_cards", "repair_words", "open_cards"),
)


def init_app(app: Flask) -> None:
    names = app.jinja_env.globals
    names["api_door_limit"] = PER_KEY.amount
    for name, module, function in PARTS:
        names[name] = late_views.function(f"webapp.routes.{module}", function)
