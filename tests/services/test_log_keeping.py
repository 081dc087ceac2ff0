"""How long the log is kept: what is chosen is obeyed, in days and in megabytes, and forecast before."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import FixedClock
from tests.log_data import entry, fill
from webapp.models import LogEntry
from webapp.runtime import Runtime
from webapp.services import log_keeping
from webapp.services.log_keeping import Forecast, Keeping, NotKept

ADA = "ada@aurora.example"


def forecast(hub: Runtime, wanted: Keeping) -> Forecast:
    with hub.reading() as session:
        return log_keeping.forecast(session, wanted, hub.clock())


def count(hub: Runtime) -> int:
    with hub.reading() as session:
        return session.scalar(select(func.count(LogEntry.id))) or 0


def test_days_are_obeyed(hub: Runtime) -> None:
    entry(hub, "old", minutes_ago=60 * 24 * 8)
    entry(hub, "new", minutes_ago=60)
    before = count(hub)
    log_keeping.prune(hub)
    assert count(hub) == before
    log_keeping.keep(hub, Keeping(7, 1_000), actor=ADA)
    log_keeping.prune(hub)
    with hub.reading() as session:
        words = set(session.scalars(select(LogEntry.summary)))
    assert "old" not in words
    assert "new" in words
    assert "Logs are kept for 7 days, 1000 MB; 30 days, 1000 MB before" in words


def test_above_the_megabytes_the_oldest_go_and_the_last_day_stays(
    hub: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_keeping, "MEGABYTE", 400)  # so that 50 of them are little
    for hours in range(10 * 24):
        entry(hub, "x" * 100, minutes_ago=60 * hours)
    log_keeping.keep(hub, Keeping(30, 50), actor=ADA)
    assert forecast(hub, Keeping(30, 50)).used > 50 * 400
    log_keeping.prune(hub)
    assert forecast(hub, Keeping(30, 50)).used <= 50 * 400 * 1.1
    monkeypatch.setattr(log_keeping, "MEGABYTE", 1)
    log_keeping.prune(hub)
    with hub.reading() as session:
        oldest = session.scalar(select(func.min(LogEntry.at)))
    assert oldest is not None
    assert timedelta(hours=22) < hub.clock() - oldest <= timedelta(days=1)


def test_the_forecast_says_when_the_megabytes_are_reached(
    hub: Runtime, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(hub, 300)
    entry(hub, "first", minutes_ago=60 * 24 * 10)
    roomy = forecast(hub, Keeping(30, 1_000))
    assert roomy.full_at is None
    assert roomy.at_end == roomy.per_day * 30
    monkeypatch.setattr(log_keeping, "MEGABYTE", roomy.used / 40)
    tight = forecast(hub, Keeping(30, 50))
    assert tight.full_at is not None
    assert timedelta(days=2) < tight.full_at - clock() < timedelta(days=3)


@pytest.mark.parametrize(("days", "megabytes", "field"), [(0, 100, "days"), (9, 1, "megabytes")])
def test_what_makes_no_sense_is_refused(hub: Runtime, days: int, megabytes: int, field: str) -> None:
    with pytest.raises(NotKept) as found:
        log_keeping.keep(hub, Keeping(days, megabytes), actor=ADA)
    assert found.value.field == field


def test_an_empty_log_has_a_forecast_too(hub: Runtime) -> None:
    with hub.writing() as session:
        for row in session.scalars(select(LogEntry)):
            session.delete(row)
    assert forecast(hub, Keeping()) == Forecast(0, 0, 0, 0, 0, None, None)
