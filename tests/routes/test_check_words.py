"""A connection test in the reader's words."""

from flask import Flask

from tests.conftest import NOW
from webapp.domain.wording import Sentence
from webapp.integrations.kit.contract import Rung
from webapp.routes import check_words
from webapp.services.connection_verdict import Outcome, Verdict, VerdictKind


def test_the_last_call_is_told_in_the_hotels_time(app: Flask) -> None:
    note = Sentence("The last call came in at %(at)s.", {"at": NOW.isoformat()})
    plain = Sentence("%(left)s calls.", {"left": "7"})
    rungs = (
        Rung("webhook", "Webhook way back", True, notes=(note,)),
        Rung("quota", "Calls left", True, notes=(plain,)),
    )
    outcome = Outcome(rungs, Verdict(VerdictKind.REACHED, "info", "The server answers."), NOW)
    with app.test_request_context():
        shown = {rung.name: rung.notes for rung in check_words.check(outcome, ()).rungs}
    assert shown["Webhook way back"] == ("The last call came in at Tue 14 Jul, 12:30.",)
    assert shown["Calls left"] == ("7 calls.",)
