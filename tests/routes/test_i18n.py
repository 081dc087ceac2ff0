"""The language of a request."""

import pytest
from flask import Flask, render_template_string

from tests.routes.conftest import InGerman
from webapp.domain.wording import Sentence
from webapp.forms.wording import lazy
from webapp.routes.i18n import current_language, current_locale, gettext, ngettext, say


@pytest.fixture
def with_german(in_german: InGerman) -> None:
    """A German catalogue beside the English source."""
    in_german(
        {
            "Sign in": "Anmelden",
            "Wait %(minutes)s min.": "%(minutes)s min warten.",
            ("%(num)s person", "%(num)s people"): ("%(num)s Person", "%(num)s Personen"),
            "It failed: %(why)s": "Gescheitert: %(why)s",
            "%(field)s is missing": "%(field)s fehlt",
        }
    )


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-CH,de;q=0.9", "de"), ("en-US", "en"), ("fr", "en"), ("", "en"), ("fr, de;q=0.5", "de")],
)
def test_the_browser_chooses_among_the_languages_there_are(
    app: Flask, with_german: None, accepted: str, language: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": accepted}):
        assert current_language() == language


def test_templates_routes_forms_and_services_speak_it(app: Flask, with_german: None) -> None:
    label = lazy("Sign in")
    with app.test_request_context(headers={"Accept-Language": "de"}):
        assert render_template_string("{{ _('Sign in') }} {{ label }}", label=label) == "Anmelden Anmelden"
        assert render_template_string("{{ ngettext('%(num)s person', '%(num)s people', 2) }}") == "2 Personen"
        assert gettext("Sign in") == "Anmelden"
        assert ngettext("%(num)s person", "%(num)s people", 1) == "%(num)s Person"
        assert say("Wait %(minutes)s min.", {"minutes": 5}) == "5 min warten."
        assert lazy("Wait %(minutes)s min.") % {"minutes": 5} == "5 min warten."
        assert current_locale().language == "de"
    with app.test_request_context():
        assert render_template_string("{{ label }}", label=label) == "Sign in"


def test_a_sentence_among_the_parameters_is_translated_too(app: Flask, with_german: None) -> None:
    why = Sentence("%(field)s is missing", {"field": "arrival"})
    failed = Sentence("It failed: %(why)s", {"why": why})
    with app.test_request_context(headers={"Accept-Language": "de"}):
        assert say(failed) == "Gescheitert: arrival fehlt"
        assert say(failed.text, failed.params) == "Gescheitert: arrival fehlt"
    assert say(failed) == str(failed) == "It failed: arrival is missing"


def test_without_a_request_the_source_is_spoken() -> None:
    assert current_language() == "en"
    assert str(lazy("Sign in")) == "Sign in"


def test_what_is_filled_in_is_escaped(app: Flask) -> None:
    with app.test_request_context():
        text = render_template_string("{{ _('Hello %(name)s', name=name) }}", name="<b>")
    assert text == "Hello &lt;b&gt;"


def test_english_dates_are_european(app: Flask) -> None:
    with app.test_request_context():
        assert str(current_locale()) == "en_GB"
