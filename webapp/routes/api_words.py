"""API keys in words: what each may, how it is used, and what a revocation would break."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.models import Scope
from webapp.services.api_keys import KeyView
from webapp.services.api_usage import NO_USE, KeyUse

from .formatting import ago
from .i18n import gettext as _
from .i18n import ngettext, say

SCOPE_LABELS = {Scope.READ: N_("Read"), Scope.WRITE: N_("Read and write"), Scope.ADMIN: N_("Admin")}
SCOPE_DETAILS = {
    Scope.READ: N_(
        "All GET addresses: bookings, guests, rooms, availability, rates, check-ins, events, tickets."
    ),
    Scope.WRITE: N_("Also tickets, notes on bookings, webhook endpoints and “sync now”."),
    Scope.ADMIN: N_("Also keys and the hotel's settings. Asks for your password."),
}


class KeyLine(Value, frozen=True):
    """A key of the table. `warning` says what ends soon, `breaks` what a revocation would stop."""

    key: KeyView
    use: KeyUse
    is_living: bool
    scope: str
    state: str
    tone: str
    warning: str
    breaks: str


def scope_details() -> tuple[tuple[str, str, str], ...]:
    return tuple((scope.value, _(SCOPE_LABELS[scope]), _(SCOPE_DETAILS[scope])) for scope in Scope)


def lines(keys: Sequence[KeyView], use: Mapping[str, KeyUse], now: datetime) -> tuple[KeyLine, ...]:
    return tuple(_line(key, use.get(key.public_id, NO_USE), now) for key in keys)


def days_left(key: KeyView, now: datetime) -> str:
    if key.expires_at <= now:
        return _("has ended, and the program that used it is refused")
    days = (key.expires_at - now).days
    if days < 1:
        return _("ends within a day")
    return ngettext("ends in %(num)s day", "ends in %(num)s days", days) % {"num": days}


def _line(key: KeyView, use: KeyUse, now: datetime) -> KeyLine:
    is_living = key.is_living(now)
    tone, state = _state(key, now)
    return KeyLine(
        key=key,
        use=use,
        is_living=is_living,
        scope=_(SCOPE_LABELS[key.scope]),
        state=state,
        tone=tone,
        warning=days_left(key, now) if key.is_ending(now) or key.has_just_ended(now) else "",
        breaks=_breaks(key, use),
    )


def _state(key: KeyView, now: datetime) -> tuple[str, str]:
    if key.revoked_at is not None:
        return "idle", _("Revoked")
    if key.expires_at <= now:
        return "idle", _("Expired")
    if key.is_replaced:
        return "warn", _("Being replaced")
    return ("warn", _("Ends soon")) if key.is_ending(now) else ("ok", _("Active"))


def _breaks(key: KeyView, use: KeyUse) -> str:
    if key.last_used_at is None:
        return _("It was never used: nothing will break.")
    last = ago(key.last_used_at)
    said = ngettext(
        "Used %(num)s time in 7 days, last from %(address)s %(when)s. That program will be refused at once.",
        "Used %(num)s times in 7 days, last from %(address)s %(when)s. That program will be refused at once.",
        use.calls,
    )
    return said % {"num": use.calls, "address": key.last_used_from or "?", "when": last.text if last else ""}


def reminder(keys: Sequence[KeyView], now: datetime) -> str:
    """One sentence for the dashboard; empty when no key ends soon or has just ended."""
    if not keys:
        return ""
    first = keys[0]
    if len(keys) == 1:
        return say(N_("API key “%(name)s” %(when)s."), {"name": first.name, "when": days_left(first, now)})
    return say(
        N_("%(count)s API keys need a successor, first “%(name)s”: it %(when)s."),
        {"count": len(keys), "name": first.name, "when": days_left(first, now)},
    )
