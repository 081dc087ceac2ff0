"""Support > Diagnostics: made on demand, shown in full, taken along as a file or into a ticket."""

from flask import Blueprint, Response, abort, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.models import Role
from webapp.routes import ticket_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.respond import saved
from webapp.services import diagnostics, support_contacts
from webapp.services.diagnostics import Bundle, NoSuchBundle

from .tickets import to_save

pages = open_to(Role.STAFF)(Blueprint("diagnostics", __name__, url_prefix="/support/diagnostics"))


@pages.get("")
def index() -> str:
    with current_runtime().reading() as session:
        recent = diagnostics.recent(session)
    return render_template("support/diagnostics.html", bundle=None, mailto="", recent=recent)


@pages.post("")
def make() -> AnyResponse:
    made = diagnostics.make(current_runtime(), actor=the_person().email)
    return saved(url_for("diagnostics.show", public_id=made.public_id))


@pages.get("/<public_id>")
def show(public_id: str) -> str:
    bundle = _found(public_id)
    with current_runtime().reading() as session:
        contacts = support_contacts.current(session)
    return render_template(
        "support/diagnostics.html",
        bundle=bundle,
        mailto=ticket_words.mailto(contacts, bundle=public_id),
        recent=(),
    )


@pages.get("/<public_id>/file.json", endpoint="json")
def download_json(public_id: str) -> Response:
    bundle = _found(public_id)
    return to_save(bundle.file_name, bundle.text.encode(), "application/json")


@pages.get("/<public_id>/file.zip", endpoint="zip")
def download_zip(public_id: str) -> Response:
    bundle = _found(public_id)
    return to_save(
        bundle.file_name.removesuffix(".json") + ".zip", diagnostics.as_zip(bundle), "application/zip"
    )


def _found(public_id: str) -> Bundle:
    try:
        return diagnostics.find(current_runtime(), public_id)
    except NoSuchBundle:
        abort(404)
