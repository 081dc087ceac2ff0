"""API keys: making, renewing and ending them. The key itself is told once and stored nowhere."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.domain.api_key import masked, new_key
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import ApiKey, Scope
from webapp.runtime import Runtime

from . import audit

DEFAULT_DAYS, MOST_DAYS = 90, 365
OVERLAP, MOST_OVERLAP = timedelta(hours=24), timedelta(days=7)
MOST_LIVING = 25
"""Of one person: more are forgotten ones."""
REMIND_BEFORE = timedelta(days=14)
SPEAK_OF_ENDED = timedelta(days=3)


class KeyInvalid(Exception):
    """What is wrong with one field of a new key; `message` is a sentence to translate, `parameters` fill it."""

    def __init__(self, field: str, message: str, **parameters: object) -> None:
        super().__init__(message % parameters)
        self.field, self.message, self.parameters = field, message, parameters


class NoSuchKey(LookupError):
    """Unknown, or it has ended already."""


class KeyView(Value, frozen=True):
    """A key as it is listed. `shown` is its prefix and last four; `ends_at` is when it stops or stopped."""

    public_id: str
    name: str
    shown: str
    scope: Scope
    networks: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    last_used_from: str
    is_replaced: bool

    def is_living(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now

    def is_ending(self, now: datetime) -> bool:
        """Time to make a successor: it lives, has none, and ends within a fortnight."""
        return self.is_living(now) and not self.is_replaced and self.expires_at - now <= REMIND_BEFORE

    def has_just_ended(self, now: datetime) -> bool:
        """It ended within three days, by its date, while a program still used it: that program is refused now."""
        ended_ago = now - self.expires_at
        is_recent = self.revoked_at is None and timedelta() <= ended_ago <= SPEAK_OF_ENDED
        return (
            is_recent
            and not self.is_replaced
            and self.last_used_at is not None
            and self.expires_at - self.last_used_at <= SPEAK_OF_ENDED
        )


class NewKey(Value, frozen=True):
    """`text` is the key: hand it over and forget it."""

    key: KeyView
    text: str

    def __repr__(self) -> str:
        return f"NewKey({self.key.shown})"


def create(
    runtime: Runtime,
    *,
    name: str,
    scope: Scope,
    actor: str,
    days: int = DEFAULT_DAYS,
    networks: Sequence[str] = (),
) -> NewKey:
    """A key that works at once. Raises KeyInvalid (name, days, networks)."""
    name = _checked_name(name)
    if not 1 <= days <= MOST_DAYS:
        raise KeyInvalid("days", N_("A key lives from 1 to %(most)s days."), most=MOST_DAYS)
    allowed = checked_networks(networks)
    with runtime.writing() as session:
        now = runtime.clock()
        _keep_few(session, actor, now)
        row, text = _new_row(
            runtime, name=name, scope=scope, actor=actor, ends=now + timedelta(days=days), networks=allowed
        )
        session.add(row)
        session.flush()
        audit.record(
            runtime,
            session,
            actor,
            "api_key.created",
            f"API key “{name}” ({row.shown}) may {scope} until {row.expires_at:%Y-%m-%d}",
            details={"scope": scope, "networks": list(allowed), "days": days},
        )
        return NewKey(view_of(row), text)


def rotate(runtime: Runtime, public_id: str, *, actor: str, overlap: timedelta = OVERLAP) -> NewKey:
    """A successor with the same rights and as long a life; the old one goes on for `overlap`, at most a week.

    Raises NoSuchKey, KeyInvalid (overlap).
    """
    if not timedelta() <= overlap <= MOST_OVERLAP:
        raise KeyInvalid("overlap", N_("The old key can go on for 7 days at most."))
    with runtime.writing() as session:
        now = runtime.clock()
        old = _living(session, public_id, now)
        if old.successor_id is not None:
            raise KeyInvalid("overlap", N_("This key has a successor already."))
        life = min(old.expires_at - old.created_at, timedelta(days=MOST_DAYS))
        row, text = _new_row(
            runtime,
            name=old.name,
            scope=Scope(old.scope),
            actor=actor,
            ends=now + life,
            networks=tuple(old.allowed_networks),
        )
        session.add(row)
        session.flush()
        old.successor_id = row.id
        old.expires_at = min(old.expires_at, now + overlap)
        audit.record(
            runtime,
            session,
            actor,
            "api_key.rotated",
            f"API key “{old.name}”: {row.shown} follows {old.shown}, which ends {old.expires_at:%Y-%m-%d %H:%M} UTC",
        )
        return NewKey(view_of(row), text)


def revoke(runtime: Runtime, public_id: str, *, actor: str) -> KeyView:
    """Ends a key at once; its row stays for the record. Raises NoSuchKey."""
    with runtime.writing() as session:
        row = _living(session, public_id, runtime.clock())
        row.revoked_at = runtime.clock()
        audit.record(
            runtime, session, actor, "api_key.revoked", f"API key “{row.name}” ({row.shown}) was revoked"
        )
        return view_of(row)


def every_key(session: Session) -> tuple[KeyView, ...]:
    """All keys there ever were, the latest first."""
    return tuple(view_of(row) for row in session.scalars(select(ApiKey).order_by(ApiKey.id.desc())))


def find(session: Session, public_id: str) -> KeyView | None:
    row = session.scalars(select(ApiKey).where(ApiKey.public_id == public_id)).one_or_none()
    return view_of(row) if row else None


def find_by_name(session: Session, text: str, now: datetime) -> KeyView | None:
    """A living key by its id, by prefix and last four, or by a name that only one of them has."""
    living = [key for key in every_key(session) if key.is_living(now)]
    exact = [key for key in living if text in (key.public_id, key.shown)]
    named = [key for key in living if key.name == text]
    found = exact or named
    return found[0] if len(found) == 1 else None


def ending(session: Session, now: datetime) -> tuple[KeyView, ...]:
    """Keys that somebody should renew or just missed, the most urgent first."""
    rows = session.scalars(
        select(ApiKey)
        .where(
            ApiKey.revoked_at.is_(None),
            ApiKey.expires_at > now - SPEAK_OF_ENDED,
            ApiKey.expires_at <= now + REMIND_BEFORE,
        )
        .order_by(ApiKey.expires_at, ApiKey.id)
    )
    return tuple(key for key in map(view_of, rows) if key.is_ending(now) or key.has_just_ended(now))


def digest_of(text: str) -> str:
    """What a key is found by. No slow hash: 178 random bits cannot be guessed from it."""
    return hashlib.sha256(text.encode()).hexdigest()


def checked_networks(networks: Sequence[str]) -> tuple[str, ...]:
    """CIDR blocks in their usual form; a bare address is a block of one. Raises KeyInvalid (networks)."""
    found: list[str] = []
    for text in networks:
        try:
            network = ip_network(text.strip(), strict=False)
        except ValueError:
            raise KeyInvalid(
                "networks",
                N_("“%(text)s” is no address or network like 10.0.0.0/24."),
                text=text.strip()[:60],
            ) from None
        if str(network) not in found:
            found.append(str(network))
    return tuple(found)


def view_of(row: ApiKey) -> KeyView:
    return KeyView(
        public_id=row.public_id,
        name=row.name,
        shown=row.shown,
        scope=Scope(row.scope),
        networks=tuple(row.allowed_networks),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        last_used_from=row.last_used_from,
        is_replaced=row.successor_id is not None,
    )


def _new_row(
    runtime: Runtime, *, name: str, scope: Scope, actor: str, ends: datetime, networks: tuple[str, ...]
) -> tuple[ApiKey, str]:
    text = new_key()
    row = ApiKey(
        public_id=runtime.new_id("ak"),
        name=name,
        digest=digest_of(text),
        shown=masked(text),
        scope=scope,
        allowed_networks=list(networks),
        created_by=actor,
        created_at=runtime.clock(),
        expires_at=ends,
    )
    return row, text


def _checked_name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise KeyInvalid("name", N_("Give the key a name: which program will use it?"))
    if len(tidy) > 80:
        raise KeyInvalid("name", N_("A name has 80 characters at most."))
    return tidy


def _keep_few(session: Session, actor: str, now: datetime) -> None:
    living = session.scalar(
        select(func.count())
        .select_from(ApiKey)
        .where(ApiKey.created_by == actor, ApiKey.revoked_at.is_(None), ApiKey.expires_at > now)
    )
    if (living or 0) >= MOST_LIVING:
        raise KeyInvalid(
            "name", N_("You have %(most)s living keys. Revoke one that is not used."), most=MOST_LIVING
        )


def _living(session: Session, public_id: str, now: datetime) -> ApiKey:
    row = session.scalars(select(ApiKey).where(ApiKey.public_id == public_id).with_for_update()).one_or_none()
    if row is None or not view_of(row).is_living(now):
        raise NoSuchKey(public_id)
    return row
