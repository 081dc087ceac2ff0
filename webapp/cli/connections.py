"""`connection add | test | list` and `sync`: links to providers without the browser."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.integrations import registry
from webapp.settings import process_environment

from .output import ACTOR, CommandError, emit, opened, read_secret_lines, table

if TYPE_CHECKING:
    from webapp.integrations.kit.manifest import Manifest
    from webapp.runtime import Runtime
    from webapp.services.sync_report import RunReport
    from webapp.vault import Secret

SECRET_PREFIX = "HOTEL_ASSISTANT_SECRET_"  # noqa: S105  # the name of a variable, not a secret


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    connection = commands.add_parser("connection", help="links to providers")
    actions = connection.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser(
        "add",
        parents=[shared],
        help="make a connection",
        description="Plain fields come by --set field=value (field=@FILE reads a file). Secret fields never stand on a "
        f"command line: give them as name=value lines on standard input, or as {SECRET_PREFIX}<FIELD> variables.",
    )
    add.add_argument("provider", metavar="PROVIDER", help=f"one of: {', '.join(registry.PROVIDERS)}")
    add.add_argument("--name", required=True, help="what you call it")
    add.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", dest="assignments")
    add.add_argument("--streams", default="", help="comma separated; default: all the provider offers")
    add.add_argument("--every", type=int, choices=(5, 15, 30, 60), default=15, help="minutes between syncs")
    add.add_argument("--history", type=int, choices=(7, 30, 90), default=30, help="days of history")
    add.set_defaults(run=_add, makes_folder=True)
    test = actions.add_parser(
        "test", parents=[shared], help="the connection test, rung by rung; exit 1 if one broke"
    )
    test.add_argument("name", metavar="NAME")
    test.set_defaults(run=_test)
    listing = actions.add_parser("list", parents=[shared], help="all connections and their state")
    listing.set_defaults(run=_list)
    sync = commands.add_parser(
        "sync", parents=[shared], help="run a sync now, in this process; exit 1 if it failed"
    )
    sync.add_argument("name", metavar="NAME")
    sync.add_argument("--full", action="store_true", help="read the whole history again (announces nothing)")
    sync.set_defaults(run=_sync)


def _add(arguments: argparse.Namespace) -> int:
    from webapp.services.connections import ConnectionInvalid, create

    try:
        manifest = registry.manifest(arguments.provider)
    except registry.UnknownProvider as error:
        raise CommandError(str(error)) from error
    options, secrets = _fields(manifest, arguments.assignments)
    streams = tuple(part for part in arguments.streams.replace(" ", "").split(",") if part)
    with opened(arguments) as runtime:
        try:
            made = create(
                runtime,
                provider=manifest.key,
                name=arguments.name,
                options=options,
                secrets=secrets,
                streams=streams or tuple(manifest.streams),
                frequency_minutes=arguments.every,
                history_days=arguments.history,
                actor=ACTOR,
            )
        except ConnectionInvalid as error:
            raise CommandError(str(error)) from error
    emit(
        arguments,
        {"id": made.public_id, "name": arguments.name, "provider": manifest.key},
        [
            f"{arguments.name} is saved, not proven yet. Try: hotel-assistant connection test {arguments.name!r}"
        ],
    )
    return 0


def _fields(manifest: "Manifest", assignments: list[str]) -> "tuple[dict[str, Any], dict[str, Secret]]":
    known = {item.name: item for item in manifest.fields}
    options: dict[str, Any] = {
        item.name: item.default for item in manifest.fields if item.default and not item.is_secret
    }
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or name not in known:
            raise CommandError(
                f"--set {assignment!r}: expected FIELD=VALUE, with a field of: {', '.join(known)}"
            )
        if known[name].is_secret:
            raise CommandError(
                f"{name} is a secret and would stay in your shell's history. Give it as a line {name}=… on "
                f"standard input, or as the variable {SECRET_PREFIX}{name.upper()}."
            )
        options[name] = _file(name, value[1:]) if value.startswith("@") else value
    return options, _secrets(manifest)


def _file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--set {name}=@{path}: the file cannot be read ({error}).") from error


def _secrets(manifest: "Manifest") -> "dict[str, Secret]":
    from webapp.vault import Secret

    environment = process_environment()
    found = {
        name: environment[SECRET_PREFIX + name.upper()]
        for name in sorted(manifest.secret_names)
        if environment.get(SECRET_PREFIX + name.upper())
    }
    if found:
        return {name: Secret(value) for name, value in found.items()}
    if sys.stdin.isatty():
        return {}
    lines = read_secret_lines()
    if "" in lines:
        required = [item.name for item in manifest.fields if item.is_secret]
        lines[required[0]] = lines.pop("") if required else ""
    strange = set(lines) - manifest.secret_names
    if strange:
        raise CommandError(
            f"Standard input names {', '.join(sorted(strange))}, which is no secret of {manifest.label}."
        )
    return {name: Secret(value) for name, value in lines.items()}


def connection_id(runtime: "Runtime", name: str) -> int:
    from webapp.services.connections import find_id

    with runtime.reading() as session:
        found = find_id(session, name)
    if found is None:
        raise CommandError(f"There is no connection {name!r}. See: hotel-assistant connection list")
    return found


def _test(arguments: argparse.Namespace) -> int:
    from webapp.services.connections import check

    with opened(arguments) as runtime:
        outcome = check(runtime, connection_id(runtime, arguments.name), actor=ACTOR)
    lines = []
    for rung in outcome.rungs:
        lines.append(f"{'ok  ' if rung.ok else 'BAD '} {rung.label} ({rung.ms} ms) {rung.detail}".rstrip())
    lines += [outcome.verdict.title, outcome.verdict.text, outcome.verdict.advice]
    document = {
        "ok": outcome.ok,
        "verdict": outcome.verdict,
        "rungs": [
            {"name": rung.name, "ok": rung.ok, "ms": rung.ms, "detail": rung.detail, "fault": rung.fault}
            for rung in outcome.rungs
        ],
    }
    emit(arguments, document, [line for line in lines if line])
    return 0 if outcome.ok else 1


def _list(arguments: argparse.Namespace) -> int:
    from webapp.services.connections import list_cards

    with opened(arguments) as runtime, runtime.reading() as session:
        rows = [
            {
                "id": card.public_id,
                "name": card.name,
                "provider": card.provider,
                "state": card.state,
                "role": card.role,
                "last_good_at": card.last_good_at,
                "next_sync_at": card.next_sync_at,
            }
            for card in list_cards(session)
        ]
    emit(arguments, rows, table(rows, ("name", "provider", "state", "role", "last_good_at", "next_sync_at")))
    return 0


def _sync(arguments: argparse.Namespace) -> int:
    from webapp.models import RunState
    from webapp.services.syncing import SyncBusy, sync_once

    with opened(arguments) as runtime:
        found = connection_id(runtime, arguments.name)
        try:
            report = sync_once(runtime, found, full=arguments.full, trigger="command")
        except SyncBusy as error:
            raise CommandError(f"{arguments.name} is being synced now. Try again in a minute.") from error
    _print_report(arguments, report)
    return 0 if report.state == RunState.SUCCEEDED else 1


def _print_report(arguments: argparse.Namespace, report: "RunReport") -> None:
    streams = [
        {
            "stream": stream.stream,
            "verdict": stream.verdict,
            "seen": stream.seen,
            "added": stream.added,
            "changed": stream.changed,
            "unchanged": stream.unchanged,
            "skipped": stream.skipped,
            "pages": stream.pages,
            "seconds": round(stream.seconds, 2),
            "fault": stream.fault,
        }
        for stream in report.streams
    ]
    lines = table(
        streams, ("stream", "verdict", "seen", "added", "changed", "unchanged", "skipped", "seconds")
    )
    for stream in report.streams:
        if stream.fault is not None:
            lines.append(f"{stream.stream}: {stream.fault.message % stream.fault.params}")
            lines.append(f"  {stream.fault.advice % stream.fault.params}")
    lines.append(f"{report.state}, verdict: {report.verdict}, {report.seconds:.1f} s")
    emit(
        arguments,
        {
            "run": report.public_id,
            "state": report.state,
            "verdict": report.verdict,
            "seconds": report.seconds,
            "streams": streams,
        },
        lines,
    )
