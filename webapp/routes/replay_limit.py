"""The limit on replays of many: each asks a provider or a receiver hundreds of times, so nobody starts one after another."""

from flask import Response

from webapp.services.throttling import PER_REPLAYER, TooManyTries

from .context import current_gate, the_person
from .i18n import gettext as _
from .respond import Failure, problem


def pause() -> Response | None:
    """Counts one more replay of this person; the answer that says how long to wait, or None."""
    try:
        current_gate().enter(PER_REPLAYER, the_person().email)
    except TooManyTries as many:
        response = problem(
            429,
            Failure(
                code="too_many_requests",
                title=_("You have started many replays."),
                text=_("Each asks the provider or the receiver again, so nothing more was started."),
                advice=_("Wait %(minutes)s min, then go on.") % {"minutes": many.minutes},
            ),
        )
        response.headers["Retry-After"] = str(many.minutes * 60)
        return response
    return None
