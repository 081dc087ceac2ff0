"""Chooses the bookings that a truth check reads again: those that matter today, those that just changed, some by lot."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from webapp.models import Booking, Stay

from . import stay_metrics

POOL = 400
"""Candidates of a kind that are looked at; a draw among more is no better."""


def choose(
    session: Session,
    connection_id: int,
    today: date,
    count: int,
    *,
    seed: str,
    first: Sequence[str] = (),
) -> tuple[str, ...]:
    """Up to `count` ids as the provider knows them, the same for the same `seed`; `first` are those to look at again.

    A third arrives today or tomorrow, a third is in house, a sixth has just changed, the rest is drawn from all.
    """
    third = max(count // 3, 1)
    chosen = dict.fromkeys(first[:count])
    arriving = Stay.arrival.in_((today, today + timedelta(days=1)))
    _add(chosen, _drawn(_of_stays(session, connection_id, arriving), seed), third, count)
    _add(chosen, _drawn(_of_stays(session, connection_id, stay_metrics.is_in_house()), seed), third, count)
    _add(chosen, _recent(session, connection_id), max(count // 6, 1), count)
    _fill_by_lot(session, connection_id, chosen, count, seed)
    return tuple(chosen)


def seed_of(connection: str, at: datetime) -> str:
    """One draw an hour."""
    return f"{connection}:{at:%Y-%m-%dT%H}"


def _add(chosen: dict[str, None], candidates: Sequence[str], most: int, count: int) -> None:
    new = [one for one in candidates if one not in chosen][: min(most, count - len(chosen))]
    chosen.update(dict.fromkeys(new))


def _drawn(candidates: Sequence[str], seed: str) -> list[str]:
    return sorted(candidates, key=lambda one: blake2b(f"{seed}:{one}".encode(), digest_size=8).digest())


def _of_stays(session: Session, connection_id: int, which: ColumnElement[bool]) -> Sequence[str]:
    return session.scalars(
        select(Booking.external_id)
        .join(Stay, Stay.booking_id == Booking.id)
        .where(Stay.connection_id == connection_id, which, Booking.gone_at.is_(None))
        .distinct()
        .order_by(Booking.external_id)
        .limit(POOL)
    ).all()


def _recent(session: Session, connection_id: int) -> Sequence[str]:
    return session.scalars(
        select(Booking.external_id)
        .where(Booking.connection_id == connection_id, Booking.gone_at.is_(None))
        .order_by(Booking.changed_at.desc(), Booking.id.desc())
        .limit(POOL // 10)
    ).all()


def _fill_by_lot(
    session: Session, connection_id: int, chosen: dict[str, None], count: int, seed: str
) -> None:
    """Places between the lowest and the highest key, and from each on the next booking that is not chosen yet."""
    mine = Booking.connection_id == connection_id, Booking.gone_at.is_(None)
    low = session.scalars(select(func.min(Booking.id)).where(*mine)).first()
    high = session.scalars(select(func.max(Booking.id)).where(*mine)).first()
    if low is None or high is None:
        return
    for place in range(count - len(chosen)):
        digest = blake2b(f"{seed}:{place}".encode(), digest_size=8).digest()
        start = low + int.from_bytes(digest) % (high - low + 1)
        others = select(Booking.external_id).where(*mine, Booking.external_id.not_in(chosen))
        # Behind the last one the first ones follow.
        for onward in (others.where(Booking.id >= start), others):
            one = session.scalars(onward.order_by(Booking.id).limit(1)).first()
            if one is not None:
                chosen[one] = None
                break
