"""The checks of ./run check: every tool runs, two at a time, and each says how it went."""

import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tools.environment import PYTHON, ROOT, VENV


@dataclass(frozen=True)
class Check:
    """One tool and its arguments; the slowest stands first, so that the others run beside it."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    check: Check
    ok: bool
    seconds: float
    output: str


def _module(*command: str) -> tuple[str, ...]:
    return (str(PYTHON), "-m", *command)


CHECKS = (
    Check("types (mypy)", _module("mypy")),
    Check("lint (ruff)", _module("ruff", "check", "--quiet")),
    Check("format (ruff)", _module("ruff", "format", "--check", "--quiet")),
    Check(
        "imports (import-linter)", (str(PYTHON), str(VENV / "bin/lint-imports"), "--no-cache", "--no-logo")
    ),
    Check("dependencies (deptry)", _module("deptry", ".", "--no-ansi")),
    Check("templates (djlint)", _module("djlint", "--lint", "--quiet", "webapp/templates")),
)


def run(checks: Sequence[Check] = CHECKS) -> bool:
    """Run them all and print a line for each, with the tool's own words where it found something."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        good = [_report(outcome) for outcome in pool.map(_outcome, checks)]
    return all(good)


def _outcome(check: Check) -> Outcome:
    began = time.monotonic()
    plain = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env=plain,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(check, done.returncode == 0, time.monotonic() - began, done.stdout)


def _report(outcome: Outcome) -> bool:
    print(
        f"{outcome.check.name:<26} {outcome.seconds:5.1f} s  {'ok' if outcome.ok else 'FAILED'}", flush=True
    )
    if not outcome.ok:
        print(outcome.output.rstrip(), flush=True)
    return outcome.ok
