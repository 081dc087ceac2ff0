"""Pages of an answer, mapped when somebody wants their records."""

from collections.abc import Sequence

import msgspec

from webapp.domain.stream import Stream
from webapp.domain.wording import N_
from webapp.integrations.kit.contract import Page
from webapp.integrations.kit.errors import ContractBroken, RecipeWrong
from webapp.integrations.kit.raw_pages import RawPage

from .asking import Looked
from .mapping import EDITION, Mapped, Mapper

_ALL_WRONG = 3  # rows of one page that all fail mean a wrong recipe, fewer may be odd records


def raw_page(
    mapper: Mapper, stream: Stream, looked: Looked, cursor: str | None, total: int | None, *, is_first: bool
) -> RawPage:
    """The page of an answer whose records are bytes. A first page of which nothing can be read is refused."""

    def ids(raws: Sequence[msgspec.Raw]) -> list[str]:
        try:
            return mapper.ids_of(raws)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ContractBroken(looked.answer.path, "not JSON") from None

    def read(raws: Sequence[msgspec.Raw]) -> Page:
        try:
            mapped = mapper.raw_page(raws)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ContractBroken(looked.answer.path, "not JSON") from None
        if is_first:
            refuse_if_all_wrong(mapped, looked.rows, stream)
        return Page(mapped.records, cursor, mapped.high_water, mapped.unmapped, mapped.skipped, total)

    return RawPage(looked.rows, cursor, EDITION, ids, read, total)


def refuse_if_all_wrong(mapped: Mapped, rows: Sequence[object], stream: Stream) -> None:
    """A page of which nothing can be read is a mistake of the recipe; single odd records are only counted."""
    if len(rows) >= _ALL_WRONG and len(mapped.skipped) == len(rows):
        raise RecipeWrong(
            f"streams.{stream.value}.fields",
            N_("No record can be read: %(reason)s."),
            reason=mapped.skipped[0].reason,
        )
