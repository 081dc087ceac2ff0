"""Leases: one row names the process whose clock ticks, so that a second one stays idle until the first is gone."""

import os
import socket
from datetime import timedelta

from sqlalchemy import update

from webapp.domain.value import Value
from webapp.models import Lease
from webapp.models.conflict import insert_for
from webapp.runtime import Runtime

from .clock_jumps import beyond


class Held(Value, frozen=True):
    """`number` grows with every change of owner."""

    name: str
    owner: str
    number: int


def machine_name() -> str:
    """This machine among all that use the database."""
    return socket.gethostname()[:60]


def process_name() -> str:
    """This process among all that use the database."""
    return f"{machine_name()}:{os.getpid()}"


def hold(runtime: Runtime, name: str, *, owner: str, seconds: float = 45.0) -> Held | None:
    """Takes the lease, or extends one's own, for `seconds` from now; None while somebody else holds it."""
    insert = insert_for(runtime.dialect)
    with runtime.writing() as session:
        now = runtime.clock()
        until = now + timedelta(seconds=seconds)
        # First the row, so that there is one to lock where two processes start on a new database.
        new = insert(Lease).values(name=name, owner=owner, number=1, heartbeat_at=now, expires_at=until)
        session.execute(new.on_conflict_do_nothing())
        row = session.get_one(Lease, name, with_for_update=True)
        if row.owner != owner:
            if now < row.expires_at <= beyond(now, timedelta(seconds=seconds)):
                return None
            row.owner = owner
            row.number += 1
        row.heartbeat_at, row.expires_at = now, until
        return Held(name, owner, row.number)


def release(runtime: Runtime, held: Held) -> None:
    """Ends it at once, so that the next process need not wait; somebody else's lease is left alone."""
    with runtime.writing() as session:
        session.execute(
            update(Lease)
            .where(Lease.name == held.name, Lease.owner == held.owner, Lease.number == held.number)
            .values(expires_at=runtime.clock())
        )
