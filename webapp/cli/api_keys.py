"""`api-key create|list|revoke`: keys of other programs, without the browser."""

import argparse
from typing import Any

from .output import ACTOR, CommandError, emit, opened, table


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    keys = commands.add_parser("api-key", help="keys with which other programs use the REST API")
    actions = keys.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser(
        "create",
        parents=[shared],
        help="make a key",
        description="Prints the key once; it is stored nowhere.",
    )
    create.add_argument("--name", required=True, metavar="N", help="which program will use it")
    create.add_argument("--scope", choices=("read", "write", "admin"), default="read")
    create.add_argument("--days", type=int, default=90, help="how long it lives (default: 90, at most 365)")
    create.add_argument(
        "--allow", action="append", default=[], metavar="CIDR", help="only from this network; repeatable"
    )
    create.set_defaults(run=_create)
    listing = actions.add_parser("list", parents=[shared], help="all keys and their use")
    listing.set_defaults(run=_list)
    revoke = actions.add_parser("revoke", parents=[shared], help="end a key at once")
    revoke.add_argument("key", metavar="KEY", help="its id, what is shown of it, or its name")
    revoke.set_defaults(run=_revoke)


def _create(arguments: argparse.Namespace) -> int:
    from webapp.models import Scope
    from webapp.services import api_keys

    with opened(arguments) as runtime:
        try:
            made = api_keys.create(
                runtime,
                name=arguments.name,
                scope=Scope(arguments.scope),
                actor=ACTOR,
                days=arguments.days,
                networks=arguments.allow,
            )
        except api_keys.KeyInvalid as error:
            raise CommandError(str(error)) from error
    key = made.key
    emit(
        arguments,
        {
            "id": key.public_id,
            "name": key.name,
            "scope": key.scope,
            "expires_at": key.expires_at,
            "networks": key.networks,
            "key": made.text,
        },
        [
            f"{key.name} may {key.scope} until {key.expires_at:%Y-%m-%d}.",
            f"Key, shown this once: {made.text}",
        ],
    )
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from webapp.services import api_keys, api_usage
    from webapp.services.api_usage import NO_USE

    with opened(arguments) as runtime, runtime.reading() as session:
        now = runtime.clock()
        keys = api_keys.every_key(session)
        use = api_usage.of_keys(session, now)
    rows = [
        {
            "id": key.public_id,
            "name": key.name,
            "shown": key.shown,
            "scope": key.scope.value,
            "living": key.is_living(now),
            "expires_at": key.expires_at.isoformat(timespec="seconds"),
            "last_used_at": key.last_used_at.isoformat(timespec="seconds") if key.last_used_at else None,
            "last_used_from": key.last_used_from or None,
            "calls_7_days": use.get(key.public_id, NO_USE).calls,
        }
        for key in keys
    ]
    emit(
        arguments,
        rows,
        table(rows, ("name", "shown", "scope", "living", "expires_at", "last_used_at", "calls_7_days")),
    )
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    from webapp.services import api_keys

    with opened(arguments) as runtime:
        with runtime.reading() as session:
            found = api_keys.find_by_name(session, arguments.key, runtime.clock())
        if found is None:
            raise CommandError(
                f"No living key is called “{arguments.key}”, or several are: name it by its id (api-key list)."
            )
        try:
            key = api_keys.revoke(runtime, found.public_id, actor=ACTOR)
        except api_keys.NoSuchKey as error:
            raise CommandError(f"The key “{arguments.key}” has ended already.") from error
    emit(
        arguments,
        {"id": key.public_id, "name": key.name, "revoked_at": key.revoked_at},
        [f"{key.name} ({key.shown}) is refused from now on."],
    )
    return 0
