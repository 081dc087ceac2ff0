"""Instants keep their meaning in both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from webapp.models import Hotel, LogEntry, instant_from_text, instant_text
from webapp.runtime import Runtime

NEPAL = timezone(timedelta(hours=5, minutes=45))


def test_text_of_instants_sorts_as_time_does() -> None:
    moments = [
        datetime(2026, 7, 14, 10, 30, tzinfo=UTC),
        datetime(2026, 7, 14, 10, 30, 0, 1, tzinfo=UTC),
        datetime(2026, 7, 14, 10, 31, tzinfo=UTC),
        datetime(2026, 7, 14, 16, 30, tzinfo=NEPAL),
    ]
    texts = [instant_text(moment) for moment in moments]
    assert texts == sorted(texts)
    assert {len(each) for each in texts} == {27}
    assert [instant_from_text(each) for each in texts] == moments


def test_an_instant_without_a_zone_is_refused(either_hub: Runtime) -> None:
    naive = datetime(2026, 7, 14, 10, 30)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        instant_text(naive)

    def store() -> None:
        with either_hub.writing() as session:
            session.add(LogEntry(at=naive, kind="audit", level="info", summary=""))

    with pytest.raises(StatementError, match="aware"):
        store()


def test_another_zones_instant_comes_back_as_the_same_moment(either_hub: Runtime) -> None:
    moment = datetime(2026, 7, 14, 16, 15, 0, 250_000, tzinfo=NEPAL)
    with either_hub.writing() as session:
        session.scalars(select(Hotel)).one().created_at = moment
    with either_hub.reading() as session:
        back = session.scalars(select(Hotel.created_at)).one()
        found = session.scalars(select(Hotel.id).where(Hotel.created_at == moment.astimezone(UTC))).all()
        earlier = session.scalars(select(Hotel.id).where(Hotel.created_at < moment)).all()
    assert back == moment
    assert back.utcoffset() == timedelta(0)
    assert (found, earlier) == ([1], [])


@pytest.mark.sqlite_only
def test_sqlite_stores_the_text_that_raw_queries_bind(hub: Runtime) -> None:
    with hub.reading() as session:
        stored = session.scalar(text("SELECT created_at FROM hotel"))
    assert stored == instant_text(hub.clock())
