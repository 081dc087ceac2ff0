"""How much the REST API is used: calls by key and hour, for the table of keys, the preview of a revocation and Health."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import ApiKey, ApiKeyHour, ApiStrangerHour
from webapp.models.base import Model
from webapp.models.conflict import insert_for
from webapp.runtime import Runtime

DAYS = 7
KEEP = timedelta(days=30)


class KeyUse(Value, frozen=True):
    """Calls of one key on each of the last `DAYS` days, today last; `refused` are those turned away, of all."""

    days: tuple[int, ...]
    refused: int

    @property
    def calls(self) -> int:
        return sum(self.days)


NO_USE = KeyUse(days=(0,) * DAYS, refused=0)


class DoorCount(Value, frozen=True):
    """The last hour and the last day at the API's door."""

    calls_hour: int
    calls_day: int
    refused_day: int
    strangers_day: int


def store(
    runtime: Runtime,
    uses: Mapping[tuple[int, bool], int],
    strangers: int,
    last: Mapping[int, tuple[datetime, str]],
) -> None:
    """Adds what one process counted to the hour it is."""
    hour = runtime.clock().replace(minute=0, second=0, microsecond=0)
    counted: dict[int, list[int]] = {}
    for (key_id, is_refused), calls in uses.items():
        both = counted.setdefault(key_id, [0, 0])
        both[0] += calls
        both[1] += calls if is_refused else 0
    with runtime.writing() as session:
        # In the order of their ids: two processes that count at once then never wait for each other in a ring.
        for key_id, (calls, refused) in sorted(counted.items()):
            _add(runtime, session, ApiKeyHour, key_id=key_id, hour=hour, calls=calls, refused=refused)
        for key_id, (at, address) in sorted(last.items()):
            session.execute(
                update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=at, last_used_from=address[:45])
            )
        if strangers:
            _add(runtime, session, ApiStrangerHour, hour=hour, calls=strangers)


def _add(runtime: Runtime, session: Session, table: type[Model], **values: object) -> None:
    """A row, or its numbers added to those of the one that is there."""
    statement = insert_for(runtime.dialect)(table).values(**values)
    columns = table.__table__.columns
    keys = [name for name in values if columns[name].primary_key]
    sums = {name: columns[name] + statement.excluded[name] for name in values if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=sums))


def of_keys(session: Session, now: datetime) -> dict[str, KeyUse]:
    """By public id; keys without a call are left out. Days are spans of 24 hours that end now."""
    since = now - timedelta(days=DAYS)
    rows = session.execute(
        select(ApiKey.public_id, ApiKeyHour.hour, ApiKeyHour.calls, ApiKeyHour.refused)
        .join(ApiKey, ApiKey.id == ApiKeyHour.key_id)
        .where(ApiKeyHour.hour >= since)
    )
    days: dict[str, list[int]] = {}
    refused: dict[str, int] = {}
    for key, hour, calls, turned_away in rows:
        place = DAYS - 1 - min((now - hour).days, DAYS - 1)
        days.setdefault(key, [0] * DAYS)[place] += calls
        refused[key] = refused.get(key, 0) + turned_away
    return {key: KeyUse(tuple(found), refused[key]) for key, found in days.items()}


def of_the_door(session: Session, now: datetime) -> DoorCount:
    day, hour = now - timedelta(days=1), now - timedelta(hours=1)
    strangers = select(func.sum(ApiStrangerHour.calls)).where(ApiStrangerHour.hour >= day).scalar_subquery()
    recent = func.sum(case((ApiKeyHour.hour >= hour, ApiKeyHour.calls), else_=0))
    found = session.execute(
        select(recent, func.sum(ApiKeyHour.calls), func.sum(ApiKeyHour.refused), strangers).where(
            ApiKeyHour.hour >= day
        )
    ).one()
    return DoorCount(*(int(number or 0) for number in found))


def prune(runtime: Runtime) -> None:
    before = runtime.clock() - KEEP
    with runtime.writing() as session:
        session.execute(delete(ApiKeyHour).where(ApiKeyHour.hour < before))
        session.execute(delete(ApiStrangerHour).where(ApiStrangerHour.hour < before))
