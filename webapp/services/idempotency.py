"""Repeatable calls: what is sent twice under one name is done once, and answered twice."""

import hashlib
from datetime import timedelta

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from webapp.domain.value import Value
from webapp.models import IdempotencyKey
from webapp.runtime import Runtime

KEEP = timedelta(hours=24)
LEASE = timedelta(seconds=60)


class OtherBody(Exception):
    """The name was used with another body."""


class StillRunning(Exception):
    """The first call goes on."""


class Reply(msgspec.Struct, frozen=True):
    """What the first call was answered."""

    status: int
    body: bytes
    headers: dict[str, str]


class Begun(Value, frozen=True):
    """A call that was begun: hand it to `finish` or `abandon`."""

    row_id: int


def begin(runtime: Runtime, *, key_id: int, route: str, name: str, body: bytes) -> Begun | Reply:
    """Begun for the first call, and for one whose first try died; the stored reply for a repeated one.

    Raises OtherBody, StillRunning.
    """
    fingerprint = hashlib.sha256(body).digest()
    try:
        with runtime.writing() as session:
            now = runtime.clock()
            session.execute(delete(IdempotencyKey).where(IdempotencyKey.made_at < now - KEEP))
            row = session.scalars(
                select(IdempotencyKey)
                .where(
                    IdempotencyKey.key_id == key_id,
                    IdempotencyKey.route == route,
                    IdempotencyKey.name == name,
                )
                .with_for_update()
            ).one_or_none()
            if row is None:
                row = IdempotencyKey(key_id=key_id, route=route, name=name)
                session.add(row)
            elif row.fingerprint != fingerprint:
                raise OtherBody(name)
            elif row.status is not None and row.answer is not None:
                return msgspec.msgpack.decode(runtime.vault.open(row.answer), type=Reply)
            elif row.claimed_until > now:
                raise StillRunning(name)
            row.fingerprint, row.made_at, row.claimed_until = fingerprint, now, now + LEASE
            session.flush()
            return Begun(row.id)
    except IntegrityError:  # two first calls at the same moment: the other one was quicker
        raise StillRunning(name) from None


def finish(runtime: Runtime, begun: Begun, reply: Reply) -> None:
    """Keeps the answer for a day."""
    sealed = runtime.vault.seal(msgspec.msgpack.encode(reply))
    with runtime.writing() as session:
        row = session.get(IdempotencyKey, begun.row_id, with_for_update=True)
        if row is not None:
            row.status, row.answer = reply.status, sealed


def abandon(runtime: Runtime, begun: Begun) -> None:
    """The call failed on our side: it may be made again at once."""
    with runtime.writing() as session:
        session.execute(
            delete(IdempotencyKey).where(IdempotencyKey.id == begun.row_id, IdempotencyKey.status.is_(None))
        )
