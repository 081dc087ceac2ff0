"""Cloudbeds' calls: the property in each of them, the envelope around each answer, and lists page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from webapp.integrations.kit.answer import Answer, Call, place_of
from webapp.integrations.kit.errors import ContractBroken
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.paging import Ask, Seen, walk, whole
from webapp.integrations.kit.plain_values import is_true, text

from .payloads import Envelope
from .refusals import refusal, request_id

PAGE = 100
"""Records a page: what most lists take at most. Some give 20 unless asked for more."""

# The parameter that names the property, where it is not `propertyID`.
_PLURAL = frozenset({"getHotels", "getGuestList", "getRooms", "getRatePlans", "deleteWebhook"})
# It is asked before anything is known of the property: the key alone decides.
_NAMELESS = frozenset({"oauth/metadata"})

Shape = TypeVar("Shape")
Params = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answered:
    """`rows` are the records as they came, undecoded, because one odd record must not cost the others."""

    data: msgspec.Raw
    total: int | None
    answer: Answer
    rows: Sequence[msgspec.Raw] = ()


class Asker:
    """Asks for one property; empty means whatever the key is good for."""

    def __init__(self, client: ProviderClient, property_id: str = "") -> None:
        self._client = client
        self.property_id = property_id

    def get(self, method: str, params: Params = {}) -> Answered:  # noqa: B006 - read only
        """One call. Raises ProviderError, also for a 200 that says no."""
        answer = self._client.get(method, self._query(method, params), headers=self._headers())
        return self._opened(method, answer)

    def list(self, method: str, params: Params = {}) -> Answered:  # noqa: B006
        """One call whose `data` is a list, or a map by id."""
        answered = self.get(method, params)
        return Answered(answered.data, answered.total, answered.answer, _rows(method, answered.data))

    def post(self, method: str, form: Mapping[str, str]) -> Answered:
        """A form, because Cloudbeds ignores JSON bodies. Sent once: there is no key against doing it twice."""
        body = {**({"propertyID": self.property_id} if self.property_id else {}), **form}
        return self._opened(method, self._client.post(method, form=body, headers=self._headers()))

    def delete(self, method: str, params: Params) -> Answered:
        url = self._client.url(method, self._query(method, params))
        return self._opened(method, self._client.send(Call("DELETE", url, self._headers())))

    def pages(self, method: str, params: Params, state: str | None) -> Iterator[tuple[Answered, str | None]]:
        """Pages of a list and the state that follows each; `state` resumes. `pageSize` may stand in `params`."""
        last: list[Answered] = []

        def look(ask: Ask) -> Seen:
            answered = self.list(method, {**params, **ask.params})
            last[:] = [answered]
            rows = answered.rows
            front = bytes(rows[0]).decode(errors="replace") if rows else ""
            return Seen({"total": answered.total}, answered.answer.headers, len(rows), front)

        for _, following in walk(Numbered(), look, state):
            yield last[0], following

    def _query(self, method: str, params: Params) -> dict[str, object]:
        own: dict[str, object] = {}
        if self.property_id and method not in _NAMELESS:
            own["propertyIDs" if method in _PLURAL else "propertyID"] = self.property_id
        given = {
            name: str(value).lower() if isinstance(value, bool) else value for name, value in params.items()
        }
        return own | given

    def _headers(self) -> dict[str, str]:
        return {"X-PROPERTY-ID": self.property_id} if self.property_id else {}

    def _opened(self, method: str, answer: Answer) -> Answered:
        envelope = answer.json(Envelope)
        if not is_true(envelope.success):
            said = text(envelope.message)
            if envelope.success is None and not said:
                raise ContractBroken(f"{method}: success", f"request {request_id(answer)}")
            raise refusal(said, method, self.property_id, request_id(answer))
        return Answered(envelope.data, whole(envelope.total), answer)


@dataclass(frozen=True, slots=True)
class Numbered:
    """Pages by number. The state is the page, the records before it, the total when it was asked for, and how often
    the walk has turned back.

    When the total shrinks between two pages, records have left the list ahead of us and the next ones have moved
    up, across the page boundary; then the page before is asked once more. The order of the list is not documented,
    so no order of ours could prevent it.
    """

    kind: str = field(default="page", init=False)

    def first(self) -> str:
        return "page:1,0,0,0"

    def ask(self, state: str) -> Ask:
        return Ask({"pageNumber": _parts(state)[0], "pageSize": PAGE})

    def after(self, state: str, seen: Seen) -> str | None:
        page, before, former, turns = _parts(state)
        done = before + seen.count
        total = seen.body["total"]
        if total is None:
            # Not promised for every list: a page that is not full is the last.
            return f"page:{page + 1},{done},0,{turns}" if seen.count >= PAGE else None
        if page > 1 and total < former:
            return f"page:{page - 1},{max(before - PAGE, 0)},{total},{turns + 1}"
        # By what came, not by page times size: a server that caps its pages would lose the rest.
        return f"page:{page + 1},{done},{total},{turns}" if seen.count and done < total else None


def _parts(state: str) -> tuple[int, int, int, int]:
    try:
        page, before, total, turns = (int(part) for part in state.split(","))
    except ValueError:
        return 1, 0, 0, 0  # written by another version: from the front, which loses nothing
    return page, before, total, turns


def _rows(method: str, data: msgspec.Raw) -> Sequence[msgspec.Raw]:
    front = bytes(data)[:1]
    try:
        if front == b"[":
            return msgspec.json.decode(data, type=list[msgspec.Raw])
        if front == b"{":
            return list(msgspec.json.decode(data, type=dict[str, msgspec.Raw]).values())
    except msgspec.DecodeError:
        raise ContractBroken(f"{method}: data") from None
    if bytes(data) == b"null":
        return ()
    raise ContractBroken(f"{method}: data", "neither a list nor a map")


def decoded(row: msgspec.Raw, shape: type[Shape], where: str) -> Shape:
    """A record in our shape. Raises ContractBroken naming the place."""
    try:
        return msgspec.json.decode(row, type=shape)
    except msgspec.DecodeError as error:
        place = place_of(error) if isinstance(error, msgspec.ValidationError) else ""
        raise ContractBroken(f"{where}: {place or 'data'}", "unexpected shape") from None


def any_of(row: msgspec.Raw, name: str) -> Any:
    """One value of a record that does not fit its shape; None when it is not even a map."""
    try:
        return msgspec.json.decode(row, type=dict[str, Any]).get(name)
    except msgspec.DecodeError:
        return None
