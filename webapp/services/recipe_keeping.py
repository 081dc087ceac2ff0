"""Keeps a connection's mapping as a version, inside the transaction that makes or changes it."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.models import Connection, RecipeVersion

LONGEST_NOTE = 200


class Reason(Value, frozen=True):
    """Why a mapping was saved, in the person's words; `restored_from` is the version that came back."""

    note: str = ""
    restored_from: int | None = None


def keep(session: Session, row: Connection, *, actor: str, at: datetime, why: Reason | None = None) -> None:
    """The mapping as it stands on a stored row, under its number; a number that is kept already stays as it is."""
    recipe = row.options.get("recipe")
    if not recipe:
        return
    is_kept = exists().where(
        RecipeVersion.connection_id == row.id, RecipeVersion.number == row.mapping_version
    )
    if session.scalar(select(is_kept)):
        return
    why = why or Reason()
    session.add(
        RecipeVersion(
            connection_id=row.id,
            number=row.mapping_version,
            document=str(recipe),
            note=" ".join(why.note.split())[:LONGEST_NOTE],
            restored_from=why.restored_from,
            made_by=actor,
            made_at=at,
        )
    )
