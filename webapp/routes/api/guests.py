"""Guests over the API: what lists show of them, and no more."""

from datetime import datetime

from pydantic import Field

from webapp.services import feeds
from webapp.services.feeds import FeedGuest

from .operation import Call, operation
from .paging import answered, follow_of, place_after
from .problems import ApiProblem
from .shapes import Answer, Listed, NoQuery, PageQuery

GROUP = "Guests"


class Guest(Answer):
    """A person at the provider. Contacts, notes and documents are never answered."""

    id: str
    external_id: str = Field(description="The id at the provider.")
    first_name: str
    last_name: str
    is_anonymised: bool
    is_deleted: bool
    created_at: datetime
    updated_at: datetime


class GuestList(Listed[Guest]):
    """A page of guests."""


@operation("GET", "/guests", group=GROUP, answer=GuestList, query=PageQuery, problems=("bad_cursor",))
def list_guests(call: Call[PageQuery, None]) -> GuestList:
    """List guests.

    In the order in which the hub first saw them; with `updated_since` in the order of their last change.
    """
    with call.runtime.reading() as session:
        fed = feeds.guest_feed(session, follow_of(call))
    return answered(call, GuestList, [_guest(one) for one in fed.items], place_after(fed.next))


@operation("GET", "/guests/{guest_id}", group=GROUP, answer=Guest, ids={"guest_id": "gu"}, has_etag=True)
def read_guest(call: Call[NoQuery, None]) -> Guest:
    """Read one guest."""
    with call.runtime.reading() as session:
        found = feeds.find_guest(session, call.ids["guest_id"])
    if found is None:
        raise ApiProblem("not_found")
    return _guest(found)


def _guest(found: FeedGuest) -> Guest:
    return Guest(
        id=found.public_id,
        external_id=found.external_id,
        first_name=found.first_name,
        last_name=found.last_name,
        is_anonymised=found.is_anonymised,
        is_deleted=found.is_gone,
        created_at=found.created_at,
        updated_at=found.changed_at,
    )
