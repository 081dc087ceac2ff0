"""Deadlines of calls that run at the same time: each ends by itself, whatever the others do."""

import logging
import socket

import pytest

from webapp.integrations.kit.deadline import Deadline

PATIENCE = 60.0


def is_cut(deadline: Deadline) -> bool:
    """Waits for the end of the deadline's socket, as its call would."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(PATIENCE)
        deadline.attach(ours)
        return theirs.recv(1) == b""


def never() -> bool:
    return False


def test_a_short_call_ends_in_time_beside_a_long_one() -> None:
    with Deadline(PATIENCE, never) as long, Deadline(0.0, never) as short:
        assert is_cut(short)
        assert (short.cut_by, long.cut_by) == ("time", None)


def test_one_call_is_stopped_and_the_other_goes_on() -> None:
    with Deadline(PATIENCE, never) as other, Deadline(PATIENCE, lambda: True) as stopped:
        assert is_cut(stopped)
        assert (stopped.cut_by, other.cut_by) == ("stop", None)


def test_a_stop_switch_that_fails_leaves_the_other_calls_watched(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> bool:
        raise RuntimeError("switch")

    with caplog.at_level(logging.ERROR), Deadline(PATIENCE, broken) as failing, Deadline(1.0, never) as short:
        assert is_cut(short)
        assert failing.cut_by is None
    assert "a stop switch failed" in caplog.text
    with Deadline(0.0, never) as later:
        assert is_cut(later)
