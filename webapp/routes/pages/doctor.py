"""The doctor's tab of a connection: the guide's troubleshooting lists, answered line by line, each with its fix in place."""

from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.models import Role
from webapp.routes import connection_words, doctor_words
from webapp.routes.context import current_runtime, the_person
from webapp.routes.guards import open_to
from webapp.routes.i18n import gettext as _
from webapp.routes.respond import invalid, page_or_partial, saved, wants_partial
from webapp.services import connections, doctor_answers, doctor_probe, outgoing_addresses, syncing
from webapp.services.connection_entry import ConnectionInvalid
from webapp.services.doctor_probe import Probe

from .connections import PAGE, detail_view, find_detail, manifest_of

pages = open_to(Role.ADMIN)(Blueprint("doctor", __name__, url_prefix="/settings/integrations"))
PARTIAL = "connections/_doctor.html"


@pages.get("/<public_id>/troubleshooting")
def show(public_id: str) -> Response:
    return page_or_partial(PAGE, PARTIAL, **_view(public_id))


@pages.post("/<public_id>/troubleshooting/address")
def type_address(public_id: str) -> AnyResponse:
    find_detail(public_id, is_live=True)
    try:
        outgoing_addresses.type_in(
            current_runtime(), request.form.get("outgoing", ""), actor=the_person().email
        )
    except ConnectionInvalid as error:
        problem = connection_words.problem(error.problems[0])
        return invalid(PAGE, PARTIAL, **{**_view(public_id), "outgoing_problem": problem})
    return _after(public_id, _("The outgoing address is saved."))


@pages.post("/<public_id>/troubleshooting/probe")
def probe(public_id: str) -> AnyResponse:
    """Both servers are asked now; the answer stands in its line, with or without scripts."""
    find_detail(public_id, is_live=True)
    found = doctor_probe.probe(current_runtime(), public_id)
    return page_or_partial(PAGE, PARTIAL, **_view(public_id, found))


@pages.post("/<public_id>/troubleshooting/data-type")
def switch_data_type(public_id: str) -> AnyResponse:
    detail = find_detail(public_id, is_live=True)
    wanted, now = request.form.get("stream", ""), {stream.value for stream in detail.streams}
    streams = now - {wanted} if wanted in now else now | {wanted}
    return _update(public_id, _("The data types are saved."), streams=streams)


@pages.post("/<public_id>/troubleshooting/frequency")
def set_frequency(public_id: str) -> AnyResponse:
    minutes = request.form.get("minutes", "", str)
    return _update(
        public_id,
        _("The sync frequency is saved."),
        frequency_minutes=int(minutes) if minutes.isdecimal() else 0,
    )


@pages.post("/<public_id>/troubleshooting/clear-cache")
def clear_cache(public_id: str) -> AnyResponse:
    card = find_detail(public_id, is_live=True).card
    cleared = syncing.clear_cache_and_retry(current_runtime(), card.id, actor=the_person().email)
    text = _("Cleared. The sync that starts now costs about %(calls)s calls.")
    return _after(public_id, text % {"calls": cleared.calls})


def _update(public_id: str, text: str, **changes: Any) -> AnyResponse:
    find_detail(public_id, is_live=True)
    try:
        connections.update(current_runtime(), public_id, actor=the_person().email, **changes)
    except ConnectionInvalid as error:
        complaint = connection_words.problem(error.problems[0])
        return invalid(PAGE, PARTIAL, **{**_view(public_id), "complaint": complaint})
    return _after(public_id, text)


def _after(public_id: str, text: str) -> AnyResponse:
    if not wants_partial():
        return saved(url_for("doctor.show", public_id=public_id), text)
    return Response(render_template(PARTIAL, **{**_view(public_id), "said": text}), mimetype="text/html")


def _view(public_id: str, probe: Probe | None = None) -> dict[str, Any]:
    detail = find_detail(public_id, is_live=True)
    manifest = manifest_of(detail)
    runtime = current_runtime()
    with runtime.reading() as session:
        answers = doctor_answers.gather(runtime, session, public_id, manifest)
    wish = _wish(detail.card.frequency_minutes)
    suggested = answers.suggested(wish)
    return {
        **detail_view(detail, "troubleshooting"),
        "test_fails": doctor_words.test_fails(detail, manifest, answers, probe),
        "not_syncing": doctor_words.not_syncing(detail, manifest, answers),
        "pieces": doctor_words.pieces(answers),
        "toggles": doctor_words.toggles(detail, manifest, answers),
        "outgoing": answers.outgoing,
        "outgoing_problem": "",
        "status_page": manifest.status_page,
        "wish": wish,
        "wishes": [(minutes, doctor_words.interval(minutes)) for minutes in doctor_answers.WISHES],
        "suggestion": doctor_words.wish(answers, wish, detail.card.frequency_minutes),
        "suggested": suggested.minutes
        if suggested is not None and suggested.minutes != detail.card.frequency_minutes
        else None,
        "suggested_words": doctor_words.interval(suggested.minutes) if suggested else "",
    }


def _wish(fallback: int) -> int:
    asked = request.values.get("wish", "")
    minutes = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else fallback
    return minutes if minutes in doctor_answers.WISHES else doctor_answers.WISHES[-1]
