"""The ledger of missed webhooks in words: what did not come, the likely cause, the fix, and how polling helps out."""

from flask import url_for

from webapp.domain.event import FactType
from webapp.domain.value import Value
from webapp.domain.wording import N_
from webapp.services.missed_causes import Cause
from webapp.services.missed_views import LedgerView, MissedLine, Timeliness
from webapp.services.tight_polling import Tightness

from .formatting import Age, ago
from .i18n import gettext as _
from .i18n import ngettext
from .standing import clock_time

TYPES = {
    FactType.BOOKING_CREATED: N_("New booking"),
    FactType.BOOKING_UPDATED: N_("Changed booking"),
    FactType.BOOKING_CANCELLED: N_("Cancellation"),
    FactType.GUEST_CHECKIN: N_("Check-in"),
    FactType.GUEST_CHECKOUT: N_("Check-out"),
}
CAUSES = {
    Cause.NOT_RUNNING: (
        N_("This hub was not running, or did not sync, when it happened."),
        N_("The sync has caught up. Nothing is wrong with the webhooks because of it."),
        "nobody",
    ),
    Cause.SUBSCRIPTION_GONE: (
        N_("The provider has no webhook on order for this hub any more."),
        N_("Register the events again on the Webhooks tab."),
        "admin",
    ),
    Cause.NOT_ORDERED: (
        N_("The provider has other webhooks on order, but not this kind."),
        N_("Register the missing events on the Webhooks tab."),
        "admin",
    ),
    Cause.REFUSED: (
        N_("Calls came, and this hub refused them: their signature does not fit."),
        N_("Compare the webhook secret here with the one at the provider."),
        "admin",
    ),
    Cause.UNKNOWN_ADDRESS: (
        N_("Calls came to an address that this hub does not know (any more)."),
        N_("Copy the address from the Webhooks tab and enter it at the provider."),
        "admin",
    ),
    Cause.ONLY_PINGS: (
        N_("Only pings or other calls without bookings came."),
        N_(
            "Look at the provider which events are chosen for this webhook, and choose the ones about bookings."
        ),
        "admin",
    ),
    Cause.FILTERED: (
        N_("Other kinds of calls come, but never this one: it is not chosen at the provider."),
        N_("Choose this event for the webhook at the provider."),
        "admin",
    ),
    Cause.UNREADABLE: (
        N_("Calls came, and could not be applied."),
        N_("Open the failed calls on the Webhooks tab; each says why, and can be replayed."),
        "admin",
    ),
    Cause.OUTAGE: (
        N_("The provider did not answer this hub either at that time: an outage on its side."),
        N_("Look at the provider's status page; its calls usually come back by themselves."),
        "vendor",
    ),
    Cause.SILENCE: (
        N_("No call of any kind reached this hub: its address, a proxy or a firewall stands in the way."),
        N_(
            "Check that the address on the Webhooks tab is entered at the provider and reachable from outside."
        ),
        "it",
    ),
    Cause.LOST: (
        N_("Other calls came, this one did not: the provider lost it."),
        N_("Nothing to do for a single one. If it happens often, send the provider the list below."),
        "vendor",
    ),
}


class MissedText(Value, frozen=True):
    """One missed call, linked to its booking."""

    kind: str
    number: str
    url: str
    found: Age | None
    happened: str
    cause: str
    advice: str
    who: str


class HourText(Value, frozen=True):
    label: str
    received: int
    missed: int


class Column(Value, frozen=True):
    """For the chart of `_ui/charts.html`."""

    label: str
    value: int
    tone: str


class LedgerText(Value, frozen=True):
    """One connection's part of the card. `webhooks_url` is empty for those who may not open it."""

    name: str
    is_expecting: bool
    summary: str
    polling: str
    in_time: str
    in_time_note: str
    received_chart: tuple[Column, ...]
    missed_chart: tuple[Column, ...]
    hours: tuple[HourText, ...]
    has_hours: bool
    kinds: str
    lines: tuple[MissedText, ...]
    webhooks_url: str


def ledger(view: LedgerView, *, may_open: bool) -> LedgerText:
    hours = tuple(HourText(clock_time(one.hour), one.received, one.missed) for one in view.hours)
    missed_today = sum(one.missed for one in view.hours)
    received_today = sum(one.received for one in view.hours)
    return LedgerText(
        name=view.name,
        is_expecting=view.is_expecting,
        summary=_summary(received_today, missed_today),
        polling=polling(view.tightness),
        in_time=in_time(view.timeliness),
        in_time_note=_in_time_note(view),
        received_chart=tuple(Column(one.label, one.received, "ok") for one in hours),
        missed_chart=tuple(Column(one.label, one.missed, "bad") for one in hours),
        hours=tuple(one for one in reversed(hours) if one.received or one.missed),
        has_hours=bool(received_today or missed_today),
        kinds=", ".join(f"{_(TYPES[kind])}: {count}" for kind, count in view.by_type),
        lines=tuple(_line(one) for one in view.lines),
        webhooks_url=url_for("webhooks.show", public_id=view.public_id) if may_open else "",
    )


def polling(tightness: Tightness | None) -> str:
    """`Polling every 5 min since 14:05, because 3 webhooks did not come; until 15:05, …`; empty when not tightened."""
    if tightness is None:
        return ""
    why = ngettext("%(num)s webhook did not come", "%(num)s webhooks did not come", tightness.misses) % {
        "num": tightness.misses
    }
    text = _(
        "Polling every %(minutes)s min since %(since)s because %(why)s. It relaxes at %(until)s, or as soon as "
        "three webhooks in a row have come."
    )
    return text % {
        "minutes": tightness.minutes,
        "since": clock_time(tightness.since),
        "why": why,
        "until": clock_time(tightness.until),
    }


def in_time(found: Timeliness) -> str:
    """`98.5 %`, never rounded up to a hundred."""
    percent = found.percent
    if percent is None:
        return _("not known")
    return "100 %" if found.late == 0 else f"{min(percent, 99.9):.1f} %"


def _in_time_note(view: LedgerView) -> str:
    known = view.timeliness.in_time + view.timeliness.late
    if not known and not view.timeliness.unstamped:
        return _("No change in the last seven days.")
    text = ngettext(
        "%(num)s change in seven days, promised within %(minutes)s min",
        "%(num)s changes in seven days, promised within %(minutes)s min",
        known,
    ) % {"num": known, "minutes": view.frequency_minutes}
    if view.timeliness.unstamped:
        more = _("%(num)s more without a time of the provider's: not known") % {
            "num": view.timeliness.unstamped
        }
        text = f"{text}; {more}"
    return text


def _summary(received: int, missed: int) -> str:
    if not received and not missed:
        return _("No change in the last 24 hours.")
    words = ngettext(
        "%(num)s change was announced in the last 24 hours, %(missed)s missed.",
        "%(num)s changes were announced in the last 24 hours, %(missed)s missed.",
        received,
    )
    return words % {"num": received, "missed": missed}


def _line(one: MissedLine) -> MissedText:
    cause, advice, who = CAUSES[one.cause]
    return MissedText(
        kind=_(TYPES[one.type]),
        number=one.number,
        url=url_for("bookings.show", public_id=one.booking),
        found=ago(one.found_at),
        happened=clock_time(one.occurred_at) if one.occurred_at else _("not known"),
        cause=_(cause),
        advice=_(advice),
        who=who,
    )
