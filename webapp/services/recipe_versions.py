"""The versions of a mapping: each saved one is kept, two can be compared, and an old one can be brought back."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Connection, RecipeVersion
from webapp.runtime import Runtime

from .connection_views import Card, row_of
from .connections import update
from .recipe_differences import Difference, between
from .recipe_keeping import LONGEST_NOTE, Reason

__all__ = ["LONGEST_NOTE", "Comparison", "NoSuchVersion", "Version", "compare", "every", "restore", "running"]


class NoSuchVersion(LookupError):
    """The connection has no version of this number."""


class Version(Value, frozen=True):
    """`changes` are against the version before; empty for the first. `made_by` is "" when nobody is known."""

    number: int
    made_at: datetime
    made_by: str
    note: str
    restored_from: int | None
    is_running: bool
    changes: tuple[Difference, ...]
    document: str


class Comparison(Value, frozen=True):
    """What the `newer` version says differently from the `older` one, whichever was made first."""

    older: Version
    newer: Version
    differences: tuple[Difference, ...]


def every(session: Session, public_id: str) -> tuple[Version, ...]:
    """The newest first. A mapping that nobody changed since versions are kept is one version. Raises NoSuchConnection."""
    row = row_of(session, public_id)
    kept = _rows(session, row)
    before: dict[int, str] = {later.number: earlier.document for earlier, later in pairwise(kept)}
    return tuple(_version(one, row, before.get(one.number)) for one in reversed(kept))


def running(session: Session, public_id: str) -> Version:
    """The version that syncs use. Raises NoSuchConnection, NoSuchVersion where a provider has no recipe."""
    row = row_of(session, public_id)
    return _found(every(session, public_id), row.mapping_version)


def compare(session: Session, public_id: str, older: int, newer: int) -> Comparison:
    """Raises NoSuchConnection, NoSuchVersion."""
    versions = every(session, public_id)
    one, other = _found(versions, older), _found(versions, newer)
    return Comparison(one, other, between(one.document, other.document))


def restore(runtime: Runtime, public_id: str, number: int, *, actor: str, note: str = "") -> Card:
    """Makes a new version out of an old one and asks for a run; where both say the same, nothing happens.

    Raises NoSuchConnection, NoSuchVersion, ConnectionInvalid when this version of the hub refuses the old recipe.
    """
    with runtime.reading() as session:
        wanted = _found(every(session, public_id), number)
    why = Reason(note=note, restored_from=number)
    return update(runtime, public_id, options={"recipe": wanted.document}, actor=actor, why=why)


# --------------------------------------------------------------------------------------------------------------------


def _rows(session: Session, row: Connection) -> list[RecipeVersion]:
    """In their order. The running mapping is among them, also where it was saved before versions were kept."""
    kept = list(
        session.scalars(
            select(RecipeVersion).where(RecipeVersion.connection_id == row.id).order_by(RecipeVersion.number)
        )
    )
    if "recipe" in row.options and all(one.number != row.mapping_version for one in kept):
        kept.append(
            RecipeVersion(
                number=row.mapping_version,
                document=row.options["recipe"],
                note="",
                made_by="",
                made_at=row.created_at,
            )
        )
    return kept


def _version(one: RecipeVersion, row: Connection, before: str | None) -> Version:
    return Version(
        number=one.number,
        made_at=one.made_at,
        made_by=one.made_by,
        note=one.note,
        restored_from=one.restored_from,
        is_running=one.number == row.mapping_version,
        changes=between(before, one.document) if before is not None else (),
        document=one.document,
    )


def _found(versions: Sequence[Version], number: int) -> Version:
    for one in versions:
        if one.number == number:
            return one
    raise NoSuchVersion(number)
