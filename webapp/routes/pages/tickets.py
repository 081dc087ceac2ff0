"""Support tickets: opened by everybody, with files and diagnostics; moved on by admins; taken along as a file."""

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from webapp.domain.ticket import MOVES, Category, Priority, TicketStatus
from webapp.forms.ticket import CATEGORIES, PRIORITIES, STATUSES, ManageForm, MessageForm, TicketForm, uploads
from webapp.models import Role
from webapp.routes import ticket_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import Audience, open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.i18n import say
from webapp.routes.respond import invalid, page_or_partial, saved
from webapp.routes.ticket_words import Prefill
from webapp.services import (
    diagnostics,
    endpoint_repairs,
    support_contacts,
    ticket_export,
    ticket_files,
    ticket_lists,
    tickets,
)
from webapp.services.diagnostics import Bundle, NoSuchBundle
from webapp.services.endpoints import NoSuchEndpoint
from webapp.services.ticket_files import FilesRefused, NewFile, NoSuchFile, SealedFile
from webapp.services.tickets import NoSuchTicket, NotAllowed, NothingLinked, TicketView

pages = open_to(Role.STAFF)(Blueprint("tickets", __name__, url_prefix="/support/tickets"))
NEW_PAGE, NEW, PAGE, PART = (
    "support/new.html",
    "support/_new.html",
    "support/ticket.html",
    "support/_ticket.html",
)


@pages.get("/new")
def new() -> Response:
    """Prefilled by the address: `connection`, `booking`, `receiver`, `subject`, `bundle`."""
    names = ("connection", "booking", "receiver", "subject", "bundle")
    asked = {name: request.args.get(name, "")[:200] for name in names}
    with current_runtime().reading() as session:
        linked = ticket_lists.linked(session, asked["booking"], asked["connection"])
        known = _about_endpoint(session, asked["receiver"]) or ticket_words.prefill(
            session, linked, asked["subject"]
        )
    bundle = _bundle(asked["bundle"])
    form = TicketForm(
        subject=known.subject,
        message=known.message,
        category=known.category.value,
        priority=known.priority.value,
        booking=linked.booking,
        connection=linked.connection,
        bundle=bundle.public_id if bundle else "",
        with_bundle=bundle is not None,
    )
    return page_or_partial(NEW_PAGE, NEW, **_new_view(form, bundle))


def _about_endpoint(session: Session, public_id: str) -> Prefill | None:
    """For those who may see endpoints at all."""
    if not public_id or not Audience.ADMIN.admits(the_person().role):
        return None
    try:
        return ticket_words.about_endpoint(endpoint_repairs.trouble(session, public_id))
    except NoSuchEndpoint:
        return None


@pages.post("")
def create() -> AnyResponse:
    form = TicketForm()
    runtime = current_runtime()
    bundle = _bundle(form.bundle.data)
    files = _sealed(form, bundle)
    if form.is_posted_well() and files is not None:
        try:
            made = tickets.open_ticket(
                runtime,
                subject=form.subject.data or "",
                message=form.message.data or "",
                category=Category(form.category.data),
                priority=Priority(form.priority.data),
                booking=form.booking.data or None,
                connection=form.connection.data or None,
                files=files,
                actor=the_person().email,
            )
        except NothingLinked as error:
            form.blame("", _("What this ticket was about is not there any more. Send it without."))
            form[error.field].data = ""
        else:
            return saved(
                url_for("tickets.show", public_id=made.public_id),
                _("%(number)s is open.") % {"number": made.number},
            )
    _complain_of_files(form)
    return invalid(NEW_PAGE, NEW, retarget="#support-new", **_new_view(form, bundle))


@pages.post("/diagnostics")
def add_diagnostics() -> Response:
    """The same form with diagnostics made now, to be read before they are attached."""
    form = TicketForm()
    bundle = diagnostics.make(current_runtime(), actor=the_person().email)
    form.bundle.data, form.with_bundle.data = bundle.public_id, True
    return page_or_partial(NEW_PAGE, NEW, **_new_view(form, bundle))


@pages.get("/<public_id>")
def show(public_id: str) -> Response:
    return page_or_partial(PAGE, PART, **_view(public_id, MessageForm()))


@pages.post("/<public_id>/messages")
def answer(public_id: str) -> AnyResponse:
    form = MessageForm()
    bundle = _bundle(form.bundle.data)
    files = _sealed(form, bundle)
    if form.is_posted_well() and files is not None:
        try:
            tickets.answer(
                current_runtime(), public_id, form.message.data or "", actor=the_person().email, files=files
            )
        except NoSuchTicket:
            abort(404)
        except NotAllowed:
            form.blame("", _("This ticket takes no more messages. Open a new one that names it."))
        else:
            return saved(url_for("tickets.show", public_id=public_id))
    _complain_of_files(form)
    return invalid(PAGE, PART, retarget="#support-ticket", **_view(public_id, form, bundle))


@pages.post("/<public_id>/diagnostics")
def add_diagnostics_to(public_id: str) -> Response:
    form = MessageForm()
    view = _view(public_id, form)
    bundle = diagnostics.make(current_runtime(), actor=the_person().email)
    form.bundle.data, form.with_bundle.data = bundle.public_id, True
    return page_or_partial(PAGE, PART, **{**view, "bundle": bundle})


@pages.post("/<public_id>/manage")
@open_to(Role.ADMIN)
def manage(public_id: str) -> AnyResponse:
    ticket = _ticket(public_id)
    form = ManageForm()
    form.status.choices = _choices(ticket)
    if form.is_posted_well():
        try:
            tickets.change(
                current_runtime(),
                public_id,
                actor=the_person().email,
                status=TicketStatus(form.status.data),
                category=Category(form.category.data),
                priority=Priority(form.priority.data),
            )
        except NotAllowed:  # somebody else moved it in the meantime
            form.blame("status", _("The ticket was moved on by somebody else. Look at it again."))
        else:
            return saved(url_for("tickets.show", public_id=public_id), _("Saved."))
    return invalid(
        PAGE, PART, retarget="#support-ticket", **_view(public_id, MessageForm.filled(), manage=form)
    )


@pages.get("/<public_id>/files/<file>")
def file(public_id: str, file: str) -> Response:
    """Always to be saved, never shown: what somebody attached runs in no page of the hub."""
    runtime = current_runtime()
    try:
        with runtime.reading() as session:
            found, content = ticket_files.read(runtime, session, public_id, file)
    except NoSuchFile:
        abort(404)
    return to_save(found.name, content, found.media_type)


@pages.get("/<public_id>/export")
def export(public_id: str) -> Response:
    try:
        name, content = ticket_export.as_zip(current_runtime(), public_id)
    except NoSuchTicket:
        abort(404)
    return to_save(name, content, "application/zip")


def to_save(name: str, content: bytes, media_type: str) -> Response:
    """`name` is written twice: for all, and as RFC 6266 has it for letters beyond ASCII."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, mimetype=media_type, headers=headers)


def _bundle(public_id: str | None) -> Bundle | None:
    """None for one that is too old, too: then it is made anew."""
    if not public_id:
        return None
    try:
        return diagnostics.find(current_runtime(), public_id)
    except NoSuchBundle:
        return None


def _sealed(form: MessageForm, bundle: Bundle | None) -> tuple[SealedFile, ...] | None:
    """None when a file is refused; the form then says so at its field, after it was validated."""
    chosen = list(uploads())
    form.files.data = chosen
    if form.chosen_bundle and bundle is not None:
        chosen.append(NewFile(bundle.file_name, bundle.text.encode()))
    try:
        return ticket_files.seal(current_runtime(), chosen)
    except FilesRefused as error:
        form.refused_file = say(error.message)
        return None


def _complain_of_files(form: MessageForm) -> None:
    if form.refused_file:
        form.blame("files", form.refused_file)
    elif form.files.data:
        form.blame("files", _("Nothing was sent yet: choose the files again."))
    form.files.data = []


def _new_view(form: TicketForm, bundle: Bundle | None) -> dict[str, Any]:
    with current_runtime().reading() as session:
        linked = ticket_lists.linked(session, form.booking.data, form.connection.data)
    return {"form": form, "linked": linked, "bundle": bundle}


def _view(
    public_id: str, form: MessageForm, bundle: Bundle | None = None, manage: ManageForm | None = None
) -> dict[str, Any]:
    ticket = _ticket(public_id)
    with current_runtime().reading() as session:
        thread = ticket_lists.thread(session, ticket.id)
        linked = ticket_lists.linked(session, ticket.booking, ticket.connection)
        contacts = support_contacts.current(session)
    may_manage = Audience.ADMIN.admits(the_person().role)
    if manage is None and may_manage:
        manage = ManageForm.filled(
            status=ticket.status.value, category=ticket.category.value, priority=ticket.priority.value
        )
    if manage is not None:
        manage.status.choices = _choices(ticket)
    return {
        "ticket": ticket,
        "state": str(STATUSES[ticket.status]),
        "tone": ticket_words.TONES[ticket.status],
        "category": str(CATEGORIES[ticket.category]),
        "priority": str(PRIORITIES[ticket.priority]),
        "entries": ticket_words.entries(public_id, thread),
        "linked": linked,
        "may_manage": may_manage,
        "takes_messages": bool(MOVES[ticket.status]),
        "mailto": ticket_words.mailto(contacts, ticket),
        "form": form,
        "manage": manage,
        "bundle": bundle,
    }


def _choices(ticket: TicketView) -> list[tuple[str, str]]:
    return ticket_words.status_choices(ticket.status, MOVES[ticket.status])


def _ticket(public_id: str) -> TicketView:
    try:
        with current_runtime().reading() as session:
            return tickets.find(session, public_id)
    except NoSuchTicket:
        abort(404)
