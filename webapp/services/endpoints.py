"""Endpoints: the addresses of other programs that are told of events, their choice of events, and their secrets."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.domain.outgoing import OutgoingType
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.integrations.kit.posting import new_secret
from webapp.models import Delivery, DeliveryState, Endpoint, EndpointState
from webapp.runtime import Runtime
from webapp.vault import Secret

from . import audit
from .endpoint_checks import (
    EndpointInvalid,
    checked_description,
    checked_events,
    checked_url,
    host_of,
)
from .private_authorities import certificates_in, checked_authority, named

MOST = 50


class NoSuchEndpoint(LookupError):
    """Unknown, or removed."""


class EndpointView(Value, frozen=True):
    """An endpoint as it is listed. `old_secret_until`: two secrets sign until then.

    `rests_until`: its receiver asked to be left alone.
    `authority` are certificates (PEM) that are trusted here besides the public ones; empty for most.
    """

    id: int
    public_id: str
    url: str
    description: str
    events: tuple[OutgoingType, ...]
    includes_personal: bool
    authority: str
    state: EndpointState
    disabled_because: str
    disabled_at: datetime | None
    failing_since: datetime | None
    rests_until: datetime | None
    last_success_at: datetime | None
    old_secret_until: datetime | None
    secret_made_at: datetime
    created_by: str
    created_at: datetime
    changed_at: datetime


class WithSecret(Value, frozen=True):
    """`secret` is to be shown now; it can be looked at again by an admin who enters the password."""

    endpoint: EndpointView
    secret: Secret


def add(
    runtime: Runtime,
    *,
    url: str,
    events: Sequence[str],
    actor: str,
    description: str = "",
    includes_personal: bool = False,
    authority: str = "",
) -> WithSecret:
    """An endpoint that is told from now on. Raises EndpointInvalid (url, events, description, authority)."""
    url = checked_url(runtime, url)
    trusted = checked_authority(authority, runtime.clock())
    kinds = checked_events(events)
    secret = new_secret(secrets.token_bytes(32))
    with runtime.writing() as session:
        now = runtime.clock()
        _refuse_one_more(session, url)
        row = Endpoint(
            public_id=runtime.new_id("we"),
            url=url,
            description=checked_description(description),
            events=list(kinds),
            includes_personal=includes_personal,
            authority=trusted,
            secret=runtime.vault.seal(secret.reveal().encode()),
            secret_made_at=now,
            state=EndpointState.ACTIVE,
            created_by=actor,
            created_at=now,
            changed_at=now,
        )
        session.add(row)
        session.flush()
        audit.record(
            runtime,
            session,
            actor,
            "endpoint.added",
            f"{host_of(url)} is told of {', '.join(kinds)}",
            details=_audited(row),
        )
        return WithSecret(view_of(row), secret)


def _refuse_one_more(session: Session, url: str) -> None:
    living = session.scalars(select(Endpoint.url).where(Endpoint.state != EndpointState.REMOVED)).all()
    if url in living:
        raise EndpointInvalid("url", N_("This address is told already."))
    if len(living) >= MOST:
        raise EndpointInvalid("url", N_("There are %(most)s endpoints. Remove one first."), most=MOST)


def change(
    runtime: Runtime,
    public_id: str,
    *,
    actor: str,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
    includes_personal: bool | None = None,
    authority: str | None = None,
    look: Callable[[EndpointView], None] | None = None,
) -> EndpointView:
    """What is None stays. `look` sees it before the change, and may raise. Raises NoSuchEndpoint, EndpointInvalid."""
    checked = None if url is None else checked_url(runtime, url)
    kinds = None if events is None else checked_events(events)
    trusted = None if authority is None else checked_authority(authority, runtime.clock())
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if look is not None:
            look(view_of(row))
        before = _audited(row)
        if checked is not None and checked != row.url:
            row.url, row.failing_since, row.told_failing_at, row.rests_until = checked, None, None, None
        row.events = list(kinds) if kinds is not None else row.events
        row.description = checked_description(description) if description is not None else row.description
        row.includes_personal = row.includes_personal if includes_personal is None else includes_personal
        row.authority = row.authority if trusted is None else trusted
        row.changed_at = runtime.clock()
        after = _audited(row)
        if after != before:
            audit.record(
                runtime,
                session,
                actor,
                "endpoint.changed",
                f"Endpoint {host_of(row.url)} was changed",
                details={"before": before, "after": after},
            )
        return view_of(row)


def enable(runtime: Runtime, public_id: str, *, actor: str) -> EndpointView:
    """Tells it again from now on; what was held stays held until somebody sends it."""
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if row.state == EndpointState.DISABLED:
            row.state, row.disabled_because, row.disabled_at = EndpointState.ACTIVE, "", None
            row.failing_since = row.told_failing_at = row.rests_until = None
            row.changed_at = runtime.clock()
            audit.record(
                runtime, session, actor, "endpoint.enabled", f"Endpoint {host_of(row.url)} is told again"
            )
        return view_of(row)


def disable(runtime: Runtime, public_id: str, *, actor: str) -> EndpointView:
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        if row.state == EndpointState.ACTIVE:
            switch_off(runtime, session, row, "person")
            audit.record(
                runtime, session, actor, "endpoint.disabled", f"Endpoint {host_of(row.url)} is told no more"
            )
        return view_of(row)


def remove(runtime: Runtime, public_id: str, *, actor: str) -> None:
    """Its history stays; what was waiting is given up."""
    with runtime.writing() as session:
        row = row_of(session, public_id, for_update=True)
        row.state = EndpointState.REMOVED
        row.changed_at = now = runtime.clock()
        session.execute(
            update(Delivery)
            .where(
                Delivery.endpoint_id == row.id,
                Delivery.state.in_((DeliveryState.WAITING, DeliveryState.HELD)),
            )
            .values(state=DeliveryState.DEAD, settled_at=now, next_try_at=None)
        )
        audit.record(runtime, session, actor, "endpoint.removed", f"Endpoint {host_of(row.url)} was removed")


def switch_off(runtime: Runtime, session: Session, row: Endpoint, reason: str) -> None:
    """In the caller's transaction: what waits is held. `reason`: person, gone, failing."""
    now = runtime.clock()
    row.state, row.disabled_because, row.disabled_at, row.changed_at = (
        EndpointState.DISABLED,
        reason,
        now,
        now,
    )
    session.execute(
        update(Delivery)
        .where(Delivery.endpoint_id == row.id, Delivery.state == DeliveryState.WAITING)
        .values(state=DeliveryState.HELD, next_try_at=None, claimed_by=None, claimed_until=None)
    )


def _audited(row: Endpoint) -> dict[str, object]:
    """What the log keeps of it."""
    return {
        "url": row.url,
        "description": row.description,
        "events": list(row.events),
        "includes_personal": row.includes_personal,
        "authority": [named(one) for one in certificates_in(row.authority)],
    }


# --- reading and checking -------------------------------------------------------------------------------------------


def all_endpoints(session: Session) -> tuple[EndpointView, ...]:
    """All that are not removed, oldest first."""
    rows = session.scalars(
        select(Endpoint).where(Endpoint.state != EndpointState.REMOVED).order_by(Endpoint.id)
    )
    return tuple(view_of(row) for row in rows)


def row_of(session: Session, public_id: str, *, for_update: bool = False) -> Endpoint:
    """Raises NoSuchEndpoint."""
    statement = select(Endpoint).where(Endpoint.public_id == public_id)
    if for_update:
        statement = statement.with_for_update()
    row = session.scalars(statement).one_or_none()
    if row is None or row.state == EndpointState.REMOVED:
        raise NoSuchEndpoint(public_id)
    return row


def view_of(row: Endpoint) -> EndpointView:
    return EndpointView(
        id=row.id,
        public_id=row.public_id,
        url=row.url,
        description=row.description,
        events=tuple(OutgoingType(kind) for kind in row.events),
        includes_personal=row.includes_personal,
        authority=row.authority,
        state=EndpointState(row.state),
        disabled_because=row.disabled_because,
        disabled_at=row.disabled_at,
        failing_since=row.failing_since,
        rests_until=row.rests_until,
        last_success_at=row.last_success_at,
        old_secret_until=row.old_secret_until,
        secret_made_at=row.secret_made_at,
        created_by=row.created_by,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
