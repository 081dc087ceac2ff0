"""The one answer on Health: may the data of the primary connection be relied on now?"""

from collections.abc import Sequence

from webapp.domain.stream import Stream
from webapp.domain.value import Value
from webapp.forms.connection import STREAM_LABELS
from webapp.services.freshness import Standing
from webapp.services.health import Board
from webapp.services.reliance import StreamHealth

from .health_words import RELIANCE
from .i18n import gettext as _
from .standing import Verdict, age_of, clock_time, settings_url, verdict


class Proof(Value, frozen=True):
    """What stands beside freshness: whether a comparison speaks for the primary's bookings now, whether the last one
    found a difference, and whether the hotel is strangely quiet. `is_possible`: bookings are read at all."""

    is_possible: bool = True
    is_compared: bool = False
    differs: bool = False
    is_quiet: bool = False


def answer(board: Board, proof: Proof, *, has_card: bool = False) -> Verdict:
    """Safe to rely on? Of the primary connection, which pages and the assistant read. Green only for compared data.

    With `has_card` a repair card above says what is wrong and what mends it.
    """
    one = board.primary
    if one is None:
        return Verdict("info", _("Nothing to rely on yet."), _("Proof starts after the first sync."))
    view = one.view
    if view.as_of is None:
        return verdict(view)
    unsafe = [stream for stream in one.wanted if not stream.is_safe]
    if not unsafe and view.standing is Standing.IN_STEP:
        text = _("%(kinds)s: all as fresh as promised, as of %(time)s.") % {
            "kinds": _listed(one.wanted),
            "time": clock_time(view.as_of),
        }
        return _of_fresh(text, proof)
    cause = verdict(view)
    safe = [stream for stream in one.wanted if stream.is_safe]
    are_bookings_safe = any(stream.stream is Stream.BOOKINGS for stream in safe)
    if are_bookings_safe:
        title = _("Bookings are safe to rely on; not everything else is.") if unsafe else _("Yes, for now.")
        tone = "warn"
    else:
        title, tone = _("Not safe to rely on right now."), "bad"
    if proof.differs:
        title, tone = _("Not the same as in the PMS."), "bad"
    parts = [_unsafe(unsafe), "" if cause.is_fine else cause.title]
    if has_card and view.standing is Standing.NEEDS_ATTENTION:
        return Verdict(tone, title, " ".join(filter(None, parts)))
    text = " ".join(filter(None, (*parts, cause.text)))
    return Verdict(tone, title, text, cause.advice, cause.who, settings_url(view))


def _of_fresh(text: str, proof: Proof) -> Verdict:
    if proof.differs:
        return Verdict("warn", _("Fresh, but not the same as in the PMS."), text)
    if proof.is_quiet:
        return Verdict("warn", _("Fresh, but strangely quiet."), text)
    if proof.is_possible and not proof.is_compared:
        return Verdict("info", _("Fresh, but not compared with the PMS yet."), text)
    return Verdict("ok", _("Yes, safe to rely on."), text)


def _unsafe(streams: Sequence[StreamHealth]) -> str:
    """`Rates: too old (3 hours). Guests: not read yet.`"""
    parts = []
    for stream in streams:
        word = _(RELIANCE[stream.reliance][1])
        age = f" ({age_of(stream.as_of)})" if stream.as_of else ""
        parts.append(f"{STREAM_LABELS[stream.stream]}: {word}{age}.")
    return " ".join(parts)


def _listed(streams: Sequence[StreamHealth]) -> str:
    return ", ".join(str(STREAM_LABELS[stream.stream]) for stream in streams)
