"""`python -m simulator`: serves a pretend hotel until its standard input closes.

The first line of output is JSON with the address, the control token and a credential of every kind.
"""

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from simulator import neutral
from simulator.aurora import TIMEZONE
from simulator.clock import WorldClock
from simulator.generate import build_world
from simulator.server import Server, start
from simulator.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        world = _world(options)
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as wrong:
        print(f"simulator: {options.hotel}: {wrong}", file=sys.stderr)
        return 2
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, lambda *_: stopping.set())
    threading.Thread(target=_wait_for_end_of_input, args=(stopping,), daemon=True).start()
    with start(world, options.port, rate_limit=options.rate_limit, bulk=options.bulk) as server:
        print(msgspec.json.encode(announcement(server)).decode(), flush=True)
        stopping.wait()
    return 0


def announcement(server: Server) -> dict[str, object]:
    """What the starting process needs to know."""
    world = server.world
    return {
        "url": server.url,
        "control_token": server.control_token,
        "property_id": server.property_id,
        "hotel_name": world.hotel.name,
        "timezone": world.hotel.timezone,
        "currency": world.hotel.currency,
        "business_date": world.business_date,
        "now": world.clock.now(),
        "credentials": server.credentials,
        "dialects": {
            key: {"base_url": door.base_url, "credentials": door.credentials}
            for key, door in server.dialects.items()
        },
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A pretend hotel system on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument(
        "--hotel", type=Path, metavar="FILE", help="a neutral hotel file instead of Hotel Aurora"
    )
    parser.add_argument("--bulk", type=int, default=0, metavar="N", help="serve N computed reservations")
    parser.add_argument(
        "--business-date", type=date.fromisoformat, metavar="DATE", help="default: today there"
    )
    parser.add_argument("--now", type=_instant, metavar="ISO", help="what the clock starts at, with offset")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--rate-limit", type=float, default=20, metavar="N", help="calls per second, 0 for none"
    )
    return parser


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return at


def _world(options: argparse.Namespace) -> World:
    if options.hotel is not None:
        file = neutral.read_file(options.hotel)
        return neutral.load(
            file, WorldClock.ticking(options.now or datetime.fromisoformat(file.property.now))
        )
    clock = WorldClock.ticking(options.now)
    day = options.business_date or clock.now().astimezone(ZoneInfo(TIMEZONE)).date()
    return build_world(day, options.seed, clock=clock)


def _wait_for_end_of_input(stopping: threading.Event) -> None:
    # Not through sys.stdin: its lock, held by a waiting thread, aborts the interpreter when it ends.
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    stopping.set()


if __name__ == "__main__":
    sys.exit(main())
