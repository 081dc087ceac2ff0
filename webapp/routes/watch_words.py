"""What Health watches beside the data, in words: silence, the night audit, and a coming change of the clock."""

from datetime import datetime, timedelta

from babel import dates

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.services import clock_changes
from webapp.services.clock_changes import ClockChange
from webapp.services.night_audit import Audit
from webapp.services.silence import KNOWN_DAYS, Calm
from webapp.services.silence_watch import Sign, SilenceView

from .formatting import Age, ago, day
from .i18n import current_locale
from .i18n import gettext as _
from .standing import clock_time

SIGNS = {Sign.ARRIVALS: N_("Check-ins of today's arrivals"), Sign.CHANGES: N_("New and changed bookings")}
CALM = {
    Calm.LEARNING: ("idle", N_("Learning the hotel's habit")),
    Calm.CALM: ("ok", N_("As usual")),
    Calm.QUIET: ("warn", N_("Strangely quiet")),
}


class SignText(Value, frozen=True):
    """One sign of life. `text` says what was seen and what is usual."""

    label: str
    tone: str
    word: str
    text: str
    since: Age | None


class QuietText(Value, frozen=True):
    """An alarm: the sentence, its evidence, and what to do."""

    public_id: str
    name: str
    title: str
    text: str
    advice: str
    since: Age | None


class WatchText(Value, frozen=True):
    """The card "Quiet hours and nights": `audit` is a sentence, `clock` of a change within a week, or empty."""

    signs: tuple[SignText, ...]
    audit: str
    is_audit: bool
    provider_date: str
    clock: str


def watch(
    signs: tuple[SilenceView, ...], audit: Audit, now: datetime, provider: tuple[str, datetime] | None
) -> WatchText:
    change = clock_changes.coming(audit.zone, now)
    return WatchText(
        signs=tuple(sign(one) for one in signs),
        audit=audit_words(audit, now),
        is_audit=audit.is_running(now),
        provider_date=_("%(day)s, told at %(time)s") % {"day": provider[0], "time": clock_time(provider[1])}
        if provider
        else "",
        clock=clock_words(change) if change else "",
    )


def sign(one: SilenceView) -> SignText:
    tone, word = CALM[one.state]
    return SignText(_(SIGNS[one.sign]), tone, _(word), _evidence(one), ago(one.since))


def quiet(one: SilenceView) -> QuietText:
    if one.sign is Sign.ARRIVALS:
        title = _("%(count)s arrivals are due, and nobody has checked in.") % {"count": one.evidence.due}
    else:
        title = _("Strangely quiet: no booking was made or changed since %(time)s.") % {
            "time": clock_time(one.evidence.last_at or one.since)
        }
    return QuietText(
        public_id=one.connection.public_id,
        name=one.connection.name,
        title=title,
        text=_evidence(one),
        advice=_(
            "Look into the PMS: if somebody has checked in or booked there, the feed is dead although it looks green. "
            "Then run a full sync, and test the connection."
        ),
        since=ago(one.since),
    )


def _evidence(one: SilenceView) -> str:
    facts = one.evidence
    if one.sign is Sign.CHANGES:
        return _changes(one)
    values = {
        "seen": facts.seen,
        "due": facts.due,
        "usual": f"{facts.expected:.0f}",
        "known": facts.known,
        "needed": KNOWN_DAYS,
        "hour": f"{facts.quiet_hour:02}:00",
        "weekday": _weekday(one),
    }
    if facts.is_assumed:
        words = _(
            "%(seen)s of %(due)s have checked in. The habit of a %(weekday)s is known after %(needed)s of them, so far "
            "%(known)s; until then a third is expected by %(hour)s."
        )
    else:
        words = _(
            "%(seen)s of %(due)s have checked in; by now about %(usual)s are usual on a %(weekday)s "
            "(median of %(known)s)."
        )
    return words % values


def _changes(one: SilenceView) -> str:
    facts = one.evidence
    values = {"time": clock_time(facts.last_at or one.since), "usual": f"{facts.expected:.1f}"}
    if one.state is Calm.LEARNING:
        return (
            _(
                "The last one came at %(time)s. What is usual at this hour of this weekday is known in some weeks."
            )
            % values
        )
    return _("The last one came at %(time)s; in the time since then about %(usual)s are usual.") % values


def _weekday(one: SilenceView) -> str:
    return dates.format_date(one.evidence.day, "EEEE", locale=current_locale())


def audit_words(audit: Audit, now: datetime) -> str:
    window = audit.coming(now)
    begins, ends = (at.astimezone(audit.zone) for at in (window.begins, window.ends))
    values = {"begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}
    if window.holds(now):
        return _("Night audit %(begins)s–%(ends)s: it runs now, and bulk work waits.") % values
    return (
        _("Night audit %(begins)s–%(ends)s: bulk work waits, and every booking is read again right after it.")
        % values
    )


def clock_words(change: ClockChange) -> str:
    """By the hotel's wall clock."""
    values = {
        "day": day(change.earliest.date()),
        "from": f"{change.earliest:%H:%M}",
        "to": f"{change.latest:%H:%M}",
        "half": f"{change.earliest + timedelta(minutes=change.minutes // 2):%H:%M}",
        "minutes": change.minutes,
    }
    if change.is_forward:
        return _("%(day)s %(half)s does not happen: %(from)s is followed by %(to)s. We run once.") % values
    return (
        _("%(day)s %(half)s happens twice: at %(to)s the clock goes back %(minutes)s minutes. We run once.")
        % values
    )
