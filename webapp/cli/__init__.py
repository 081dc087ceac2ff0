"""The command `hotel-assistant`: one module per noun, `--data` and `--json` on every command."""

import argparse
import gc
import sys
from collections.abc import Sequence

from . import api_keys, bookings, connections, hub, people, serving, webhooks
from .output import CommandError


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 1 it went wrong (the text says what and what to do), 2 wrong usage, 130 Ctrl-C."""
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except _explained() as error:
        print(f"hotel-assistant: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) went away: nothing is left to tell it.
        sys.stderr.close()
        return 0
    finally:
        gc.enable()  # a server that could not start left it off


def _explained() -> tuple[type[Exception], ...]:
    """What tells its own way out. Looked up only when something went wrong: the demo starts its hotel before all this."""
    from webapp.integrations.kit.errors import ProviderError
    from webapp.services.installation import InstallationError
    from webapp.settings import SettingsError
    from webapp.vault import VaultError

    return (CommandError, SettingsError, VaultError, InstallationError, ProviderError)


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
    for module in (serving, people, connections, bookings, api_keys, webhooks, hub):
        module.add_to(commands, shared)
    return top
