"""Outgoing webhook endpoints over the API: who is told of events. A secret is told once, with the endpoint's making."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from webapp.domain.outgoing import CHOICES, OutgoingType
from webapp.models import EndpointState, Scope
from webapp.services import endpoints
from webapp.services.endpoint_checks import EndpointInvalid
from webapp.services.endpoints import EndpointView, NoSuchEndpoint
from webapp.services.private_authorities import LONGEST

from .operation import Call, operation
from .paging import all_in_memory
from .problems import ApiProblem, invalid
from .shapes import NO_NUL, Answer, Body, Listed, NoQuery, PageQuery

GROUP = "Webhook endpoints"
_AUTHORITY = (
    "PEM: the authority of the hotel's own that signed the certificate of a server inside its network."
)
ANY_ADDRESS = r"^https?://[^\s\x00]+$"
EventChoice = StrEnum("EventChoice", [(kind.name, kind.value) for kind in CHOICES])  # type: ignore[misc]


class WantedState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class NewEndpoint(Body):
    url: str = Field(
        max_length=500,
        pattern=ANY_ADDRESS,
        description="A public https address, or one in a network that the operator opened.",
        examples=["https://example.com/hooks"],
    )
    events: list[EventChoice] = Field(min_length=1, max_length=len(CHOICES))
    description: str = Field(default="", max_length=120, pattern=NO_NUL)
    include_personal_data: bool = Field(
        default=False, description="Names of guests in the events; needs a key with admin."
    )
    ca_certificate: str = Field(default="", max_length=LONGEST, pattern=NO_NUL, description=_AUTHORITY)


class ChangedEndpoint(Body):
    """What is left out stays."""

    url: str | None = Field(default=None, max_length=500, pattern=ANY_ADDRESS)
    events: list[EventChoice] | None = Field(default=None, min_length=1, max_length=len(CHOICES))
    description: str | None = Field(default=None, max_length=120, pattern=NO_NUL)
    include_personal_data: bool | None = None
    ca_certificate: str | None = Field(
        default=None, max_length=LONGEST, pattern=NO_NUL, description="An empty text removes it."
    )
    state: WantedState | None = Field(default=None, description="What comes while it is disabled is held.")


class Endpoint(Answer):
    """An address of another program that is told of events."""

    id: str
    url: str
    events: list[OutgoingType]
    description: str
    include_personal_data: bool
    ca_certificate: str | None = Field(description=_AUTHORITY)
    state: EndpointState
    disabled_because: str | None = Field(description="person, gone or failing")
    failing_since: datetime | None
    last_success_at: datetime | None
    created_at: datetime
    updated_at: datetime


class MadeEndpoint(Endpoint):
    """With its secret, which is not told again."""

    secret: str = Field(description="Standard Webhooks: whsec_ and base64.")


class EndpointList(Listed[Endpoint]):
    """A page of endpoints."""


@operation(
    "GET", "/webhooks/endpoints", group=GROUP, answer=EndpointList, query=PageQuery, problems=("bad_cursor",)
)
def list_endpoints(call: Call[PageQuery, None]) -> EndpointList:
    """List webhook endpoints."""
    with call.runtime.reading() as session:
        found = endpoints.all_endpoints(session)
    return all_in_memory(
        call,
        EndpointList,
        found,
        key=lambda one: one.public_id,
        show=_endpoint,
        changed_at=lambda one: one.changed_at,
    )


@operation("POST", "/webhooks/endpoints", group=GROUP, answer=MadeEndpoint, body=NewEndpoint, status=201)
def add_endpoint(call: Call[NoQuery, NewEndpoint]) -> MadeEndpoint:
    """Add a webhook endpoint.

    It is told from now on. The answer holds the secret that signs its calls; it is not told again.
    """
    body = call.body
    _needs_admin(call, asks=body.include_personal_data)
    made = _checked(
        lambda: endpoints.add(
            call.runtime,
            url=body.url,
            events=_names(body.events),
            description=body.description,
            includes_personal=body.include_personal_data,
            authority=body.ca_certificate,
            actor=call.caller.actor,
        )
    )
    call.headers["Location"] = f"{call.path}/{made.endpoint.public_id}"
    return MadeEndpoint(**_plain(made.endpoint), secret=made.secret.reveal())


@operation(
    "GET",
    "/webhooks/endpoints/{endpoint_id}",
    group=GROUP,
    answer=Endpoint,
    ids={"endpoint_id": "we"},
    has_etag=True,
)
def read_endpoint(call: Call[NoQuery, None]) -> Endpoint:
    """Read one webhook endpoint."""
    with call.runtime.reading() as session:
        try:
            row = endpoints.row_of(session, call.ids["endpoint_id"])
        except NoSuchEndpoint:
            raise ApiProblem("not_found") from None
        return _endpoint(endpoints.view_of(row))


@operation(
    "PATCH",
    "/webhooks/endpoints/{endpoint_id}",
    group=GROUP,
    answer=Endpoint,
    body=ChangedEndpoint,
    ids={"endpoint_id": "we"},
    has_etag=True,
    takes_if_match=True,
)
def change_endpoint(call: Call[NoQuery, ChangedEndpoint]) -> Endpoint:
    """Change a webhook endpoint.

    What is left out stays. With If-Match only if nobody changed it in the meantime.
    """
    body, endpoint_id, actor = call.body, call.ids["endpoint_id"], call.caller.actor
    _needs_admin(call, asks=bool(body.include_personal_data))

    def look(now: EndpointView) -> None:
        call.check_unchanged(_endpoint(now))
        is_moved = body.url not in (None, now.url) or body.ca_certificate is not None
        _needs_admin(call, asks=now.includes_personal and is_moved)

    changed = _checked(
        lambda: endpoints.change(
            call.runtime,
            endpoint_id,
            actor=actor,
            url=body.url,
            events=None if body.events is None else _names(body.events),
            description=body.description,
            includes_personal=body.include_personal_data,
            authority=body.ca_certificate,
            look=look,
        )
    )
    if body.state is WantedState.DISABLED:
        changed = endpoints.disable(call.runtime, endpoint_id, actor=actor)
    elif body.state is WantedState.ACTIVE:
        changed = endpoints.enable(call.runtime, endpoint_id, actor=actor)
    return _endpoint(changed)


def _names(events: Sequence[EventChoice]) -> list[str]:
    return [str(event.value) for event in events]


def _needs_admin(call: Call[Any, Any], *, asks: bool) -> None:
    """Guests' names leave the house: who decides that has all rights."""
    if asks and not call.caller.may(Scope.ADMIN):
        raise ApiProblem(
            "insufficient_scope",
            "Personal data in events need a key with “admin”.",
            headers={"WWW-Authenticate": 'Bearer realm="api", error="insufficient_scope", scope="admin"'},
        )


def _checked(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except NoSuchEndpoint:
        raise ApiProblem("not_found") from None
    except EndpointInvalid as error:
        field = "ca_certificate" if error.field == "authority" else error.field
        raise invalid(f"/{field}", str(error)) from None


def _endpoint(found: EndpointView) -> Endpoint:
    return Endpoint(**_plain(found))


def _plain(found: EndpointView) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "url": found.url,
        "events": list(found.events),
        "description": found.description,
        "include_personal_data": found.includes_personal,
        "ca_certificate": found.authority or None,
        "state": found.state,
        "disabled_because": found.disabled_because or None,
        "failing_since": found.failing_since,
        "last_success_at": found.last_success_at,
        "created_at": found.created_at,
        "updated_at": found.changed_at,
    }
