"""Takes webhook calls in: whose it is, what speaks for it, stored, and only then answered."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from limits import RateLimitItem, RateLimitItemPerMinute
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from webapp.domain.value import Value
from webapp.integrations.kit.contract import Hit
from webapp.models import HitTrust, WebhookStray
from webapp.models.conflict import insert_for
from webapp.runtime import Runtime
from webapp.vault import VaultError

from . import hit_addresses, hit_parcels
from .adapters import new_trace_id
from .hit_addresses import Found
from .hit_receivers import Receiver, Receivers
from .inbox import AddressChanged, Arrival, Inbox
from .sync_claims import CONNECTIONS
from .throttling import Gate, TooManyTries

UNVERIFIED = RateLimitItemPerMinute(30, namespace="unverified webhook calls of a connection")
REJECTED = RateLimitItemPerMinute(60, namespace="rejected webhook calls of a connection")
_COUNT_EVERY = 10.0


class Answer(StrEnum):
    """What the sender is told."""

    STORED = "stored"
    STORED_UNVERIFIED = "stored_unverified"
    REJECTED = "signature_rejected"
    UNKNOWN = "unknown_address"
    TOO_MANY = "too_many_requests"
    UNAVAILABLE = "not_ready"


class _Claim(Value, frozen=True):
    """One connection that a call is for, and how far it is trusted there."""

    receiver: Receiver
    trust: HitTrust
    reason: str = ""
    found: Found | None = None
    is_remembered: bool = False


class Reception:
    """One per process."""

    def __init__(self, runtime: Runtime, gate: Gate) -> None:
        self.inbox = Inbox(runtime)
        self._runtime = runtime
        self._gate = gate
        self._receivers = Receivers(runtime)
        self._strays = _Strays(runtime)
        # Addresses that were called, by the token's digest: never more than this hotel's people made.
        self._known: dict[str, Found] = {}

    def take(self, hit: Hit, *, token: str | None = None, sender: str = "") -> Answer:
        """Without `token` the call came to the shared address. Raises nothing that a sender could cause."""
        try:
            if token is not None and (answer := self._by_memory(hit, token, sender)) is not None:
                return answer
            claims = self._at_address(hit, token) if token is not None else self._at_shared(hit)
            if not claims:
                self._strays.count("unknown_token" if token is not None else "unknown_hotel")
                return Answer.UNKNOWN
            return self._store(hit, claims, sender)
        except (SQLAlchemyError, VaultError):  # a full disk or a wrong key file: the sender comes again
            return Answer.UNAVAILABLE

    def _by_memory(self, hit: Hit, token: str, sender: str) -> Answer | None:
        """Memory only lets in, and the commit confirms it. None: the address must be looked up."""
        found = self._known.get(hit_addresses.digest_of(token))
        claim = self._claim(hit, found, is_remembered=True) if found else None
        if claim is None or claim.trust is HitTrust.REJECTED:
            return None
        try:
            return self._store(hit, (claim,), sender)
        except AddressChanged:
            return None

    def _at_address(self, hit: Hit, token: str) -> Sequence[_Claim]:
        with self._runtime.reading() as session:
            found = hit_addresses.find(session, token, self._runtime.clock())
        claim = self._claim(hit, found) if found else None
        if found is None or claim is None:
            self._known.pop(hit_addresses.digest_of(token), None)
            return ()
        self._known[found.digest] = found
        return (claim,)

    def _claim(self, hit: Hit, found: Found, *, is_remembered: bool = False) -> _Claim | None:
        receiver = self._receivers.of(found.connection_id, found.changed_at)
        if receiver is None:
            return None
        if receiver.address_is_proof:
            return _Claim(receiver, HitTrust.ADDRESS, "", found, is_remembered)
        reason = receiver.refusal(hit, self._runtime.clock())
        trust = HitTrust.REJECTED if reason else HitTrust.SIGNED
        return _Claim(receiver, trust, reason, found, is_remembered)

    def _at_shared(self, hit: Hit) -> Sequence[_Claim]:
        """Those whose own proof fits (a primary and its shadow may share a secret); else the one whose hotel it names."""
        now = self._runtime.clock()
        with self._runtime.reading() as session:
            live = select(CONNECTIONS.c.id, CONNECTIONS.c.changed_at)
            rows = session.execute(live.where(CONNECTIONS.c.archived_at.is_(None))).all()
        receivers = [receiver for row in rows if (receiver := self._receivers.of(row.id, row.changed_at))]
        refusals = [(receiver, receiver.refusal(hit, now)) for receiver in receivers]
        proven = [receiver for receiver, reason in refusals if not reason and not receiver.is_of_another(hit)]
        if proven:
            return [_Claim(receiver, HitTrust.SIGNED) for receiver in proven]
        named = [(receiver, reason) for receiver, reason in refusals if receiver.is_meant(hit)]
        if len(named) != 1:
            return ()
        receiver, reason = named[0]
        return (_Claim(receiver, HitTrust.UNVERIFIED, reason),)

    def _store(self, hit: Hit, claims: Sequence[_Claim], sender: str) -> Answer:
        first = claims[0]
        try:
            self._limit(first)
        except TooManyTries:
            self._strays.count("too_many")
            return Answer.REJECTED if first.trust is HitTrust.REJECTED else Answer.TOO_MANY
        self.inbox.put(*(self._arrival(hit, claim, sender) for claim in claims))
        if first.trust is HitTrust.REJECTED:
            return Answer.REJECTED
        self._runtime.nudge.ring()
        return Answer.STORED_UNVERIFIED if first.trust is HitTrust.UNVERIFIED else Answer.STORED

    def _limit(self, claim: _Claim) -> None:
        """Who proves nothing may neither fill the disk nor make the hub ask the provider without end."""
        limits: dict[HitTrust, RateLimitItem] = {HitTrust.UNVERIFIED: UNVERIFIED, HitTrust.REJECTED: REJECTED}
        if claim.trust in limits:
            self._gate.enter(limits[claim.trust], str(claim.receiver.connection_id))

    def _arrival(self, hit: Hit, claim: _Claim, sender: str) -> Arrival:
        is_rejected = claim.trust is HitTrust.REJECTED
        seal = hit_parcels.seal_rejected if is_rejected else hit_parcels.seal
        return Arrival(
            public_id=self._runtime.new_id("hi"),
            connection_id=claim.receiver.connection_id,
            address_id=claim.found.address_id if claim.found else None,
            trace_id=new_trace_id(self._runtime),
            received_at=hit.received_at,
            sender=sender[:45],
            trust=claim.trust,
            reason=claim.reason,
            sealed=seal(self._runtime, hit),
            size=len(hit.body),
            digest=hit_parcels.digest_of(hit.body),
            remembered=claim.found if claim.is_remembered else None,
        )


@dataclass(slots=True)
class _Strays:
    """Counts in memory and writes the sum every few seconds: a flood of strays is one small write."""

    runtime: Runtime
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counts: Counter[str] = field(default_factory=Counter)
    _written: float = -_COUNT_EVERY

    def count(self, reason: str) -> None:
        with self._lock:
            self._counts[reason] += 1
            if time.monotonic() - self._written < _COUNT_EVERY:
                return
            self._written = time.monotonic()
            counts, self._counts = self._counts, Counter()
        try:
            self._write(counts)
        except SQLAlchemyError:  # only a statistic: it is counted on, and the sender gets its 404
            with self._lock:
                self._counts.update(counts)

    def _write(self, counts: Counter[str]) -> None:
        now = self.runtime.clock()
        insert = insert_for(self.runtime.dialect)
        with self.runtime.writing() as session:
            for reason, number in sorted(counts.items()):
                new = insert(WebhookStray).values(day=now.date(), reason=reason, count=number, last_at=now)
                session.execute(
                    new.on_conflict_do_update(
                        index_elements=["day", "reason"],
                        set_={"count": WebhookStray.count + number, "last_at": now},
                    )
                )
