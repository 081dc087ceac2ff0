"""The connection test of a Custom PMS: name, port, login, clock, hotel, then one rung per kind of data."""

import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus

from webapp.domain.stream import Stream
from webapp.integrations.kit.answer import Answer
from webapp.integrations.kit.contract import Credentials, Property, Rung
from webapp.integrations.kit.errors import (
    N_,
    AddressWrong,
    NotFound,
    PropertyUnknown,
    ProviderError,
    RecipeWrong,
)
from webapp.integrations.kit.http import ProviderClient
from webapp.integrations.kit.reach import LABELS, broken, broken_stream, clock_rung, ms_since, reach
from webapp.integrations.kit.select import PathMissing, getter, records

from .asking import Asker, chunks, wide_window
from .complaints import IT_IS_MISSING, NOTHING_AT, unreadable_record
from .login import values_of
from .mapping import Mapper
from .recipe import PropertyList, Recipe, asked_source
from .refusals import require_success
from .templates import NoValue, fill, fill_path

RECIPE = N_("Recipe")


def climb(
    client: ProviderClient,
    credentials: Credentials,
    recipe: Recipe | None,
    wrong: ProviderError | None,
    streams: Sequence[Stream],
) -> Iterator[Rung]:
    """All rungs until one stops the ladder."""
    for rung in reach(client):
        yield rung
        if not rung.ok:
            return
    began = time.monotonic()
    if recipe is None:
        error = wrong or RecipeWrong("recipe", IT_IS_MISSING)
        yield broken("recipe", RECIPE, error, began)
        return
    test = _Test(client, credentials, recipe)
    for rung in test.login():
        yield rung
        if not rung.ok and rung.stops:
            return
    for stream in streams:
        rung = test.stream(stream)
        yield rung
        if not rung.ok and rung.stops:
            return


class _Test:
    def __init__(self, client: ProviderClient, credentials: Credentials, recipe: Recipe) -> None:
        self._client = client
        self._recipe = recipe
        self._values = values_of(credentials)
        self._property_id = credentials.text("property_id")

    def login(self) -> Iterator[Rung]:
        """The cheapest call that needs the credentials: health, else the list of hotels, else the first stream."""
        began = time.monotonic()
        properties = self._recipe.properties
        health = self._recipe.health
        listed: Answer | None = None
        try:
            if health is not None:
                answer = self._call(health.path)
                require_success(health.success, answer.json(), "health")
            elif properties is not None:
                answer = listed = self._call(properties.path)
            else:
                return
        except ProviderError as error:
            name = "property" if isinstance(error, PropertyUnknown) else "login"
            yield broken(name, LABELS[name], self._of_address(error), began)
            return
        yield Rung("login", LABELS["login"], True, ms_since(began))
        yield clock_rung(answer.sent_at, self._client.clock())
        if properties is not None:
            yield self._property(properties, listed)

    def stream(self, stream: Stream) -> Rung:
        """One call for one record: found, mapped, and the words that the status table lacks."""
        name = f"stream:{stream.value}"
        label = LABELS[name]
        began = time.monotonic()
        try:
            source = asked_source(self._recipe, stream)
            mapper = Mapper(self._recipe, stream)
            asker = Asker(self._client, self._recipe, stream, mapper, self._values)
            pager = asker.pager(1)
            window = next(chunks(source, wide_window(self._client.clock())))
            looked = asker.look(window, pager.ask(pager.first().partition(":")[2]))
            mapped = mapper.page(looked.rows)
            if mapped.skipped and not mapped.records:
                raise unreadable_record(stream, mapped.skipped[0])
        except ProviderError as error:
            return broken_stream(stream, error, began, RecipeWrong)
        count = looked.total if looked.total is not None else len(looked.rows)
        words = [f"{word} ×{times}" for word, times in mapped.unmapped.items()]
        detail = f"{count}" + (f", ? {', '.join(words)}" if words else "")
        return Rung(name, label, True, ms_since(began), detail=detail)

    def _property(self, listing: PropertyList, listed: Answer | None) -> Rung:
        began = time.monotonic()
        try:
            answer = listed or self._call(listing.path)
            rows = records(answer.json(), listing.select)
        except PathMissing:
            error = RecipeWrong("properties.select", NOTHING_AT, path=listing.select)
            return broken("property", LABELS["property"], error, began)
        except ProviderError as error:
            return broken("property", LABELS["property"], self._of_address(error), began)
        identity, name = getter(listing.id), getter(listing.name)
        found = tuple(
            Property(str(identity(row)), str(name(row) or "")) for row in rows if identity(row) is not None
        )
        chosen = next((item for item in found if item.external_id == self._property_id), None)
        if chosen is None:
            wrong = PropertyUnknown(self._property_id)
            return Rung(
                "property", LABELS["property"], False, ms_since(began), fault=wrong.fault, properties=found
            )
        return Rung(
            "property",
            LABELS["property"],
            True,
            ms_since(began),
            detail=chosen.external_id,
            account=chosen.name or chosen.external_id,
            properties=found,
        )

    def _call(self, template: str) -> Answer:
        try:
            path = fill_path(template, self._values)
        except NoValue:
            raise PropertyUnknown("") from None
        try:
            query = fill(dict(self._recipe.query), self._values)
            return self._client.get(path, query, headers=fill(dict(self._recipe.headers), self._values))
        except NotFound:
            if "{{property_id}}" in template.replace(" ", ""):
                raise PropertyUnknown(self._property_id) from None
            raise

    def _of_address(self, error: ProviderError) -> ProviderError:
        """Nothing at the very first place we ask: the endpoint URL is not the API's."""
        if isinstance(error, NotFound):
            return AddressWrong(self._client.host, "not_found", f"status {HTTPStatus.NOT_FOUND.value}")
        return error
