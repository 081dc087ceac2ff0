"""One process ticks, the other waits its turn."""

import threading

from tests.conftest import FixedClock
from webapp.models import Lease
from webapp.runtime import Runtime
from webapp.services import leases


def test_the_second_process_waits_until_the_first_is_silent(either_hub: Runtime, clock: FixedClock) -> None:
    first = leases.hold(either_hub, "clock", owner="a", seconds=45)
    assert first is not None
    assert first.number == 1
    clock.advance(seconds=30)
    assert leases.hold(either_hub, "clock", owner="b", seconds=45) is None
    assert leases.hold(either_hub, "clock", owner="a", seconds=45) == first
    clock.advance(seconds=44)
    assert leases.hold(either_hub, "clock", owner="b", seconds=45) is None
    clock.advance(seconds=1)
    second = leases.hold(either_hub, "clock", owner="b", seconds=45)
    assert second is not None
    assert second.number == 2
    assert leases.hold(either_hub, "clock", owner="a", seconds=45) is None


def test_a_lease_given_back_is_free_at_once(either_hub: Runtime) -> None:
    first = leases.hold(either_hub, "clock", owner="a")
    assert first is not None
    leases.release(either_hub, first)
    second = leases.hold(either_hub, "clock", owner="b")
    assert second is not None
    assert second.number == 2
    leases.release(either_hub, first)  # somebody else's by now
    with either_hub.reading() as session:
        row = session.get_one(Lease, "clock")
    assert (row.owner, row.expires_at > either_hub.clock()) == ("b", True)


def test_a_lease_that_was_lost_and_won_again_is_not_given_back_by_the_old_one(
    either_hub: Runtime, clock: FixedClock
) -> None:
    first = leases.hold(either_hub, "clock", owner="a")
    clock.advance(seconds=46)
    assert leases.hold(either_hub, "clock", owner="b")
    clock.advance(seconds=46)
    third = leases.hold(either_hub, "clock", owner="a")
    assert first is not None
    assert third is not None
    assert third.number == 3
    leases.release(either_hub, first)
    assert leases.hold(either_hub, "clock", owner="b") is None


def test_a_lease_lasts_three_quarters_of_a_minute(either_hub: Runtime, clock: FixedClock) -> None:
    assert leases.hold(either_hub, "clock", owner="a")
    clock.advance(seconds=44)
    assert leases.hold(either_hub, "clock", owner="b") is None
    clock.advance(seconds=1)
    assert leases.hold(either_hub, "clock", owner="b")


def test_of_eight_that_start_together_one_holds_it(either_hub: Runtime) -> None:
    start = threading.Barrier(8)
    held: list[leases.Held] = []

    def take(owner: str) -> None:
        start.wait()
        found = leases.hold(either_hub, "clock", owner=owner)
        if found:
            held.append(found)

    threads = [threading.Thread(target=take, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.number for one in held] == [1]
