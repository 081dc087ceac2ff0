"""The watch for a test booking in words: the countdown, what came by which road, or what to check."""

from flask import url_for

from webapp.domain.event import Road
from webapp.domain.value import Value
from webapp.models import ConnectionState
from webapp.services import announcements, booking_watches
from webapp.services.booking_watches import OtherRoad, Sighting, WatchState, WatchView
from webapp.services.connection_views import Detail

from .connection_words import fault
from .context import current_runtime
from .formatting import Age, ago
from .i18n import gettext as _
from .i18n import ngettext
from .standing import clock_time

BUSY_SECONDS, QUIET_SECONDS = 3, 15


class WatchText(Value, frozen=True):
    """`every` is after how many seconds the card reads itself again, 0 for never."""

    state: str
    guest: str
    title: str
    countdown: str
    ends: Age | None
    other: str
    booking: str
    booking_url: str
    log_url: str
    to_check: tuple[str, ...]
    every: int


def watch_of(detail: Detail) -> WatchText | None:
    """The connection's latest watch as it stands now; None while there is none."""
    runtime = current_runtime()
    with runtime.reading() as session:
        found = booking_watches.look(session, detail.card.public_id, runtime.clock())
    if found is None:
        return None
    takes_calls = announcements.spec_of(detail.card.provider) is not None
    return watch(found, detail, takes_calls=takes_calls)


def watch(view: WatchView, detail: Detail, *, takes_calls: bool) -> WatchText:
    seen = view.sighting
    return WatchText(
        state=view.state.value,
        guest=view.guest,
        title=_title(view),
        countdown=_countdown(view) if view.state is WatchState.WAITING else "",
        ends=ago(view.ends_at),
        other=_other(seen.other, takes_calls=takes_calls) if seen else "",
        booking=seen.number if seen else "",
        booking_url=url_for("bookings.show", public_id=seen.booking) if seen else "",
        log_url=url_for("logs.index", booking=seen.booking) if seen else "",
        to_check=_to_check(detail, takes_calls=takes_calls) if view.state is WatchState.TIMED_OUT else (),
        every=_every(view),
    )


def road(by: Road) -> str:
    return {
        Road.HIT: _("by webhook"),
        Road.POLL: _("by polling"),
        Road.SWEEP: _("by the daily sweep"),
        Road.BACKFILL: _("while the history was read"),
        Road.MANUAL: _("by a repair"),
    }[by]


def _every(view: WatchView) -> int:
    if view.state is WatchState.WAITING:
        return BUSY_SECONDS
    return QUIET_SECONDS if view.is_open and current_runtime().clock() < view.ends_at else 0


def _title(view: WatchView) -> str:
    if view.sighting is not None:
        return _seen(view.sighting)
    if view.state is WatchState.TIMED_OUT:
        return _("No new booking came in half an hour.")
    return _("Waiting for the booking.")


def _seen(seen: Sighting) -> str:
    values = {"time": _span(seen.seconds), "road": road(seen.road)}
    if not seen.is_named:
        return _("A new booking, with another name, was seen after %(time)s %(road)s.") % values
    if seen.since_made:
        return _("Seen %(time)s after it was made, %(road)s.") % values
    return _("Seen after %(time)s %(road)s.") % values


def _span(seconds: int) -> str:
    if seconds < 120:
        return _("%(num)s s") % {"num": seconds}
    minutes, rest = divmod(seconds, 60)
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}


def _countdown(view: WatchView) -> str:
    if view.next_sync_at is None:
        return _("No poll is planned.")
    left = round((view.next_sync_at - current_runtime().clock()).total_seconds())
    if left <= 0:
        return _("The next poll is about to start.")
    return _("The next poll starts in %(time)s.") % {"time": _span(left)}


def _other(other: OtherRoad, *, takes_calls: bool) -> str:
    if other.road is Road.HIT:
        if other.agreed_at is not None:
            return _("The webhook came as well, at %(time)s.") % {"time": clock_time(other.agreed_at)}
        if not takes_calls:
            return _("This provider sends no webhooks, so polling is the only road.")
        return _("No webhook about it has come so far.")
    if other.agreed_at is None:
        return _("The next poll will say whether it agrees.")
    at = {"time": clock_time(other.agreed_at)}
    if not other.differences:
        return _("The sync of %(time)s agreed.") % at
    return ngettext(
        "The sync of %(time)s found %(num)s field otherwise.",
        "The sync of %(time)s found %(num)s fields otherwise.",
        other.differences,
    ) % {**at, "num": other.differences}


def _to_check(detail: Detail, *, takes_calls: bool) -> tuple[str, ...]:
    """What holds for this connection comes first."""
    card = detail.card
    found = fault(card.fault)
    has_bookings = any(stream.value in ("bookings", "check_ins") for stream in detail.streams)
    lines = [
        _("The connection is paused: resume it.") if card.state is ConnectionState.PAUSED else "",
        f"{found.title} {found.advice}" if found else "",
        "" if has_bookings else _("Bookings are not ticked under Data types."),
        _("Was the booking saved at the provider, and in this hotel: %(account)s?")
        % {"account": card.account or _("not proven yet")},
        _("Is its arrival within the next year and a half?"),
        _("Runs: did a sync end well since the booking was made?"),
        _("Webhooks: did a call come, and what became of it?") if takes_calls else "",
    ]
    return tuple(line for line in lines if line)
