"""Every state of a connection has one word, on pages and in the log."""

import pytest
from flask import Flask

from webapp.models import ConnectionState
from webapp.routes.state_words import state_shown


@pytest.mark.parametrize("state", ConnectionState)
def test_pages_say_what_the_log_says(app: Flask, state: ConnectionState) -> None:
    with app.test_request_context():
        assert state_shown(state)[1] == state_shown(state.value)[1] == state.words


def test_states_that_only_pages_know_have_their_words_and_others_are_shown_as_they_are(app: Flask) -> None:
    with app.test_request_context():
        assert [state_shown(name) for name in ("syncing", "archived", "odd")] == [
            ("info", "Syncing"),
            ("idle", "Archived"),
            ("idle", "odd"),
        ]
