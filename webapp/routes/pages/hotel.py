"""Settings > Hotel: the night audit, how much is compared with the PMS, and when silence is strange."""

import msgspec
from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.hotel import HotelForm
from webapp.models import Role
from webapp.routes.context import current_runtime, the_hotel, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.services import hotels

pages = open_to(Role.ADMIN)(Blueprint("hotel", __name__, url_prefix="/settings/hotel"))
PAGE, FORM = "hotel/index.html", "hotel/_form.html"


@pages.get("")
def index() -> Response:
    form = HotelForm(**msgspec.to_builtins(hotels.habits_of(the_hotel())))
    return page_or_partial(PAGE, FORM, form=form, hotel=the_hotel())


@pages.post("")
def save() -> AnyResponse:
    form = HotelForm()
    if not form.is_posted_well():
        return invalid(PAGE, FORM, form=form, hotel=the_hotel())
    hotels.change_habits(current_runtime(), form.habits(), actor=the_person().email)
    return saved("/settings/hotel", _("Saved."))
