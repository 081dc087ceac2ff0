"""Finds bookings by words: exact numbers by index, everything else by the full-text index, rare or common alike."""

import re

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
    union,
)
from sqlalchemy.orm import Session

from webapp.domain.text import fold
from webapp.domain.value import Value
from webapp.models import Booking

# Up to here matches are fetched and sorted; a more common word is met soon enough when the list is walked in order.
COMMON = 3_000
MAX_WORDS = 8
_WORD = re.compile(r"\w+")
_SQLITE_INDEX = table("booking_search", column("rowid"))


class Matches(Value, frozen=True):
    """What the words match. `exact` are bookings whose number is the text itself; `ids` selects all others.

    `is_common` says that more than COMMON match; else `ids` is small enough to be sorted.
    """

    exact: tuple[int, ...]
    ids: Select[int] | None
    is_common: bool


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a typed text, cut as the index cuts them: `"Müller-Peña 101"` -> muller, pena, 101."""
    return tuple(_WORD.findall(fold(text).replace("_", " ")))[:MAX_WORDS]


def matches(session: Session, connection_id: int, text: str) -> Matches:
    """Every word must begin a word of the booking. A text without any letter or digit matches nothing."""
    typed = text.strip()
    exact = tuple(session.scalars(_EXACT, {"owner": connection_id, "forms": [typed, typed.upper()]}))
    words = words_of(text)
    if not words:
        return Matches(exact, None, is_common=False)
    ids = _matching(session, words)
    beyond = select(func.count()).select_from(ids.limit(COMMON + 1).subquery())
    return Matches(exact, ids, is_common=(session.scalar(beyond) or 0) > COMMON)


def _exact() -> Select[int]:
    """By confirmation number or the provider's own id, as typed or in capitals; an index each, which OR would lose."""
    forms = bindparam("forms", type_=String, expanding=True)
    both = union(
        select(Booking.id).where(
            Booking.connection_id + 0 == bindparam("owner"), Booking.confirmation_number.in_(forms)
        ),
        select(Booking.id).where(Booking.connection_id == bindparam("owner"), Booking.external_id.in_(forms)),
    ).subquery()
    return select(both.c.id).order_by(both.c.id).limit(20)


_EXACT = _exact()  # put together once


def _matching(session: Session, words: tuple[str, ...]) -> Select[int]:
    if session.get_bind().dialect.name == "sqlite":
        query = " ".join(f'"{word}"*' for word in words)
        return select(_SQLITE_INDEX.c.rowid).where(
            literal_column("booking_search", String).op("MATCH")(query)
        )
    query = " & ".join(f"{word}:*" for word in words)
    return select(Booking.id).where(_vector().op("@@")(func.to_tsquery("simple", query)))


def _vector() -> ColumnElement[str]:
    # Written as in the index, parameter free, or PostgreSQL would not use it.
    return func.to_tsvector(literal_column("'simple'"), Booking.search_text)
