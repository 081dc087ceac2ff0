"""Listeners: which ports of this machine are the hub's own, so that no process of it calls another one of it."""

import logging
import socket
import time

from sqlalchemy import delete, select

from webapp.models import Listener
from webapp.models.conflict import insert_for
from webapp.runtime import Runtime

from .leases import machine_name, process_name

log = logging.getLogger(__name__)

_REMEMBERED = 10.0
"""Seconds. A web process that starts is known to the clock's process before somebody has signed in."""


def announce(runtime: Runtime, port: int) -> None:
    """This process answers on `port` from now on. What killed processes left behind is forgotten."""
    runtime.own_ports = frozenset({port})
    insert = insert_for(runtime.dialect)
    try:
        silent = [other for other in _stored(runtime) if other != port and not _is_taken(other)]
        with runtime.writing() as session:
            here = {"machine": machine_name(), "port": port}
            told = {"owner": process_name(), "started_at": runtime.clock()}
            session.execute(
                insert(Listener)
                .values(**here, **told)
                .on_conflict_do_update(index_elements=["machine", "port"], set_=told)
            )
            session.execute(
                delete(Listener).where(Listener.machine == machine_name(), Listener.port.in_(silent))
            )
    except Exception:  # a full disk keeps nobody from starting: this process itself knows its port
        log.exception("the port of this process could not be told to the others")


def withdraw(runtime: Runtime) -> None:
    """This process answers no more."""
    try:
        with runtime.writing() as session:
            session.execute(
                delete(Listener).where(Listener.machine == machine_name(), Listener.owner == process_name())
            )
    except Exception:  # a full disk keeps nobody from stopping: the next start forgets it
        log.exception("the port of this process could not be taken back")


def own_ports(runtime: Runtime) -> frozenset[int]:
    """Those of every web process on this machine, at most ten seconds old. Reads the database, so ask before you call."""
    read_at, others = runtime.neighbours
    now = time.monotonic()
    if now - read_at > _REMEMBERED:
        others = _stored(runtime)
        runtime.neighbours = now, others
    return runtime.own_ports | others


def ports_in_use(runtime: Runtime) -> frozenset[int]:
    """Where a web process of this machine answers now; a killed one is not counted."""
    return frozenset(filter(_is_taken, _stored(runtime)))


def _stored(runtime: Runtime) -> frozenset[int]:
    with runtime.reading() as session:
        return frozenset(session.scalars(select(Listener.port).where(Listener.machine == machine_name())))


def _is_taken(port: int) -> bool:
    """Whether anybody listens there, on any address of this machine."""
    try:
        with socket.socket() as probe:
            probe.bind(("", port))
    except OSError:
        return True
    return False
