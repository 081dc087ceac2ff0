"""A look at an answer: its first bookings as a recipe reads them, fresh from the API or kept since."""

from collections.abc import Sequence
from typing import Any

import msgspec

from webapp.domain.booking import Booking
from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.integrations.kit.contract import Sample
from webapp.integrations.kit.errors import RecipeWrong
from webapp.integrations.kit.select import PathMissing, records

from .complaints import NOTHING_AT
from .mapping import Mapper
from .problems import read
from .recipe import asked_source

_RAW_LETTERS = 20_000


def sample_of(mapper: Mapper, rows: Sequence[Any], answer: bytes) -> Sample:
    """What `mapper` makes of decoded rows of an answer."""
    mapped = mapper.page(rows)
    return Sample(
        raw=_pretty(answer),
        bookings=tuple(record for record in mapped.records if isinstance(record, Booking)),
        unmapped=dict(mapped.unmapped),
        problems=tuple({str(one.reason): one.reason for one in mapped.skipped}.values()),
        answer=answer,
    )


def read_kept(document: object, answer: bytes, limit: int) -> Sample:
    """The first `limit` records of an answer that came before. Raises RecipeWrong."""
    recipe = read(document)
    select = asked_source(recipe, Stream.BOOKINGS).select
    try:
        rows = records(msgspec.json.decode(answer), select)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RecipeWrong("sample", N_("This is not JSON. Paste a whole answer of the API.")) from None
    except PathMissing:
        raise RecipeWrong("streams.bookings.select", NOTHING_AT, path=select) from None
    return sample_of(Mapper(recipe, Stream.BOOKINGS), rows[:limit], answer)


def _pretty(answer: bytes) -> str:
    try:
        text = msgspec.json.format(answer, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = answer.decode(errors="replace")
    return text if len(text) <= _RAW_LETTERS else text[:_RAW_LETTERS] + "\n…"
