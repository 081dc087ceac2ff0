"""The language of a request: gettext for templates and routes, from the catalogues in webapp/locale."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from markupsafe import Markup

from webapp.domain.wording import Sentence

FOLDER = Path(__file__).parent.parent / "locale"
SOURCE = "en"  # the language the sentences are written in; it needs no catalogue

# The country decides how dates and money are written; a bare "en" would be American.
FORMATS = {"en": "en_GB"}


def init_app(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install: Any = app.jinja_env
    install.install_gettext_callables(gettext, ngettext, newstyle=True)
    app.jinja_env.globals["_"] = (
        in_template  # a page says a hundred sentences; the extension's way takes thrice as long
    )
    app.extensions["gettext"] = gettext  # forms look it up here: they stand below routes


def gettext(text: str) -> str:
    """The sentence in the language of the request; fill its parameters with %."""
    language = current_language()
    return text if language == SOURCE else _translations(language).gettext(text)


def in_template(text: str, /, **parameters: Any) -> Markup:
    """`_` of templates: the sentence as markup, with what is filled in escaped; a percent sign is written twice."""
    said = _markup(gettext(text))
    return said % parameters if "%" in said else said


@lru_cache(maxsize=4096)
def _markup(sentence: str) -> Markup:
    return Markup(sentence)  # noqa: S704  # our own sentences


def ngettext(one: str, many: str, number: int) -> str:
    return _translations(current_language()).ngettext(one, many, number)


def say(message: str | Sentence, parameters: Mapping[str, Any] | None = None, /, **more: Any) -> str:
    """Translate a sentence that a service or an adapter carries, and those among its parameters, then fill it in."""
    if isinstance(message, Sentence):
        return say(message.text, message.params)
    filled = {**(parameters or {}), **more}
    return gettext(message) % {
        name: say(value) if isinstance(value, Sentence) else value for name, value in filled.items()
    }


def current_language() -> str:
    """What the browser prefers of the languages we have."""
    if not has_request_context():
        return SOURCE
    known: str | None = g.get("language")
    if known is None:
        known = g.language = request.accept_languages.best_match(languages(), default=SOURCE)
    return known


def current_locale() -> Locale:
    return _locale(current_language())


@lru_cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(FORMATS.get(language, language))
    except UnknownLocaleError:
        return Locale.parse(FORMATS[SOURCE])


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The source and every compiled catalogue."""
    return (SOURCE, *sorted(path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.mo")))


@lru_cache
def _translations(language: str) -> NullTranslations:
    return Translations.load(str(FOLDER), [language])
