"""Patience with a provider: what may be asked again, how long to wait before, and that a stop ends every wait."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from .answer import Answer
from .errors import Cancelled, ProviderError, ProviderHung

LONGEST_WAIT = 60.0  # a provider that asks for more is left alone until the next run
_SLICE = 0.25  # how long a wait goes on after a stop


@dataclass(frozen=True, slots=True)
class Patience:
    """`tries` is the number of attempts in all. stamina counts and spaces them; the waiting is ours, because
    its own sleep cannot be interrupted."""

    tries: int
    sleep: Callable[[float], None]
    should_stop: Callable[[], bool]

    def pause(self, seconds: float) -> None:
        """Waits, and raises Cancelled as soon as the hub stops; checks that even for no wait at all."""
        while True:
            if self.should_stop():
                raise Cancelled
            if seconds <= 0:
                return
            self.sleep(min(seconds, _SLICE))
            seconds -= _SLICE

    def run(self, ask: Callable[[int], Answer], *, is_safe: bool) -> Answer:
        """Calls `ask(retry number)` until it answers or no further try makes sense; then its error is raised."""
        import stamina
        from stamina.instrumentation import set_on_retry_hooks

        set_on_retry_hooks([])  # each attempt is a call record already, stamina would log it again
        failures = 0
        wait = 0.0

        def may_retry(error: Exception) -> bool | float:
            # 0.0 means "yes, without sleeping".
            again = is_safe and isinstance(error, ProviderError) and makes_sense(error, failures)
            return 0.0 if again else False

        for attempt in stamina.retry_context(
            may_retry, attempts=self.tries, timeout=None, wait_initial=1.0, wait_max=30.0, wait_jitter=0
        ):
            with attempt:
                self.pause(wait)
                try:
                    return ask(failures)
                except ProviderError as error:
                    failures += 1
                    backoff = attempt.next_wait
                    jitter = random.uniform(0, backoff / 2)  # noqa: S311 - spreads retries, hides nothing
                    wait = max(backoff + jitter, error.retry_after or 0)
                    raise
        raise AssertionError("stamina returns or raises")


def makes_sense(error: ProviderError, failures: int) -> bool:
    """Whether asking again at once, after `failures` failed attempts, may help."""
    if not error.retryable or isinstance(error, Cancelled):
        return False
    if error.retry_after is not None and error.retry_after > LONGEST_WAIT:
        return False
    # A provider that hangs costs half a minute a time: one more chance is enough.
    return not (isinstance(error, ProviderHung) and failures > 1)
