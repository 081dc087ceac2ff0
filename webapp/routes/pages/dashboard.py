"""The dashboard: today at the front desk, how full the house is, and how far the figures can be trusted."""

from babel import dates
from flask import Blueprint, Response, render_template, url_for

from webapp.domain.value import Value
from webapp.models import Role
from webapp.routes.booking_lines import DeskLine, desk_lines
from webapp.routes.context import current_runtime, the_hotel, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import current_locale
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import page_or_partial
from webapp.routes.standing import Verdict, clock_time, in_words, verdict
from webapp.services import front_desk
from webapp.services.booking_views import View
from webapp.services.freshness import ConnectionView
from webapp.services.front_desk import Desk, NightView

pages = open_to(Role.STAFF)(Blueprint("dashboard", __name__))


class ConnectionLine(Value, frozen=True):
    """A connection in the panel: its view and what is to say about it."""

    connection: ConnectionView
    verdict: Verdict
    words: str


class Column(Value, frozen=True):
    """One of the three lists, cut; `all_label` leads to the whole of it."""

    key: str
    title: str
    subtitle: str
    empty: str
    all_label: str
    url: str
    rows: tuple[DeskLine, ...]


class Night(Value, frozen=True):
    """A night as `_ui/charts.html` draws it."""

    label: str
    percent: int
    sold: int
    total: int
    is_today: bool

    @property
    def value(self) -> int:
        return self.sold


class DashboardView(Value, frozen=True):
    """What the dashboard's templates show. `has_rooms`: every night's number of rooms is known."""

    desk: Desk
    verdict: Verdict | None
    lines: tuple[ConnectionLine, ...]
    columns: tuple[Column, ...]
    nights: tuple[Night, ...]
    has_rooms: bool
    as_of: str
    may_set_up: bool


@pages.get("/")
def index() -> Response:
    return page_or_partial("dashboard/index.html", "dashboard/_desk.html", view=_view())


@pages.get("/dashboard/nights")
def nights() -> str:
    """The occupancy strip by itself: it changes slowly, and its table must not close while somebody reads it."""
    return render_template("dashboard/_nights.html", view=_view())


def _view() -> DashboardView:
    runtime = current_runtime()
    with runtime.reading() as session:
        desk = front_desk.today(session, the_hotel().business_date, runtime.clock())
    return DashboardView(
        desk=desk,
        verdict=verdict(desk.primary) if desk.primary else None,
        lines=tuple(ConnectionLine(one, verdict(one), in_words(one)) for one in desk.connections),
        columns=_columns(desk),
        nights=tuple(_night(night, night.night == desk.business_date) for night in desk.nights),
        has_rooms=bool(desk.nights) and all(night.rooms for night in desk.nights),
        as_of=clock_time(desk.bookings_as_of) if desk.bookings_as_of else "",
        may_set_up=the_person().role is not Role.STAFF,
    )


def _columns(desk: Desk) -> tuple[Column, ...]:
    if desk.arrivals is None or desk.in_house is None or desk.departures is None:
        return ()
    coming, here, leaving = desk.arrivals, desk.in_house, desk.departures
    return (
        Column(
            "arrivals",
            _("Arrivals"),
            _("%(waiting)s to come, %(done)s arrived") % {"waiting": coming.waiting, "done": coming.done},
            _("Nobody arrives today."),
            _("All %(count)s arrivals") % {"count": coming.total},
            url_for("bookings.index", view=View.ARRIVING.value),
            desk_lines(coming.rows),
        ),
        Column(
            "in-house",
            _("In house"),
            _("%(people)s people, %(stayovers)s rooms staying on")
            % {"people": here.people, "stayovers": desk.stayovers},
            _("Nobody is checked in."),
            _("All %(count)s in house") % {"count": here.total},
            url_for("bookings.index", view=View.IN_HOUSE.value),
            desk_lines(here.rows),
        ),
        Column(
            "departures",
            _("Departures"),
            _("%(waiting)s to leave, %(done)s gone") % {"waiting": leaving.waiting, "done": leaving.done},
            _("Nobody leaves today."),
            _("All %(count)s departures") % {"count": leaving.total},
            url_for("bookings.index", view=View.DEPARTING.value),
            desk_lines(leaving.rows),
        ),
    )


def _night(night: NightView, is_today: bool) -> Night:
    label = dates.format_date(night.night, "EEE d", locale=current_locale())
    return Night(label, night.percent or 0, night.sold, night.rooms or 0, is_today)
