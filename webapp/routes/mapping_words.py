"""Versions of a mapping in words: what one says differently from another, who saved it, and what it will re-read."""

from collections.abc import Sequence

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.forms.connection import STREAM_LABELS
from webapp.services.recipe_differences import Difference, Part
from webapp.services.recipe_rereading import Reread
from webapp.services.recipe_versions import LONGEST_NOTE, Version
from webapp.services.recipe_words import FIELDS, TARGETS

from .formatting import Age, ago, number
from .i18n import gettext as _
from .i18n import ngettext

_PARTS = {
    Part.PATH: N_("Path"),
    Part.SELECT: N_("Where the list is in the answer"),
    Part.PAGING: N_("How to get the next page"),
    Part.TIMEZONE: N_("Time zone"),
    Part.CURRENCY: N_("Currency"),
}
MOST = 4
"""Changes that a line of the list tells; the comparison tells all."""


class VersionText(Value, frozen=True):
    """One saved version. `changes` are sentences against the version before, cut to a few; `more` counts the others."""

    number: int
    made: Age | None
    made_by: str
    note: str
    is_running: bool
    changes: tuple[str, ...]
    more: int


class SavingText(Value, frozen=True):
    """What Save will do: the version it makes, what that changes, and what it makes the hub read again."""

    running: int
    changes: tuple[str, ...]
    reread: str
    note: str
    longest_note: int = LONGEST_NOTE


def saving(running: int, differences: Sequence[Difference], cost: Reread, note: str) -> SavingText:
    return SavingText(running, sentences(differences), reread(cost), note)


def version(one: Version) -> VersionText:
    told = sentences(one.changes)
    if one.restored_from is not None:
        told = (_("Version %(number)s came back.") % {"number": one.restored_from}, *told)
    elif not told and one.number == 1:
        told = (_("The first mapping."),)
    return VersionText(
        number=one.number,
        made=ago(one.made_at),
        made_by=one.made_by,
        note=one.note,
        is_running=one.is_running,
        changes=told[:MOST],
        more=max(len(told) - MOST, 0),
    )


def sentences(differences: Sequence[Difference]) -> tuple[str, ...]:
    """One for each difference, in their order."""
    return tuple(_sentence(one) for one in differences)


def reread(found: Reread) -> str:
    """What a new version costs, for a page that has not saved it yet."""
    bookings = ngettext("will re-read %(num)s booking", "will re-read %(num)s bookings", found.bookings) % {
        "num": number(found.bookings)
    }
    calls = ngettext("about %(num)s call", "about %(num)s calls", found.calls) % {"num": number(found.calls)}
    return _("The next run %(bookings)s, %(calls)s.") % {"bookings": bookings, "calls": calls}


def _sentence(one: Difference) -> str:
    if one.part is Part.STREAM:
        text = _("%(what)s: described now.") if one.after else _("%(what)s: not described any more.")
        return text % {"what": _stream(one.name)}
    about = {"what": _subject(one), "before": _value(one, one.before), "after": _value(one, one.after)}
    if one.part is Part.STATUS:
        return _status(one, about)
    if not one.before:
        return _("%(what)s: now %(after)s.") % about
    if not one.after:
        return _("%(what)s: left out (was %(before)s).") % about
    return _("%(what)s: now %(after)s (was %(before)s).") % about


def _status(one: Difference, about: dict[str, str]) -> str:
    if not one.before:
        return _("%(what)s means %(after)s now (had no meaning).") % about
    if not one.after:
        return _("%(what)s has no meaning any more (was %(before)s).") % about
    return _("%(what)s means %(after)s now (was %(before)s).") % about


def _subject(one: Difference) -> str:
    if one.part is Part.STATUS:
        what = f"“{one.name}”"
    elif one.part is Part.FIELD:
        what = _(FIELDS[one.name]) if one.name in FIELDS and _is_bookings(one) else one.name
    elif one.part in _PARTS:
        what = _(_PARTS[one.part])
    else:
        what = one.name
    return what if _is_bookings(one) else f"{_stream(one.stream)}, {what}"


def _is_bookings(one: Difference) -> bool:
    return one.stream in ("", Stream.BOOKINGS.value)


def _value(one: Difference, text: str) -> str:
    if one.part is Part.STATUS and text in TARGETS:
        return _(TARGETS[text])
    return f"“{text}”"


def _stream(name: str) -> str:
    return next((str(label) for stream, label in STREAM_LABELS.items() if stream.value == name), name)
