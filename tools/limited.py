"""Runs a command for as long as it may take. One that does not end says where it stands, and is ended."""

import os
import signal
import subprocess
from typing import IO

from tools.environment import ROOT

ENDED = 124  # what timeout(1) answers
_LAST_WORDS = 10.0  # seconds in which the stacks of all threads are written


def start(command: list[str], *, output: IO[str] | None = None) -> "subprocess.Popen[bytes]":
    """In a session of its own, so that what it started ends with it."""
    env = {**os.environ, "PYTHONFAULTHANDLER": "1"}
    # Where compiled files are forbidden, each of a hundred processes would compile the whole program again.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    said = None if output is None else subprocess.STDOUT
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=said, start_new_session=True)


def finish(process: "subprocess.Popen[bytes]", seconds: float | None = None) -> int:
    """Its exit code, or ENDED when it took longer. Ctrl-C is passed on."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        print(f"not ended after {seconds:.0f} s: {' '.join(map(str, process.args))}", flush=True)  # type: ignore[arg-type]
        end(process, signal.SIGABRT)  # Python's fault handler writes where each thread stands
        return ENDED
    except KeyboardInterrupt:
        end(process, signal.SIGINT)
        raise


def end(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    os.killpg(process.pid, number)
    try:
        process.wait(_LAST_WORDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
