"""A look at a provider's first bookings as a recipe reads them, before anything is saved."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from webapp.domain.booking import Booking
from webapp.domain.fault import Fault
from webapp.domain.wording import Sentence
from webapp.integrations.kit.contract import Credentials, Sampler
from webapp.integrations.kit.errors import ProviderError, RecipeWrong
from webapp.runtime import Runtime
from webapp.vault import Secret, VaultError

from .adapters import CallLog, credentials_of, new_trace_id, open_adapter
from .connection_entry import recipe_keeper
from .connection_verdict import CHECK_BROKEN
from .connection_views import row_of
from .recipe_clicks import askable
from .syncing import KEY_MISSING

log = logging.getLogger(__name__)

MOST = 5


@dataclass(frozen=True, slots=True)
class SampleView:
    """`fault` is set when nothing came; `unmapped` counts status words that have no meaning yet. `answer` is what
    came, to be read again with an edited recipe. `is_ready` is False while the recipe cannot read bookings yet."""

    fault: Fault | None = None
    bookings: tuple[Booking, ...] = ()
    raw: str = ""
    unmapped: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Sentence, ...] = ()
    answer: bytes = b""
    is_ready: bool = True


def read(provider: str, document: str, answer: bytes) -> SampleView:
    """A kept answer as this recipe reads it, without a call; what it cannot read yet is for the tree to show."""
    keeper = recipe_keeper(provider)
    if keeper is None:
        return SampleView()
    try:
        found = keeper.read_sample(document, answer, MOST)
    except RecipeWrong as error:
        # What is wrong with the recipe itself the editor tells by place.
        problems = () if keeper.recipe_problems(document) else (error.problem,)
        return SampleView(raw=_pretty(answer), problems=problems, answer=answer, is_ready=False)
    return SampleView(
        None, found.bookings, found.raw, dict(found.unmapped), found.problems, answer=found.answer
    )


def of_connection(runtime: Runtime, public_id: str, document: str) -> SampleView:
    """With a stored connection's credentials and another recipe, which may lack fields still. Raises NoSuchConnection."""
    with runtime.reading() as session:
        row = row_of(session, public_id)
    try:
        stored = credentials_of(runtime, row)
    except VaultError:
        return SampleView(fault=KEY_MISSING)
    return load(runtime, row.provider, {**row.options, "recipe": askable(document)}, stored.secrets)


def load(
    runtime: Runtime, provider: str, options: Mapping[str, Any], secrets: Mapping[str, Secret]
) -> SampleView:
    """Asks for one page; stores nothing. Never raises for what a provider or an adapter does."""
    credentials = Credentials(dict(options), dict(secrets))
    try:
        with open_adapter(
            runtime,
            provider,
            credentials,
            connection_id=None,
            record=CallLog(None, ""),
            should_stop=runtime.stopping.is_set,
            is_check=True,
        ) as adapter:
            if not isinstance(adapter, Sampler):
                return SampleView()
            found = adapter.sample(MOST)
    except ProviderError as error:
        return SampleView(fault=error.fault)
    except Exception:  # an adapter's own mistake: the person sees a sentence, the log gets the traceback
        reference = new_trace_id(runtime)
        log.exception("Reference %s: the sample of %s failed", reference, provider)
        return SampleView(fault=msgspec.structs.replace(CHECK_BROKEN, params={"reference": reference}))
    return SampleView(
        None, found.bookings, found.raw, dict(found.unmapped), found.problems, answer=found.answer
    )


def _pretty(answer: bytes) -> str:
    try:
        return msgspec.json.format(answer, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return answer.decode(errors="replace")
