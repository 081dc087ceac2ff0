"""The Custom PMS adapter: does what the recipe says, and tells where the recipe and the API disagree."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from webapp.domain.stream import Mode, Stream, Window
from webapp.integrations.kit.contract import (
    Caches,
    Credentials,
    Event,
    Hit,
    Missing,
    Page,
    Record,
    Rung,
    Sample,
)
from webapp.integrations.kit.errors import NotFound, ProviderError, RecipeWrong
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.manifest import Limit, Manifest
from webapp.integrations.kit.paging import Ask, Seen, walk
from webapp.integrations.kit.raw_pages import RawPage

from . import proposal, sampling, webhooks
from .asking import Asker, Looked, chunks, wide_window
from .compiled import mapper_of, recipe_of, text_of
from .complaints import IT_IS_MISSING, unreadable_record
from .ladder import climb
from .login import auth_for, values_of
from .manifest import MANIFEST
from .pages import raw_page
from .problems import all_problems
from .recipe import Recipe, asked_source, dump
from .refusals import heedful, status_errors


class Adapter:
    """Reads any JSON API. A recipe that does not fit is a broken rung of `check`, and RecipeWrong elsewhere."""

    manifest: ClassVar[Manifest] = MANIFEST

    def __init__(self, credentials: Credentials, client: ProviderClient, caches: Caches) -> None:
        self._credentials = credentials
        self._client = client
        self._recipe: Recipe | None = None
        self._wrong: ProviderError | None = None
        try:
            self._text = text_of(credentials.options.get("recipe") or "{}")
            recipe = recipe_of(self._text)
            auth = auth_for(credentials, recipe, caches.tokens, client.base_url)
        except RecipeWrong as error:
            self._wrong = error
            return
        self._recipe = recipe
        client.auth = heedful(auth, recipe)
        limits = recipe.limits
        client.pace(
            *(
                Limit(calls, seconds)
                for calls, seconds in ((limits.per_second, 1.0), (limits.per_minute, 60.0))
                if calls
            )
        )
        client.status_errors = status_errors(recipe)

    # --- the recipe, for the wizard -----------------------------------------------------------------------------------

    @staticmethod
    def blank_recipe() -> str:
        """What the editor starts with: a valid recipe for a plain API, as pretty JSON."""
        return dump(proposal.blank())

    @staticmethod
    def proposed_recipe(sample: str | bytes) -> str:
        """A recipe for a pasted answer, as pretty JSON. Raises RecipeWrong when there is no list of records in it."""
        return dump(proposal.propose(sample))

    @staticmethod
    def recipe_problems(document: object) -> tuple[RecipeWrong, ...]:
        """Everything wrong with a recipe, place by place; empty when it may be saved."""
        return all_problems(document)

    @staticmethod
    def read_sample(document: object, answer: bytes, limit: int = 5) -> Sample:
        """A kept answer as a recipe reads it, without a call. Raises RecipeWrong, also for an answer without a list."""
        return sampling.read_kept(document, answer, limit)

    # --- the roles ----------------------------------------------------------------------------------------------------

    def check(self, streams: Sequence[Stream]) -> Iterator[Rung]:
        return climb(self._client, self._credentials, self._recipe, self._wrong, streams)

    def fetch(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[Page]:
        for page in self.fetch_raw(stream, window, cursor):
            yield page.read(page.raws)

    def reads_raw(self, stream: Stream) -> bool:
        """Bookings, unless check-ins are described in a way of their own: one digest would stand for two readings."""
        recipe = self._recipe
        return stream is Stream.BOOKINGS or (
            stream is Stream.CHECK_INS and recipe is not None and not asked_source(recipe, stream).fields
        )

    def fetch_raw(self, stream: Stream, window: Window, cursor: str | None) -> Iterator[RawPage]:
        recipe = self._known()
        mapper = mapper_of(self._text, stream)
        asker = Asker(self._client, recipe, stream, mapper, values_of(self._credentials))
        if stream is Stream.CHECK_INS:
            window = msgspec.structs.replace(window, mode=Mode.SWEEP)
        parts = list(chunks(asked_source(recipe, stream), window))
        begin, _, state = (cursor or "0|").partition("|")
        start = int(begin) if begin.isdigit() and int(begin) < len(parts) else 0
        is_first = True
        for number in range(start, len(parts)):
            for looked, following in self._walk(asker, parts[number], state if number == start else ""):
                after = f"{number}|{following}" if following is not None else None
                if after is None and number + 1 < len(parts):
                    after = f"{number + 1}|"
                total = looked.total if len(parts) == 1 else None
                yield raw_page(mapper, stream, looked, after, total, is_first=is_first)
                is_first = False

    def fetch_by_ids(self, stream: Stream, ids: Sequence[str]) -> tuple[Record | Missing, ...]:
        recipe = self._known()
        # Check-ins are bookings; only those can be read by number.
        stream = Stream.BOOKINGS if stream is Stream.CHECK_INS else stream
        source = asked_source(recipe, stream)
        mapper = mapper_of(self._text, stream)
        asker = Asker(self._client, recipe, stream, mapper, values_of(self._credentials))
        found: dict[str, Record] = {}
        size = source.batch.most if source.batch else 1
        wanted = list(dict.fromkeys(ids))
        for begin in range(0, len(wanted), size):
            try:
                rows = asker.look_at(wanted[begin : begin + size])
            except NotFound:
                continue
            mapped = mapper.page(rows)
            if rows and not mapped.records and mapped.skipped:
                raise unreadable_record(stream, mapped.skipped[0])
            found |= {
                record.external_id: record for record in mapped.records if hasattr(record, "external_id")
            }
        return tuple(found.get(identifier, Missing(identifier)) for identifier in ids)

    def sample(self, limit: int = 5) -> Sample:
        """The first bookings as they came and as the recipe reads them; stores nothing. Raises ProviderError."""
        recipe = self._known()
        mapper = mapper_of(self._text, Stream.BOOKINGS)
        asker = Asker(self._client, recipe, Stream.BOOKINGS, mapper, values_of(self._credentials))
        pager = asker.pager(limit)
        state = pager.first().partition(":")[2]
        looked = asker.look(wide_window(self._client.clock()), pager.ask(state))
        return sampling.sample_of(mapper, looked.rows[:limit], looked.answer.body)

    # --- inbound calls ------------------------------------------------------------------------------------------------

    @property
    def signs(self) -> bool:
        """False: by the recipe, the connection's secret address is all the proof there is."""
        return webhooks.signs(self._recipe)

    def verify(self, hit: Hit, now: datetime) -> None:
        webhooks.verify(self._recipe, hit, self._credentials.secret("webhook_secret"), now)

    def parse(self, hit: Hit) -> tuple[Event, ...]:
        return webhooks.parse(self._recipe, hit)

    def account_of(self, hit: Hit) -> str | None:
        return webhooks.account_of(self._recipe, hit)

    # ------------------------------------------------------------------------------------------------------------------

    def _known(self) -> Recipe:
        if self._recipe is None:
            raise self._wrong or RecipeWrong("recipe", IT_IS_MISSING)
        return self._recipe

    def _walk(self, asker: Asker, window: Window, state: str) -> Iterator[tuple[Looked, str | None]]:
        last: list[Looked] = []

        def look(ask: Ask) -> Seen:
            last[:] = [asker.look_raw(window, ask)]
            return last[0].seen

        for _, following in walk(
            asker.pager(), look, state or None, max_pages=self._known().limits.max_pages
        ):
            yield last[0], following
