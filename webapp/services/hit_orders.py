"""Asks vendors now and then which webhook calls they have on order, because orders vanish without a word."""

from datetime import timedelta

from webapp.models import Connection, ConnectionState, HitWatch
from webapp.runtime import Runtime

from . import hit_subscriptions
from .clock_jumps import beyond
from .connection_views import NoSuchConnection

ASK_EVERY = timedelta(hours=1)


def ask_what_is_ordered(runtime: Runtime, connection_id: int) -> None:
    """Where vendors can be asked, at most once an hour; what they say is kept beside the connection."""
    now = runtime.clock()
    with runtime.reading() as session:
        row = session.get_one(Connection, connection_id)
        watch = session.get(HitWatch, connection_id)
    if watch is None or row.archived_at is not None or row.state == ConnectionState.NEEDS_ATTENTION:
        return
    if watch.looked_at is not None and now - ASK_EVERY < watch.looked_at <= beyond(now):
        return
    if not hit_subscriptions.are_ordered_here(row.provider):
        return
    try:
        orders = hit_subscriptions.look(runtime, row.public_id, runtime.settings.public_base_url or "")
    except NoSuchConnection:
        return
    with runtime.writing() as session:
        watch = session.get_one(HitWatch, connection_id)
        watch.looked_at = now
        watch.ordered = None if orders.fault else sorted(orders.present)
