"""What runs by itself, and how often. A job asks the database what is due; changing a frequency is a column."""

from collections.abc import Callable
from typing import NamedTuple

from webapp.services import (
    api_usage,
    business_day,
    delivery_orders,
    health,
    hotels,
    key_reminders,
    leases,
    log_keeping,
    missed_hits,
    truth_checks,
    upkeep,
)

from .shift import LEASE, Shift


def beat(shift: Shift) -> None:
    """Takes or keeps the lease; without it this process only watches."""
    shift.lease = leases.hold(shift.runtime, LEASE, owner=shift.owner)


def sync_due(shift: Shift) -> None:
    shift.pool.start_due()


def process_hits(shift: Shift) -> None:
    shift.hits.start_due()


def drain_queues(shift: Shift) -> None:
    shift.queues.start_due()


def deliver(shift: Shift) -> None:
    shift.deliveries.start_due()


def find_missed_hits(shift: Shift) -> None:
    missed_hits.settle(shift.runtime)


def keep_up(shift: Shift) -> None:
    upkeep.keep_up(shift.runtime)
    key_reminders.remind(shift.runtime)


def compare_with_providers(shift: Shift) -> None:
    shift.truth.start_due()


def follow_business_date(shift: Shift) -> None:
    if business_day.follow(shift.runtime) is not None:
        hotels.roll_business_date(shift.runtime)


def check_health(shift: Shift) -> None:
    health.check(shift.runtime)


def roll_business_date(shift: Shift) -> None:
    hotels.roll_business_date(shift.runtime)


def prune_logs(shift: Shift) -> None:
    log_keeping.prune(shift.runtime)
    truth_checks.prune(shift.runtime)
    delivery_orders.prune(shift.runtime)
    api_usage.prune(shift.runtime)
    missed_hits.prune(shift.runtime)


class Entry(NamedTuple):
    """`every` and `grace` in seconds; a job that could not start within its grace waits for its next turn."""

    name: str
    job: Callable[[Shift], None]
    every: int
    grace: int


SCHEDULE = (
    Entry("beat", beat, 10, 10),
    Entry("sync_due", sync_due, 5, 5),
    Entry("process_hits", process_hits, 2, 5),
    Entry("drain_queues", drain_queues, 5, 10),
    Entry("deliver", deliver, 2, 5),
    Entry("find_missed_hits", find_missed_hits, 10, 30),
    Entry("check_health", check_health, 60, 60),
    Entry("keep_up", keep_up, 300, 300),
    Entry("compare_with_providers", compare_with_providers, 60, 60),
    Entry("follow_business_date", follow_business_date, 300, 300),
    Entry("roll_business_date", roll_business_date, 60, 300),
    Entry("prune_logs", prune_logs, 3600, 3600),
)
