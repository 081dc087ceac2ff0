"""What happened to bookings, over the API: the same facts that outgoing webhooks tell."""

from datetime import datetime

from pydantic import Field

from webapp.domain.event import FactType, Road
from webapp.services import feeds
from webapp.services.feeds import FeedFact

from .operation import Call, operation
from .paging import answered, follow_of, place_after
from .problems import ApiProblem
from .shapes import Answer, Listed, NoQuery, PageQuery, id_pattern

GROUP = "Events"


class EventQuery(PageQuery):
    type: FactType | None = None
    booking_id: str | None = Field(default=None, pattern=id_pattern("bk"))


class StayMoved(Answer):
    line: str
    unit: str
    room: str


class Event(Answer):
    """Something that happened once. `occurrence` counts a second check-in after a reversal."""

    id: str = Field(description="Equal to the webhook-id of the webhook that tells it.")
    type: FactType
    booking_id: str
    occurrence: int
    occurred_at: datetime | None = Field(description="At the provider, where it says so.")
    road: Road = Field(description="How the hub came to know.")
    changed: list[str] = Field(description="Of an update: the names of the fields.")
    stays: list[StayMoved] = Field(description="Of a check-in or check-out.")
    created_at: datetime
    updated_at: datetime


class EventList(Listed[Event]):
    """A page of events."""


@operation("GET", "/events", group=GROUP, answer=EventList, query=EventQuery, problems=("bad_cursor",))
def list_events(call: Call[EventQuery, None]) -> EventList:
    """List events.

    Oldest first. A program that cannot be called by webhooks asks with `updated_since`, or keeps the last cursor.
    """
    query = call.query
    with call.runtime.reading() as session:
        fed = feeds.fact_feed(session, follow_of(call), kind=query.type, booking=query.booking_id)
    return answered(call, EventList, [_event(one) for one in fed.items], place_after(fed.next))


@operation("GET", "/events/{event_id}", group=GROUP, answer=Event, ids={"event_id": "ev"}, has_etag=True)
def read_event(call: Call[NoQuery, None]) -> Event:
    """Read one event."""
    with call.runtime.reading() as session:
        found = feeds.find_fact(session, call.ids["event_id"])
    if found is None:
        raise ApiProblem("not_found")
    return _event(found)


def _event(found: FeedFact) -> Event:
    stays = found.document.get("stays", ())
    return Event(
        id=found.public_id,
        type=found.type,
        booking_id=found.booking_id,
        occurrence=found.occurrence,
        occurred_at=found.occurred_at,
        road=Road(found.road),
        changed=[str(name) for name in found.document.get("fields", ())],
        stays=[StayMoved(line=one["line"], unit=one["unit"], room=one["room"]) for one in stays],
        created_at=found.recorded_at,
        updated_at=found.recorded_at,
    )
