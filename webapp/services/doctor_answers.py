"""What the hub knows of a connection's trouble, gathered for the guide's two lists: "Connection Test Fails", "Data Not
Syncing"."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.integrations.kit.guard import UrlProblem, check_url
from webapp.integrations.kit.manifest import Manifest
from webapp.models import ConnectionState, SyncRun, SyncRunStream, WebhookHit
from webapp.runtime import Runtime

from . import call_budget, outgoing_addresses, sync_requests
from .connection_entry import FREQUENCIES
from .connection_views import row_of
from .error_groups import SPAN
from .outgoing_addresses import Outgoing
from .sync_requests import Cleared

WISHES = (5, 15, 30, 60)
"""Minutes within which a change is to be seen."""


class UrlPiece(Value, frozen=True):
    """A part of the endpoint URL as stored; `problem` when it is the bad one."""

    text: str
    problem: UrlProblem | None = None


class Frequency(Value, frozen=True):
    """What one sync frequency means: calls in an hour, None where no limit is known, and whether it stays below it."""

    minutes: int
    calls: int
    allowed: int | None

    @property
    def fits(self) -> bool:
        return self.allowed is None or self.calls <= self.allowed


class Answers(Value, frozen=True):
    """Everything both lists are told from; reads only what is stored, and asks nobody.

    problems       of the endpoint URL
    failed_runs    of the last seven days
    missing        kinds of data that the key may not read, by the last run
    costs          what "Clear cache and retry" would drop, and its calls
    """

    pieces: tuple[UrlPiece, ...]
    problems: tuple[UrlProblem, ...]
    outgoing: Outgoing
    failed_runs: int
    missing: tuple[Stream, ...]
    last_hit_at: datetime | None
    frequencies: tuple[Frequency, ...]
    costs: Cleared
    is_waiting: bool

    def suggested(self, wish: int) -> Frequency | None:
        """The slowest frequency that still meets the wish and the provider's limit; None when none does."""
        fitting = [one for one in self.frequencies if one.minutes <= wish and one.fits]
        return max(fitting, key=lambda one: one.minutes, default=None)


def gather(runtime: Runtime, session: Session, public_id: str, manifest: Manifest) -> Answers:
    """Raises NoSuchConnection."""
    row = row_of(session, public_id)
    url = str(row.options.get("endpoint_url") or "")
    problems = check_url(url, runtime.network, manifest.endpoints, manifest.endpoint_domains)
    return Answers(
        pieces=_pieces(url, problems),
        problems=problems,
        outgoing=outgoing_addresses.known(session),
        failed_runs=_failed_runs(session, row.id, runtime.clock() - SPAN),
        missing=_missing(session, row.id),
        last_hit_at=session.scalars(
            select(WebhookHit.received_at)
            .where(WebhookHit.connection_id == row.id)
            .order_by(WebhookHit.id.desc())
            .limit(1)
        ).first(),
        frequencies=_frequencies(manifest, row.options, row.streams),
        costs=sync_requests.cost_of_clearing(session, row.id),
        is_waiting=row.next_sync_at is None and row.state != ConnectionState.PAUSED,
    )


def _pieces(url: str, problems: Sequence[UrlProblem]) -> tuple[UrlPiece, ...]:
    """The whole URL cut at its seams, so that a page can mark the bad part."""
    by_part = {problem.part: problem for problem in problems}
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return (UrlPiece(url, problems[0] if problems else None),)
    has_userinfo = "@" in parts.netloc  # may hold a password: it is never shown
    found = [
        UrlPiece(f"{parts.scheme}://", by_part.get("scheme")),
        UrlPiece("•••@" if has_userinfo else "", by_part.get("userinfo")),
        UrlPiece(parts.hostname or "", by_part.get("host")),
        UrlPiece(port, by_part.get("port")),
        UrlPiece(parts.path, by_part.get("path")),
        UrlPiece("?…" if parts.query else "", by_part.get("query")),
        UrlPiece("#…" if parts.fragment else "", by_part.get("fragment")),
    ]
    return tuple(piece for piece in found if piece.text)


def _failed_runs(session: Session, connection_id: int, since: datetime) -> int:
    statement = select(func.count()).select_from(SyncRun)
    return session.scalars(
        statement.where(
            SyncRun.connection_id == connection_id,
            SyncRun.started_at >= since,
            SyncRun.fault["code"].as_string().is_not(None),
        )
    ).one()


def _missing(session: Session, connection_id: int) -> tuple[Stream, ...]:
    last = select(func.max(SyncRun.id)).where(SyncRun.connection_id == connection_id).scalar_subquery()
    statement = select(SyncRunStream.stream).where(
        SyncRunStream.run_id == last, SyncRunStream.fault["code"].as_string() == "permission_missing"
    )
    return tuple(Stream(name) for name in session.scalars(statement))


def _frequencies(
    manifest: Manifest, options: Mapping[str, Any], streams: Sequence[str]
) -> tuple[Frequency, ...]:
    budgets = (
        (minutes, call_budget.per_hour(manifest, options, streams, minutes)) for minutes in FREQUENCIES
    )
    return tuple(Frequency(minutes, budget.calls, budget.allowed) for minutes, budget in budgets)
