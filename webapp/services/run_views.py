"""What pages see of sync runs: frozen views, newest first, with each run's streams."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.fault import Fault
from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.domain.wording import Sentence
from webapp.models import Connection, RunState, SyncRun, SyncRunStream, Verdict

RUNS_OF_UNMAPPED = 20
PAGE = 20


class Unread(Value, frozen=True):
    """Why records could not be read, without guest data, and the ids of those that have one."""

    reason: Sentence
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunStreamView:
    """One stream of a run; of `skipped` records the first ones are named in `unread`."""

    stream: Stream
    state: RunState
    verdict: Verdict | None
    pages: int
    seen: int
    added: int
    changed: int
    unchanged: int
    skipped: int
    seconds: float
    fault: Fault | None
    unmapped: Mapping[str, int] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()


class RunView(Value, frozen=True):
    public_id: str
    mode: str
    trigger: str
    state: RunState
    verdict: Verdict | None
    fault: Fault | None
    trace_id: str
    started_at: datetime
    finished_at: datetime | None
    calls: int
    streams: tuple[RunStreamView, ...] = ()

    @property
    def is_running(self) -> bool:
        return self.state is RunState.RUNNING

    @property
    def seen(self) -> int:
        return sum(stream.seen for stream in self.streams)

    @property
    def changed(self) -> int:
        return sum(stream.added + stream.changed for stream in self.streams)

    @property
    def seconds(self) -> float | None:
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


class RunPage(Value, frozen=True):
    """Newest first; `older` is the id to ask on from, None at the end."""

    runs: tuple[RunView, ...]
    older: str | None


def runs(session: Session, connection_id: int, before: str | None = None, limit: int = PAGE) -> RunPage:
    """An unknown `before` begins at the newest."""
    statement = select(SyncRun).where(SyncRun.connection_id == connection_id)
    if before is not None:
        edge = session.scalars(
            select(SyncRun).where(SyncRun.public_id == before, SyncRun.connection_id == connection_id)
        ).one_or_none()
        if edge is not None:
            statement = statement.where(
                (SyncRun.started_at < edge.started_at)
                | ((SyncRun.started_at == edge.started_at) & (SyncRun.id < edge.id))
            )
    ordered = statement.order_by(SyncRun.started_at.desc(), SyncRun.id.desc())
    found = session.scalars(ordered.limit(limit + 1)).all()
    shown = _views(session, found[:limit])
    return RunPage(shown, shown[-1].public_id if len(found) > limit else None)


def find(session: Session, connection_id: int, public_id: str) -> RunView | None:
    wanted = select(SyncRun).where(SyncRun.public_id == public_id, SyncRun.connection_id == connection_id)
    row = session.scalars(wanted).one_or_none()
    return _views(session, [row])[0] if row else None


def last_run(session: Session, connection_id: int) -> RunView | None:
    """The last one that has ended."""
    ended = select(SyncRun).where(SyncRun.connection_id == connection_id, SyncRun.state != RunState.RUNNING)
    row = session.scalars(ended.order_by(SyncRun.started_at.desc(), SyncRun.id.desc()).limit(1)).first()
    return _views(session, [row])[0] if row else None


def running(session: Session, ids: Sequence[int]) -> dict[int, RunView]:
    if not ids:
        return {}
    statement = select(SyncRun).where(SyncRun.connection_id.in_(ids), SyncRun.state == RunState.RUNNING)
    rows = session.scalars(statement.order_by(SyncRun.id)).all()
    return {row.connection_id: view for row, view in zip(rows, _views(session, rows), strict=True)}


def unmapped(session: Session, row: Connection) -> dict[str, int]:
    """The provider's status words that the last runs met without a meaning; those mapped since are left out."""
    latest = select(SyncRun.id).where(SyncRun.connection_id == row.id)
    ids = session.scalars(latest.order_by(SyncRun.started_at.desc()).limit(RUNS_OF_UNMAPPED)).all()
    notes = session.scalars(select(SyncRunStream.notes).where(SyncRunStream.run_id.in_(ids)))
    counted: Counter[str] = Counter()
    for note in notes:
        for word, count in note.get("unmapped", {}).items():
            counted[word] = max(counted[word], int(count))
    known = _mapped_words(row.options.get("recipe"))
    return {word: count for word, count in counted.most_common() if word.casefold() not in known}


def _views(session: Session, rows: Sequence[SyncRun]) -> tuple[RunView, ...]:
    """Runs with their streams, in two queries."""
    streams: dict[int, list[RunStreamView]] = defaultdict(list)
    if rows:
        wanted = select(SyncRunStream).where(SyncRunStream.run_id.in_([row.id for row in rows]))
        for stream in session.scalars(wanted):
            streams[stream.run_id].append(_run_stream(stream))
    order = list(Stream)
    return tuple(
        RunView(
            public_id=row.public_id,
            mode=row.mode,
            trigger=row.trigger,
            state=RunState(row.state),
            verdict=Verdict(row.verdict) if row.verdict else None,
            fault=fault_of(row.fault),
            trace_id=row.trace_id,
            started_at=row.started_at,
            finished_at=row.finished_at,
            calls=row.calls,
            streams=tuple(sorted(streams[row.id], key=lambda one: order.index(one.stream))),
        )
        for row in rows
    )


def _run_stream(row: SyncRunStream) -> RunStreamView:
    return RunStreamView(
        stream=Stream(row.stream),
        state=RunState(row.state),
        verdict=Verdict(row.verdict) if row.verdict else None,
        pages=row.pages,
        seen=row.seen,
        added=row.added,
        changed=row.changed,
        unchanged=row.unchanged,
        skipped=row.skipped,
        seconds=row.seconds,
        fault=fault_of(row.fault),
        unmapped=dict(row.notes.get("unmapped", {})),
        unread=_unread(row.notes.get("skipped", ())),
    )


def _unread(noted: Sequence[dict[str, Any]]) -> tuple[Unread, ...]:
    """Each reason once."""
    found: dict[str, Unread] = {}
    for item in noted:
        reason = msgspec.convert(item["reason"], Sentence)
        known = found.get(str(reason), Unread(reason))
        ids = dict.fromkeys((*known.ids, *filter(None, (item["id"],))))
        found[str(reason)] = Unread(known.reason, tuple(ids))
    return tuple(found.values())


def fault_of(stored: dict[str, Any] | None) -> Fault | None:
    return msgspec.convert(stored, Fault) if stored else None


def _mapped_words(recipe: object) -> frozenset[str]:
    try:
        document = msgspec.json.decode(recipe) if isinstance(recipe, str) else {}
        words = document["streams"]["bookings"].get("status_map", {})
        return frozenset(str(word).casefold() for word in words)
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return frozenset()
