"""How the web process ends: at once while it serves, and not in the middle of its start."""

import signal
from collections.abc import Iterator

import pytest

from webapp.cli.serving import _EndSignals

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@pytest.fixture
def end() -> Iterator[_EndSignals]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield _EndSignals()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_during_the_start_is_kept_until_it_is_over(end: _EndSignals, number: signal.Signals) -> None:
    """An exception in the middle of it would leave threads that nobody stops."""
    signal.raise_signal(number)
    with pytest.raises(SystemExit):
        end.let_through()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_a_process_that_serves(end: _EndSignals, number: signal.Signals) -> None:
    end.let_through()
    with pytest.raises(SystemExit):
        signal.raise_signal(number)
