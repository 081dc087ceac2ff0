"""Sends what is due to one endpoint and writes down how it went; an endpoint that fails for days is switched off."""

import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.integrations.kit.posting import TOTAL, Posted, Poster, signed_headers
from webapp.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint, EndpointState
from webapp.models.bulk import bulk_insert
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import listeners, notices
from .delivery_claims import CLAIM_FOR, Claimed, Parcel, claim, release
from .endpoint_checks import host_of
from .endpoint_secrets import signing_secrets
from .endpoints import switch_off

GIVE_UP_AFTER, GIVE_UP_FROM = timedelta(days=5), 10
TELL_AFTER = timedelta(days=1)
JITTER = 0.1
SLOW_DOWN = frozenset({429, 502, 503, 504})
GONE = 410
ATTEMPTS = DeliveryAttempt.metadata.tables["delivery_attempt"]
_COLUMNS = ("delivery_id", "at", "status", "ms", "error", "answer")


class Made(Value, frozen=True):
    """One attempt: `at` it began, and what came of it."""

    parcel: Parcel
    at: datetime
    posted: Posted


def process(runtime: Runtime, endpoint_id: int, *, owner: str) -> int:
    """One claim's worth of sending; returns how many attempts were made. No transaction is open while it sends."""
    claimed = claim(runtime, endpoint_id, owner=owner)
    if not claimed.parcels:
        return 0
    with runtime.reading() as session:
        endpoint = session.get(Endpoint, endpoint_id)
    if endpoint is None or endpoint.state != EndpointState.ACTIVE:
        release(runtime, claimed)
        return 0
    made = _send(runtime, endpoint, claimed)
    _settle(runtime, claimed, made)
    return len(made)


def _send(runtime: Runtime, endpoint: Endpoint, claimed: Claimed) -> list[Made]:
    """Stops early enough that no claim runs out under a call, and when the receiver does not answer."""
    began, made = time.monotonic(), list[Made]()
    try:
        secrets = signing_secrets(runtime, endpoint)
    except VaultError:
        release(runtime, claimed)
        raise
    with Poster(
        runtime.outgoing_network,
        clock=runtime.clock,
        should_stop=runtime.stopping.is_set,
        own_ports=listeners.own_ports(runtime),
        authority=endpoint.authority,
    ) as poster:
        for parcel in claimed.parcels:
            if runtime.stopping.is_set() or time.monotonic() - began > CLAIM_FOR.total_seconds() - TOTAL - 5:
                break
            at = runtime.clock()
            headers = signed_headers(parcel.event_id, at, parcel.body, secrets)
            posted = poster.post(endpoint.url, parcel.body, headers)
            if posted.error == "timeout" and runtime.stopping.is_set():
                break  # we hung up, not the receiver
            made.append(Made(parcel, at, posted))
            if posted.error or posted.status == GONE or rest_of(posted):
                break  # the others would fare the same; they keep their turn
    return made


def _settle(runtime: Runtime, claimed: Claimed, made: Sequence[Made]) -> None:
    with runtime.writing() as session:
        row = session.get(Endpoint, claimed.endpoint_id, with_for_update=True)
        if row is None:
            return
        mine = _still_mine(session, claimed)
        attempts = [one for one in made if one.parcel.id in mine]
        bulk_insert(
            session.connection(),
            ATTEMPTS,
            _COLUMNS,
            [
                (
                    one.parcel.id,
                    one.at,
                    one.posted.status,
                    one.posted.ms,
                    one.posted.error,
                    runtime.vault.seal(one.posted.answer),
                )
                for one in attempts
            ],
        )
        _settle_delivered(runtime, session, [one for one in attempts if one.posted.is_delivered])
        for one in attempts:
            if not one.posted.is_delivered:
                _settle_failed(runtime, session, one)
        session.execute(
            update(Delivery)
            .where(Delivery.endpoint_id == claimed.endpoint_id, Delivery.claimed_by == claimed.token)
            .values(claimed_by=None, claimed_until=None)
        )
        _judge_endpoint(runtime, session, row, attempts)


def _still_mine(session: Session, claimed: Claimed) -> set[int]:
    """Not what was taken over, removed or switched off meanwhile."""
    rows = session.scalars(
        select(Delivery.id)
        .where(
            Delivery.endpoint_id == claimed.endpoint_id,
            Delivery.claimed_by == claimed.token,
            Delivery.state == DeliveryState.WAITING,
        )
        .with_for_update()
    )
    return set(rows)


def _settle_delivered(runtime: Runtime, session: Session, made: Sequence[Made]) -> None:
    """All in one statement: in good times that is the whole claim."""
    if made:
        table = Delivery.metadata.tables["delivery"]
        session.execute(
            update(table)
            .where(table.c.id.in_([one.parcel.id for one in made]))
            .values(
                tries=table.c.tries + 1,
                state=DeliveryState.DELIVERED.value,
                settled_at=runtime.clock(),
                next_try_at=None,
            )
        )


def _settle_failed(runtime: Runtime, session: Session, one: Made) -> None:
    now, tries = runtime.clock(), one.parcel.tries + 1
    again = next_try(runtime, tries, now, one.posted)
    values: dict[str, object] = {"next_try_at": again, "last_failed_at": one.at}
    if again is None:
        values |= {"state": DeliveryState.DEAD, "settled_at": now}
    session.execute(update(Delivery).where(Delivery.id == one.parcel.id).values(tries=tries, **values))


def next_try(runtime: Runtime, tries: int, now: datetime, posted: Posted) -> datetime | None:
    """By the calendar, a tenth earlier or later; later when the receiver asks for it. None: that was the last."""
    schedule = runtime.settings.outbound_retry_schedule
    if tries >= len(schedule):
        return None
    # Spreads what failed together; nothing hangs on its being unpredictable.
    wait = schedule[tries] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    return now + timedelta(seconds=max(wait, rest_of(posted)))


def rest_of(posted: Posted) -> float:
    """Seconds for which the receiver asked to be left alone; other answers than “too much” do not mean it."""
    return (posted.retry_after or 0.0) if posted.status in SLOW_DOWN else 0.0


def _judge_endpoint(runtime: Runtime, session: Session, row: Endpoint, made: Sequence[Made]) -> None:
    now = runtime.clock()
    for one in made:
        if rest := rest_of(one.posted):
            row.rests_until = now + timedelta(seconds=rest)
        if one.posted.is_delivered:
            row.last_success_at, row.failing_since, row.told_failing_at = one.at, None, None
        elif row.failing_since is None:
            row.failing_since = one.at
    if row.state != EndpointState.ACTIVE:
        return
    if any(one.posted.status == GONE for one in made):
        give_up_gone(runtime, session, row)
    elif row.failing_since is None:
        return
    elif now - row.failing_since >= GIVE_UP_AFTER and _failed_since(session, row) >= GIVE_UP_FROM:
        _give_up(runtime, session, row, "failing", "nothing got through for five days")
    elif now - row.failing_since >= TELL_AFTER and row.told_failing_at is None:
        row.told_failing_at = now
        notices.tell_admins(
            runtime,
            session,
            "endpoint.failing",
            f"Endpoint {host_of(row.url)}: nothing got through since {row.failing_since:%Y-%m-%d %H:%M} UTC",
        )


def give_up_gone(runtime: Runtime, session: Session, row: Endpoint) -> None:
    """In the caller's transaction: a receiver that answers 410 wants to be told no more."""
    _give_up(runtime, session, row, "gone", "its receiver answers that it is gone (410)")


def _give_up(runtime: Runtime, session: Session, row: Endpoint, reason: str, why: str) -> None:
    switch_off(runtime, session, row, reason)
    notices.tell_admins(
        runtime, session, "endpoint.disabled", f"Endpoint {host_of(row.url)} was switched off: {why}"
    )


def _failed_since(session: Session, row: Endpoint) -> int:
    failed = select(func.count()).select_from(Delivery)
    found = session.scalar(
        failed.where(Delivery.endpoint_id == row.id, Delivery.last_failed_at >= row.failing_since)
    )
    return found or 0
