"""The command `hotel-assistant`: one module per noun, `--data` and `--json` on every command."""

import argparse
import sys
from collections.abc import Sequence

from webapp.integrations.kit.errors import ProviderError
from webapp.settings import SettingsError
from webapp.vault import VaultError

from . import bookings, connections, hub, people, serving
from .output import CommandError


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 1 it went wrong (the text says what and what to do), 2 wrong usage, 130 Ctrl-C."""
    arguments = parser().parse_args(argv)
    from webapp.services.installation import InstallationError

    try:
        return int(arguments.run(arguments) or 0)
    except (CommandError, SettingsError, VaultError, InstallationError) as error:
        print(f"hotel-assistant: {error}", file=sys.stderr)
        return 1
    except ProviderError as error:
        print(f"hotel-assistant: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) went away: nothing is left to tell it.
        sys.stderr.close()
        return 0


def parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--data", metavar="DIR", help="the data folder (default: HOTEL_ASSISTANT_DATA, else ./data)"
    )
    shared.add_argument("--json", action="store_true", help="print JSON on standard output")
    top = argparse.ArgumentParser(
        prog="hotel-assistant", description="Connects a hotel's systems and shows what is true about them."
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (serving, people, connections, bookings, hub):
        module.add_to(commands, shared)
    return top
