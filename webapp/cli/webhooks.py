"""`webhook add|list|deliveries`: other programs that are told of events, without the browser."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import Any

from .output import ACTOR, CommandError, emit, opened, table


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    webhooks = commands.add_parser("webhook", help="other programs that are told of events")
    actions = webhooks.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser(
        "add",
        parents=[shared],
        help="tell an address of events from now on",
        description="Prints the secret that signs the calls; the dashboard shows it again to an admin.",
    )
    add.add_argument("url", metavar="URL")
    add.add_argument(
        "--event", action="append", required=True, metavar="TYPE", help="such as booking.created; repeatable"
    )
    add.add_argument("--description", default="", metavar="TEXT", help="which program it is")
    add.add_argument("--personal-data", action="store_true", help="include guests' names")
    add.add_argument(
        "--ca",
        default="",
        metavar="FILE",
        help="certificate (PEM) of the authority of your own that signed the receiver's",
    )
    add.set_defaults(run=_add)
    listing = actions.add_parser("list", parents=[shared], help="all endpoints and how they fare")
    listing.set_defaults(run=_list)
    sent = actions.add_parser("deliveries", parents=[shared], help="what was sent, the latest first")
    sent.add_argument("--endpoint", default="", metavar="ID", help="only of this one (webhook list)")
    sent.add_argument("--event", default="", metavar="ID", help="only of this event")
    sent.add_argument("--state", choices=("waiting", "held", "delivered", "dead"))
    sent.add_argument("--limit", type=int, default=25, metavar="N", help="default: 25")
    sent.set_defaults(run=_deliveries)


def _add(arguments: argparse.Namespace) -> int:
    from webapp.services import endpoints
    from webapp.services.endpoint_checks import EndpointInvalid

    with opened(arguments) as runtime:
        try:
            made = endpoints.add(
                runtime,
                url=arguments.url,
                events=arguments.event,
                actor=ACTOR,
                description=arguments.description,
                includes_personal=arguments.personal_data,
                authority=_certificate(arguments.ca),
            )
        except EndpointInvalid as error:
            raise CommandError(str(error)) from error
    one = made.endpoint
    emit(
        arguments,
        {"id": one.public_id, "url": one.url, "events": one.events, "secret": made.secret.reveal()},
        [f"{one.url} is told of {', '.join(one.events)}.", f"Secret: {made.secret.reveal()}"],
    )
    return 0


def _certificate(path: str) -> str:
    """Raises CommandError."""
    try:
        return Path(path).read_text(encoding="utf-8") if path else ""
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def _list(arguments: argparse.Namespace) -> int:
    from webapp.services import delivery_views, endpoints
    from webapp.services.delivery_views import DeliveryCount

    with opened(arguments) as runtime, runtime.reading() as session:
        found = endpoints.all_endpoints(session)
        counted = delivery_views.counts(session, runtime.clock())
    rows = []
    for one in found:
        count = counted.get(one.public_id, DeliveryCount())
        rows.append(
            {
                "id": one.public_id,
                "url": one.url,
                "events": ",".join(one.events),
                "state": one.state.value,
                "disabled_because": one.disabled_because or None,
                "failing_since": _stamp(one.failing_since),
                "last_success_at": _stamp(one.last_success_at),
                "delivered_24h": count.delivered,
                "waiting": count.waiting,
                "retrying": count.retrying,
                "held": count.held,
                "dead_24h": count.dead,
            }
        )
    columns = ("id", "url", "state", "delivered_24h", "waiting", "held", "dead_24h", "last_success_at")
    emit(arguments, rows, table(rows, columns))
    return 0


def _deliveries(arguments: argparse.Namespace) -> int:
    from webapp.models import DeliveryState
    from webapp.services import delivery_views

    if not 1 <= arguments.limit <= 1000:
        raise CommandError("--limit takes 1 to 1000.")
    with opened(arguments) as runtime, runtime.reading() as session:
        page = delivery_views.deliveries(
            session,
            endpoint=arguments.endpoint,
            event=arguments.event,
            state=DeliveryState(arguments.state) if arguments.state else None,
            limit=arguments.limit,
        )
    rows = [
        {
            "id": one.public_id,
            "event": one.event_id,
            "type": one.type,
            "endpoint": one.endpoint,
            "state": one.state.value,
            "tries": one.tries,
            "status": one.status,
            "error": one.error or None,
            "made_at": _stamp(one.made_at),
            "next_try_at": _stamp(one.next_try_at),
        }
        for one in page.deliveries
    ]
    emit(
        arguments,
        rows,
        table(
            rows, ("id", "type", "endpoint", "state", "tries", "status", "error", "made_at", "next_try_at")
        ),
    )
    return 0


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
