"""Applies hits: reads the records they speak of again, stores them like a page of a sync, and settles the hits with it."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from webapp.domain.fault import Actor, Fault
from webapp.domain.stream import Stream
from webapp.integrations.kit.contract import Adapter, Missing, Record, StreamSource
from webapp.integrations.kit.errors import ContractBroken, NotFound, ProviderError, RecipeWrong
from webapp.integrations.registry import UnknownProvider
from webapp.models import Connection, HitState, HitTrust
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import disk_space, hit_claims, hit_storing, sync_plan
from .adapters import CallLog, credentials_of, open_adapter
from .clock_jumps import LONGEST_PLAN
from .hit_claims import ClaimedHits
from .hit_reading import KNOWN_ALREADY, Subject, Work, contradicts, read
from .hit_receivers import reader_of
from .sync_outcome import UNREACHABLE, WALLS
from .syncing import INTERNAL_ERROR, KEY_MISSING, PROVIDER_UNKNOWN

log = logging.getLogger(__name__)

LAGS = (timedelta(seconds=3), timedelta(seconds=10), timedelta(seconds=30))
"""When a record that does not show yet what its hit says is read again; after the last, what it shows is the truth."""
BACKOFF = tuple(timedelta(seconds=number) for number in (10, 30, 120, 600, 1800, 3600, 7200))
"""After a failure that passes by itself. When all are used up the hit is given up; the poll brings the change anyway."""
READ_AT_ONCE = 50

# One record that breaks an answer must not keep the others from being read.
_OF_ONE_RECORD = (ContractBroken, RecipeWrong, NotFound)
_PERHAPS_LATER = UNREACHABLE | (WALLS - {"recipe_wrong"}) | {INTERNAL_ERROR.code, disk_space.DISK_FULL.code}


@dataclass(slots=True)
class _Reread:
    """What the provider says now, and for which records it could not be asked."""

    found: dict[Subject, Record | Missing] = field(default_factory=dict)
    faults: dict[Subject, Fault] = field(default_factory=dict)


def process(runtime: Runtime, connection_id: int, *, owner: str = "hits") -> int:
    """Applies what is due for one connection now; returns how many hits it looked at. Raises nothing of a provider."""
    claimed = hit_claims.claim(runtime, connection_id, owner=owner)
    if not claimed.hits:
        return 0
    try:
        _apply(runtime, claimed)
    except (
        Exception
    ) as error:  # a bug or a full disk must not lose the hits: they keep the reason and are tried again
        log.exception("hits of connection %s could not be applied", connection_id)
        found = disk_space.DISK_FULL if disk_space.is_cause_of(error) else INTERNAL_ERROR
        fault = msgspec.structs.replace(found, detail=type(error).__name__)
        works = [Work(hit, fault=fault) for hit in claimed.hits]
        with suppress(Exception):  # the database is what broke; the claim runs out by itself
            hit_storing.store(runtime, claimed, hit_storing.Outcome(works, _next_tries(runtime, works)))
    return len(claimed.hits)


def _apply(runtime: Runtime, claimed: ClaimedHits) -> None:
    with runtime.reading() as session:
        connection = session.get_one(Connection, claimed.connection_id)
    calls = CallLog(connection.id, claimed.hits[0].trace_id)
    works, fault = _read_all(runtime, connection, claimed)
    reread = _Reread()
    if fault is None:
        fault = _ask(runtime, connection, calls, works, reread)
    if runtime.stopping.is_set() and fault is not None:
        hit_claims.release(runtime, claimed)
        return
    for work in works:
        _conclude(work, reread, fault)
    outcome = hit_storing.Outcome(works, _next_tries(runtime, works), reread.found, calls.drain())
    hit_storing.store(runtime, claimed, outcome)


def _read_all(
    runtime: Runtime, connection: Connection, claimed: ClaimedHits
) -> tuple[list[Work], Fault | None]:
    """Each hit read, those marked as known already settled."""
    try:
        reader = reader_of(runtime, connection)
        if reader is None:
            return [Work(hit) for hit in claimed.hits], PROVIDER_UNKNOWN
        works = [read(runtime, reader, hit, sync_plan.ticked(connection)) for hit in claimed.hits]
    except VaultError:
        return [Work(hit) for hit in claimed.hits], KEY_MISSING
    marks = {work.dedupe for work in works if work.dedupe and work.is_open and not work.hit.replays}
    earlier = hit_storing.earlier_marks(runtime, claimed, marks)
    for work in works:
        if work.dedupe is None or not work.is_open or work.hit.replays:
            continue
        if earlier.setdefault(work.dedupe, work.hit.id) != work.hit.id:
            work.state, work.note = HitState.DUPLICATE, KNOWN_ALREADY
    return works, None


def _ask(
    runtime: Runtime, connection: Connection, calls: CallLog, works: Sequence[Work], reread: _Reread
) -> Fault | None:
    """Reads every wanted record once, however many hits speak of it. The fault is one that concerns all of them."""
    wanted = dict.fromkeys(subject for work in works if work.is_open for subject in work.hints)
    if not wanted:
        return None
    try:
        opened = open_adapter(
            runtime,
            connection.provider,
            credentials_of(runtime, connection),
            connection_id=connection.id,
            record=calls,
            should_stop=runtime.stopping.is_set,
        )
        with opened as adapter:
            for stream in Stream:
                ids = [subject.external_id for subject in wanted if subject.stream is stream]
                for start in range(0, len(ids), READ_AT_ONCE):
                    _ask_for(adapter, stream, ids[start : start + READ_AT_ONCE], reread)
    except ProviderError as error:
        return error.fault
    except VaultError:
        return KEY_MISSING
    except UnknownProvider:
        return PROVIDER_UNKNOWN
    return None


def _ask_for(adapter: Adapter, stream: Stream, ids: Sequence[str], reread: _Reread) -> None:
    """Raises ProviderError for what would meet every other record too."""
    if not isinstance(adapter, StreamSource):
        raise ContractBroken("fetch_by_ids")
    try:
        answers = adapter.fetch_by_ids(stream, ids)
    except _OF_ONE_RECORD as error:
        if len(ids) == 1:
            reread.faults[Subject(stream, ids[0])] = error.fault
            return
        for external_id in ids:
            _ask_for(adapter, stream, (external_id,), reread)
        return
    for external_id, answer in zip(ids, answers, strict=True):
        reread.found[Subject(stream, external_id)] = answer


def _conclude(work: Work, reread: _Reread, fault: Fault | None) -> None:
    """Applied when all its records were read, unless one of them lags behind."""
    if not work.is_open:
        return
    missing = [subject for subject in work.hints if subject not in reread.found]
    if missing or (fault and not work.hints):
        work.fault = next(
            (reread.faults[subject] for subject in missing if subject in reread.faults), fault
        ) or msgspec.structs.replace(INTERNAL_ERROR, detail="not asked")
        return
    may_wait = work.hit.lags < len(LAGS) and work.hit.trust != HitTrust.UNVERIFIED
    if may_wait and any(_lagging(work, reread.found)):
        work.is_lagging = True
    else:
        work.state = HitState.APPLIED


def _lagging(work: Work, found: Mapping[Subject, Record | Missing]) -> Iterator[bool]:
    for subject, events in work.hints.items():
        yield from (contradicts(event, found[subject]) for event in events)


def _next_tries(runtime: Runtime, works: Sequence[Work]) -> dict[int, datetime]:
    """By hit id, when those are tried again that may come right by themselves; others that failed are given up."""
    now = runtime.clock()
    times: dict[int, datetime] = {}
    for work in works:
        if work.is_lagging:
            times[work.hit.id] = now + LAGS[work.hit.lags]
        elif work.fault is not None:
            if _may_pass(work.fault) and work.hit.tries < len(BACKOFF):
                asked = min(timedelta(seconds=work.fault.retry_after or 0), LONGEST_PLAN)
                times[work.hit.id] = now + max(BACKOFF[work.hit.tries], asked)
            else:
                work.state = HitState.FAILED
    return times


def _may_pass(fault: Fault) -> bool:
    """By itself, or once a person has mended the connection; a hit that cannot be understood stays so."""
    return fault.actor is Actor.NOBODY or fault.code in _PERHAPS_LATER
