"""Says in sentences how current the data are, why, what mends it and who acts: for the dashboard, lists and Health."""

from datetime import datetime, timedelta

from babel import dates

from webapp.domain.value import Value
from webapp.models import Role
from webapp.services.freshness import ConnectionView, Standing

from .context import current_person, current_runtime, hotel_zone
from .formatting import ago, instant
from .i18n import current_locale, say
from .i18n import gettext as _

TONES = {
    Standing.IN_STEP: "ok",
    Standing.FIRST_SYNC: "info",
    Standing.LATE: "warn",
    Standing.TROUBLE: "warn",
    Standing.PAUSED: "warn",
    Standing.STALLED: "bad",
    Standing.NEEDS_ATTENTION: "bad",
}


class Verdict(Value, frozen=True):
    """`title` is one sentence; `text` the cause, `advice` the fix, `who` acts (see `_ui/banner.html`); all may be empty.

    `url` leads to the connection, for those who may open it.
    """

    tone: str
    title: str
    text: str = ""
    advice: str = ""
    who: str = ""
    url: str = ""

    @property
    def is_fine(self) -> bool:
        return self.tone == "ok"


def verdict(connection: ConnectionView) -> Verdict:
    """Of the bookings that this connection brings."""
    fault = connection.fault
    explained = connection.standing in (Standing.NEEDS_ATTENTION, Standing.TROUBLE) and fault is not None
    advice, who = ("", "")
    if explained and fault is not None:
        advice, who = say(fault.advice, fault.params), fault.actor.value
    elif connection.standing is Standing.STALLED:
        advice = _("The scheduler of this hub may be stopped: restart the hub, then look at its log.")
        who = "it"
    elif connection.standing is Standing.PAUSED:
        advice = _("Resume it in its settings when the pause is over.")
        who = "admin"
    return Verdict(
        tone=TONES[connection.standing],
        title=_title(connection),
        text=say(fault.message, fault.params) if explained and fault is not None else _text(connection),
        advice=advice,
        who=who,
        url=settings_url(connection),
    )


def settings_url(connection: ConnectionView) -> str:
    """Where an admin mends it; empty for others."""
    person = current_person()
    if person is None or person.role is Role.STAFF:
        return ""
    return f"/settings/integrations/{connection.public_id}"


def clock_time(at: datetime) -> str:
    """`14:05` in the hotel's zone; with the day when it is not today's."""
    zone = hotel_zone()
    local, now = at.astimezone(zone), current_runtime().clock().astimezone(zone)
    return local.strftime("%H:%M") if local.date() == now.date() else instant(at)


def age_of(at: datetime) -> str:
    """`42 minutes`, for "… old"."""
    age = max(current_runtime().clock() - at, timedelta())
    return dates.format_timedelta(age, threshold=1.5, granularity="minute", locale=current_locale())


def as_of_words(connection: ConnectionView) -> str:
    """`14:05, 3 minutes ago`"""
    if connection.as_of is None:
        return _("not yet")
    return f"{clock_time(connection.as_of)}, {ago(connection.as_of)}"


def in_words(connection: ConnectionView) -> str:
    """One sentence about this connection alone."""
    if connection.standing is Standing.IN_STEP and connection.as_of is not None:
        return _("In step as of %(time)s.") % {"time": clock_time(connection.as_of)}
    return _title(connection)


def _title(one: ConnectionView) -> str:
    if one.as_of is None:
        return _title_of_nothing(one)
    age, at = age_of(one.as_of), clock_time(one.as_of)
    if one.standing is Standing.IN_STEP:
        return _("Every sync is on time as of %(time)s.") % {"time": at}
    if one.standing is Standing.NEEDS_ATTENTION:
        return _("Bookings are %(age)s old because %(name)s needs attention.") % {
            "age": age,
            "name": one.name,
        }
    if one.standing is Standing.PAUSED:
        return _("Bookings are %(age)s old because %(name)s is paused.") % {"age": age, "name": one.name}
    if one.standing is Standing.STALLED:
        return _("Bookings are %(age)s old because no sync was started.") % {"age": age}
    if one.standing is Standing.TROUBLE and one.is_current:
        return _("Bookings are as of %(time)s, but the last try failed.") % {"time": at}
    if one.standing is Standing.TROUBLE:
        return _("Bookings are %(age)s old because %(name)s does not answer as it should.") % {
            "age": age,
            "name": one.name,
        }
    if one.is_running:
        return _("Bookings are %(age)s old; a sync is catching up now.") % {"age": age}
    return _("Bookings are %(age)s old; the next sync is about to start.") % {"age": age}


def _title_of_nothing(one: ConnectionView) -> str:
    if one.standing is Standing.NEEDS_ATTENTION:
        return _("No bookings yet: %(name)s needs attention.") % {"name": one.name}
    if one.standing is Standing.PAUSED:
        return _("No bookings yet: %(name)s is paused.") % {"name": one.name}
    if one.standing is Standing.STALLED:
        return _("No bookings yet: no sync was started.")
    if one.standing is Standing.TROUBLE:
        return _("No bookings yet: %(name)s does not answer as it should.") % {"name": one.name}
    if one.is_running:
        return _("The first sync is running.")
    return _("The first sync is about to start.")


def _text(one: ConnectionView) -> str:
    if one.standing is Standing.FIRST_SYNC:
        return _("Bookings arrive page by page; figures are complete when it has ended.")
    if one.standing is Standing.STALLED and one.next_sync_at is not None:
        return _("One was due at %(time)s.") % {"time": clock_time(one.next_sync_at)}
    if one.standing is Standing.LATE:
        return _("They should never be older than %(minutes)s minutes.") % {"minutes": one.frequency_minutes}
    return ""
