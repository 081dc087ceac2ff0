"""The webhook addresses of property management systems: the shared one of the guide, and one per connection."""

from collections.abc import Callable

from flask import Blueprint, Response

from webapp.domain.told_addresses import SHARED_PATH
from webapp.routes import late_views
from webapp.routes.guards import open_to_all

hooks = open_to_all(Blueprint("pms_hooks", __name__, url_prefix=SHARED_PATH))
LARGEST_BODY = 1_000_000

# What a call needs is loaded with the first one.
_take: Callable[[str | None], Response] = late_views.function("webapp.routes.hooks.calls", "take")


@hooks.post("")
def shared() -> Response:
    return _take(None)


@hooks.post("/<token>")
def own(token: str) -> Response:
    return _take(token)
