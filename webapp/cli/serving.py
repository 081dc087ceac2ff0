"""`serve` and `demo`: the web process with its clock."""

import argparse
import gc
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .output import CommandError, settings_of

if TYPE_CHECKING:
    from webapp.runtime import Runtime

THREADS = 16


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    serve = commands.add_parser("serve", parents=[shared], help="run the dashboard and the scheduler")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, default=3000, help="port (default: 3000; 0 takes a free one)")
    serve.add_argument("--no-scheduler", action="store_true", help="leave the clock to another process")
    serve.set_defaults(run=_serve)
    demo = commands.add_parser(
        "demo", parents=[shared], help="show a simulated hotel, with nothing to set up"
    )
    demo.add_argument("--port", type=int, default=3000, help="port (default: 3000; 0 takes a free one)")
    demo.add_argument(
        "--hotel", metavar="FILE", help="a neutral JSON hotel to show instead of the built-in one"
    )
    demo.set_defaults(run=_demo)


def _serve(arguments: argparse.Namespace) -> int:
    gc.disable()  # run_server switches it on again, see there
    from webapp.services.installation import open_runtime

    opened = open_runtime(settings_of(arguments))
    notes = []
    if opened.claim_code:
        notes = [
            "",
            "  This hub has no owner yet. Open the address above and enter this claim code:",
            "",
            f"      {opened.claim_code}",
            "",
        ]
    try:
        return run_server(
            opened.runtime, arguments.host, arguments.port, with_clock=not arguments.no_scheduler, notes=notes
        )
    finally:
        opened.runtime.close()


def _demo(arguments: argparse.Namespace) -> int:
    from .simulated import built_in_date, simulator

    gc.disable()
    hotel_file = Path(arguments.hotel).absolute() if arguments.hotel else None
    if hotel_file is not None and not hotel_file.is_file():
        raise CommandError(f"There is no file {hotel_file}.")
    today = built_in_date()
    with simulator(hotel_file, today) as announced:
        from .demo import run_demo

        return run_demo(arguments, announced, today)


def run_server(
    runtime: "Runtime",
    host: str,
    port: int,
    *,
    with_clock: bool,
    notes: list[str],
    when_bound: Callable[[str], None] = lambda _url: None,
) -> int:
    """Serve until SIGTERM or Ctrl-C; the request in flight and the page being written are finished first.

    `when_bound` is told the address once it is printed; what it takes long for belongs into a thread.
    """
    from webapp.jobs.late_clock import LateClock
    from webapp.services import listeners

    server = _bound_server(runtime, host, port)
    end = _EndSignals()
    running = None
    try:
        address = _address(host, server)
        listeners.announce(runtime, urlsplit(address).port or port)
        print(f"AI Hotel Assistant is at {address}", flush=True)
        for note in notes:
            print(note, flush=True)
        when_bound(address)
        running = LateClock(runtime) if with_clock else None
        # What a start makes stays: searched for garbage while it grows, it would start a fifth slower, and searched
        # later, a request now and then would wait for that.
        gc.freeze()
        gc.enable()
        end.let_through()
        server.run()
    except SystemExit:
        pass  # the signal came before the server was listening for it
    finally:
        runtime.stopping.set()
        server.close()
        listeners.withdraw(runtime)
        if running is not None:
            running.stop()
    return 0


def _bound_server(runtime: "Runtime", host: str, port: int) -> Any:
    """A waitress server that holds its port already. Raises CommandError when the port is taken."""
    import logging

    from waitress.server import create_server

    from webapp import BrowserFilesMissing, create_app

    # A burst of webhook calls waits its turn for milliseconds; a line for each of them helps nobody.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        return create_server(
            create_app(runtime),
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            # create_app reads what the counted proxies say; without any, nobody may say it
            clear_untrusted_proxy_headers=runtime.settings.trusted_proxy_count == 0,
        )
    except BrowserFilesMissing as error:
        raise CommandError(str(error)) from error
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no such port"
        raise CommandError(
            f"Port {port} on {host} cannot be used ({reason}). Choose another with --port."
        ) from error


def _address(host: str, server: Any) -> str:
    """What to open in a browser; a server on several addresses is shown by its first."""
    bound = getattr(server, "effective_listen", None)
    port = bound[0][1] if bound else server.effective_port
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  # shown, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


class _EndSignals:
    """SIGTERM and Ctrl-C become SystemExit, which waitress ends at; during the start they are kept until it is over.

    An exception in the middle of starting the clock would leave threads that nobody stops.
    """

    def __init__(self) -> None:
        self._is_through = False
        self._has_come = False
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._come)
            signal.signal(signal.SIGINT, self._come)

    def let_through(self) -> None:
        self._is_through = True
        if self._has_come:
            raise SystemExit(0)

    def _come(self, _number: int, _frame: FrameType | None) -> None:
        self._has_come = True
        if self._is_through:
            raise SystemExit(0)
