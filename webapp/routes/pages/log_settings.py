"""Integrations > Logs > What is kept: days and megabytes, with what they will come to."""

from flask import Blueprint, Response, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.value import Value
from webapp.forms.log_keeping import LogKeepingForm
from webapp.models import Role
from webapp.routes.context import current_runtime, the_person
from webapp.routes.formatting import instant, number, size
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.i18n import ngettext
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.services import log_keeping
from webapp.services.log_keeping import Keeping

pages = open_to(Role.ADMIN)(Blueprint("log_settings", __name__, url_prefix="/integrations/logs/settings"))
PAGE, FORM = "logs/settings.html", "logs/_keeping.html"


class KeepingView(Value, frozen=True):
    form: LogKeepingForm
    facts: tuple[tuple[str, str], ...]
    forecast: str


@pages.get("")
def show() -> Response:
    with current_runtime().reading() as session:
        kept = log_keeping.keeping(session)
    form = LogKeepingForm(days=kept.days, megabytes=kept.megabytes)
    return page_or_partial(PAGE, FORM, view=_view(form, kept))


@pages.post("")
def save() -> AnyResponse:
    form = LogKeepingForm()
    if not form.is_posted_well():
        with current_runtime().reading() as session:
            kept = log_keeping.keeping(session)
        return invalid(PAGE, FORM, view=_view(form, kept))
    wanted = Keeping(form.days.data or 0, form.megabytes.data or 0)
    log_keeping.keep(current_runtime(), wanted, actor=the_person().email)
    return saved(url_for("log_settings.show"), _("Saved. What is older goes within the hour."))


def _view(form: LogKeepingForm, kept: Keeping) -> KeepingView:
    now = current_runtime().clock()
    with current_runtime().reading() as session:
        found = log_keeping.forecast(session, kept, now)
    if found.full_at is not None:
        words = _(
            "At this pace the megabytes are reached about %(at)s; then the oldest go before their days are over."
        )
        text = words % {"at": instant(found.full_at)}
    else:
        days = ngettext("%(num)s day", "%(num)s days", kept.days) % {"num": kept.days}
        text = _("At this pace %(days)s come to about %(size)s.") % {
            "days": days,
            "size": size(found.at_end),
        }
    return KeepingView(
        form=form,
        facts=(
            (_("Log lines"), number(found.entries)),
            (_("Webhook calls"), number(found.calls)),
            (_("Kept now, about"), size(found.used)),
            (_("A day, about"), size(found.per_day)),
            (_("Oldest"), instant(found.oldest_at) or "–"),
        ),
        forecast=text,
    )
