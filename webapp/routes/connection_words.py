"""Connections in words: state, faults, ages and ladders as plain texts in the reader's language, ready for templates."""

from datetime import datetime

from webapp.domain.fault import Actor, Fault
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.integrations.kit.scarce_tokens import TokenBudget
from webapp.models import ConnectionState
from webapp.services.connection_entry import Problem
from webapp.services.connection_views import Card, SecretHint
from webapp.services.run_views import RunView

from .context import current_runtime, hotel_zone
from .formatting import Age, ago, day
from .i18n import gettext as _
from .i18n import ngettext, say
from .standing import clock_time

PROVEN = {
    "simulator": N_("Checked against our simulator"),
    "contract": N_("Checked against the vendor's published contract"),
}
FAMILIES = {
    "pms": N_("Property management"),
    "payments": N_("Payments"),
    "mail": N_("Email"),
    "chat": N_("Live chat"),
    "analytics": N_("Analytics"),
    "sso": N_("Single sign-on"),
    "push": N_("Push notifications"),
}


class FaultText(Value, frozen=True):
    """What is wrong, the fix, who acts (see `_ui/banner.html`) and since when."""

    title: str
    advice: str
    who: str
    since: Age | None = None
    tone: str = "bad"


class CardText(Value, frozen=True):
    """`state` is a word of `state_pill`; `note` says what else matters, empty for most."""

    public_id: str
    name: str
    provider: str
    provider_label: str
    mark: str
    state: str
    last_good: Age | None
    next_run: str
    honesty: str
    account: str
    fault: FaultText | None
    is_shadow: bool
    is_busy: bool
    is_running: bool
    is_paused: bool
    is_archived: bool
    progress: str
    tokens: str = ""  # how many access tokens are left, where the provider gives few


def card(one: Card, tokens: TokenBudget | None = None) -> CardText:
    now = current_runtime().clock()
    return CardText(
        public_id=one.public_id,
        name=one.name,
        provider=one.provider,
        provider_label=_(one.provider_label),
        mark=initials(one.provider_label),
        state="archived" if one.archived_at else "syncing" if one.running else one.state.value,
        last_good=ago(one.last_good_at),
        next_run=_next_run(one, now),
        honesty=honesty(one.proven, one.checked_live_at),
        account=one.account or "",
        fault=fault(one.fault, one.fault_since, is_bad=one.state is ConnectionState.NEEDS_ATTENTION),
        is_shadow=one.is_shadow,
        is_busy=one.is_busy(now),
        is_running=one.running is not None,
        is_paused=one.state is ConnectionState.PAUSED,
        is_archived=one.archived_at is not None,
        progress=_progress(one.running) if one.running else "",
        tokens=tokens_left(tokens) if tokens else "",
    )


def tokens_left(budget: TokenBudget) -> str:
    """`3 of 5 access tokens left today. The next one comes back at 14:05.`"""
    words = {"left": budget.left, "allowed": budget.allowed}
    text = _("%(left)s of %(allowed)s access tokens left today.") % words
    if budget.next_at is None:
        return text
    if budget.blocked_until is not None:
        return (
            f"{text} {_('The provider gives the next one at %(at)s.') % {'at': clock_time(budget.next_at)}}"
        )
    return f"{text} {_('The next one comes back at %(at)s.') % {'at': clock_time(budget.next_at)}}"


def honesty(proven: str, checked_live_at: datetime | None = None) -> str:
    if checked_live_at is not None:
        return _("Checked live on %(day)s") % {"day": _day_of(checked_live_at)}
    return _(PROVEN.get(proven, proven))


def initials(label: str) -> str:
    """`Opera Cloud (Oracle)` -> `OC`."""
    words = [word for word in label.partition("(")[0].split() if word[:1].isalpha()]
    return "".join(word[0] for word in words[:2]).upper()


def fault(found: Fault | None, since: datetime | None = None, *, is_bad: bool = True) -> FaultText | None:
    if found is None:
        return None
    return FaultText(
        title=say(found.message, found.params),
        advice=say(found.advice, found.params),
        who=found.actor.value,
        since=ago(since),
        tone="bad" if is_bad and found.actor is not Actor.NOBODY else "warn",
    )


def problem(found: Problem) -> str:
    """A sentence for the field, with the piece that is to blame."""
    text = say(found.message, dict(found.params))
    return (
        _("%(problem)s Look at “%(part)s”.") % {"problem": text, "part": found.part} if found.part else text
    )


def stored_secret(hint: SecretHint | None) -> str | None:
    """`•••• 4f2a, set 12 Nov`; None when nothing is stored."""
    if hint is None:
        return None
    dots = f"•••• {hint.last4}" if hint.last4 else "••••••••"
    if hint.set_at is None:
        return _("%(dots)s, typed before") % {"dots": dots}
    return _("%(dots)s, set %(day)s") % {"dots": dots, "day": _day_of(hint.set_at)}


def _day_of(at: datetime) -> str:
    """The hotel's day, not Greenwich's."""
    return day(at.astimezone(hotel_zone()).date())


def _progress(running: RunView) -> str:
    seen = running.seen
    if not seen:
        return _("Asking the provider…")
    return ngettext("%(num)s record so far", "%(num)s records so far", seen) % {"num": f"{seen:,}"}


def _next_run(one: Card, now: datetime) -> str:
    if one.archived_at is not None:
        return _("Removed")
    if one.running is not None:
        return _("Running now")
    if one.state is ConnectionState.PAUSED:
        return _("Paused")
    if one.next_sync_at is None:
        return _("When you have acted")
    if one.next_sync_at <= now:
        return _("About to start")
    return _("at %(time)s") % {"time": clock_time(one.next_sync_at)}
