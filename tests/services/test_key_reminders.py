"""Reminders of API keys that end."""

from sqlalchemy import select

from tests.cast import IAN
from tests.conftest import FixedClock
from webapp.models import LogEntry, Scope
from webapp.runtime import Runtime
from webapp.services import api_keys, key_reminders


def make(hub: Runtime, name: str, days: int) -> api_keys.NewKey:
    return api_keys.create(hub, name=name, scope=Scope.READ, actor=IAN.email, days=days)


def days_of_reminders(hub: Runtime, clock: FixedClock, days: int) -> list[int]:
    """Asked twice a day: on which days, counted from now, somebody was told."""
    told = []
    for half in range(days * 2):
        told += [half // 2] * key_reminders.remind(hub)
        clock.advance(hours=12)
    return told


def test_a_key_is_spoken_of_14_7_and_1_day_before_its_end_each_once(hub: Runtime, clock: FixedClock) -> None:
    made = make(hub, "Door locks", 90)
    assert days_of_reminders(hub, clock, 95) == [76, 83, 89]
    with hub.reading() as session:
        lines = session.scalars(select(LogEntry).where(LogEntry.action == "api_key.ending")).all()
    assert [line.level for line in lines] == ["warning"] * 3
    assert all("Door locks" in line.summary and made.text not in line.summary for line in lines)


def test_a_short_life_has_fewer_reminders(hub: Runtime, clock: FixedClock) -> None:
    make(hub, "Trial", 7)
    assert days_of_reminders(hub, clock, 8) == [6]


def test_a_key_that_was_followed_or_revoked_is_not_spoken_of(hub: Runtime, clock: FixedClock) -> None:
    followed, revoked = make(hub, "Locks", 20), make(hub, "Site", 20)
    clock.advance(days=5)
    api_keys.rotate(hub, followed.key.public_id, actor=IAN.email)
    api_keys.revoke(hub, revoked.key.public_id, actor=IAN.email)
    clock.advance(days=14)
    with hub.reading() as session:
        assert [key.public_id for key in api_keys.ending(session, clock.now)] != []
    assert key_reminders.remind(hub) == 1  # the successor, which lives for twenty days too


def test_a_hub_that_slept_tells_the_nearest_reminder_only(hub: Runtime, clock: FixedClock) -> None:
    make(hub, "Locks", 90)
    clock.advance(days=89, hours=6)
    assert (key_reminders.remind(hub), key_reminders.remind(hub)) == (1, 0)
