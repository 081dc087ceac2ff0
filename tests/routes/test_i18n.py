"""The language of a request."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask, render_template_string

from webapp.forms.wording import lazy
from webapp.routes import i18n
from webapp.routes.i18n import current_language, current_locale, gettext, ngettext, say


@pytest.fixture
def with_german(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A German catalogue beside the English source."""
    catalogue = Catalog(locale="de")
    catalogue.add("Sign in", "Anmelden")
    catalogue.add("Wait %(minutes)s min.", "%(minutes)s min warten.")
    catalogue.add(("%(num)s person", "%(num)s people"), ("%(num)s Person", "%(num)s Personen"))
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    _forget()
    yield
    _forget()


def _forget() -> None:
    i18n.languages.cache_clear()
    i18n._translations.cache_clear()


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
