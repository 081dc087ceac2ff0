"""Dashboard > Support: whom to reach, the hotel's tickets, and the guides that need no internet."""

from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for

from webapp.domain.value import Value
from webapp.forms.ticket import TicketFilterForm
from webapp.models import Role
from webapp.routes import filtered_list, ticket_words
from webapp.routes.connection_words import fault
from webapp.routes.context import current_runtime, the_person
from webapp.routes.filtered_list import Options
from webapp.routes.guards import Audience, open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.provider_words import guide_values
from webapp.routes.respond import invalid, page_or_partial, wants_partial
from webapp.routes.ticket_words import TicketLine
from webapp.services import guide_library, guide_search, self_help, support_contacts, ticket_lists
from webapp.services.booking_place import BadCursor
from webapp.services.guide_library import NoSuchGuide
from webapp.services.support_contacts import Contacts
from webapp.services.ticket_lists import TicketPage

pages = open_to(Role.STAFF)(Blueprint("support", __name__, url_prefix="/support"))
PAGE, LIST, TABLE = "support/index.html", "support/_list.html", "support/_table.html"


class HelpText(Value, frozen=True):
    """A self-help answer; `url` is where the fix is, or the guides."""

    title: str
    text: str
    url: str
    action: str


class SupportView(Value, frozen=True):
    """`helps` are the faults of now; where nobody has opened a ticket yet, usual questions fill them up to three."""

    contacts: Contacts
    mailto: str
    may_change: bool
    form: TicketFilterForm
    statuses: Options
    categories: Options
    priorities: Options
    lines: tuple[TicketLine, ...]
    has_none: bool
    helps: tuple[HelpText, ...] = ()
    problems: tuple[str, ...] = ()
    older_url: str | None = None
    newer_url: str | None = None


@pages.get("")
def index() -> Response:
    form = TicketFilterForm()
    if not form.validate():
        problems = tuple(f"{field.label.text}: {error}" for field in form for error in field.errors)
        return invalid(PAGE, _partial(), view=_view(form, TicketPage(()), problems))
    try:
        with current_runtime().reading() as session:
            page = ticket_lists.search(session, form.wanted(), request.args.get("after") or None)
    except BadCursor:
        return invalid(
            PAGE,
            _partial(),
            view=_view(form, TicketPage(()), (_("This page of the list is not there any more."),)),
        )
    return page_or_partial(PAGE, _partial(), view=_view(form, page))


@pages.get("/guides")
def search() -> Response:
    """Works without internet: the guides are part of the program."""
    text = request.args.get("q", "").strip()[:200]
    values = guide_values()
    return page_or_partial(
        "support/guides.html",
        "support/_found.html",
        text=text,
        passages=guide_search.search(text, values),
        guides=guide_library.every(values),
    )


@pages.get("/guides/<key>")
def guide(key: str) -> str:
    try:
        found = guide_library.find(key, guide_values())
    except NoSuchGuide:
        abort(404)
    return render_template("support/guide.html", guide=found)


def _partial() -> str:
    return TABLE if request.headers.get("HX-Target") == "support-table" else LIST


def _view(form: TicketFilterForm, page: TicketPage, problems: tuple[str, ...] = ()) -> SupportView:
    with current_runtime().reading() as session:
        contacts = support_contacts.current(session)
        has_none = not page.rows and ticket_lists.is_empty(session)
        answers = self_help.answers(session)
    asked: dict[str, Any] = {field.name: field.data for field in form if field.data and not field.errors}
    return SupportView(
        contacts=contacts,
        mailto=ticket_words.mailto(contacts),
        may_change=Audience.ADMIN.admits(the_person().role) and not wants_partial(),
        form=form,
        statuses=filtered_list.options(form.status),
        categories=filtered_list.options(form.category),
        priorities=filtered_list.options(form.priority),
        lines=ticket_words.lines(page.rows),
        has_none=has_none and not problems,
        helps=tuple(map(_help, answers if has_none else (one for one in answers if one.fault))),
        problems=problems,
        older_url=url_for("support.index", **{**asked, "after": page.older}) if page.older else None,
        newer_url=url_for("support.index", **{**asked, "after": page.newer}) if page.newer else None,
    )


def _help(answer: self_help.Answer) -> HelpText:
    guides = url_for("support.search", q=answer.words)
    words = fault(answer.fault)
    if words is None:
        return HelpText(_(answer.question), "", guides, _("Look it up"))
    title = f"{answer.connection_name}: {words.title}"
    if not Audience.ADMIN.admits(the_person().role):
        return HelpText(title, words.advice, guides, _("Look it up"))
    where = url_for("doctor.show", public_id=answer.connection)
    return HelpText(title, words.advice, where, _("Troubleshooting"))
