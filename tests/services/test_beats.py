"""What Health believes of the schedule is what the schedule is."""

from webapp.jobs import shift
from webapp.jobs.schedule import SCHEDULE
from webapp.services import beats


def test_the_known_intervals_are_those_of_the_schedule() -> None:
    known = {entry.name: entry.every for entry in SCHEDULE}
    assert {name: known[name] for name in beats.EVERY} == beats.EVERY
    assert beats.LEASE == shift.LEASE
