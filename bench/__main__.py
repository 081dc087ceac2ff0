"""`./run bench`: measures, prints the ratios with their goals, and writes them to `bench/results.md`."""

import argparse
import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import api, deliveries, hits, logs, pages, starting, sync
from bench.report import Table
from bench.sync import Plan

RESULTS = Path(__file__).with_name("results.md")
PARTS: dict[str, Callable[[Plan], list[Table]]] = {
    "sync": sync.measure,
    "hits": hits.measure,
    "pages": pages.measure,
    "logs": logs.measure,
    "api": api.measure,
    "deliveries": deliveries.measure,
    "start": starting.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    rows = options.rows or (20_000 if options.quick else 100_000)
    plan = Plan(rows, options.rounds or (2 if options.quick else 3), options.page)
    texts = [_head(plan)]
    for name in options.part or PARTS:
        for table in PARTS[name](plan):
            texts.append(table.text())
            print(table.text(), flush=True)
    if options.part is None:
        RESULTS.write_text("\n".join(texts), encoding="utf-8")
        print(f"Written to {RESULTS.name}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run bench", description="The hub beside small yardsticks; ratios only."
    )
    parser.add_argument("--quick", action="store_true", help="20,000 bookings and two rounds")
    parser.add_argument("--rows", type=int, metavar="N", help="bookings (default: 100,000)")
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="rounds, each in the other order (default: 3)"
    )
    parser.add_argument("--page", type=int, default=500, metavar="N", help="bookings a page (default: 500)")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; nothing is written")
    return parser


def _head(plan: Plan) -> str:
    return (
        "# Results\n\nMade by `./run bench`; what the ratios mean stands in `docs/performance.md`. Medians of "
        f"{plan.rounds} rounds, {plan.rows:,} bookings, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}. Absolute figures are this machine's; only the ratios count.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
