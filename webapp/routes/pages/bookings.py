"""Bookings: the list with its filters, a sheet to print, and a file to download. One booking is in `booking`."""

from collections.abc import Iterator
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup
from msgspec.structs import replace
from sqlalchemy.orm import Session

from webapp.domain.value import Value
from webapp.forms.booking_filter import BookingFilterForm
from webapp.models import Role
from webapp.routes import booking_lines, filtered_list
from webapp.routes.booking_lines import BookingLine
from webapp.routes.context import current_runtime, the_hotel, the_person
from webapp.routes.filtered_list import Chip
from webapp.routes.formatting import day
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, wants_partial
from webapp.routes.standing import Verdict, verdict
from webapp.services import bookings, freshness
from webapp.services.booking_place import BadCursor
from webapp.services.booking_views import BookingPage, Choices, Order, View
from webapp.services.freshness import ConnectionView

pages = open_to(Role.STAFF)(Blueprint("bookings", __name__))
PAGE, LIST, TABLE = "bookings/index.html", "bookings/_list.html", "bookings/_table.html"
ON_PAPER = 1_000

COLUMNS = (
    "external_id",
    "confirmation_number",
    "guest_last",
    "guest_first",
    "arrival",
    "departure",
    "status",
    "room_type",
    "total_minor",
    "balance_minor",
    "currency",
)


class ListView(Value, frozen=True):
    """What the list's templates show. `problems` are sentences; then `page` is empty."""

    form: BookingFilterForm
    page: BookingPage
    lines: tuple[BookingLine, ...]
    statuses: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    room_types: tuple[tuple[str, str], ...]
    orders: tuple[tuple[str, str], ...]
    views: tuple[Chip, ...]
    narrowed_by: tuple[Chip, ...]
    connection: ConnectionView | None
    verdict: Verdict | None
    may_set_up: bool
    is_first: bool
    soonest_first: bool
    problems: tuple[str, ...] = ()
    earlier_url: str | None = None
    later_url: str | None = None
    everything_url: str = ""
    first_url: str = ""
    csv_url: str = ""
    paper_url: str = ""

    @property
    def rows(self) -> Markup:
        return booking_lines.rows(self.lines)


@pages.get("/bookings")
def index() -> Response:
    form = BookingFilterForm()
    if not form.validate():
        return _refused(
            form, tuple(f"{field.label.text}: {error}" for field in form for error in field.errors)
        )
    after = request.args.get("after", "")
    if "print" in request.args:
        return _sheet(form)
    try:
        with current_runtime().reading() as session:
            page = bookings.search(session, form.wanted(), after or None)
            view = _view(session, form, page, is_first=not after)
    except BadCursor:
        return _refused(form, (_("This page of the list is not there any more."),))
    response = page_or_partial(PAGE, _partial(), view=view)
    if wants_partial():  # the address bar gets the list's own address, without the form's empty fields
        response.headers["HX-Push-Url"] = filtered_list.address(
            "bookings.index", filtered_list.asked(form), after=after
        )
    return response


@pages.get("/bookings.csv")
def download() -> Response:
    """All rows that the filter lets through, as they are read; amounts in minor units."""
    form = BookingFilterForm()
    wanted = form.wanted() if form.validate() else abort(422)

    def lines() -> Iterator[str]:
        yield filtered_list.csv_line(COLUMNS)
        with current_runtime().reading() as session:
            for row in bookings.export(session, wanted):
                yield filtered_list.csv_line(getattr(row, name) for name in COLUMNS)

    return filtered_list.download("bookings", "csv", "text/csv", lines())


def _partial() -> str:
    """The search box asks for the table only: replacing the box under typing hands would eat letters."""
    return TABLE if request.headers.get("HX-Target") == "bookings-table" else LIST


def _refused(form: BookingFilterForm, problems: tuple[str, ...]) -> Response:
    with current_runtime().reading() as session:
        view = _view(session, form, BookingPage(), problems=problems)
    response = invalid(PAGE, _partial(), view=view)
    response.headers["HX-Push-Url"] = "false"
    return response


def _sheet(form: BookingFilterForm) -> Response:
    """By name and on one page, however many: it is read on paper."""
    runtime = current_runtime()
    wanted = replace(form.wanted(), order=Order.SOONEST)
    with runtime.reading() as session:
        page = bookings.search(session, wanted, limit=ON_PAPER)
        by_name = sorted(page.rows, key=lambda row: (row.guest_last.casefold(), row.guest_first.casefold()))
        view = _view(session, form, replace(page, rows=tuple(by_name)))
    title = next(chip.label for chip in view.views if chip.is_current)
    return Response(
        render_template("bookings/sheet.html", view=view, title=title, is_cut=page.newer is not None)
    )


def _view(
    session: Session,
    form: BookingFilterForm,
    page: BookingPage,
    *,
    is_first: bool = True,
    problems: tuple[str, ...] = (),
) -> ListView:
    """From the same view of the database as the rows: an age that fits them."""
    known = freshness.connections(session, current_runtime().clock())
    connection = next((one for one in known if one.is_primary), None)
    offered = _offered(session) if _partial() == LIST else Choices()
    asked = filtered_list.asked(form)
    is_soonest = asked.get("order") == Order.SOONEST
    return ListView(
        form=form,
        page=page,
        lines=booking_lines.lines(page.rows),
        statuses=filtered_list.options(form.status),
        sources=_offer(offered.sources, form.source.data),
        room_types=_offer(offered.room_types, form.room_type.data),
        orders=filtered_list.options(form.order),
        views=tuple(
            Chip(
                label,
                filtered_list.address("bookings.index", asked, view=value, order=_order_of(value)),
                value == (form.view.data or ""),
            )
            for value, label in filtered_list.options(form.view)
        ),
        narrowed_by=_narrowed_by(form, asked),
        connection=connection,
        verdict=verdict(connection) if connection else None,
        may_set_up=the_person().role is not Role.STAFF,
        is_first=is_first,
        soonest_first=is_soonest,
        problems=problems,
        earlier_url=filtered_list.address("bookings.index", asked, after=page.older) if page.older else None,
        later_url=filtered_list.address("bookings.index", asked, after=page.newer) if page.newer else None,
        everything_url=url_for("bookings.index"),
        first_url=filtered_list.address("bookings.index", asked),
        csv_url=url_for("bookings.download", **dict[str, Any](asked)),
        paper_url=filtered_list.address("bookings.index", asked, print="1"),
    )


def _offered(session: Session) -> Choices:
    """As of this minute: what was sold to whom changes slowly, and asking is a tenth of the page's time."""
    kept: dict[object, Choices] = current_app.extensions.setdefault("booking_choices", {})
    today = the_hotel().business_date
    minute = (today, int(current_runtime().clock().timestamp()) // 60)
    found = kept.get(minute)
    if found is None:
        found = bookings.choices(session, today)
        kept.clear()
        kept[minute] = found
    return found


def _narrowed_by(form: BookingFilterForm, asked: dict[str, str]) -> tuple[Chip, ...]:
    """What can be taken away one by one; view and order have their own switches."""
    if not asked:
        return ()
    words = {
        "q": form.q.data,
        "status": dict(filtered_list.options(form.status)).get(form.status.data or ""),
        "from": day(form.arrival_from.data),
        "to": day(form.arrival_to.data),
        "source": form.source.data,
        "room_type": form.room_type.data,
    }
    return filtered_list.narrowed_by("bookings.index", form, asked, words)


def _order_of(view: str) -> str | None:
    """What lies ahead is read from today on; everything else keeps the usual order."""
    return Order.SOONEST if view == View.UPCOMING else None


def _offer(known: tuple[str, ...], chosen: str | None) -> tuple[tuple[str, str], ...]:
    """What is known, and what was asked for even when it is not."""
    values = dict.fromkeys([*known, *([chosen] if chosen else [])])
    return (("", _("Any")), *((value, value) for value in values))
