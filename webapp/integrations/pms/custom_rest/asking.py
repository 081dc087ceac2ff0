"""Building the calls that a recipe describes, and reading lists of records out of the answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from webapp.domain.stream import Mode, Stream, Window
from webapp.domain.wording import N_
from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.paging import (
    Ask,
    Cursor,
    LastId,
    NextLink,
    Offset,
    PageNumber,
    Pager,
    Seen,
    SinglePage,
    Size,
    whole,
)
from webapp.integrations.kit.select import PathMissing, getter, records

from .complaints import NOTHING_AT
from .mapping import Mapper
from .raw_rows import Splitter
from .recipe import Paging, Recipe, Scalar, StreamRecipe, asked_source
from .refusals import require_success
from .templates import NoValue, Values, fill, fill_path, window_values


@dataclass(frozen=True, slots=True)
class Looked:
    """One answer: its records, decoded or as bytes, and what paging needs to know."""

    rows: list[Any]
    seen: Seen
    total: int | None
    answer: Answer


class Asker:
    """Asks one stream's questions. `base_values` are the placeholders that hold for the whole connection."""

    def __init__(
        self, client: ProviderClient, recipe: Recipe, stream: Stream, mapper: Mapper, base_values: Values
    ) -> None:
        self._client = client
        self._recipe = recipe
        self._stream = stream
        self._source = asked_source(recipe, stream)
        self._mapper = mapper
        self._values = base_values
        self._where = f"streams.{stream.value}"
        self._splitter = Splitter(self._source.select)

    def pager(self, size: int | None = None) -> Pager:
        """The strategy of the recipe; `size` asks for fewer records than usual."""
        return pager_of(self._source.pagination, size)

    def look(self, window: Window, ask: Ask) -> Looked:
        """One page of a window, its records decoded."""
        answer = self._ask(window, ask)
        body = answer.json()
        return self._looked(answer, body, self._select(body, self._source.select, "select"))

    def look_raw(self, window: Window, ask: Ask) -> Looked:
        """One page of a window, its records as bytes."""
        answer = self._ask(window, ask)
        try:
            body, rows = self._splitter.split(answer)
        except PathMissing:
            body = answer.json()
            rows = self._select(body, self._source.select, "select")
        require_success(self._source.success, body, self._where)
        return self._looked(answer, body, rows)

    def _ask(self, window: Window, ask: Ask) -> Answer:
        if ask.link:
            return self._client.get(ask.link, headers=self._headers())
        source = self._source
        values = {
            **self._values,
            **window_values(
                window,
                ZoneInfo(self._recipe.timezone),
                self._recipe.date_format,
                source.incremental.format,
                source.incremental.overlap_minutes,
            ),
        }
        pairs = dict(source.query)
        pairs |= source.delta_query if by_change(source, window) else source.stay_query
        return self._send(values, pairs, ask.params)

    def look_at(self, ids: list[str]) -> list[Any]:
        """Single records by id, in one call or, for one id, in its own. Raises NotFound for one that is not there."""
        source = self._source
        if len(ids) == 1 and source.single is not None:
            values = {**self._values, "id": ids[0]}
            answer = self._client.get(
                self._path(source.single.path, values), self._query({}, values), headers=self._headers()
            )
            return self._rows(answer, source.single.select, "single.select")
        if source.batch is None:
            raise RecipeWrong(f"{self._where}.single", N_("Single records cannot be read again without it."))
        # The dates and stamps of a window do not matter here, so pairs that need them are left out.
        size = (
            Size(source.pagination.size_param, len(ids)).params if source.pagination.place == "query" else {}
        )
        params = {source.batch.param: source.batch.separator.join(ids), **size}
        return self._rows(self._send(dict(self._values), dict(source.query), params), source.select, "select")

    def _send(self, values: Values, pairs: Mapping[str, Scalar], paging: Mapping[str, str | int]) -> Answer:
        source = self._source
        path = self._path(source.path, values)
        in_body = source.pagination.place == "body"
        query = self._query(pairs, values) | ({} if in_body else dict(paging))
        if source.method == "GET":
            return self._client.get(path, query, headers=self._headers())
        body = fill(source.body or {}, values)
        if in_body:
            body = _merged(body, paging)
        return self._client.post(path, params=query, json=body, headers=self._headers(), is_safe=True)

    def _path(self, template: str, values: Values) -> str:
        try:
            return fill_path(template, values)
        except NoValue as error:
            raise RecipeWrong(
                f"{self._where}.path", N_("The value of “%(name)s” is missing in the form."), name=error
            ) from None

    def _query(self, pairs: Mapping[str, Scalar], values: Values) -> dict[str, object]:
        return {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in fill({**self._recipe.query, **pairs}, values).items()
        }

    def _headers(self) -> dict[str, str]:
        filled = fill(self._recipe.headers, self._values)
        return {name: str(value) for name, value in filled.items()}

    def _looked(self, answer: Answer, body: Any, rows: list[Any]) -> Looked:
        first_id = self._mapper.id_of(rows[0]) if rows else ""
        last_id = self._mapper.id_of(rows[-1]) if rows else ""
        seen = Seen(body, answer.headers, len(rows), first_id, last_id, self._client.own_link)
        total_path = self._source.pagination.total_path
        total = whole(getter(total_path)(body)) if total_path else None
        return Looked(rows, seen, total, answer)

    def _rows(self, answer: Answer, select: str, name: str) -> list[Any]:
        return self._select(answer.json(), select, name)

    def _select(self, body: Any, select: str, name: str) -> list[Any]:
        require_success(self._source.success, body, self._where)
        try:
            return records(body, select)
        except PathMissing:
            raise RecipeWrong(f"{self._where}.{name}", NOTHING_AT, path=select) from None


def by_change(source: StreamRecipe, window: Window) -> bool:
    """Whether a walk asks for what changed; the API must know `{{since}}`, or all days are asked every time."""
    knows_changes = b"{{since}}" in msgspec.json.encode([source.query, source.delta_query, source.body])
    return window.mode is Mode.DELTA and window.since is not None and knows_changes


def wide_window(now: datetime) -> Window:
    """A window in which any hotel has something to show."""
    today = now.date()
    return Window(
        mode=Mode.SWEEP,
        since=None,
        until=now + timedelta(minutes=5),
        from_date=today - timedelta(days=7),
        to_date=today + timedelta(days=30),
    )


def chunks(source: StreamRecipe, window: Window) -> Iterator[Window]:
    """The window in steps of days, for APIs that refuse long spans; whole when a walk asks for changes."""
    if not source.step_days or by_change(source, window):
        yield window
        return
    begin = window.from_date
    step = timedelta(days=source.step_days)
    while begin < window.to_date:
        end = min(begin + step, window.to_date)
        yield msgspec.structs.replace(window, from_date=begin, to_date=end)
        begin = end


def pager_of(paging: Paging, size: int | None = None) -> Pager:
    limit = Size(paging.size_param, min(paging.size, size) if size and paging.size_param else paging.size)
    if paging.kind == "page":
        return PageNumber(paging.param, paging.first, limit, paging.total_pages_path, paging.total_path)
    if paging.kind == "offset":
        return Offset(paging.param, limit, paging.total_path, paging.has_more_path)
    if paging.kind == "cursor":
        return Cursor(paging.param, paging.path, paging.header, limit)
    if paging.kind == "last_id":
        return LastId(paging.param, limit)
    return SinglePage() if paging.kind == "none" else NextLink(paging.path, limit)


def _merged(body: dict[str, Any], paging: Mapping[str, str | int]) -> dict[str, Any]:
    """The body with the paging at dotted places: `page.number`."""
    merged = dict(body)
    for name, value in paging.items():
        *outer, last = name.split(".")
        inside = merged
        for key in outer:
            inside[key] = dict(inside[key]) if isinstance(inside.get(key), dict) else {}
            inside = inside[key]
        inside[last] = value
    return merged
