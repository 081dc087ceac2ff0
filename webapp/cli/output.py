"""What commands print: lines for people, JSON for programs; and how they open the hub."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.settings import Settings, process_environment

if TYPE_CHECKING:
    from webapp.runtime import Runtime

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"
ACTOR = "command line"


class CommandError(Exception):
    """A command that cannot go on; the text says what is wrong and what to do."""


def settings_of(arguments: argparse.Namespace, *, is_demo: bool = False, **more: str) -> Settings:
    folder = Path(arguments.data) if arguments.data else None
    return Settings.from_env({**process_environment(), **more}, data_dir=folder, is_demo=is_demo)


@contextmanager
def opened(arguments: argparse.Namespace) -> "Iterator[Runtime]":
    """The runtime of the data folder: an existing demo folder is opened as what it is."""
    from webapp.services.installation import DEMO, InstallationError, kind_of, open_runtime

    settings = settings_of(arguments)
    if kind_of(settings) == DEMO:
        settings = settings_of(arguments, is_demo=True, PROVIDER_ALLOWED_NETWORKS="127.0.0.1/32")
    elif not settings.data_dir.exists() and not _may_make(arguments):
        raise InstallationError(
            f"There is no data folder at {settings.data_dir}. Name it with --data, or start `hotel-assistant serve`."
        )
    runtime = open_runtime(settings).runtime
    try:
        yield runtime
    finally:
        runtime.close()


def _may_make(arguments: argparse.Namespace) -> bool:
    return bool(getattr(arguments, "makes_folder", False))


def emit(arguments: argparse.Namespace, document: Any, lines: Sequence[str]) -> None:
    """The document under --json, else the lines."""
    if arguments.json:
        import msgspec

        print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    else:
        for line in lines:
            print(line)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[str]:
    """Aligned columns with a heading; an empty table says so."""
    if not rows:
        return ["(none)"]
    texts = [[("" if row.get(name) is None else str(row[name])) for name in columns] for row in rows]
    widths = [max(len(name), *(len(line[place]) for line in texts)) for place, name in enumerate(columns)]
    heading = "  ".join(name.upper().ljust(width) for name, width in zip(columns, widths, strict=True))
    body = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in texts)
    return [heading.rstrip(), *(line.rstrip() for line in body)]


def read_secret_lines() -> dict[str, str]:
    """name=value lines from standard input; a single bare line is returned under the empty name."""
    found: dict[str, str] = {}
    for line in sys.stdin.read().splitlines():
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        if equals and name.strip().isidentifier():
            found[name.strip()] = value.strip()
        else:
            found[""] = line.strip()
    return found
