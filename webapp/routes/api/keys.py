"""API keys over the API, for keys with `admin`: listed, made, renewed and ended. A key is told once, with its making."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import Field

from webapp.models import Scope
from webapp.services import api_keys
from webapp.services.api_keys import KeyInvalid, KeyView, NewKey, NoSuchKey

from .operation import Call, operation
from .paging import all_in_memory
from .problems import ApiProblem, invalid
from .shapes import VISIBLE, WHOLE, Answer, Body, Listed, NoQuery, PageQuery

GROUP = "API keys"
MOST_HOURS = int(api_keys.MOST_OVERLAP / timedelta(hours=1))


class Key(Answer):
    """A key without its text."""

    id: str
    name: str
    shown: str = Field(description="Its prefix and last four characters.")
    scope: Scope
    allowed_networks: list[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    is_living: bool


class MadeKey(Key):
    """With its text, which is not told again."""

    key: str


class KeyList(Listed[Key]):
    """A page of keys."""


class WantedKey(Body):
    name: str = Field(min_length=1, max_length=80, pattern=VISIBLE, description="Which program will use it.")
    scope: Scope
    days: Annotated[int, Field(ge=1, le=api_keys.MOST_DAYS), WHOLE] = api_keys.DEFAULT_DAYS
    allowed_networks: list[str] = Field(
        default_factory=list, max_length=50, description="Networks like 10.0.0.0/24; empty: from anywhere."
    )


class Renewal(Body):
    overlap_hours: Annotated[int, Field(ge=0, le=MOST_HOURS), WHOLE] = Field(
        default=24, description="For so long the old key goes on."
    )


@operation(
    "GET",
    "/keys",
    group=GROUP,
    answer=KeyList,
    query=PageQuery,
    scope=Scope.ADMIN,
    problems=("bad_cursor",),
)
def list_keys(call: Call[PageQuery, None]) -> KeyList:
    """List API keys.

    All there ever were, without their texts.
    """
    with call.runtime.reading() as session:
        found = api_keys.every_key(session)
    now = call.runtime.clock()
    return all_in_memory(
        call,
        KeyList,
        found,
        key=lambda one: one.public_id,
        show=lambda one: Key(**_plain(one, now)),
        changed_at=lambda one: max(filter(None, (one.created_at, one.revoked_at, one.last_used_at))),
    )


@operation("POST", "/keys", group=GROUP, answer=MadeKey, body=WantedKey, scope=Scope.ADMIN, status=201)
def make_key(call: Call[NoQuery, WantedKey]) -> MadeKey:
    """Make an API key.

    The answer holds its text; it is not told again. A repeated call with the same Idempotency-Key is answered the same.
    """
    body = call.body
    made = _checked(
        lambda: api_keys.create(
            call.runtime,
            name=body.name,
            scope=body.scope,
            days=body.days,
            networks=body.allowed_networks,
            actor=call.caller.actor,
        )
    )
    return _made(call, made)


@operation(
    "POST",
    "/keys/{key_id}/rotate",
    group=GROUP,
    answer=MadeKey,
    body=Renewal,
    scope=Scope.ADMIN,
    status=201,
    problems=("conflict",),
    ids={"key_id": "ak"},
)
def rotate_key(call: Call[NoQuery, Renewal]) -> MadeKey:
    """Renew an API key.

    Makes a successor with the same rights. The old key goes on for a while.
    """
    overlap = timedelta(hours=call.body.overlap_hours)
    try:
        made = api_keys.rotate(call.runtime, call.ids["key_id"], actor=call.caller.actor, overlap=overlap)
    except NoSuchKey:
        raise ApiProblem("not_found") from None
    except KeyInvalid as error:
        raise ApiProblem("conflict", str(error)) from None
    return _made(call, made)


@operation(
    "POST",
    "/keys/{key_id}/revoke",
    group=GROUP,
    answer=Key,
    scope=Scope.ADMIN,
    ids={"key_id": "ak"},
)
def revoke_key(call: Call[NoQuery, None]) -> Key:
    """End an API key at once.

    Its row stays for the record. A key may end itself.
    """
    try:
        ended = api_keys.revoke(call.runtime, call.ids["key_id"], actor=call.caller.actor)
    except NoSuchKey:
        raise ApiProblem("not_found") from None
    return Key(**_plain(ended, call.runtime.clock()))


def _made(call: Call[Any, Any], made: NewKey) -> MadeKey:
    return MadeKey(**_plain(made.key, call.runtime.clock()), key=made.text)


def _checked(act: Callable[[], NewKey]) -> NewKey:
    try:
        return act()
    except KeyInvalid as error:
        field = {"networks": "allowed_networks"}.get(error.field, error.field)
        raise invalid(f"/{field}", str(error)) from None


def _plain(found: KeyView, now: datetime) -> dict[str, Any]:
    return {
        "id": found.public_id,
        "name": found.name,
        "shown": found.shown,
        "scope": found.scope,
        "allowed_networks": list(found.networks),
        "created_by": found.created_by,
        "created_at": found.created_at,
        "expires_at": found.expires_at,
        "revoked_at": found.revoked_at,
        "last_used_at": found.last_used_at,
        "is_living": found.is_living(now),
    }
