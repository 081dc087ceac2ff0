"""Truth checks in words: how many fields differ, which, and what mends them."""

from flask import url_for

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import TruthState
from webapp.services.truth_compare import Finding
from webapp.services.truth_plans import Reason
from webapp.services.truth_views import HISTORY, CheckMark, TruthView

from .booking_words import FIELDS, value_words
from .context import the_hotel
from .formatting import Age, ago
from .i18n import gettext as _
from .i18n import ngettext
from .standing import clock_time

STATES = {
    TruthState.CLEAN: ("ok", N_("Agrees")),
    TruthState.ON_ITS_WAY: ("ok", N_("Agrees; changes are on their way")),
    TruthState.DIFFERS: ("bad", N_("Differs")),
    TruthState.FAILED: ("idle", N_("Could not be compared")),
}
REASONS = {
    Reason.STATE: N_(
        "It is not compared while the connection does not work, is paused, or has read nothing yet."
    ),
    Reason.LOADING: N_("It is compared when the history has been read."),
    Reason.AUDIT: N_("It waits for the end of the night audit."),
    Reason.BUSY: N_("It waits for the end of the sync that is running."),
    Reason.LIMIT: N_("It waits, because the provider's call limit is nearly used up."),
}
SHOWN = 8


class FindingText(Value, frozen=True):
    """A field that differs: the booking's number and address, the field's name, both values."""

    number: str
    url: str
    label: str
    ours: str
    theirs: str
    is_underway: bool


class Mark(Value, frozen=True):
    tone: str
    title: str


class TruthText(Value, frozen=True):
    """One connection's card. `sentence` is "0 of 120 fields differ, checked 14:05"; `more` findings are not listed."""

    public_id: str
    name: str
    tone: str
    word: str
    sentence: str
    notes: tuple[str, ...]
    findings: tuple[FindingText, ...]
    more: int
    marks: tuple[Mark, ...]
    rows: tuple[tuple[str, str, str], ...]
    summary: str
    checked: Age | None
    next_check: Age | None
    is_due: bool
    may_ask: bool


def card(one: TruthView) -> TruthText:
    last = one.last
    tone, word = STATES[last.state] if last else ("idle", N_("Not compared yet"))
    shown = one.findings[:SHOWN]
    return TruthText(
        public_id=one.connection.public_id,
        name=one.connection.name,
        tone=tone,
        word=_(word),
        sentence=sentence(one),
        notes=_notes(one),
        findings=tuple(finding(item) for item in shown),
        more=len(one.findings) - len(shown),
        marks=_marks(one),
        rows=tuple(_row(item) for item in reversed(one.history)),
        summary=_summary(one),
        checked=ago(last.at) if last else None,
        next_check=ago(one.next_at),
        is_due=one.is_due,
        may_ask=one.reason not in (Reason.STATE, Reason.LOADING),
    )


def sentence(one: TruthView) -> str:
    last = one.last
    if last is None:
        return _("No booking has been compared with %(provider)s yet.") % {
            "provider": _(one.connection.provider_label)
        }
    return _("%(differing)s of %(fields)s fields differ, checked %(time)s") % {
        "differing": last.differing,
        "fields": last.fields,
        "time": clock_time(last.at),
    }


def finding(one: Finding) -> FindingText:
    currency = the_hotel().currency
    return FindingText(
        number=one.number,
        url=url_for("bookings.show", public_id=one.booking),
        label=_(FIELDS.get(one.field, one.field)),
        ours=_value(one.field, one.ours, currency),
        theirs=_value(one.field, one.theirs, currency),
        is_underway=one.is_underway,
    )


def _value(field: str, text: str | None, currency: str) -> str:
    return value_words(field, text, currency) or _("nothing")


def _notes(one: TruthView) -> tuple[str, ...]:
    found = []
    if one.last and one.last.underway:
        words = ngettext(
            "%(num)s change of the last minutes is on its way; the next sync brings it.",
            "%(num)s changes of the last minutes are on their way; the next sync brings them.",
            one.last.underway,
        ) % {"num": one.last.underway}
        found.append(words)
    if one.failed_at is not None:
        words = _("At %(time)s the provider could not be asked; nothing was compared then.")
        found.append(words % {"time": clock_time(one.failed_at)})
    if one.reason:
        found.append(_(REASONS[one.reason]))
    return tuple(found)


def _marks(one: TruthView) -> tuple[Mark, ...]:
    """As many as there may be, so that a short history is drawn as short."""
    missing = HISTORY - len(one.history) if one.history else 0
    return (Mark("idle", _("not compared")),) * missing + tuple(_mark(item) for item in one.history)


def _mark(one: CheckMark) -> Mark:
    tone, word = STATES[one.state]
    return Mark(tone, f"{clock_time(one.at)}: {_figures(one) or _(word)}")


def _row(one: CheckMark) -> tuple[str, str, str]:
    return clock_time(one.at), _(STATES[one.state][1]), _figures(one)


def _figures(one: CheckMark) -> str:
    if one.state is TruthState.FAILED:
        return ""
    return _("%(differing)s of %(fields)s fields differ") % {
        "differing": one.differing,
        "fields": one.fields,
    }


def _summary(one: TruthView) -> str:
    compared = [item for item in one.history if item.state is not TruthState.FAILED]
    good = sum(1 for item in compared if item.state is not TruthState.DIFFERS)
    return _("Comparisons that found nothing wrong: %(good)s of %(seen)s") % {
        "good": good,
        "seen": len(compared),
    }
