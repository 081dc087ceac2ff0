"""Settings > Hotel > Support contacts: what a reseller puts in the place of the vendor's contacts."""

import msgspec
from flask import Blueprint, Response
from werkzeug.wrappers import Response as AnyResponse

from webapp.forms.ticket import ContactsForm
from webapp.models import Role
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.services import support_contacts
from webapp.services.support_contacts import ContactInvalid, Contacts

pages = open_to(Role.ADMIN)(Blueprint("support_contacts", __name__, url_prefix="/settings/hotel/support"))
PAGE, FORM = "support/contacts.html", "support/_contacts.html"


@pages.get("")
def index() -> Response:
    with current_runtime().reading() as session:
        contacts = support_contacts.current(session)
    return page_or_partial(PAGE, FORM, form=ContactsForm(**msgspec.to_builtins(contacts)), usual=Contacts())


@pages.post("")
def save() -> AnyResponse:
    form = ContactsForm()
    if form.is_posted_well():
        try:
            support_contacts.change(current_runtime(), form.contacts(), actor=the_person().email)
        except ContactInvalid as error:
            form.blame(error.field, _(error.message))
        else:
            return saved("/support", _("Saved."))
    return invalid(PAGE, FORM, retarget="#support-contacts", form=form, usual=Contacts())
