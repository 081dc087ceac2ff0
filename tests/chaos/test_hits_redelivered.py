"""Ten thousand calls, each event delivered eight times in any order, across a hub that is killed in the middle."""

import random
import signal
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.house import House, Process, check_books, eventually, open_house
from webapp.services import hit_applying, hit_parcels
from webapp.services.hit_claims import CLAIM_FOR
from webapp.services.installation import open_runtime
from webapp.services.syncing import sync_once
from webapp.settings import Settings

RESERVATIONS, EVENTS, TIMES = 400, 1_250, 8
APPLIED = "SELECT count(*) FROM webhook_hit WHERE state = 'applied'"


def test_ten_thousand_calls_shuffled_across_a_kill_are_each_applied_once(
    place: Settings, tmp_path: Path, rng: random.Random
) -> None:
    """The second connection never hears a call: its full sync afterwards is what the first must have come to."""
    with open_house(place, reservations=RESERVATIONS, is_due=False, connections=2) as house:
        runtime = house.runtime()
        assert sync_once(runtime, 1).state.value == "succeeded"
        changed = house.bulk.touch(0.5, runtime.clock())
        runtime.close()
        events = [house.body(serial, serial % RESERVATIONS) for serial in range(EVENTS)]
        calls = tmp_path / "calls"
        calls.write_bytes(b"\n".join(events))

        killed = deliver(house, calls, rng, "beside")
        assert eventually(lambda: house.count(APPLIED) >= 100), killed.output
        assert killed.end(signal.SIGKILL) == -signal.SIGKILL
        answered = max(int(line) for line in killed.lines if line.strip().isdecimal())
        assert 0 < answered < EVENTS * TIMES
        assert house.count("SELECT count(*) FROM webhook_hit") >= answered

        again = deliver(house, calls, rng, "after")
        assert again.wait(120) == 0, again.output
        assert "Traceback" not in again.output
        apply_what_the_dead_one_held(house)

        assert house.digests() == {hit_parcels.digest_of(body) for body in events}
        assert house.count(APPLIED) == EVENTS
        rest = "SELECT count(*) FROM webhook_hit WHERE state NOT IN ('applied', 'duplicate')"
        assert house.count(rest) == 0
        told = "SELECT count(*) FROM hub_event WHERE type = 'booking.updated' AND road = 'hit'"
        assert house.count(told) == changed

        runtime = house.runtime()
        assert sync_once(runtime, 2).state.value == "succeeded"
        runtime.close()
        check_books(house, connections=2, facts=changed)


def deliver(house: House, calls: Path, rng: random.Random, when: str) -> Process:
    arguments = (house.tokens[0], str(calls), str(TIMES), str(rng.random()), when)
    return Process(house, "-m", "tests.chaos.redeliver_process", *arguments)


def apply_what_the_dead_one_held(house: House) -> None:
    later = datetime.now(UTC) + CLAIM_FOR * 2
    runtime = open_runtime(house.settings, clock=lambda: later).runtime
    while hit_applying.process(runtime, 1):
        pass
    runtime.close()
