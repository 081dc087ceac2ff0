"""Parts of Health that stand by themselves: the comparison with the provider, silence, the night audit, and alarms."""

from flask import Blueprint, Response, abort, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.stream import Mode
from webapp.domain.value import Value
from webapp.models import Role
from webapp.routes import truth_words, watch_words
from webapp.routes.context import current_hotel, current_person, current_runtime, the_person
from webapp.routes.formatting import day
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import saved, wants_partial
from webapp.routes.truth_words import TruthText
from webapp.routes.watch_words import QuietText, WatchText
from webapp.routes.watching import forget, seen
from webapp.services import syncing, truth_checks
from webapp.services.connection_views import NoSuchConnection, row_of
from webapp.services.night_audit import audit_of
from webapp.services.truth_plans import Reason

pages = open_to(Role.STAFF)(Blueprint("watches", __name__, url_prefix="/integrations/health"))


class TruthView(Value, frozen=True):
    """Cards of all connections; `is_waiting`: a check was asked for and has not come yet."""

    cards: tuple[TruthText, ...]
    may_ask: bool
    is_waiting: bool


class AlarmsView(Value, frozen=True):
    """What stands above Dashboard and Health. `may_act`: for those who see the buttons too."""

    wrong: tuple[TruthText, ...]
    quiet: tuple[QuietText, ...]
    has_pms: bool
    may_act: bool


@pages.get("/comparison")
def truth() -> str:
    return render_template("health/_truth.html", truth=truth_view())


@pages.get("/alarms")
def alarms() -> str:
    return render_template("health/_alarms.html", alarms=alarms_view(), is_health="health" in request.args)


@pages.get("/watch")
def watch() -> str:
    return render_template("health/_watch.html", watch=watch_view())


@pages.post("/comparison/<public_id>/check")
@open_to(Role.ADMIN)
def check_now(public_id: str) -> AnyResponse:
    reason = truth_checks.request(current_runtime(), _key(public_id), actor=the_person().email)
    forget()
    if wants_partial():
        return Response(render_template("health/_truth.html", truth=truth_view()), mimetype="text/html")
    text = _(truth_words.REASONS[reason]) if reason else _("The bookings are being compared now.")
    return saved(url_for("health.index"), text)


@pages.post("/comparison/<public_id>/full-sync")
@open_to(Role.ADMIN)
def full_sync(public_id: str) -> AnyResponse:
    syncing.request_sync(current_runtime(), _key(public_id), actor=the_person().email, mode=Mode.BACKFILL)
    return saved(
        url_for("health.index"),
        _("Everything is read again now; the next comparison says whether it helped."),
    )


def truth_view() -> TruthView:
    found = seen().truths
    return TruthView(
        cards=tuple(truth_words.card(one) for one in found),
        may_ask=the_person().role is not Role.STAFF,
        is_waiting=any(one.is_due and one.reason in ("", Reason.BUSY) for one in found),
    )


def alarms_view() -> AlarmsView:
    person = current_person()
    if person is None:
        return AlarmsView((), (), has_pms=False, may_act=False)
    found = seen()
    return AlarmsView(
        wrong=tuple(truth_words.card(one) for one in found.truths if one.differs),
        quiet=tuple(watch_words.quiet(one) for one in found.signs if one.is_alarm),
        has_pms=found.has_pms,
        may_act=person.role is not Role.STAFF,
    )


def watch_view() -> WatchText | None:
    """None while there is nothing to watch."""
    hotel, found = current_hotel(), seen()
    if hotel is None or not found.has_pms:
        return None
    told, told_at = hotel.provider_date, hotel.provider_date_at
    provider = (day(told), told_at) if told and told_at else None
    return watch_words.watch(found.signs, audit_of(hotel), current_runtime().clock(), provider)


def _key(public_id: str) -> int:
    try:
        with current_runtime().reading() as session:
            row = row_of(session, public_id)
    except NoSuchConnection:
        abort(404)
    return row.id if row.archived_at is None else abort(404)
