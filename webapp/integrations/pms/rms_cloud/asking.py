"""RMS's calls: bare arrays, searches by POST, lists by offset with the last row once more so that none slips through."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec

from webapp.domain.wording import N_, Sentence
from webapp.integrations.kit.answer import Answer, Call
from webapp.integrations.kit.errors import ContractBroken, PermissionMissing
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.links import Params
from webapp.integrations.kit.paging import Size

from .login import Login
from .reading import Row, id_of
from .refusals import STATUS_ERRORS, Refused

PAGE = 100
"""Rows a page. More may be allowed; a lower cap was announced, which is why a short page is not always the last."""
MOST_IDS = 50
_SIZE = Size("limit", PAGE)
_MOST_PAGES = 2000


class Place(msgspec.Struct, frozen=True, rename={"offset": "o", "last": "l"}):
    """Before the row `offset` of a list; `last` is the id of the row before it."""

    offset: int
    last: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One page as it came, perhaps with rows that came before; `cursor` is None after the last."""

    rows: Sequence[Row]
    odd: int  # rows that are no objects
    cursor: str | None


class Rms:
    """The one way to ask. Raises ProviderError."""

    def __init__(self, client: ProviderClient, login: Login) -> None:
        self.client = client
        self.mark = login.mark
        self._login = login
        self._taken: set[str] = set()
        client.status_errors = STATUS_ERRORS
        client.auth = login
        self.answered_at: datetime | None = None  # by RMS's clock

    @property
    def now(self) -> datetime:
        return self.client.clock()

    def get(self, path: str, params: Params = ()) -> Answer:
        return self._asked(path, lambda: self.client.get(path, params))

    def search(self, path: str, filters: Mapping[str, object], params: Params = ()) -> Answer:
        """A question by POST, which may be repeated."""
        return self._asked(path, lambda: self.client.post(path, params=params, json=filters, is_safe=True))

    def change(self, method: str, path: str, body: object = None) -> Answer:
        """Of a webhook registration. Sent once."""
        raw = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        return self.client.send(Call(method, self.client.url(path), headers, raw, is_safe=False))

    def pages(
        self, path: str, filters: Mapping[str, object], model: str, cursor: str | None
    ) -> Iterator[Listed]:
        """A search page by page, by ascending id.

        A row that leaves the list while it is walked moves all others up. So each page begins with the last row of the
        page before; where that is gone, the page before is asked for once more.
        """
        place = _place(cursor)
        met: set[str] = {place.last} if place.last else set()
        is_stuck = False
        for _ in range(_MOST_PAGES):
            begin = max(place.offset - 1, 0)
            rows, odd = self._look(path, filters, model, begin)
            if place.offset and place.last not in [id_of(row) for row in rows]:
                begin = max(place.offset - PAGE, 0)
                rows, odd = self._look(path, filters, model, begin)
            count = len(rows) + odd
            ids = [id_of(row) for row in rows]
            is_last = _SIZE.is_last(count) or (begin > 0 and count == 1)
            if not is_last and not set(ids) - met:
                if is_stuck:
                    raise ContractBroken(Sentence(N_("paging: the same page came twice")))
                is_stuck = True
            met |= set(ids)
            place = Place(begin + count, ids[-1] if ids else place.last)
            yield Listed(rows, odd, None if is_last else msgspec.json.encode(place).decode())
            if is_last:
                return
        too_many = Sentence(N_("paging: more than %(count)s pages"), {"count": str(_MOST_PAGES)})
        raise ContractBroken(too_many)

    def _look(
        self, path: str, filters: Mapping[str, object], model: str, offset: int
    ) -> tuple[list[Row], int]:
        params = {"modelType": model, "limit": PAGE, "offset": offset, "sort": "id"}
        return rows_of(self.search(path, filters, params))

    def every(self, path: str, params: Mapping[str, object]) -> list[Row]:
        """All rows of a short list by GET."""
        found: dict[str, Row] = {}
        offset = 0
        for _ in range(_MOST_PAGES):
            rows, _odd = rows_of(self.get(path, {**params, "limit": PAGE, "offset": offset}))
            before = len(found)
            found |= {id_of(row): row for row in rows}
            offset += len(rows)
            if _SIZE.is_last(len(rows)) or len(found) == before:
                break
        return list(found.values())

    def _asked(self, path: str, ask: Callable[[], Answer]) -> Answer:
        """Which status a block has is not documented: a call that was taken a moment ago and now is not is one."""
        try:
            answer = ask()
        except (PermissionMissing, Refused) as error:
            if path in self._taken:
                raise self._login.blocked(error.detail) from None
            raise
        self._taken.add(path)
        self.answered_at = answer.sent_at or self.answered_at
        return answer


_row = msgspec.json.Decoder(dict[str, Any])


def rows_of(answer: Answer) -> tuple[list[Row], int]:
    """The rows of a bare array, and how many of its elements are none. Raises ContractBroken."""
    if answer.status == HTTPStatus.NO_CONTENT:
        return [], 0
    raws = answer.json(list[msgspec.Raw])
    rows: list[Row] = []
    for raw in raws:
        try:
            rows.append(_row.decode(raw))
        except msgspec.DecodeError:
            continue
    if raws and not rows:
        raise ContractBroken(answer.path, "no objects")
    return rows, len(raws) - len(rows)


def batches(ids: Sequence[int], size: int = MOST_IDS) -> Iterator[list[int]]:
    wanted = list(dict.fromkeys(ids))
    for begin in range(0, len(wanted), size):
        yield wanted[begin : begin + size]


def _place(cursor: str | None) -> Place:
    """The beginning for what another version wrote."""
    try:
        place = msgspec.json.decode(cursor, type=Place) if cursor else Place(0, "")
    except msgspec.DecodeError:
        place = Place(0, "")
    return place if place.offset >= 0 else Place(0, "")
