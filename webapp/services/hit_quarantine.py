"""Webhook calls that need a person: given up, rejected in a row, or of a kind that nobody knows. Grouped by cause."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.value import Value
from webapp.integrations import registry
from webapp.models import Connection, HitState, HitTrust, WebhookHit
from webapp.runtime import Runtime

from . import audit
from .hit_inbox import TROUBLE
from .hit_reading import NOT_KEPT
from .run_views import fault_of

IN_A_ROW = 3
"""Rejected calls, and none that fits between them: one alone may be a stranger's knock."""
LOOKED_AT = 1_000
"""The latest of each sort and connection; a tray with more than that has one cause."""


class NoSuchItem(LookupError):
    """It is not in the tray: dismissed, mended, or taken by retention."""


class Sort(StrEnum):
    FAILED = "failed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class TrayItem(Value, frozen=True):
    """Calls of one connection with one cause. `key` names it in an address; `about` is the provider's word (or words)
    for what it told of, `reason` why it was rejected. `hits` are public ids, oldest first."""

    key: str
    sort: Sort
    connection: str
    connection_name: str
    hits: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    about: str = ""
    reason: str = ""
    fault: Fault | None = None


class _Seen(Value, frozen=True):
    public_id: str
    received_at: datetime
    events: str
    reason: str
    fault: dict[str, Any] | None
    state: str
    dismissed_at: datetime | None


def tray(session: Session) -> tuple[TrayItem, ...]:
    """The latest first. Connections that were removed have nothing in it."""
    rows = session.scalars(select(Connection).where(Connection.archived_at.is_(None))).all()
    items = [item for row in rows for item in _of_connection(session, row)]
    return tuple(sorted(items, key=lambda item: item.last_at, reverse=True))


def item(session: Session, key: str) -> TrayItem:
    """Raises NoSuchItem."""
    found = next((one for one in tray(session) if one.key == key), None)
    if found is None:
        raise NoSuchItem(key)
    return found


def dismiss(runtime: Runtime, key: str, *, actor: str) -> int:
    """Takes an item out of the tray; its calls stay in the inbox as they are. Raises NoSuchItem."""
    with runtime.writing() as session:
        found = item(session, key)
        session.execute(
            update(WebhookHit)
            .where(WebhookHit.public_id.in_(found.hits))
            .values(dismissed_at=runtime.clock())
        )
        what = "1 webhook call was" if len(found.hits) == 1 else f"{len(found.hits)} webhook calls were"
        owner = session.scalars(select(Connection.id).where(Connection.public_id == found.connection)).one()
        audit.record(
            runtime,
            session,
            actor,
            "hits.dismissed",
            f"{what} dismissed ({found.sort.value} {found.about or found.reason})".replace(" )", ")"),
            connection_id=owner,
            details={"calls": list(found.hits)},
        )
    return len(found.hits)


def _of_connection(session: Session, connection: Connection) -> Iterable[TrayItem]:
    failed = _seen(session, _latest(connection.id).where(WebhookHit.state == HitState.FAILED))
    yield from _grouped(
        connection, Sort.FAILED, failed, lambda seen: (str((seen.fault or {}).get("code", "")), "")
    )
    yield from _rejected(session, connection)
    known = _known_words(connection.provider)
    ignored = _seen(
        session,
        _latest(connection.id).where(WebhookHit.state == HitState.IGNORED, WebhookHit.reason == NOT_KEPT),
    )
    unknown = [seen for seen in ignored if not set(seen.events.split(", ")) & known]
    yield from _grouped(connection, Sort.UNKNOWN, unknown, lambda seen: (seen.events, seen.events))


def _rejected(session: Session, connection: Connection) -> Iterable[TrayItem]:
    """Only those after the last call that was accepted, and only when there are some."""
    newest = (
        _columns()
        .where(WebhookHit.connection_id == connection.id, WebhookHit.trust != HitTrust.QUEUE)
        .order_by(WebhookHit.id.desc())
    )
    first = _seen(session, newest.limit(IN_A_ROW))
    if len(first) < IN_A_ROW or any(_is_settled(seen) for seen in first):
        return
    row: list[_Seen] = []
    for seen in _seen(session, newest.limit(LOOKED_AT)):
        if _is_settled(seen):
            break
        row.append(seen)
    yield from _grouped(connection, Sort.REJECTED, row, lambda _seen: ("", ""))


def _is_settled(seen: _Seen) -> bool:
    return seen.state != HitState.REJECTED or seen.dismissed_at is not None


def _grouped(connection: Connection, sort: Sort, seen: Iterable[_Seen], by: Any) -> Iterable[TrayItem]:
    """`seen` is newest first; `by` gives the key of a group and what it is about."""
    groups: dict[tuple[str, str], list[_Seen]] = {}
    for one in seen:
        groups.setdefault(by(one), []).append(one)
    for (mark, about), members in groups.items():
        words = about or ", ".join(dict.fromkeys(one.events for one in members if one.events))
        yield TrayItem(
            key=f"{sort.value}:{connection.public_id}:{mark}",
            sort=sort,
            connection=connection.public_id,
            connection_name=connection.name,
            hits=tuple(one.public_id for one in reversed(members)),
            first_at=members[-1].received_at,
            last_at=members[0].received_at,
            about=words[:200],
            reason=members[0].reason,
            fault=fault_of(members[0].fault),
        )


def _known_words(provider: str) -> set[str]:
    try:
        spec = registry.manifest(provider).webhook
    except registry.UnknownProvider:
        return set()
    return {name for name, _fact in spec.events} if spec else set()


def _latest(connection_id: int) -> Select[*tuple[Any, ...]]:
    return (
        _columns()
        .where(TROUBLE, WebhookHit.connection_id == connection_id, WebhookHit.dismissed_at.is_(None))
        .order_by(WebhookHit.id.desc())
        .limit(LOOKED_AT)
    )


def _columns() -> Select[*tuple[Any, ...]]:
    return select(
        WebhookHit.public_id,
        WebhookHit.received_at,
        WebhookHit.events,
        WebhookHit.reason,
        WebhookHit.fault,
        WebhookHit.state,
        WebhookHit.dismissed_at,
    )


def _seen(session: Session, statement: Select[*tuple[Any, ...]]) -> list[_Seen]:
    return [_Seen(*row) for row in session.execute(statement)]
