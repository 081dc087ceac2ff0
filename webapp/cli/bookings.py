"""`bookings export`: what the hub knows, as a neutral list."""

import argparse
import csv
import sys
from typing import Any

from .output import opened

COLUMNS = (
    "external_id",
    "confirmation_number",
    "guest_last",
    "guest_first",
    "arrival",
    "departure",
    "status",
    "room_type",
    "total_minor",
    "currency",
)


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    bookings = commands.add_parser("bookings", help="bookings of the primary connection")
    actions = bookings.add_subparsers(metavar="ACTION", required=True)
    export = actions.add_parser(
        "export", parents=[shared], help="print them as CSV, or as a JSON list with --json"
    )
    export.set_defaults(run=_export)


def _export(arguments: argparse.Namespace) -> int:
    from webapp.services.bookings import export

    with opened(arguments) as runtime, runtime.reading() as session:
        rows = export(session)
        if arguments.json:
            _print_json(rows)
            return 0
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([getattr(row, name) for name in COLUMNS])
    return 0


def _print_json(rows: Any) -> None:
    """A JSON list, a line per booking, written as it is read: an export may be large."""
    import msgspec

    separator = "[\n"
    for row in rows:
        sys.stdout.write(
            separator + msgspec.json.encode({name: getattr(row, name) for name in COLUMNS}).decode()
        )
        separator = ",\n"
    sys.stdout.write("[]\n" if separator == "[\n" else "\n]\n")
