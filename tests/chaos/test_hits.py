"""Calls of a provider while the hub is killed, killed while it applies them, or busy with a first load."""

import random
import signal
import threading

from tests.chaos.house import Caller, House, Hub, Process, check_books, check_hits, eventually, open_house
from webapp.integrations.kit.contract import Hit
from webapp.services import hit_parcels
from webapp.services.hit_reception import Answer, Reception
from webapp.services.syncing import sync_once
from webapp.services.throttling import Gate
from webapp.settings import Settings

PER_KILL = 2_000


def digests(bodies: set[bytes]) -> set[str]:
    return {hit_parcels.digest_of(body) for body in bodies}


def test_what_was_acknowledged_survives_every_kill(place: Settings, rng: random.Random, rounds: int) -> None:
    with open_house(place, reservations=200, is_due=False) as house:
        acknowledged: set[bytes] = set()
        for number in range(2 * rounds):
            hub = Hub(house)
            bodies = [house.body(number * PER_KILL + serial, serial % 200) for serial in range(PER_KILL)]
            caller = Caller(hub.address, house.path())
            provider = threading.Thread(target=caller.send, args=(bodies,))
            provider.start()
            enough = rng.randrange(20, 400)
            assert eventually(lambda caller=caller, enough=enough: len(caller.acknowledged) >= enough)  # type: ignore[misc]
            assert hub.end(signal.SIGKILL) == -signal.SIGKILL
            provider.join()
            acknowledged |= caller.acknowledged
            assert digests(acknowledged) <= house.digests()
            assert "locked" not in hub.output
        work = Process(house, "-m", "tests.chaos.work_process", "600", "last")
        assert work.wait() == 0, work.output
        check_hits(house, digests(acknowledged))
        check_books_of_hits(house)


def check_books_of_hits(house: House) -> None:
    """Only hits brought bookings here: each once, and announced at most once."""
    bookings = house.stored()
    assert 0 < bookings <= 200
    assert house.count("SELECT count(*) FROM booking_change WHERE field = 'created'") == bookings
    twice = "SELECT count(*) FROM (SELECT 1 FROM hub_event GROUP BY booking_id, type HAVING count(*) > 1) AS twice"
    assert house.count(twice) == 0


def test_killed_while_it_applies_each_change_is_told_once(
    place: Settings, rng: random.Random, rounds: int
) -> None:
    reservations, kills = 800, 4 * rounds
    with open_house(place, reservations=reservations) as house:
        runtime = house.runtime()
        assert sync_once(runtime, 1).state.value == "succeeded"
        changed = house.bulk.touch(0.5, runtime.clock())
        reception = Reception(runtime, Gate())
        bodies = {house.body(index, index) for index in range(0, reservations, 2)}
        for body in sorted(bodies):
            hit = Hit({}, {}, body, runtime.clock())
            assert reception.take(hit, token=house.tokens[0]) is Answer.STORED
        runtime.close()
        assert house.waiting_hits() == len(bodies) == changed
        for number in range(kills):
            work = Process(house, "-m", "tests.chaos.work_process", str(number * 120), f"no{number}")
            assert eventually(lambda work=work: "ready" in work.output)  # type: ignore[misc]
            threading.Event().wait(rng.uniform(0.05, 0.6))
            work.end(signal.SIGKILL)
        last = Process(house, "-m", "tests.chaos.work_process", str(kills * 120), "last")
        assert last.wait() == 0, last.output
        check_hits(house, digests(bodies))
        check_books(house, facts=changed)
        told = "SELECT count(*) FROM booking_change WHERE field <> 'created'"
        assert house.count(told) == house.count(f"{told} AND road = 'hit'") >= changed


def test_two_thousand_calls_during_a_first_load_are_all_taken(place: Settings) -> None:
    reservations = 8_000  # half of them are still to come when the last call is answered
    with open_house(place, reservations=reservations) as house:
        hub = Hub(house)
        assert eventually(lambda: house.stored() >= 500)
        bodies = [house.body(serial, serial * 37 % 400) for serial in range(2_000)]
        caller = Caller(hub.address, house.path())
        caller.send(bodies)
        loaded = house.stored()
        assert caller.statuses == [200] * 2_000
        assert house.digests() == digests(set(bodies))
        assert sorted(caller.seconds)[1_900] < 2.0  # what vendors allow, for 95 of 100 on any machine
        done = "SELECT count(*) FROM sync_run WHERE state = 'succeeded'"
        assert eventually(lambda: house.count(done) == 1 and house.waiting_hits() == 0, 120), hub.output
        assert hub.end() == 0
        assert "locked" not in hub.output
        assert "Traceback" not in hub.output
        check_hits(house, digests(set(bodies)))
        check_books(house)
        slowest = max(caller.seconds) * 1_000
        print(
            f"\n{loaded} of {reservations} were loaded when the last call was answered; slowest {slowest:.0f} ms"
        )


def test_two_processes_that_both_tick_by_mistake_do_each_thing_once(place: Settings) -> None:
    with open_house(place, reservations=1_000, page=100, connections=4) as house:
        runtime = house.runtime()
        reception = Reception(runtime, Gate())
        bodies = [house.body(serial, serial) for serial in range(300)]
        for serial, body in enumerate(bodies):
            hit = Hit({}, {}, body, runtime.clock())
            assert reception.take(hit, token=house.tokens[serial % 4]) is Answer.STORED
        runtime.close()
        both = [Process(house, "-m", "tests.chaos.work_process", "0", f"no{one}") for one in range(2)]
        for process in both:
            assert process.wait(120) == 0, process.output
            assert "Traceback" not in process.output
        states = "SELECT count(*) FROM sync_run"
        assert house.count(states) == house.count(f"{states} WHERE state = 'succeeded'") == 4
        check_hits(house, digests(set(bodies)))
        check_books(house, connections=4)
