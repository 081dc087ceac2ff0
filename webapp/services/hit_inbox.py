"""The inbox as a person reads it: every webhook call, filtered and paged by key, and one call with all that is kept of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, text, tuple_
from sqlalchemy.orm import Session, defer

from webapp.domain.value import Value
from webapp.models import Connection, HitState, WebhookHit
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import audit, hit_parcels
from .hit_views import HitLine, line_of
from .hits import NoSuchHit
from .log_detail import SHORTEST_REASON, ReasonMissing, pretty, readable, stored_fields
from .log_place import LogPlace, read_log_place
from .log_views import StoredField
from .masking import DOTS, masked

PAGE, BATCH = 50, 1_000
SEARCHED = 5_000
"""Calls that one page reads at most while it looks for rare ones, so that it costs the same in a huge inbox."""
TROUBLE = text("webhook_hit.state IN ('failed', 'rejected', 'ignored')")
"""As the index over them is written: SQLite takes it only where the condition is the same."""
_IN_TROUBLE = frozenset({HitState.FAILED, HitState.REJECTED, HitState.IGNORED})
_OPEN_HEADERS = frozenset({"content-type", "content-length", "user-agent", "host", "accept"})


class InboxFilter(Value, frozen=True):
    """`since` <= received < `until`; empty texts narrow nothing. `event` is part of the provider's word for it."""

    connection: str = ""
    state: str = ""
    trust: str = ""
    event: str = ""
    batch: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_rare(self) -> bool:
        return bool(self.state or self.trust or self.event)


class InboxRow(Value, frozen=True):
    hit: HitLine
    connection: str
    provider: str
    sender: str


class InboxPage(Value, frozen=True):
    """Newest first. `searched_to` is set when the search stopped there to stay quick; `older` goes on."""

    rows: tuple[InboxRow, ...] = ()
    older: str | None = None
    newer: str | None = None
    searched_to: datetime | None = None


class HitDetail(Value, frozen=True):
    """`headers` as (name, value); a value that proved who called is empty. `body` is empty where none was kept."""

    row: InboxRow
    connection_public_id: str
    settled_at: datetime | None
    digest: str
    headers: tuple[tuple[str, str], ...]
    body: str
    is_body_kept: bool
    is_unreadable: bool
    fields: tuple[StoredField, ...]


def search(session: Session, wanted: InboxFilter, after: str | None = None, limit: int = PAGE) -> InboxPage:
    """One page of what `wanted` lets through; `after` is a cursor of another page. Raises BadCursor."""
    place = read_log_place(after) if after else None
    towards_older = place.towards_older if place else True
    is_walk = wanted.is_rare and wanted.state not in _IN_TROUBLE and not wanted.batch
    hits = _ordered(_listed(wanted, place), towards_older)
    if is_walk:
        walked = _ordered(_bounds(select(WebhookHit.id), wanted, place), towards_older).limit(SEARCHED)
        hits = hits.where(WebhookHit.id.in_(walked))
    rows = session.execute(hits.limit(limit + 1)).all()
    has_more, rows = len(rows) > limit, rows[:limit]
    end = None
    if is_walk and not has_more:
        walk = _ordered(_bounds(select(WebhookHit.received_at, WebhookHit.id), wanted, place), towards_older)
        end = session.execute(walk.offset(SEARCHED - 1).limit(1)).first()
    if not towards_older:
        rows = rows[::-1]
    shown = tuple(InboxRow(line_of(row[0]), row[1], row[2], row[0].sender) for row in rows)
    older, newer = _cursors(rows, place, has_more=has_more, towards_older=towards_older)
    if end is not None and towards_older:
        older = LogPlace(True, end[0], end[1]).text()
    return InboxPage(shown, older, newer, end[0] if end is not None else None)


def export(runtime: Runtime, wanted: InboxFilter) -> Iterator[InboxRow]:
    """Every call that `wanted` lets through, newest first, without headers and bodies; each batch is a session."""
    after: str | None = None
    while True:
        with runtime.reading() as session:
            page = search(session, wanted, after, limit=BATCH)
        yield from page.rows
        after = page.older
        if after is None:
            return


def detail(runtime: Runtime, session: Session, public_id: str) -> HitDetail:
    """Masked. Raises NoSuchHit."""
    return _detail(runtime, session, public_id, is_open=False)


def reveal(runtime: Runtime, public_id: str, *, actor: str, reason: str) -> HitDetail:
    """As it came, for `reason`, which the log keeps with who looked. Raises NoSuchHit, ReasonMissing."""
    reason = " ".join(reason.split())[:200]
    if len(reason) < SHORTEST_REASON:
        raise ReasonMissing(reason)
    with runtime.writing() as session:
        shown = _detail(runtime, session, public_id, is_open=True)
        hit = session.scalars(select(WebhookHit).where(WebhookHit.public_id == public_id)).one()
        audit.record(
            runtime,
            session,
            actor,
            "hit.revealed",
            f"The webhook call {public_id} was looked at unmasked: {reason}",
            connection_id=hit.connection_id,
            trace_id=hit.trace_id,
        )
    return shown


def _detail(runtime: Runtime, session: Session, public_id: str, *, is_open: bool) -> HitDetail:
    found = session.execute(
        select(WebhookHit, Connection)
        .join(Connection, Connection.id == WebhookHit.connection_id)
        .where(WebhookHit.public_id == public_id)
    ).first()
    if found is None:
        raise NoSuchHit(public_id)
    hit, connection = found
    try:
        parcel = hit_parcels.open_parcel(runtime, hit)
    except VaultError:
        parcel = None
    content = readable(parcel.body) if parcel is not None and parcel.body is not None else None
    return HitDetail(
        row=InboxRow(line_of(hit), connection.name, connection.provider, hit.sender),
        connection_public_id=connection.public_id if connection.archived_at is None else "",
        settled_at=hit.settled_at,
        digest=hit.digest,
        headers=_headers(parcel, is_open=is_open) if parcel else (),
        body=pretty(content if is_open else masked(content)) if content is not None else "",
        is_body_kept=content is not None,
        is_unreadable=parcel is None,
        fields=stored_fields(session, None, hit.id),
    )


def _headers(parcel: hit_parcels.Parcel, *, is_open: bool) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, value if is_open or not value or name in _OPEN_HEADERS else DOTS)
        for name, value in parcel.headers.items()
    )


def _listed(wanted: InboxFilter, place: LogPlace | None) -> Select[*tuple[Any, ...]]:
    statement = _bounds(
        select(WebhookHit, Connection.name, Connection.provider)
        .join(Connection, Connection.id == WebhookHit.connection_id)
        .options(defer(WebhookHit.sealed)),
        wanted,
        place,
    )
    if wanted.state:
        statement = statement.where(WebhookHit.state == wanted.state)
    if wanted.state in _IN_TROUBLE:
        statement = statement.where(TROUBLE)
    if wanted.trust:
        statement = statement.where(WebhookHit.trust == wanted.trust)
    if wanted.event:
        statement = statement.where(WebhookHit.events.icontains(wanted.event, autoescape=True))
    return statement


def _bounds(
    statement: Select[*tuple[Any, ...]], wanted: InboxFilter, place: LogPlace | None
) -> Select[*tuple[Any, ...]]:
    bounds: list[ColumnElement[bool]] = []
    if wanted.connection:
        of = select(Connection.id).where(Connection.public_id == wanted.connection).scalar_subquery()
        bounds.append(WebhookHit.connection_id == of)
    if wanted.batch:
        bounds.append(WebhookHit.batch == wanted.batch)
    if wanted.since is not None:
        bounds.append(WebhookHit.received_at >= wanted.since)
    if wanted.until is not None:
        bounds.append(WebhookHit.received_at < wanted.until)
    if place is not None:
        key = tuple_(WebhookHit.received_at, WebhookHit.id)
        here = tuple_(place.at, place.id, types=[WebhookHit.received_at.type, WebhookHit.id.type])
        bounds.append(key < here if place.towards_older else key > here)
    return statement.where(*bounds)


def _ordered(statement: Select[*tuple[Any, ...]], towards_older: bool) -> Select[*tuple[Any, ...]]:
    if towards_older:
        return statement.order_by(WebhookHit.received_at.desc(), WebhookHit.id.desc())
    return statement.order_by(WebhookHit.received_at, WebhookHit.id)


def _cursors(
    rows: Any, place: LogPlace | None, *, has_more: bool, towards_older: bool
) -> tuple[str | None, str | None]:
    if not rows:
        return None, None
    first, last = rows[0][0], rows[-1][0]
    is_older_left = has_more if towards_older else True
    is_newer_left = place is not None if towards_older else has_more
    older = LogPlace(True, last.received_at, last.id).text() if is_older_left else None
    newer = LogPlace(False, first.received_at, first.id).text() if is_newer_left else None
    return older, newer
