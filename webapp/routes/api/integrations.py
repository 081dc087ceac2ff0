"""Integrations over the API: their state, how old each kind of data is, and sync now. Never their settings."""

from datetime import datetime

from pydantic import Field
from sqlalchemy.orm import Session

from webapp.domain.stream import Mode, Stream
from webapp.models import ConnectionState
from webapp.services import freshness, sync_requests
from webapp.services.freshness import ConnectionView, Standing

from .operation import Call, operation
from .paging import all_in_memory
from .problems import ApiProblem
from .shapes import Answer, Body, Listed, NoQuery, PageQuery

GROUP = "Integrations"


class StreamAge(Answer):
    stream: Stream
    as_of: datetime = Field(description="When this kind of data was last known to be complete.")


class Trouble(Answer):
    code: str = Field(description="A stable word for programs.")
    actor: str = Field(description="Who has to act.")
    since: datetime | None


class Integration(Answer):
    """A connection to a provider."""

    id: str
    name: str
    provider: str
    is_primary: bool = Field(description="The one whose data this API tells.")
    state: ConnectionState
    standing: Standing
    is_current: bool = Field(description="Its bookings are as fresh as its sync frequency promises.")
    is_syncing: bool
    as_of: datetime | None
    next_sync_at: datetime | None
    frequency_minutes: int
    streams: list[StreamAge]
    trouble: Trouble | None
    updated_at: datetime | None


class IntegrationList(Listed[Integration]):
    """A page of integrations."""


class NewSync(Body):
    whole_history: bool = Field(default=False, description="Read the history again; announces nothing.")


class SyncRequested(Answer):
    integration_id: str
    requested_at: datetime


@operation(
    "GET", "/integrations", group=GROUP, answer=IntegrationList, query=PageQuery, problems=("bad_cursor",)
)
def list_integrations(call: Call[PageQuery, None]) -> IntegrationList:
    """List integrations.

    With their state and how old their data are.
    """
    with call.runtime.reading() as session:
        found = freshness.connections(session, call.runtime.clock())
    return all_in_memory(
        call,
        IntegrationList,
        found,
        key=lambda one: one.public_id,
        show=_integration,
        changed_at=_changed_at,
    )


@operation(
    "GET",
    "/integrations/{integration_id}",
    group=GROUP,
    answer=Integration,
    ids={"integration_id": "cn"},
    has_etag=True,
)
def read_integration(call: Call[NoQuery, None]) -> Integration:
    """Read one integration."""
    with call.runtime.reading() as session:
        return _integration(_find(call, session))


@operation(
    "POST",
    "/integrations/{integration_id}/sync",
    group=GROUP,
    answer=SyncRequested,
    body=NewSync,
    status=202,
    ids={"integration_id": "cn"},
)
def sync_now(call: Call[NoQuery, NewSync]) -> SyncRequested:
    """Sync now.

    The run starts within seconds, or when the one that goes on has ended. Read the integration to see how it went.
    """
    with call.runtime.reading() as session:
        found = _find(call, session)
    mode = Mode.BACKFILL if call.body.whole_history else None
    try:
        sync_requests.request_sync(call.runtime, found.id, actor=call.caller.actor, mode=mode)
    except LookupError:
        raise ApiProblem("not_found") from None
    return SyncRequested(integration_id=found.public_id, requested_at=call.runtime.clock())


def _find(call: Call[NoQuery, NewSync] | Call[NoQuery, None], session: Session) -> ConnectionView:
    wanted = call.ids["integration_id"]
    found = freshness.connections(session, call.runtime.clock())
    one = next((one for one in found if one.public_id == wanted), None)
    if one is None:
        raise ApiProblem("not_found")
    return one


def _changed_at(found: ConnectionView) -> datetime | None:
    """The latest of what there is to see of it."""
    return max([*found.stream_ages.values(), *filter(None, (found.as_of, found.fault_since))], default=None)


def _integration(found: ConnectionView) -> Integration:
    fault = found.fault
    return Integration(
        id=found.public_id,
        name=found.name,
        provider=found.provider,
        is_primary=found.is_primary,
        state=found.state,
        standing=found.standing,
        is_current=found.is_current,
        is_syncing=found.is_running,
        as_of=found.as_of,
        next_sync_at=found.next_sync_at,
        frequency_minutes=found.frequency_minutes,
        streams=[StreamAge(stream=stream, as_of=at) for stream, at in sorted(found.stream_ages.items())],
        trouble=Trouble(code=fault.code, actor=fault.actor, since=found.fault_since) if fault else None,
        updated_at=_changed_at(found),
    )
